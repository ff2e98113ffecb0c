"""A place by name, in the working language with the other as echo, and the way down to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dashboard import language

if TYPE_CHECKING:
    from dashboard.services import Services
    from dashboard.views.asked import Asked
    from warehouse.reference import Area, Level


@dataclass(frozen=True, slots=True)
class Name:
    """A name in both languages.

    Attributes:
        text: in the working language.
        echo: in the other; "" when it is the same.
        echo_lang: language code of the echo, for the browser's fonts and readers.
    """

    text: str
    echo: str = ""
    echo_lang: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Place:
    """An area as a page names it.

    Attributes:
        code: of the area.
        name: short, as in tables.
        title: with its level or kind: "Palakkad district".
        level_word: what areas directly below it are called, in the singular; "" when there are none.
        level_words: the same in the plural.
        crumbs: areas above, the state first.
    """

    code: str
    name: Name
    title: Name
    level_word: str
    level_words: str
    crumbs: tuple[Link, ...]


def named(asked: Asked, name_en: str, name_local: str) -> Name:
    """A name in the working language with its echo."""
    return Name(asked.chosen(name_en, name_local), asked.echo(name_en, name_local), asked.other)


def texts_named(asked: Asked, key: str, **params: object) -> Name:
    """A text of the language files in both languages, for headings. Args: key and values of its placeholders."""
    return Name(asked.text(key, **params), language.echo(key, asked.other, **params), asked.other)


def place(asked: Asked, area: Area) -> Place:
    """How a page names an area, with the areas above it as crumbs."""
    below = level_below(asked.services, area)
    return Place(
        code=area.code,
        name=named(asked, area.name_en, area.name_local),
        title=_title(asked, area),
        level_word="" if below is None else asked.chosen(below.name_en, below.name_local),
        level_words="" if below is None else asked.chosen(below.plural_en, below.plural_local),
        crumbs=tuple(
            Link(asked.chosen(above.name_en, above.name_local), asked.area_href(above.code))
            for above in reversed(asked.services.reference.ancestors(area.code))
        ),
    )


def level_below(services: Services, area: Area) -> Level | None:
    """The level of the areas directly below an area; None for the lowest."""
    levels = services.reference.state.levels
    depth = next(number for number, level in enumerate(levels) if level.code == area.level)
    return levels[depth + 1] if depth + 1 < len(levels) else None


def level_name(asked: Asked, area: Area) -> str:
    """What an area's level is called, in the singular."""
    level = next(level for level in asked.services.reference.state.levels if level.code == area.level)
    return asked.chosen(level.name_en, level.name_local)


def area_name(asked: Asked, code: str) -> str:
    """Name of an area in the working language; the code itself when reference data do not know it."""
    if code not in asked.services.reference.area_index:
        return code
    area = asked.services.reference.area(code)
    return asked.chosen(area.name_en, area.name_local)


def told_apart(asked: Asked, code: str) -> str:
    """Name of an area for a sentence; with its kind or level where an area above it is called the same."""
    reference = asked.services.reference
    if code not in reference.area_index:
        return code
    area = reference.area(code)
    is_shared = any(above.name_en == area.name_en for above in reference.ancestors(code))
    return _title(asked, area).text if is_shared else area_name(asked, code)


def service_name(asked: Asked, code: str) -> str:
    """Name of a service in the working language; the code itself when reference data do not know it."""
    service = asked.services.reference.services.get(code)
    return code if service is None else asked.chosen(service.name_en, service.name_local)


def office_name(asked: Asked, code: str) -> str:
    """Name of an office in the working language; "not stated" without one, the code itself when it is unknown."""
    if not code:
        return asked.text("list.no_office")
    office = asked.services.reference.offices.get(code)
    return code if office is None else asked.chosen(office.name_en, office.name_local)


def post_name(asked: Asked, code: str) -> str:
    """Name of a post in the working language; "" without one, the code itself when it is unknown."""
    post = asked.services.reference.posts.get(code)
    return code if post is None else asked.chosen(post.name_en, post.name_local)


def seat_name(asked: Asked, office: str, post: str) -> str:
    """Name of a post at an office; of one of them where a source does not say the other. Args: codes."""
    return ", ".join(name for name in (post_name(asked, post), office_name(asked, office)) if name)


def next_post(services: Services, service: str, office: str, post: str) -> str:
    """Code of the post that a case goes to from a post; "" after the last one or when the way is not known."""
    reference = services.reference
    if office not in reference.offices or service not in reference.services:
        return ""
    way = reference.posts_for(service, office)
    if post not in way or way.index(post) + 1 >= len(way):
        return ""
    return way[way.index(post) + 1]


def _title(asked: Asked, area: Area) -> Name:
    """Name with the kind or the level, in both languages; a state is called by its name alone."""
    state = asked.services.reference.state
    if area.parent is None:
        return named(asked, area.name_en, area.name_local)
    word = state.kinds.get(area.kind or "") or next(level for level in state.levels if level.code == area.level)
    in_english = word.name_en if area.kind else word.name_en.lower()
    title = named(asked, f"{area.name_en} {in_english}", f"{area.name_local} {word.name_local}")
    if asked.lang != language.HINDI:
        return title
    parts = (asked.chosen(area.name_en, area.name_local), asked.chosen(word.name_en, word.name_local))
    return replace(title, text=" ".join(parts), echo=f"{area.name_en} {in_english}")
