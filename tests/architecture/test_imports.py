"""The house is in order: imports run one way, foreign libraries stay in their rooms, rules of the code hold."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("warehouse", "ingest", "indicators", "dashboard", "pages")
SOURCES = [*sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")), ROOT / "run.py"]

#: The places where every exception is caught, because the loop must go on.
BROAD_EXCEPT_ALLOWED = {"ingest/pipeline.py", "indicators/schedule.py"}


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_import_contracts_hold() -> None:
    result = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(_tree(path)), f"{_name(path)} has no docstring"


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_public_functions_and_classes_have_docstrings(path: Path) -> None:
    missing = [
        f"{_name(path)}:{node.lineno} {node.name}"
        for node in _tree(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not missing


def test_run_does_not_reach_past_the_packages() -> None:
    names = {
        name.split(".")[0]
        for node in ast.walk(_tree(ROOT / "run.py"))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not names & {"duckdb", "dash", "plotly", "kafka", "pandas", "numpy"}


def test_broad_except_only_in_the_loops_that_must_go_on() -> None:
    found = {
        _name(path)
        for path in SOURCES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
    }
    assert found <= BROAD_EXCEPT_ALLOWED


def test_time_is_asked_of_the_clock_only() -> None:
    asked = [
        f"{_name(path)}:{node.lineno}"
        for path in SOURCES
        if _name(path) != "warehouse/clock.py"
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"utcnow", "today"} and isinstance(node.ctx, ast.Load)
        if isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date"}
    ]
    assert not asked


def test_callbacks_do_not_block_the_event_loop() -> None:
    blocking = [
        f"{_name(path)}:{node.lineno} {node.name}"
        for path in SOURCES
        if path.is_relative_to(ROOT / "dashboard") or path.is_relative_to(ROOT / "pages")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr == "callback"
    ]
    assert not blocking, "Dash runs plain callbacks on the event loop: make them async"


def test_every_page_is_served() -> None:
    imports = [node for node in ast.walk(_tree(ROOT / "run.py")) if isinstance(node, ast.ImportFrom)]
    served = {alias.name for node in imports if node.module == "pages" for alias in node.names}
    written = {path.stem for path in (ROOT / "pages").glob("*.py")} - {"__init__"}
    assert served == written


def test_no_committed_file_names_a_package_registry_host() -> None:
    hosts = ("py" + "pi.org", "python" + "hosted", "registry.npm" + "js", "deb.debi" + "an.", "repo1.mav" + "en")
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    named = [
        file.decode()
        for file in files
        if file
        and (ROOT / file.decode()).is_file()
        and any(host.encode() in (ROOT / file.decode()).read_bytes() for host in hosts)
    ]
    assert not named


def test_top_level_is_what_the_readme_says() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    top = {name.split("/")[0] for name in tracked}
    expected = {"dashboard", "ingest", "indicators", "warehouse", "pages", "assets", "tests", "config.toml", "run.py"}
    assert expected <= top
    usual = {"README.md", "LICENSE", "CHANGELOG.md", "Makefile", "pyproject.toml", "requirements", "docs", ".ci"}
    dotted = {".gitignore", ".editorconfig", ".npmrc", "package.json", "package-lock.json"}
    assert top <= expected | usual | dotted


def test_clients_of_single_transports_and_formats_are_loaded_only_where_they_are_used() -> None:
    """Each costs every process memory and every command time, and most never need one of them."""
    seldom = {"kafka", "openpyxl", "lxml", "python_calamine", "httpx", "google.protobuf", "polars"}
    loads = "import sys, run, dashboard.app, dashboard.serve; from pages import home; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", loads], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not seldom & set(result.stdout.split())
