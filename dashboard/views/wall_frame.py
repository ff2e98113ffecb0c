"""What one frame of the wall says: frozen, ready for JSON, drawn by assets/js/picture.js and panels.js.

Invariants: every text is in the working language and formatted; where a text may have no room, `fit` texts come longest
first and the browser takes the first that fits. Instants travel as milliseconds since 1970, because ages tick there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: Name of a shape of assets/js/mark.js; "" draws nothing.
Mark = Literal["", "red", "amber", "stale", "cleared", "normal"]
Arrow = Literal["", "up", "down", "same"]
Freshness = Literal["live", "late", "silent"]
#: Texts that say the same, longest first.
Fit = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bilingual:
    """A heading or a name in the working language with its echo in the other."""

    text: str
    echo: str


@dataclass(frozen=True, slots=True)
class Spark:
    """A small line.

    Attributes:
        points: height of each point, 0 (bottom) to 100; None where there was no value.
        target: height of the target; None when there is none.
    """

    points: tuple[float | None, ...]
    target: float | None


@dataclass(frozen=True, slots=True)
class Number:
    """One of the state-wide numbers.

    Attributes:
        code: of its indicator.
        label: what it is.
        mark: its colour, or "stale".
        value: formatted, without unit, longest first; "–" when silent.
        unit: beside the value.
        freshness: live, late or silent.
        arrow: direction of the change; "" when nothing is compared.
        change: size of the change.
        note: what stands behind the change, longest first; when late "as of …".
        spark: its line; None when there is none.
    """

    code: str
    label: Bilingual
    mark: Mark
    value: Fit
    unit: str
    freshness: Freshness
    arrow: Arrow
    change: str
    note: Fit
    spark: Spark | None


@dataclass(frozen=True, slots=True)
class Tile:
    """One district.

    Attributes:
        code: of the area.
        name: in both languages.
        value: overdue per cent of open work; "–" when there is none.
        mark: its colour, or "stale".
        column, row, span: place on the tile map, from 0.
        arrow, change: against seven days ago; "" where the panel has no room for it.
        spark: its line; None where the panel has no room for it.
    """

    code: str
    name: Bilingual
    value: str
    mark: Mark
    column: int
    row: int
    span: int
    arrow: Arrow = ""
    change: str = ""
    spark: Spark | None = None


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One entry of the key under the tiles."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Districts:
    """The districts, as a tile map or as a list, worst first.

    Attributes:
        heading: of the panel.
        tiles: in reading order.
        columns, rows: size of the grid; 0 columns = a list.
        list_columns: columns of the list.
        lines: of text per district: 2 when the name in the second language stands below the first.
        key: thresholds and the state's own figure.
    """

    heading: Bilingual
    tiles: tuple[Tile, ...]
    columns: int
    rows: int
    lines: int
    key: tuple[KeyEntry, ...]
    list_columns: int = 1


@dataclass(frozen=True, slots=True)
class AttentionRow:
    """One thing that needs somebody.

    Attributes:
        id: same thing, same id, whatever its figures.
        mark: colour.
        what: longest first.
        where: longest first.
        who: who holds it, longest first.
        detail: how old or how many, longest first.
        value: formatted.
        unit: beside the value.
        freshness: live, late or silent.
        arrow, change: against seven days ago.
        as_of: "as of 16:16" when late; "" when live.
        is_new: came in less than a minute ago.
    """

    id: str
    mark: Mark
    what: Fit
    where: Fit
    who: Fit
    detail: Fit
    value: str
    unit: str
    freshness: Freshness
    arrow: Arrow
    change: str
    as_of: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Attention:
    """The list of what needs attention, worst first.

    Attributes:
        heading: of the panel.
        caption: what the number and the change are.
        rows: as many as the wall has room for.
        rest: "+ 31 more: 4 red, 27 amber"; "" when all are shown.
        cleared: what left red and amber since the wall began to watch today; "" when nothing did.
        cleared_since: what of it was last, longest first.
        calm: said when there is nothing to show; "" otherwise.
    """

    heading: Bilingual
    caption: Fit
    rows: tuple[AttentionRow, ...]
    rest: str
    cleared: str
    cleared_last: Fit
    calm: str


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """Red and amber indicators of a department, or of all the others together.

    Attributes:
        name: longest first.
        red, amber: how many, formatted.
        red_pct, amber_pct: widths of the bar's parts, of the longest bar.
        is_rest: stands for several departments.
    """

    name: Fit
    red: str
    amber: str
    red_pct: float
    amber_pct: float
    is_rest: bool


@dataclass(frozen=True, slots=True)
class Departments:
    """How many indicators are red and amber in the state as a whole, by department.

    Attributes:
        heading: of the panel.
        caption: "of 412 indicators".
        rows: most red first.
        red, amber, stale, normal: counts over all, for the bar below; stale are late, silent or without data.
        normal_text, stale_text: the same in words, number first.
        columns: of the list; 0 = one, with bars.
        lines: rows in each column.
    """

    heading: Bilingual
    caption: str
    rows: tuple[DepartmentRow, ...]
    red: int
    amber: int
    stale: int
    normal: int
    normal_text: tuple[str, str]
    stale_text: tuple[str, str]
    columns: int = 0
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Ranking:
    """A list in order, with the columns of the attention list.

    Attributes:
        heading: of the panel.
        caption: what the number and the change are, longest first.
        rows: the first of them.
        capacity: rows that have room.
        calm: said when there is nothing to show; "" otherwise.
    """

    heading: Bilingual
    caption: Fit
    rows: tuple[AttentionRow, ...]
    capacity: int
    calm: str


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question for a review.

    Attributes:
        id: same question, same id.
        number: its place in the list.
        mark: colour of what it is about; "cleared" where something went well; "" where nothing has a colour.
        what: what was found, longest first.
        question: what is asked, longest first.
        who: answers, longest first.
    """

    id: str
    number: str
    mark: Mark
    what: Fit
    question: Fit
    who: Fit


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions for a review.

    Attributes:
        heading: of the panel.
        caption: where they come from, longest first.
        to: stands before who answers.
        rows: as many as have room.
        capacity: rows that have room.
        calm: said when there is nothing to show; "" otherwise.
    """

    heading: Bilingual
    caption: Fit
    to: str
    rows: tuple[QuestionRow, ...]
    capacity: int
    calm: str


@dataclass(frozen=True, slots=True)
class CardLine:
    """One indicator on a card.

    Attributes:
        code: of the indicator.
        name: in the working language.
        mark: its colour in the state as a whole, or "stale".
        value: formatted, longest first; "–" when silent.
        unit: beside the value, longest first.
        freshness: live, late or silent.
        place_mark: colour of its worst place; "" when that is normal.
        place: its worst place, longest first; when late or silent "as of …".
    """

    code: str
    name: Fit
    mark: Mark
    value: Fit
    unit: Fit
    freshness: Freshness
    place_mark: Mark
    place: Fit


@dataclass(frozen=True, slots=True)
class Card:
    """Indicators that belong together."""

    heading: Bilingual
    lines: tuple[CardLine, ...]


@dataclass(frozen=True, slots=True)
class Cards:
    """Cards side by side.

    Attributes:
        columns, rows: of the grid.
        capacity: lines that a card has room for.
        cards: in reading order.
    """

    columns: int
    rows: int
    capacity: int
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A label of an axis.

    Attributes:
        at: its place in per cent of the axis.
        text: what it says.
    """

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Hours:
    """Cases that will pass their limit, added up hour by hour.

    Attributes:
        heading: of the panel.
        caption: longest first.
        heights: at the end of each hour, 0 (bottom) to 100.
        hours, counts: labels of the two axes.
    """

    heading: Bilingual
    caption: Fit
    heights: tuple[float, ...]
    hours: tuple[Tick, ...]
    counts: tuple[Tick, ...]


