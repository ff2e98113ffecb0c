"""A watched folder as a source: files that are dropped there are loaded one after the other, each content once.

A file goes through subfolders: `taken` while it is loaded, then `done`, `refused` (it could not be read; a reason lies
beside it) or `repeated` (its content was loaded before; a note lies beside it). The manifest – what was loaded, by the
hash of the content – is the source's position in the warehouse, one partition per content, and moves with the rows.

Who may import it: run.py, tests.
Invariants: a file is moved to `done` only after the commit of its last row; whatever is killed, a file is found again
in the folder or in `taken` and goes on after its last committed batch; nothing that was dropped is ever overwritten; a
file is hashed and opened on a thread of its own, part by part, so that no other source waits for a large one.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, Final

from ingest.sources.base import EndlessSource
from ingest.sources.files import FileSource
from warehouse.batch import Batch, empty_batch_events, empty_rejected
from warehouse.clock import has_come
from warehouse.errors import DataError, SourceGoneError, SourceRefusedError
from warehouse.personal import lettered, masked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    from ingest.rule import Mapping as SourceMapping
    from ingest.sources.folder_place import FolderPlace
    from warehouse.batch import RowFates
    from warehouse.clock import Clock

_LOG: Final = logging.getLogger(__name__)
#: Of positions: which part of the source a content is.
PARTITION: Final = "folder/"
#: Moments in the life of a file, in their order; `at` is told of each. Fault tests end the process there.
FILE_MOMENTS: Final = ("taken", "hashed", "given", "ended", "noted", "moved")
_TAKEN, _DONE, _REFUSED, _REPEATED = "taken", "done", "refused", "repeated"
#: What programs call a file that they are still writing.
_UNFINISHED: Final = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", "~")
_HASHED_AT_ONCE: Final = 1 << 20
#: Letters of a name's ending that are kept when the name has to change.
_SUFFIX_MOST: Final = 16
#: Most files are hashed and opened by then, and their rows come with the same call.
_SHORT_S: Final = 0.02
#: How long to wait, when closing, for a file that is being opened.
_END_S: Final = 10.0
_Stamp = tuple[int, int, int]


@dataclass(slots=True)
class _Loading:
    """A file that is being loaded.

    Attributes:
        path: in `taken`.
        digest: hash of its content.
        stamp: what the file system said of it when it was hashed.
        rows: given so far, those of earlier runs included.
        source: gives its rows.
        given: batches given.
        committed: batches of these that are committed.
        ended: the batch that says so was given.
        fault: why it cannot be read any further.
    """

    path: Path
    digest: str
    stamp: _Stamp
    rows: int
    source: FileSource
    given: int = 0
    committed: int = 0
    ended: bool = False
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class _Aside:
    """A file that is not loaded.

    Attributes:
        digest: hash of its content; empty when it could not be read.
        reason: why it is refused; empty = its content is known.
    """

    digest: str
    reason: str = ""


class FolderSource(EndlessSource):
    """The files of one watched folder."""

    transport: ClassVar = "folder"

    def __init__(
        self,
        place: FolderPlace,
        mapping: SourceMapping,
        clock: Clock,
        positions: Mapping[str, str],
        *,
        batch_rows: int = 50_000,
        at: Callable[[str], None] = lambda moment: None,
    ) -> None:
        """Nothing is looked at yet.

        Args:
            place: the folder.
            mapping: how rows become events.
            clock: says when a file is stable, and when rows were received.
            positions: the stored positions of the source, by partition; those of other transports are passed over.
            batch_rows: most rows of a batch.
            at: told of every moment of FILE_MOMENTS.
        """
        super().__init__(mapping.name)
        self._place, self._mapping, self._clock = place, mapping, clock
        self._batch_rows, self._at = batch_rows, at
        self._manifest: dict[str, dict[str, Any]] = {
            partition.removeprefix(PARTITION): json.loads(position)
            for partition, position in positions.items()
            if partition.startswith(PARTITION)
        }
        self._seen: dict[str, tuple[_Stamp, datetime]] = {}
        self._look_at: datetime | None = None
        self._looked_at = clock.now()
        self._looked_back = False
        self._loading: _Loading | None = None
        self._opening: tuple[Path, Future[_Loading | _Aside]] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"open-{mapping.name}")
        self._stopped = threading.Event()

    def next_batch(self) -> Batch | None:
        """The next rows of the file that is being loaded, or of the next one; None when nothing is to be loaded now.

        Raises:
            SourceGoneError: the folder cannot be used now.
        """
        try:
            if self._loading is None:
                self._loading = self._next_opened()
            return None if self._loading is None else self._next_of(self._loading)
        except OSError as error:
            raise SourceGoneError(f"folder {self._place.path} of source {self.name}: {error}") from error

    def position(self) -> str:
        """Where the file that is being loaded goes on; positions of files are stored one by one."""
        return "{}" if self._loading is None else self._position(self._loading)

    def close(self) -> None:
        """Close the file that is being loaded or opened; may be called twice."""
        self._stopped.set()
        self._thread.shutdown(wait=False)
        if self._opening is not None:
            opening = self._opening[1]
            done, _ = wait([opening], _END_S)
            if done and opening.exception() is None and isinstance(found := opening.result(), _Loading):
                found.source.close()
        if self._loading is not None:
            self._loading.source.close()

    # ---------------------------------------------------------------------------------------------------- finding

    def _next_opened(self) -> _Loading | None:
        """The next file, as soon as it is hashed and open; None when there is none, or it was put aside."""
        if self._opening is None:
            path = self._next_file()
            if path is None:
                return None
            self._opening = path, self._thread.submit(self._opened, path)
            wait([self._opening[1]], _SHORT_S)
        path, opening = self._opening
        if not opening.done():
            return None
        self._opening = None
        found = opening.result()
        if isinstance(found, _Loading):
            return found
        if found.reason:
            self._refuse(path, found.reason)
        else:
            self._repeat(path, found.digest, self._manifest[found.digest])
        return None

    def _next_file(self) -> Path | None:
        now = self._clock.now()
        if self._look_at is not None and not has_come(self._look_at, now, set_at=self._looked_at):
            return None
        self._looked_at = now
        for folder in (_TAKEN, _DONE, _REFUSED, _REPEATED):
            (self._place.path / folder).mkdir(exist_ok=True)
        if not self._looked_back:
            self._take_back()
            self._looked_back = True
        path = self._left_behind() or self._take(now)
        if path is None:
            self._look_at = now + timedelta(seconds=self._place.interval_s)
        else:
            self._look_at = None
        return path

    def _left_behind(self) -> Path | None:
        """A file that was taken by a process that ended."""
        files = [path for path in (self._place.path / _TAKEN).iterdir() if _is_own(path)]
        return min(files, key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)

    def _take_back(self) -> None:
        """Take files of `done` again that the warehouse does not know: it went back to an earlier state since.

        Files are known by size and time of change, so that those of years need not be hashed at every start; one that
        is known by its content alone goes back to `done`.
        """
        known = {tuple(one["stamp"]) for one in self._manifest.values() if one["done"] and "stamp" in one}
        for path in sorted((self._place.path / _DONE).iterdir()):
            if _is_own(path) and _stamp(path.stat())[:2] not in known:
                target = self._place.path / _TAKEN / path.name
                if not target.exists():
                    path.rename(target)

    def _take(self, now: datetime) -> Path | None:
        """Take the oldest file that nobody is writing any more: renamed, so that a later one may have its name."""
        seen = dict(self._present())
        self._seen = {
            name: (stamp, min(self._seen[name][1], now) if name in self._seen and self._seen[name][0] == stamp else now)
            for name, stamp in seen.items()
        }
        wait = timedelta(seconds=self._place.stable_s)
        ready = [(stamp[1], name) for name, (stamp, since) in self._seen.items() if now - since >= wait]
        if not ready:
            return None
        name = min(ready)[1]
        taken = self._place.path / _TAKEN / name
        (self._place.path / name).rename(taken)
        self._at("taken")
        return taken

    def _present(self) -> list[tuple[str, _Stamp]]:
        """Files that may be taken one day."""
        with os.scandir(self._place.path) as entries:
            return [
                (entry.name, _stamp(entry.stat(follow_symlinks=False)))
                for entry in entries
                if entry.is_file(follow_symlinks=False)
                and not entry.name.startswith(".")
                and not entry.name.lower().endswith(_UNFINISHED)
                and fnmatchcase(entry.name, self._place.pattern)
            ]

    def _opened(self, path: Path) -> _Loading | _Aside:
        """Look whether a file is known, and open it; on the thread, while nothing else happens to the manifest."""
        if path.name != os.fsencode(path.name).decode("utf-8", "replace"):
            return _Aside("", "its name is not text in UTF-8; drop it under another one")
        try:
            stamp, digest = self._hashed(path)
        except PermissionError as error:
            return _Aside("", f"it cannot be opened: {error.strerror}")
        self._at("hashed")
        known = self._manifest.get(digest)
        if known is not None and known["done"]:
            return _Aside(digest)
        position, rows = (None, 0) if known is None else (known["at"], known["rows"])
        try:
            source = FileSource(path, self._mapping, self._clock, position=position, batch_rows=self._batch_rows)
        except (DataError, SourceRefusedError) as error:
            return _Aside(digest, str(error))
        return _Loading(path, digest, stamp, rows, source)

    def _hashed(self, path: Path) -> tuple[_Stamp, str]:
        """What the file system says of a file, and the hash of its content.

        Raises:
            SourceGoneError: the source was closed meanwhile.
        """
        known = sha256()
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            stamp = _stamp(os.fstat(file.fileno()))
            while part := file.read(_HASHED_AT_ONCE):
                if self._stopped.is_set():
                    raise SourceGoneError(f"{path} was not hashed to its end, source {self.name} is closed")
                known.update(part)
        return stamp, lettered(known.hexdigest())

    # ---------------------------------------------------------------------------------------------------- loading

    def _next_of(self, loading: _Loading) -> Batch | None:
        if loading.ended or loading.fault is not None:
            if loading.committed == loading.given:
                self._finish(loading)
            return None
        try:
            batch = loading.source.next_batch()
        except DataError as error:
            loading.fault = f"{error}. The {loading.rows} rows before are loaded"
            return None
        if batch is not None:
            loading.rows += batch.received
            return self._given(loading, batch)
        if _stamp(loading.path.stat()) != loading.stamp:
            _LOG.warning("source %s: %s was written to while it was loaded; once more", self.name, loading.path.name)
            self._put_down(loading)
            return None
        loading.ended = True
        self._at("ended")
        return self._given(loading, Batch(self.name, empty_batch_events(), empty_rejected(), 0))

    def _given(self, loading: _Loading, batch: Batch) -> Batch:
        """The batch with the file's position, told when it is committed."""
        loading.given += 1

        def committed(_: RowFates) -> None:
            loading.committed += 1

        position, partition = self._position(loading), f"{PARTITION}{loading.digest}"
        self._at("given")
        return replace(batch, position=position, partition=partition, committed=committed)

    def _position(self, loading: _Loading) -> str:
        return json.dumps(
            {
                "file": masked(loading.path.name),
                "rows": loading.rows,
                "done": loading.ended,
                "stamp": loading.stamp[:2],
                "at": loading.source.position(),
                "on": self._clock.now().isoformat(timespec="seconds"),
            }
        )

    def _put_down(self, loading: _Loading) -> None:
        loading.source.close()
        self._loading = None

    # -------------------------------------------------------------------------------------------------- finishing

    def _finish(self, loading: _Loading) -> None:
        """Put aside a file of which everything is committed."""
        self._put_down(loading)
        if loading.fault is not None:
            self._refuse(loading.path, loading.fault, loading.digest)
            return
        self._manifest[loading.digest] = json.loads(self._position(loading))
        self._move(loading.path, _DONE, loading.digest)
        _LOG.info("source %s: %s is loaded, %d rows", self.name, loading.path.name, loading.rows)

    def _refuse(self, path: Path, reason: str, digest: str = "") -> None:
        name = os.fsencode(path.name).decode("utf-8", "backslashreplace")  # it may be no text
        _LOG.warning("source %s: %s is refused: %s", self.name, name, reason)
        self._move(path, _REFUSED, digest, f"{path.name} was not loaded.\n{reason}\n")

    def _repeat(self, path: Path, digest: str, known: Mapping[str, Any]) -> None:
        """Put aside a file whose content is known; one that a killed process did not get to move is done."""
        if known["file"] == masked(path.name) and not (self._place.path / _DONE / path.name).exists():
            self._move(path, _DONE, digest)
            return
        said = (
            f"{path.name} holds the same as {known['file']}, which was loaded {known['on']}; nothing was loaded again."
        )
        _LOG.warning("source %s: %s", self.name, said)
        self._move(path, _REPEATED, digest, f"{said}\n")

    def _move(self, path: Path, folder: str, digest: str, note: str = "") -> None:
        """Move a file, its note first, so that whoever finds the file finds the note."""
        target = self._place.path / folder / path.name
        if target.exists():
            stamp = f"{self._clock.now():%Y%m%dT%H%M%S.%f}"
            target = _beside(target, f"{path.stem}-{digest[:8]}.{stamp}", path.suffix[:_SUFFIX_MOST])
        if note:
            _beside(target, target.name, ".reason.txt").write_text(note, "utf-8", "backslashreplace")
            self._at("noted")
        path.rename(target)
        self._at("moved")


def _is_own(path: Path) -> bool:
    """Whether it is a file, and no link to one that lies elsewhere."""
    return path.is_file() and not path.is_symlink()


def _beside(path: Path, name: str, ending: str) -> Path:
    """A path in the same folder; a name that the disk does not take is cut short and marked with its hash."""
    raw, most = os.fsencode(name), os.pathconf(path.parent, "PC_NAME_MAX") - len(os.fsencode(ending))
    if len(raw) > most:
        mark = f"-{sha256(raw).hexdigest()[:8]}"
        name = raw[: most - len(mark)].decode("utf-8", "ignore") + mark
    return path.with_name(f"{name}{ending}")


def _stamp(found: os.stat_result) -> _Stamp:
    return found.st_size, found.st_mtime_ns, found.st_ino
