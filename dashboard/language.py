"""Every word on the screens, in every language: texts live in dashboard/languages/<code>.toml.

Invariants: English is complete and is what any missing text falls back to; the files of all languages have the same
keys and the same placeholders (tests hold them to it); names of places, services and indicators are not here, they
come from reference data and catalogue with `name_en` and `name_local`, and are English in a third language that they
have no name in (Hindi: places, levels and departments have one, `Asked.chosen`).
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from warehouse.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGLISH: Final = "en"
HINDI: Final = "hi"
_FOLDER: Final = Path(__file__).parent / "languages"
#: First and last letter of all Indic scripts, and of those of some languages.
_INDIC: Final = ("\u0900", "\u0dff")
_SCRIPTS: Final = {"hi": ("\u0900", "\u097f"), "gu": ("\u0a80", "\u0aff"), "ml": ("\u0d00", "\u0d7f")}
_UNITS: Final = ("s", "min", "h", "d", "lakh", "crore", "crore_money")


@cache
def languages() -> tuple[str, ...]:
    """Codes of the languages that have a file, English first."""
    codes = sorted(path.stem for path in _FOLDER.glob("*.toml"))
    return (ENGLISH, *(code for code in codes if code != ENGLISH))


@cache
def texts(lang: str) -> Mapping[str, str]:
    """All texts of one language by dotted key; empty for a language without a file."""
    path = _FOLDER / f"{lang}.toml"
    if lang not in languages():
        return MappingProxyType({})
    return MappingProxyType(dict(_flat("", tomllib.loads(path.read_text(encoding="utf-8")))))


def text(key: str, lang: str, **params: object) -> str:
    """The text of a key in a language, with its placeholders filled; English where the language has none.

    Args:
        key: dotted key, e.g. "shell.skip".
        lang: language code.
        **params: values of the placeholders, already formatted.

    Raises:
        InternalError: English has no such key, or a placeholder has no value.
    """
    template = texts(lang).get(key) or texts(ENGLISH).get(key)
    if template is None:
        message = f"languages/en.toml has no text {key!r}; add it to every language file"
        raise InternalError(message)
    try:
        return template.format(**params) if params else template
    except (KeyError, IndexError) as exc:
        message = f"text {key!r} in {lang!r} wants a placeholder that was not given: {exc}"
        raise InternalError(message) from exc


def echo(key: str, lang: str, **params: object) -> str:
    """A text in the second language of a heading; "" where that language has no texts. Arguments as of `text`."""
    return text(key, lang, **params) if lang in languages() else ""


def counted(key: str, lang: str, number: float, /, **params: object) -> str:
    """The `<key>.one` or `<key>.other` text, by whether a number is exactly one.

    Args:
        key: dotted key of the pair.
        lang: language code.
        number: decides between the two (English and the Indian languages here need no third form).
        **params: values of the placeholders.
    """
    return text(f"{key}.{'one' if number == 1 else 'other'}", lang, **params)


def chosen(name_en: str, name_local: str, lang: str) -> str:
    """The name in the working language: the state's own where it is in that language's script, else English."""
    return name_en if lang == ENGLISH or not name_local or _is_of_another(name_local, lang) else name_local


def _is_of_another(name: str, lang: str) -> bool:
    """Whether a name has Indic letters but none of a language's script."""
    first, last = _SCRIPTS.get(lang, _INDIC)
    return any(_INDIC[0] <= one <= _INDIC[1] for one in name) and not any(first <= one <= last for one in name)


def unit_words(lang: str) -> dict[str, str]:
    """Words of the units that the browser's formatter needs (s, min, h, d, lakh, crore, crore_money)."""
    return {unit: text(f"unit.{unit}", lang) for unit in _UNITS}


def _flat(prefix: str, table: Mapping[str, object]) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, entry in table.items():
        if isinstance(entry, dict):
            rows.extend(_flat(f"{prefix}{name}.", entry))
        else:
            rows.append((f"{prefix}{name}", str(entry)))
    return rows