#: Where a panel stands: left or right half, both, or the fourth zone of a long wall.
Slot = Literal["main", "side", "full", "zone"]


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel of a scene other than "State now".

    Attributes:
        slot: where it stands.
        kind: which form the browser draws.
        content: what it says.
    """

    slot: Slot
    kind: Literal["tiles", "ranking", "counts", "cards", "hours", "questions"]
    content: Districts | Ranking | Departments | Cards | Hours | Questions


@dataclass(frozen=True, slots=True)
class Event:
    """One line of what has just happened.

    Attributes:
        id: same event, same id.
        clock: when, state-local.
        text: longest first.
        red: stays longer.
    """

    id: str
    clock: str
    text: Fit
    red: bool


@dataclass(frozen=True, slots=True)
class Source:
    """One source system; its chip ticks in the browser.

    Attributes:
        name: of the source.
        title: on the chip.
        last_event_at_ms: its newest event; None when none ever came.
        late_at_ms: when it becomes late, if nothing comes meanwhile.
        silent_at_ms: when it becomes silent.
    """

    name: str
    title: str
    last_event_at_ms: int | None
    late_at_ms: int | None
    silent_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame.

    Attributes:
        scene: its name.
        form: arrangement of panels, from the layout.
        lang, echo_lang: working language and the other.
        zone, zone_label: time zone of the clock and its name.
        title, title_echo: heading of the wall in both languages, longest first.
        capacity: rows of the attention list that have room.
        numbers: state-wide numbers; empty where the scene has none.
        districts, attention, departments: panels of "State now"; None where the scene or the wall has no room for them.
        panels: of the other scenes.
        events: newest first; the same in every scene.
        sources: in the order of the configuration.
        scenes: names of the scenes that come in turn, longest first each; only this one when it is pinned.
        place: which of them this is.
        is_pinned: whether this scene stays.
        until_ms: instant at which the next scene comes; None when none does.
        night: minutes of the day from which and until which the wall is dimmed; None = never.
        legend: what dashes and changes mean.
        words: texts that the browser puts together itself.
        alarm: a danger to life that nobody has acknowledged yet; it stands in the place of the events.
    """

    scene: str
    form: str
    lang: str
    echo_lang: str
    zone: str
    zone_label: str
    title: Fit
    title_echo: Fit
    capacity: int
    events: tuple[Event, ...]
    sources: tuple[Source, ...]
    scenes: tuple[Fit, ...]
    place: int
    is_pinned: bool
    until_ms: int | None
    night: tuple[int, int] | None
    legend: Fit
    words: dict[str, str]
    numbers: tuple[Number, ...] = ()
    districts: Districts | None = None
    attention: Attention | None = None
    departments: Departments | None = None
    panels: tuple[Panel, ...] = ()
    alarm: Event | None = None
