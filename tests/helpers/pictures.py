"""Takes the pictures of the README from the running demo: `make pictures` (about two minutes)."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.helpers.browser import launch
from tests.helpers.house import ROOT, House
from warehouse.flight_client import FlightClient

#: A working afternoon: the state is awake whenever the pictures are taken.
STARTS_AT = "2026-11-20T16:38:00+05:30"
PICTURES = ROOT / "docs" / "pictures"
#: file, path, width, height; the wall is drawn at its real size and kept at half of it, its other scenes at a quarter.
SHOTS = (
    ("wall_state_now", "/wall/main?scene=now", 3840, 2160),
    ("wall_state_now_ml", "/wall/main?scene=now&lang=ml", 3840, 2160),
    ("wall_districts", "/wall/main?scene=districts", 3840, 2160),
    ("wall_breach", "/wall/main?scene=breach", 3840, 2160),
    ("wall_departments", "/wall/main?scene=departments", 3840, 2160),
    ("wall_resources", "/wall/main?scene=resources", 3840, 2160),
    ("wall_citizens_ml", "/wall/main?scene=citizens&lang=ml", 3840, 2160),
    ("home", "/", 1440, 900),
    ("district", "/district/palakkad?explain=gov_overdue_share&at=KL-palakkad-mannarkkad", 1440, 900),
    ("district_ml", "/district/palakkad?lang=ml", 1440, 900),
    ("breaches", "/breaches", 1440, 900),
    ("health", "/health", 1440, 900),
    ("indicator", "/indicator/gov_in_time_share?area=KL-palakkad", 1440, 900),
    ("phone", "/district/palakkad", 390, 844),
    ("review", "/review", 1440, 900),
)
#: What is agreed before the picture of the review is taken: place, what, who, until when, the number that shows it.
AGREED = (
    ("KL-palakkad", "Clear the building permits of Mannarkkad that are more than 60 days late",
     "Joint Director, Local Self Government, Palakkad", "2026-11-19", "lsg_building_permit_overdue_share"),
    ("KL", "Answer petitions to the Chief Minister within 15 days", "All Secretaries", "2026-11-25",
     "gad_cmo_grievance_in_time_share"),
    ("KL-wayanad", "Fill the posts of Village Officer in Sulthan Bathery", "District Collector, Wayanad", "2026-12-31",
     ""),
)  # fmt: skip


def _take(browser: Browser, url: str, file: Path, width: int, height: int) -> None:
    from PIL import Image

    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(url)
    if "/wall/" in url:
        page.wait_for_selector(".cm-wall__canvas:not([hidden])")
    page.wait_for_timeout(9000)
    page.screenshot(path=file)
    page.close()
    with Image.open(file) as picture:
        scale = 1 if width <= 1920 else 2 if file.stem.startswith("wall_state_now") else 4
        small = picture.resize((width // scale, height // scale)) if scale > 1 else picture.copy()
    # the few red and amber points are what the picture is about: they keep their colours
    small.convert("RGB").quantize(128, method=Image.Quantize.MAXCOVERAGE).save(file, optimize=True)


def _hold_review(built: House) -> None:
    """As an operator does at the desk."""
    with contextlib.closing(FlightClient("127.0.0.1", built.engine_port, built.data)) as client:
        (answer,) = client.action("hold_review", {"area": "KL", "title": "Monthly review", "by": "demo"})
        for area, task, holder, due_on, indicator in AGREED:
            asked = {"review": answer["review"], "area": area, "task": task, "holder": holder}
            list(client.action("agree_point", asked | {"due_on": due_on, "indicator": indicator, "by": "demo"}))


def main(folder: Path) -> None:
    """Start the demo, wait for its history, take every picture into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        built = House(Path(data))
        words = [sys.executable, str(ROOT / "run.py"), "demo", "--data", data, "--starts-at", STARTS_AT]
        words += [f"--set=engine.port={built.engine_port}", f"--set=web.port={built.web_port}"]
        demo = subprocess.Popen(words, cwd=ROOT)
        try:
            until = time.monotonic() + 300
            while not (built.web_answers() and built.engine_is_live()):
                if demo.poll() is not None or time.monotonic() > until:
                    raise SystemExit("the demo did not become ready")
                time.sleep(1)
            time.sleep(40)
            with sync_playwright() as playwright:
                browser = launch(playwright)
                for name, path, width, height in SHOTS:
                    if name == "review":
                        _hold_review(built)
                    _take(browser, f"{built.url}{path}", folder / f"{name}.png", width, height)
        finally:
            demo.terminate()
            demo.wait(30)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES)
