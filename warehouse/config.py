"""Settings: the dataclasses below are the one table of names, types, defaults, units and meanings.

docs/settings.md is written from it (`python -m warehouse.config > docs/settings.md`) and a test keeps it so.
Only run.py reads the configuration; everybody else is handed what they need.
Sources ([source.<name>]) are free-form here and validated by ingest/mapping.py.
"""

from __future__ import annotations

import difflib
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, get_type_hints

from warehouse.errors import ConfigError

_KERALA: Final = Path("warehouse/states/kerala")
_CATALOGUE: Final = Path("indicators/catalogue")
#: Comes with the program, so that it is found wherever settings lie that do not name another one.
_SHIPPED: Final = (_KERALA, _CATALOGUE)
_PROGRAM: Final = Path(__file__).resolve().parents[1]
_DATA: Final = Path("var/data")


def setting(
    default: Any,
    meaning: str,
    *,
    unit: str = "",
    least: float | None = None,
    most: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """One row of the settings table, as a dataclass field.

    Args:
        default: value when the file says nothing; its type is the field's annotation.
        meaning: one line for the documentation.
        unit: of a number.
        least: lowest number allowed, inclusive.
        most: highest number allowed, inclusive.
        choices: texts allowed; empty = any.
    """
    rules = {"meaning": meaning, "unit": unit, "least": least, "most": most, "choices": choices}
    return field(default=default, metadata=rules)


@dataclass(frozen=True, slots=True)
class StateConfig:
    """[state] – which state this is."""

    reference: Path = setting(  # noqa: RUF009 – a Path never changes
        _KERALA, "folder with the state's areas, departments, services and holidays"
    )
    catalogue: Path = setting(  # noqa: RUF009 – a Path never changes
        _CATALOGUE, "folder with the state's indicators"
    )
    language: str = setting("en", "first language of the screens, a code of dashboard/languages")
    second_language: str = setting("ml", "language of the second line on the wall and of the language switch")
    owner: str = setting("", "who answers for the dashboard, in every footer; empty = the government of the state")
    contact: str = setting("", "e-mail address or telephone number of who runs it, in every footer; empty = not said")
    complaint: str = setting("", "address (https://…) of the page where complaints are taken; empty = not said")


@dataclass(frozen=True, slots=True)
class DataConfig:
    """[data] – where everything written lives."""

    dir: Path = setting(  # noqa: RUF009 – a Path never changes
        _DATA, "folder of the warehouse and of everything else that is written"
    )
    key_file: str = setting(
        "", "file with the key of pseudonyms; empty = pseudonym.key in that folder, made at the first start"
    )


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """[engine] – the process that ingests, stores and computes."""

    host: str = setting("127.0.0.1", "address that the engine listens on; loopback only", choices=("127.0.0.1", "::1"))
    port: int = setting(8815, "port that the engine listens on; 0 = any free one", least=0, most=65535)
    publish_interval_ms: int = setting(
        100,
        "what time alone changes is published this often, commits at once; with a rest as long as an evaluation took",
        unit="ms",
        least=20,
        most=60_000,
    )
    checkpoint_interval_s: int = setting(
        300, "the warehouse's log is folded into its file this often, outside commits", unit="s", least=10, most=86_400
    )
    compact_interval_s: int = setting(
        3600, "appended cell deltas are summed up this often", unit="s", least=60, most=86_400
    )
    value_now_interval_s: int = setting(
        300, "present values are written to table value_now this often", unit="s", least=10, most=86_400
    )
    batch_rows: int = setting(70_000, "most rows taken from a source in one commit", least=1, most=1_000_000)
    memory_limit_mb: int = setting(300, "memory that DuckDB may use", unit="MB", least=100)
    duckdb_threads: int = setting(2, "threads that DuckDB may use", least=1, most=256)


@dataclass(frozen=True, slots=True)
class BackupConfig:
    """[backup] – copies of the data folder that a running engine makes by itself."""

    folder: str = setting("", "folder of the backups, on another disk than the data; empty = none are made")
    every_h: float = setting(24.0, "a backup is made when the last is this old", unit="h", least=0.25, most=720)
    keep: int = setting(7, "so many are kept, the oldest are removed", least=1, most=1000)


@dataclass(frozen=True, slots=True)
class EventsConfig:
    """[events] – the engine's HTTP door, `POST /events`."""

    enabled: bool = setting(True, "whether the engine takes events over HTTP; without tokens nobody may send any")
    host: str = setting("127.0.0.1", "address that the door listens on; another than loopback only behind TLS")
    port: int = setting(8816, "port that the door listens on; 0 = any free one", least=0, most=65535)
    body_limit_kb: int = setting(8192, "largest body of a request, packed or unpacked", unit="KiB", least=64)
    waiting_limit_mb: int = setting(
        64, "most that may wait for its commit, of all requests; more is answered with 429", unit="MiB", least=1
    )
    connection_limit: int = setting(500, "most connections at once", least=1)
    answer_limit_s: int = setting(30, "longest wait for a commit, before 503", unit="s", least=1, most=600)


@dataclass(frozen=True, slots=True)
class MetricsConfig:
    """[metrics] – the engine's figures for monitoring, `/metrics`."""

    enabled: bool = setting(True, "whether the engine's figures can be read")
    host: str = setting("127.0.0.1", "address that they are read at; another than loopback only in a closed network")
    port: int = setting(8817, "port that they are read at; 0 = any free one", least=0, most=65535)


@dataclass(frozen=True, slots=True)
class WebConfig:
    """[web] – the process that serves the screens."""

    host: str = setting("127.0.0.1", "address that the dashboard listens on")
    port: int = setting(8050, "port that the dashboard listens on; 0 = any free one", least=0, most=65535)
    walls_need_token: bool = setting(
        False, "whether a wall is shown only at an address with its token (`run.py wall-token make`)"
    )


@dataclass(frozen=True, slots=True)
class DemoConfig:
    """[demo] – the simulated state of `python run.py demo`."""

    cases: int = setting(520_000, "cases opened in the history", least=0)
    history_days: int = setting(400, "days of history before the start", unit="days", least=1, most=3_650)
    seed: int = setting(2026, "the same seed gives the same state", least=0)
    live: bool = setting(True, "go on sending events in real time after the history")
    events_per_minute: int = setting(400, "live events aimed at in working hours", unit="1/min", least=1, most=600_000)
    late_share: float = setting(0.02, "share of events that arrive late", least=0, most=1)
    duplicate_share: float = setting(0.005, "share of rows that are delivered twice", least=0, most=1)
    corrected_share: float = setting(0.002, "share of events corrected or retracted later", least=0, most=1)
    malformed_share: float = setting(0.001, "share of rows that cannot be accepted", least=0, most=1)


@dataclass(frozen=True, slots=True)
class WallConfig:
    """[wall.<name>] – one video wall; several may be declared."""

    width_px: int = setting(3840, "canvas width", unit="px", least=640)
    height_px: int = setting(2160, "canvas height", unit="px", least=360)
    width_mm: int = setting(2436, "width of the lit surface", unit="mm", least=300)
    view_m: float = setting(5.0, "distance of the reader", unit="m", least=0.5, most=50)
    seams_x: int = setting(
        0, "vertical seams between equal panels, which no text crosses: 1, or 3 on a long wall", least=0, most=15
    )
    seams_y: int = setting(0, "horizontal seams; text cannot be kept off them, so only 0", least=0, most=0)
    lang: str = setting("en", "language of the first line")
    lang2: str = setting("", "language of the second line; empty = the state's other language, none = no second line")
    scenes: tuple[str, ...] = setting(
        ("now", "districts", "breach", "departments", "resources", "citizens"), "scenes in the order of rotation"
    )
    dwell_s: int = setting(20, "seconds that a scene stays", unit="s", least=5, most=3_600)
    dwell_now_s: int = setting(30, 'seconds that "State now" stays', unit="s", least=5, most=3_600)
    night: str = setting("", 'hours in which the wall is dimmed by 40 %, e.g. "22:00-06:00"; empty = never')


@dataclass(frozen=True, slots=True)
class BoundariesConfig:
    """[boundaries.<level>] – real boundaries of the areas of a level, by which the desk then draws maps as well."""

    file: Path = setting(  # noqa: RUF009 – a Path never changes
        Path("boundaries.geojson"), "GeoJSON in longitude and latitude (RFC 7946), one feature per area"
    )
    code: str = setting("code", "property of a feature with the code or the LGD code of its area")


@dataclass(frozen=True, slots=True)
class Config:
    """All settings.

    Attributes:
        file: where they came from; relative paths in it are relative to its folder.
        walls: by name; `main` with the defaults when none is declared.
        boundaries: by level of areas; empty without maps.
        sources: the [source.<name>] tables as they stand in the file, by name, in its order.
    """

    file: Path
    state: StateConfig = field(default_factory=StateConfig)
    data: DataConfig = field(default_factory=DataConfig)
    engine: EngineConfig = field(default_factory=EngineConfig)
    backup: BackupConfig = field(default_factory=BackupConfig)
    events: EventsConfig = field(default_factory=EventsConfig)
    metrics: MetricsConfig = field(default_factory=MetricsConfig)
    web: WebConfig = field(default_factory=WebConfig)
    demo: DemoConfig = field(default_factory=DemoConfig)
    walls: Mapping[str, WallConfig] = field(default_factory=lambda: MappingProxyType({"main": WallConfig()}))
    boundaries: Mapping[str, BoundariesConfig] = field(default_factory=lambda: MappingProxyType({}))
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))


