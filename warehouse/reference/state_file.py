"""Reads state.toml key by key.

Who may import it: warehouse.reference.load only.
Invariants: nothing is raised; what is wrong goes to the problems of the folder, in the line of its key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from warehouse.reference.model import Level, Named, State
from warehouse.reference.table import unknown

if TYPE_CHECKING:
    from warehouse.reference.table import Document

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class StateReader:
    """Reads state.toml key by key."""

    KEYS: Final = frozenset(
        [
            "code",
            "name_en",
            "name_local",
            "languages",
            "timezone",
            "levels",
            "series_level",
            "fiscal_year_start_month",
            "weekly_off",
            "off_saturdays",
            "kinds",
            "classes",
        ]
    )

    def __init__(self, document: Document) -> None:
        self.document = document

    def state(self) -> State:
        """The state, as far as it could be read; without levels when there are none."""
        for key in sorted(self.document.content.keys() - self.KEYS):
            self.document.wrong(key, unknown("key", key, self.KEYS))
        levels = tuple(
            Level(
                entry["code"],
                entry["name_en"],
                entry["name_local"],
                entry.get("plural_en", entry["name_en"]),
                entry.get("plural_local", entry["name_local"]),
                entry.get("name_hi"),
                entry.get("plural_hi"),
            )
            for entry in self._entries("levels", ("plural_en", "plural_local", "name_hi", "plural_hi"))
        )
        if not levels:
            self.document.wrong("levels", "levels is missing; at least one [[levels]] is needed")
        series_level = self._text("series_level")
        codes = [level.code for level in levels]
        if levels and series_level not in codes:
            self.document.wrong("series_level", unknown("series_level", series_level, codes))
        return State(
            code=self._text("code"),
            name_en=self._text("name_en"),
            name_local=self._text("name_local"),
            languages=tuple(self._texts("languages")) or ("en",),
            timezone=self._timezone(),
            levels=levels,
            series_level=series_level,
            fiscal_year_start_month=self._whole("fiscal_year_start_month", 1, 12),
            weekly_off=self._weekdays(),
            off_saturdays=self._saturdays(),
            kinds=self._named("kinds"),
            classes=self._named("classes"),
        )

    def _text(self, key: str) -> str:
        value = self.document.content.get(key)
        if not isinstance(value, str) or not value:
            self.document.wrong(key, f"{key} is missing or not a text")
            return ""
        return value

    def _texts(self, key: str) -> list[str]:
        value = self.document.content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            self.document.wrong(key, f"{key} is not a list of texts")
            return []
        return value

    def _whole(self, key: str, least: int, most: int) -> int:
        value = self.document.content.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.document.wrong(key, f"{key} is not a whole number from {least} to {most}")
            return least
        return value

    def _timezone(self) -> str:
        name = self._text("timezone")
        try:
            ZoneInfo(name or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            self.document.wrong("timezone", f"timezone {name} is unknown")
        return name

    def _weekdays(self) -> frozenset[int]:
        names = self._texts("weekly_off")
        for name in names:
            if name not in WEEKDAYS:
                self.document.wrong("weekly_off", unknown("weekly_off", name, WEEKDAYS))
        return frozenset(WEEKDAYS.index(name) for name in names if name in WEEKDAYS)

    def _saturdays(self) -> frozenset[int]:
        value = self.document.content.get("off_saturdays", [])
        if not isinstance(value, list) or not all(isinstance(part, int) and 1 <= part <= 5 for part in value):
            self.document.wrong("off_saturdays", "off_saturdays is not a list of numbers from 1 to 5")
            return frozenset()
        return frozenset(value)

    def _entries(self, key: str, optional: tuple[str, ...] = ()) -> list[dict[str, str]]:
        """Tables of an array, each with code and names."""
        value = self.document.content.get(key, [])
        if not isinstance(value, list):
            self.document.wrong(key, f"{key} is not written as [[{key}]]")
            return []
        good: list[dict[str, str]] = []
        seen: set[str] = set()
        needed = ("code", "name_en", "name_local")
        for place, entry in enumerate(value):
            if not isinstance(entry, dict) or not all(isinstance(part, str) and part for part in entry.values()):
                self.document.wrong(key, f"{key} holds something else than texts", place)
                continue
            missing = [part for part in needed if part not in entry]
            extra = [part for part in entry if part not in needed + optional]
            for part in missing:
                self.document.wrong(key, f"{part} is missing", place)
            for part in extra:
                self.document.wrong(key, unknown("key", part, needed + optional), place)
            if missing:
                continue
            if entry["code"] in seen:
                self.document.wrong(key, f"code {entry['code']} comes twice", place)
            seen.add(entry["code"])
            good.append(entry)
        return good

    def _named(self, key: str) -> dict[str, Named]:
        return {
            entry["code"]: Named(entry["code"], entry["name_en"], entry["name_local"], entry.get("name_hi"))
            for entry in self._entries(key, ("name_hi",))
        }
