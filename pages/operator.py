"""/operator – what an operator does without the machine's command line: reviews, walls, quarantine, sources that stand.

The only page that changes anything. GET shows it, POST /operator/<what> does one thing and leads back to it (303), so
that a page which is loaded again does nothing twice; what was refused is said at once.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from dashboard import format as form
from dashboard.address import Address
from dashboard.components import operator_page as component
from dashboard.operator_door import PATH, OperatorDoor, form_of, is_own, said_before, said_once, say_next
from dashboard.shown_scenes import ShownScenes
from dashboard.views.asked import Asked
from dashboard.views.danger import Acknowledged, dangers
from dashboard.views.operator import operator_view
from dashboard.wall_choice import scene_names
from warehouse.errors import CMError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import dash

    from dashboard.services import Services

_LOG: Final = logging.getLogger(__name__)
_HEADERS: Final = {"Cache-Control": "no-store"}
_OF_POINT: Final = ("review", "area", "task", "holder", "due_on", "indicator")
#: Trying a large quarantine again takes its time; the engine goes on even if nobody waits for it.
_MOST_S: Final = 600.0


def register(app: dash.Dash, services: Services) -> None:
    """Add the page to an app."""
    door = OperatorDoor(services.config.data.dir)

    async def show(request: Request) -> Response:
        answer = await _page(request, door, said_before(request))
        said_once(answer)
        return answer

    async def back(request: Request) -> Response:
        return _led_back(request)

    async def do(request: Request, action: str) -> Response:
        return await _done(request, action, door)

    app.server.add_api_route(PATH, show, methods=["GET"], include_in_schema=False)
    app.server.add_api_route(f"{PATH}/{{action}}", do, methods=["POST"], include_in_schema=False)
    app.server.add_api_route(f"{PATH}/{{action}}", back, methods=["GET"], include_in_schema=False)


def _led_back(request: Request, said: str = "") -> Response:
    """The way to the desk. Args: said: what it is to say there, once."""
    answer = RedirectResponse(_asked(request).address.href, status_code=303, headers=_HEADERS)
    if said:
        say_next(answer, said, request)
    return answer


async def _page(request: Request, door: OperatorDoor, said: str = "", status: int = 200) -> Response:
    asked, operator = _asked(request), door.of(request)
    if operator is None:
        return _shown(request, asked, [component.entrance(asked)], said, status)
    view = await asyncio.to_thread(operator_view, asked)
    return _shown(request, asked, component.desk(asked, view, operator.name or operator.id), said, status)


def _shown(request: Request, asked: Asked, panels: list[Any], said: str, status: int) -> Response:
    build, is_wrong = request.app.state.live.build, status >= 400 and bool(said)
    text = component.document(asked, build, panels, said, is_wrong=is_wrong)
    return HTMLResponse(text, status_code=status, headers=_HEADERS)


def _asked(request: Request) -> Asked:
    given = Address.parse(str(request.url))
    return Asked.of(request.app.state.services, given.to(PATH))


async def _done(request: Request, action: str, door: OperatorDoor) -> Response:
    asked = _asked(request)
    if not is_own(request):
        return await _page(request, door, asked.text("operator.not_own"), 403)
    given = await form_of(request)
    if action == "enter":
        return await _entered(request, door, dict(given).get("key", "").strip())
    operator = door.of(request)
    if operator is None:
        return await _page(request, door, asked.text("operator.needs_key"), 403)
    if action == "leave":
        answer = _led_back(request, asked.text("operator.left"))
        door.leave(answer)
        return answer
    if action not in _ACTIONS:
        return await _page(request, door, asked.text("operator.unknown"), 404)
    _LOG.warning("operator %r (%s): %s %r", operator.name, operator.id, action, given)
    said, status = await asyncio.to_thread(_do, asked, action, given, operator.name or operator.id)
    return _led_back(request, said) if status < 400 else await _page(request, door, said, status)


def _do(asked: Asked, action: str, given: Sequence[tuple[str, str]], by: str) -> tuple[str, int]:
    """Do one thing. Args: by: the operator's name. Returns: what became of it, and the status of the answer."""
    try:
        return _ACTIONS[action](asked, given, by), 200
    except CMError as error:
        return str(error), 409


async def _entered(request: Request, door: OperatorDoor, key: str) -> Response:
    asked, operator = _asked(request), door.find(key)
    if operator is None:
        return await _page(request, door, asked.text("operator.bad_key"), 403)
    answer = _led_back(request)
    door.enter(answer, key, request)
    return answer


def _show_on_wall(asked: Asked, given: Sequence[tuple[str, str]], by: str) -> str:
    config, wall = asked.services.config, dict(given).get("wall", "")
    known = scene_names(config.state.reference)
    scenes = [value for name, value in given if name == "scene" and value in known]
    if wall not in config.walls:
        return asked.text("operator.unknown")
    ShownScenes(config.data.dir).choose(wall, scenes)
    return asked.text("operator.wall_shows" if scenes else "operator.wall_reset", wall=wall)


def _replay(asked: Asked, given: Sequence[tuple[str, str]], by: str) -> str:
    (answer,) = _engine(asked, "replay", given, "source")
    done = answer["sources"]
    counts = {name: form.integer(sum(one[name] for one in done)) for name in ("accepted", "refused", "final")}
    said = asked.text("operator.replayed", **counts)
    return f"{said} {asked.text('operator.restart')}" if answer.get("restart_needed") else said


def _continue(asked: Asked, given: Sequence[tuple[str, str]], by: str) -> str:
    _engine(asked, "continue", given, "source")
    return asked.text("operator.continued")


def _hold(asked: Asked, given: Sequence[tuple[str, str]], by: str) -> str:
    (answer,) = _engine(asked, "hold_review", given, "area", "title", by=by)
    return asked.text("operator.review_held", review=answer["review"])


def _agree(asked: Asked, given: Sequence[tuple[str, str]], by: str) -> str:
    (answer,) = _engine(asked, "agree_point", given, *_OF_POINT, by=by)
    return asked.text("operator.point_agreed", point=answer["point"])


def _say(asked: Asked, given: Sequence[tuple[str, str]], by: str) -> str:
    (answer,) = _engine(asked, "say_point", given, "point", "state", "remark", by=by)
    return asked.text("operator.point_said", point=answer["point"])


def _engine(
    asked: Asked, action: str, given: Sequence[tuple[str, str]], *names: str, **more: str
) -> list[dict[str, Any]]:
    fields = dict(given)
    payload = {name: fields.get(name, "") for name in names} | more
    return list(asked.services.actions.action(action, payload, timeout_s=_MOST_S))


def _acknowledge(asked: Asked, given: Sequence[tuple[str, str]], by: str) -> str:
    code = dict(given).get("indicator", "")
    danger = next((one for one in dangers(asked.services) if one.line.indicator == code), None)
    if danger is None:
        return asked.text("operator.unknown")
    Acknowledged(asked.services.config.data.dir).add(danger)
    return asked.text("operator.acknowledged")


_ACTIONS: Final = {
    "acknowledge": _acknowledge,
    "wall": _show_on_wall,
    "replay": _replay,
    "continue": _continue,
    "hold": _hold,
    "agree": _agree,
    "say": _say,
}
