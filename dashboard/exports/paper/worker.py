"""One PDF or picture from one template: started by the press as a process of its own, which takes its memory with it.

`worker.py TEMPLATE FONTS VENDOR KIND`: data as JSON on standard input, the file on standard output. KIND is `pdf` or
`png`. FONTS is filled at the first call with what VENDOR has, because typesetting reads no WOFF2. Nothing of the data
is ever read as markup: the template gets it as values.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final, Literal

import typst

#: Added to the niceness of the web process: screens come first.
_NICER: Final = 5
#: Of a picture, in dots per inch: an upright sheet is 1,654 pixels wide.
_DOTS_PER_INCH: Final = 200
#: Two files of one family would hide each other's letters.
_RENAMED: Final = {"noto-sans-latin-ext": "Noto Sans Ext"}


def main(template: Path, fonts: Path, vendor: Path, kind: Literal["pdf", "png"]) -> None:
    """Set the data of standard input."""
    os.nice(_NICER)
    if not any(fonts.iterdir()):
        _unpack(vendor, fonts)
    made = typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=[str(fonts)],
        ignore_system_fonts=True,
        sys_inputs={"data": sys.stdin.buffer.read().decode(), "kind": kind},
        format=kind,
        ppi=_DOTS_PER_INCH,
    )
    sys.stdout.buffer.write(made)


def _unpack(vendor: Path, fonts: Path) -> None:
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - half a second that only the first PDF needs

    for path in sorted(vendor.glob("*.woff2")):
        font = TTFont(path)
        font.flavor = None
        family = next((name for start, name in _RENAMED.items() if path.name.startswith(start)), None)
        if family is not None:
            for record in font["name"].names:
                if record.nameID in {1, 16}:
                    record.string = family
        font.save(fonts / f"{path.stem}.ttf")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), "png" if sys.argv[4] == "png" else "pdf")
