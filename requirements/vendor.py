"""Copies fonts, bootstrap and AG Grid from node_modules into assets/vendor (git-ignored); no page asks another machine.

Bootstrap goes into a cascade layer: our own style sheets always win, whatever the order in which Dash links them.
Run by `make` after `npm ci`; the pins are in package-lock.json.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "assets" / "vendor"
WEIGHTS = (400, 700)
#: font package → subsets that are served; the browser loads one only when a page has such a letter.
FONTS = {
    "noto-sans": ("latin", "latin-ext"),
    "noto-sans-malayalam": ("malayalam",),
    "noto-sans-devanagari": ("devanagari",),
}
_FACE = re.compile(r"/\* (?P<name>[a-z0-9-]+)-(?P<weight>\d+)-normal \*/\s*(?P<face>@font-face \{.*?\})", re.DOTALL)
_WOFF2 = re.compile(r"src: url\(\./files/(?P<file>[^)]+\.woff2)\) format\('woff2'\)[^;]*;")


def copy_fonts() -> int:
    """Write assets/vendor/fonts.css and the files it names.

    Returns:
        How many font files were copied.

    Raises:
        SystemExit: a subset is not in its package any more; names both.
    """
    faces: list[str] = []
    for package, subsets in FONTS.items():
        for weight in WEIGHTS:
            sheet = (MODULES / "@fontsource" / package / f"{weight}.css").read_text(encoding="utf-8")
            found = {match["name"].removeprefix(f"{package}-"): match["face"] for match in _FACE.finditer(sheet)}
            for subset in subsets:
                source = _WOFF2.search(found.get(subset, ""))
                if source is None:
                    raise SystemExit(f"@fontsource/{package} {weight}: no subset {subset}; it has {sorted(found)}")
                shutil.copy(MODULES / "@fontsource" / package / "files" / source["file"], VENDOR / source["file"])
                faces.append(_WOFF2.sub(f"src: url({source['file']}) format('woff2');", found[subset]))
    (VENDOR / "fonts.css").write_text("\n".join(faces) + "\n", encoding="utf-8")
    return len(faces)


def copy_bootstrap() -> None:
    """Write assets/vendor/bootstrap.css: bootstrap inside the cascade layer `vendor`."""
    sheet = (MODULES / "bootstrap" / "dist" / "css" / "bootstrap.min.css").read_text(encoding="utf-8")
    body = re.sub(r"/\*#.*?\*/", "", sheet.replace('@charset "UTF-8";', ""))
    (VENDOR / "bootstrap.css").write_text(f"@layer vendor{{{body}}}\n", encoding="utf-8")


def copy_grid() -> None:
    """Write assets/vendor/ag-grid.js: the community edition without its older themes, which only /indicators loads."""
    shutil.copy(MODULES / "ag-grid-community" / "dist" / "ag-grid-community.min.noStyle.js", VENDOR / "ag-grid.js")


if __name__ == "__main__":
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    copy_fonts()
    copy_bootstrap()
    copy_grid()
