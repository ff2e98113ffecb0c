"""What the scenes of a wall have in common: what they are made with, what each can do, where its panels stand."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.services import Services
    from dashboard.views.asked import Asked
    from dashboard.views.wall_frame import Frame, Number, Panel
    from dashboard.views.wall_layout import Layout
    from dashboard.views.wall_parts import Scene
    from dashboard.views.wall_standing import Standing
    from dashboard.wall_choice import WallChoice

#: The half that a small wall shows of scenes that have two.
_SMALL_SLOTS: Final = {"districts": ("main",), "breach": ("side",), "departments": ("main",), "citizens": ("side",)}


@dataclass(frozen=True, slots=True)
class Stage:
    """What scenes are made with.

    Attributes:
        asked: value copy, queries, reference data, working language.
        layout: what has room.
        choice: which indicators the state wants to see.
        standing: attention list and watch, which all scenes share.
    """

    asked: Asked
    layout: Layout
    choice: WallChoice
    standing: Standing

    @property
    def services(self) -> Services:
        """Value copy, queries, reference data."""
        return self.asked.services


class StagedScene(ABC):
    """One scene, which exists and has nothing to ask unless it says otherwise."""

    def __init__(self, stage: Stage) -> None:
        """Nothing is asked yet.

        Args:
            stage: what scenes are made with.
        """
        self._stage = stage

    def exists(self) -> bool:
        """Whether the catalogue has anything of it."""
        return True

    def ask(self, now: datetime) -> None:  # noqa: B027 – most scenes show nothing but the value copy
        """Ask the engine for what is due.

        Args:
            now: the engine's instant.

        Raises:
            EngineGoneError: it does not answer; what it cannot answer now stays as it was.
        """

    @abstractmethod
    def fill(self, frame: Frame, scene: Scene, now: datetime) -> Frame:
        """The frame with the panels of the scene.

        Args:
            frame: what all scenes have in common.
            scene: value copy, language, what has room.
            now: the engine's instant.
        """


def placed(frame: Frame, scene: Scene, *panels: Panel, strip: tuple[Number, ...] = ()) -> Frame:
    """The frame with panels; on a long wall beside what stands there already, on a small one only what has room."""
    if scene.layout.form == "long":
        return replace(frame, departments=None, panels=panels)
    kept = _SMALL_SLOTS.get(frame.scene) if scene.layout.form == "small" else None
    shown = tuple(replace(one, slot="full") for one in panels if one.slot in kept) if kept else panels
    return replace(frame, panels=shown, numbers=strip)
