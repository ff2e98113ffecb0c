"""What `make test` runs is every test there is."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: What `make soak` runs, and what helps.
LEFT_OUT = {"helpers", "soak"}


def _folders(timed: bool) -> set[str]:
    """Folders that a line of the Makefile's target `test` names."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\ntest:")[2].partition("\n\n")[0]
    lines = [line for line in recipe.splitlines() if "pytest" in line and ('"not timed"' in line) != timed]
    return {word for line in lines for word in line.split() if word.startswith("tests/")}


def test_every_folder_of_tests_is_run_by_make_test() -> None:
    wanted = {f"tests/{one.name}" for one in (ROOT / "tests").iterdir() if one.is_dir() and one.name.isidentifier()}
    assert {one for one in wanted if any((ROOT / one).rglob("test_*.py"))} - {f"tests/{one}" for one in LEFT_OUT} == (
        _folders(timed=False)
    )


def test_every_timed_test_is_run_by_itself() -> None:
    marked = [path for path in (ROOT / "tests").rglob("test_*.py") if "pytest.mark.timed" in path.read_text("utf-8")]
    assert len(marked) > 3
    folders = [ROOT / one for one in _folders(timed=True)]
    assert [path for path in marked if not any(path.is_relative_to(folder) for folder in folders)] == [Path(__file__)]
