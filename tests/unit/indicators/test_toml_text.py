"""Every key knows its line, whatever stands around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from indicators.toml_text import read_toml
from warehouse.errors import DefinitionError

TEXT = '''# a comment with [brackets] and "quotes"
[department]
code = "LSG"
list = [
  "a", # ] not the end
  "b",
]
[[service]]
code = "one"
text = """
code = "not a key"
"""
[service.override.open]
bands.default.amber = 1
[[service]]
code = "two"
'''


def test_lines_of_keys_in_nested_tables_arrays_and_multiline_values(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(TEXT, encoding="utf-8")
    text = read_toml(path, "x.toml")
    assert text.origin("department").line == 2
    assert text.origin("department", "list").line == 4
    assert text.origin("service", 0, "code").line == 9
    assert text.origin("service", 0, "code").column == 9
    assert text.origin("service", 0, "override", "open", "bands", "default", "amber").line == 14
    assert text.origin("service", 0, "override", "open", "bands").line == 14
    assert text.origin("service", 1).line == 15
    assert text.origin("service", 1, "code").line == 16
    assert text.origin("service", 1, "missing").line == 15


@pytest.mark.parametrize(
    ("content", "where"), [("a = \n", "x.toml:1:"), ("a = 1\na = 2\n", "x.toml:2:"), ("[a\n", ":1:")]
)
def test_broken_toml_names_file_and_line(tmp_path: Path, content: str, where: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DefinitionError, match="not TOML") as caught:
        read_toml(path, "x.toml")
    assert where in str(caught.value)


def test_not_utf8_is_a_definition_error(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"a = '\xff'")
    with pytest.raises(DefinitionError, match="UTF-8"):
        read_toml(path, "x.toml")
