from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from warehouse.config import SECTIONS, Config, WallConfig, load_config, settings_markdown
from warehouse.errors import ConfigError

ROOT = Path(__file__).resolve().parents[3]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_empty_file_gives_every_default(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, ""))
    assert config.engine.port == 8815
    assert config.walls == {"main": WallConfig()}
    assert config.data.dir == tmp_path / "var/data"
    # what comes with the program is found wherever the file lies
    assert config.state.reference == ROOT / "warehouse/states/kerala"
    assert config.state.catalogue == ROOT / "indicators/catalogue"


def test_the_shipped_file_is_valid_and_names_every_setting() -> None:
    path = ROOT / "config.toml"
    config = load_config(path)
    assert config.sources
    text = path.read_text(encoding="utf-8")
    for section, kind in SECTIONS.items():
        for row in fields(kind):
            assert f"\n{row.name} = " in "\n" + text.partition(f"\n[{section}]\n")[2].partition("\n[")[0], row.name


def test_the_documentation_is_written_from_the_table() -> None:
    assert (ROOT / "docs/settings.md").read_text(encoding="utf-8") == settings_markdown()


def test_overrides_beat_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[engine]\nport = 1\n[data]\ndir = 'there'\n")
    config = load_config(path, {"engine.port": 2, "data.dir": tmp_path / "here"})
    assert config.engine.port == 2
    assert config.data.dir == tmp_path / "here"
    assert load_config(path).data.dir == tmp_path / "there"


def test_sources_are_kept_as_they_are(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, "[source.a]\nx = [1]\n[source.a.fields]\ny = 'z'\n[source.b]\n"))
    assert list(config.sources) == ["a", "b"]
    assert config.sources["a"] == {"x": [1], "fields": {"y": "z"}}


def test_walls_take_their_own_values(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, "[wall.cm]\nview_m = 10\nscenes = ['now']\n"))
    assert set(config.walls) == {"cm"}
    assert config.walls["cm"].view_m == 10.0
    assert config.walls["cm"].scenes == ("now",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[engine]\nprot = 1\n", "unknown setting engine.prot; did you mean port?"),
        ("[engin]\n", "unknown setting engin; did you mean engine?"),
        ("[wall.main]\nwidth = 1\n", "unknown setting wall.main.width; did you mean width_"),
        ("[engine]\nport = 'x'\n", "engine.port = 'x': must be a whole number"),
        ("[engine]\nport = true\n", "engine.port = True: must be a whole number"),
        ("[engine]\nport = 70000\n", "engine.port = 70000: must be 0 to 65535"),
        ("[engine]\nbatch_rows = 0\n", "must be 1 to 1000000"),
        ("[engine]\nhost = '0.0.0.0'\n", "must be one of 127.0.0.1, ::1"),
        ("[demo]\nlate_share = 1.5\n", "must be 0 to 1"),
        ("[wall.main]\nscenes = [1]\n", "must be a list of texts"),
        ("[data]\ndir = 3\n", "must be a path"),
        ("engine = 3\n", "engine is a table: [engine]"),
        ("wall = 3\n", "wall takes tables with a name"),
        ("[engine\n", "at line 1"),
    ],
)
def test_a_mistake_is_named_with_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(written(tmp_path, text))
    assert "config.toml: " in str(caught.value)
    assert message in str(caught.value)


def test_an_unknown_override_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"did you mean engine\.port"):
        load_config(written(tmp_path, ""), {"engine.ports": 1})


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_config(tmp_path / "none.toml")


def test_settings_cannot_be_changed() -> None:
    config: Config = load_config(ROOT / "config.toml")
    with pytest.raises(AttributeError):
        config.engine.port = 1  # type: ignore[misc]