#: Sections with fixed names, in the order of the file and the documentation.
SECTIONS: Final[dict[str, type[Any]]] = {
    "state": StateConfig,
    "data": DataConfig,
    "engine": EngineConfig,
    "backup": BackupConfig,
    "events": EventsConfig,
    "metrics": MetricsConfig,
    "web": WebConfig,
    "demo": DemoConfig,
}
_TYPE_NAMES: Final[dict[object, str]] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path",
    tuple[str, ...]: "list of texts",
}


def load_config(path: Path, overrides: Mapping[str, object] | None = None) -> Config:
    """Read and check the settings.

    Args:
        path: the TOML file.
        overrides: values that beat the file's, by dotted name, e.g. {"data.dir": "var/demo"}; their relative paths
            are relative to the working directory.

    Raises:
        ConfigError: names file, key, the bad value and what is allowed.
    """
    file = path.resolve()
    try:
        plain = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from error
    _refuse_unknown(str(path), "", plain, [*SECTIONS, "wall", "boundaries", "source"])
    sections = {
        name: _section(str(path), name, kind, plain.get(name, {}), file.parent) for name, kind in SECTIONS.items()
    }
    _override(sections, overrides or {})
    walls = _named_tables(str(path), "wall", plain)
    return Config(
        file=file,
        **{name: SECTIONS[name](**values) for name, values in sections.items()},
        walls=MappingProxyType(
            {
                name: WallConfig(**_section(str(path), f"wall.{name}", WallConfig, table, file.parent))
                for name, table in (walls or {"main": {}}).items()
            }
        ),
        boundaries=MappingProxyType(
            {
                name: BoundariesConfig(
                    **_section(str(path), f"boundaries.{name}", BoundariesConfig, table, file.parent)
                )
                for name, table in _named_tables(str(path), "boundaries", plain).items()
            }
        ),
        sources=MappingProxyType(
            {name: MappingProxyType(table) for name, table in _named_tables(str(path), "source", plain).items()}
        ),
    )


