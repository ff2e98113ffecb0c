"""What screens are given: the value copy, named queries, reference data, clock, configuration and the reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from dashboard import language
from dashboard.plain_rows import plain_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from dashboard.boundaries.drawing import Drawing
    from dashboard.copy import ValueCopy
    from warehouse.clock import Clock
    from warehouse.config import Config
    from warehouse.principal import Principal
    from warehouse.reference import Reference


class NamedQueries(Protocol):
    """The engine's named queries, as the Flight client gives them."""

    def query(self, name: str, principal: Principal, **params: object) -> pa.Table:
        """Rows of a named query for a reader.

        Shape: as documented with the query in the warehouse.

        Raises:
            EngineGoneError: the engine does not answer.
        """
        ...


class EngineActions(Protocol):
    """What the engine can be asked to do, as the Flight client does it."""

    def action(
        self, name: str, payload: Mapping[str, object], *, timeout_s: float | None = None
    ) -> Iterator[dict[str, Any]]:
        """Have the engine do something; JSON objects as it answers.

        Raises:
            CMError: what the engine raised, as the same class; EngineGoneError: it does not answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that views need; made once by create_app and handed to every page.

    Attributes:
        values: the copy of all values of all indicators.
        queries: lists and series, straight from the warehouse.
        actions: what operators have the engine do (pages/operator.py); nothing else may use it.
        reference: areas, services, offices, posts of the state.
        clock: the time of this process.
        config: settings (languages of the state, walls).
        principal: who reads; a parameter of every query.
        drawings: real boundaries of the places below a place, by its code; empty where the deployment has none.
    """

    values: ValueCopy
    queries: NamedQueries
    actions: EngineActions
    reference: Reference
    clock: Clock
    config: Config
    principal: Principal
    drawings: Mapping[str, Drawing] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of the state, in which days begin and clocks are shown."""
        return ZoneInfo(self.reference.state.timezone)

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that a reader may choose: the settings' two and the state's others, as far as they have texts."""
        state = self.config.state
        named = (state.language, state.second_language, *self.reference.state.languages)
        return tuple(code for code in dict.fromkeys(named) if code in language.languages())

    def rows(self, name: str, **params: object) -> list[dict[str, Any]]:
        """Rows of a named query for this reader, by column. Args and errors as for `table`."""
        return plain_rows(self.table(name, **params))

    def table(self, name: str, **params: object) -> pa.Table:
        """The answer of a named query for this reader.

        Args:
            name: of the query.
            **params: its parameters.

        Shape: as documented with the query in the warehouse.

        Raises:
            EngineGoneError: the engine does not answer.
        """
        return self.queries.query(name, self.principal, **params)
