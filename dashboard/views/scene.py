"""What a wall can show: scenes by name. A scene that is configured but not built is passed over, never shown empty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from dashboard.services import Services
from dashboard.views.wall import StateNow

if TYPE_CHECKING:
    from collections.abc import Mapping


class Scene(Protocol):
    """One scene of one wall in one language; keeps what must not jump between frames (row order, new-row marks)."""

    def build(self) -> object:
        """The view model of this moment, ready for JSON; called in a thread, never twice at once.

        Raises:
            EngineGoneError: the engine does not answer and nothing was ever known.
        """
        ...


#: Made with services, name of the wall and working language.
SCENES: Final[Mapping[str, Callable[[Services, str, str], Scene]]] = {"now": StateNow}


def built_scenes(configured: Sequence[str]) -> tuple[str, ...]:
    """The configured scenes that exist, in their order; the first scene of all when none does."""
    return tuple(name for name in configured if name in SCENES) or tuple(SCENES)[:1]