def _override(sections: dict[str, dict[str, Any]], overrides: Mapping[str, object]) -> None:
    for name, value in overrides.items():
        section, _, key = name.partition(".")
        known = [f"{one}.{each.name}" for one, kind in SECTIONS.items() for each in fields(kind)]
        if name not in known:
            raise ConfigError(_unknown("command line", name, name, known))
        given = str(value) if isinstance(value, Path) else value
        sections[section] |= _section("command line", section, SECTIONS[section], {key: given}, Path.cwd())


def _named_tables(file: str, section: str, plain: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    tables = plain.get(section, {})
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise ConfigError(f"{file}: {section} takes tables with a name: [{section}.<name>]")
    return tables


def _section(file: str, name: str, kind: type[Any], table: object, folder: Path) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise ConfigError(f"{file}: {name} is a table: [{name}]")
    rows = {each.name: each for each in fields(kind)}
    _refuse_unknown(file, f"{name}.", table, list(rows))
    types = get_type_hints(kind)
    values = {}
    for key, value in table.items():
        where = f"{file}: {name}.{key} = {value!r}"
        values[key] = _checked(where, rows[key], types[key], value, folder)
    for key, row in rows.items():
        if types[key] is Path and key not in values:
            values[key] = (_PROGRAM if row.default in _SHIPPED else folder) / str(row.default)
    return values


def _checked(where: str, row: Field[Any], kind: Any, value: object, folder: Path) -> Any:
    rules = row.metadata
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if kind is Path and isinstance(value, str) and value:
        return (folder / value).resolve()
    if kind == tuple[str, ...] and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    if kind not in (str, int, float, bool) or type(value) is not kind:
        raise ConfigError(f"{where}: must be a {_TYPE_NAMES[kind]}")
    if rules["choices"] and value not in rules["choices"]:
        raise ConfigError(f"{where}: must be one of {', '.join(rules['choices'])}")
    if isinstance(value, (int, float)) and not isinstance(value, bool) and not _in_range(value, rules):
        raise ConfigError(f"{where}: must be {_range(rules)}")
    return value


def _in_range(value: float, rules: Mapping[str, Any]) -> bool:
    least, most = rules["least"], rules["most"]
    return (least is None or value >= least) and (most is None or value <= most)


def _range(rules: Mapping[str, Any]) -> str:
    least, most = rules["least"], rules["most"]
    if least is not None and most is not None:
        return f"{least} to {most}"
    if least is not None:
        return f"{least} or more"
    return "" if most is None else f"at most {most}"


def _refuse_unknown(file: str, prefix: str, table: Mapping[str, object], known: list[str]) -> None:
    for key in table:
        if key not in known:
            raise ConfigError(_unknown(file, f"{prefix}{key}", key, known))


def _unknown(file: str, name: str, key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(known)}"
    return f"{file}: unknown setting {name}{hint}"


def settings_markdown() -> str:
    """The settings table as the text of docs/settings.md."""
    lines = [
        "# Settings",
        "",
        "Written by `python -m warehouse.config > docs/settings.md` from `warehouse/config.py`; do not edit.",
        "All settings live in `config.toml`. An unknown name is an error that names the nearest known one.",
        "Relative paths are relative to the folder of the file. The tables and the catalogue that come with the",
        "program are found wherever the file lies.",
    ]
    documented: dict[str, type[Any]] = {**SECTIONS, "wall.<name>": WallConfig, "boundaries.<level>": BoundariesConfig}
    for name, kind in documented.items():
        meaning = (kind.__doc__ or "").partition("–")[2].strip().rstrip(".")
        lines += ["", f"## [{name}]", "", f"{meaning[:1].upper()}{meaning[1:]}.", ""]
        lines += ["| setting | type | default | unit | allowed | meaning |", "| --- | --- | --- | --- | --- | --- |"]
        lines += list(_rows(kind))
    lines += ["", "## [source.<name>]", ""]
    lines += ["One table per source system: how its rows become events. Described in [events.md](events.md).", ""]
    return "\n".join(lines)


def _rows(kind: type[Any]) -> Iterator[str]:
    types = get_type_hints(kind)
    for row in fields(kind):
        rules = row.metadata
        allowed = ", ".join(f"`{one}`" for one in rules["choices"]) or _range(rules)
        cells = (f"`{row.name}`", _TYPE_NAMES[types[row.name]], f"`{toml_value(row.default)}`", rules["unit"], allowed)
        yield f"| {' | '.join(cells)} | {rules['meaning']} |"


def toml_value(value: object) -> str:
    """A default as it is written in TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(toml_value(one) for one in value)}]"
    if isinstance(value, (str, Path)):
        return f'"{value}"'
    return str(value)


if __name__ == "__main__":
    sys.stdout.write(settings_markdown())
