"""Sheets of one workbook by calamine: a process of its own, because a damaged one panics, aborts or takes all memory.

`workbook_worker.py WORKBOOK FOLDER`: each worksheet becomes a file of FOLDER, named by its number: its rows, pickled
one after the other, and behind them the text of what is wrong when it cannot be read to its end. Titles of the
worksheets as JSON on standard output. What cannot be read at all ends with another code than 0, 75 when the disk is at
fault; the reason is the last line of standard error.
"""

from __future__ import annotations

import json
import os
import pickle
import re
import resource
import sys
from errno import EINVAL
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import python_calamine as calamine

if TYPE_CHECKING:
    from types import TracebackType

#: Of memory; a damaged file can say that it has any number of cells.
_MOST_BYTES: Final = 4 << 30
#: Of the processor's time; a damaged file can lead in a circle.
_LONGEST_S: Final = 600
#: calamine says errors of the system in words only. To be led to before the file's begin is a fault of its contents.
_OF_DISK: Final = re.compile(rf"\(os error (?!{EINVAL}\))")


def main(path: Path, folder: Path) -> None:
    """Write all worksheets."""
    book = calamine.CalamineWorkbook.from_path(path)
    kind = calamine.SheetTypeEnum.WorkSheet
    titles = [sheet.name for sheet in book.sheets_metadata if sheet.typ == kind]
    for number, title in enumerate(titles):
        with (folder / str(number)).open("wb") as file:
            try:
                for row in book.get_sheet_by_name(title).iter_rows():
                    pickle.dump([_plain(cell) for cell in row], file)
            except (calamine.CalamineError, ValueError) as error:
                pickle.dump(str(error), file)
    sys.stdout.write(json.dumps(titles))


def _plain(cell: Any) -> Any:
    """A cell as openpyxl gives it: nothing for an empty one, and whole numbers as such."""
    if cell == "":
        return None
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def _say(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
    said = " ".join(str(error).split())
    sys.stderr.write(f"{said or kind.__name__}\n")
    sys.stderr.flush()
    if isinstance(error, OSError) and (error.errno or _OF_DISK.search(said)):
        os._exit(os.EX_TEMPFAIL)


if __name__ == "__main__":
    sys.excepthook = _say
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_LONGEST_S, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main(Path(sys.argv[1]), Path(sys.argv[2]))
