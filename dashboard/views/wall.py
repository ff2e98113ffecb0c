"""Scene "State now": is the state all right at this moment, and where not? Values in, a frozen view model out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboard.services import Services


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the scene.

    Attributes:
        lang: working language.
        title: heading.
    """

    lang: str
    title: str


class StateNow:
    """The scene for one wall in one language."""

    def __init__(self, services: Services, wall: str, lang: str) -> None:
        self._services, self._wall, self._lang = services, wall, lang

    def build(self) -> Frame:
        """The view model of this moment."""
        return Frame(self._lang, self._services.reference.state.name_en)
