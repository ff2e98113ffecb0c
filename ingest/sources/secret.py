"""Secrets of sources – passwords, tokens – which stand in the environment or in a file and never in config.toml.

Who may import it: ingest.sources.
Invariants: a secret is never in a message; it is read anew for every connection or request.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.errors import SourceGoneError

if TYPE_CHECKING:
    from ingest.settings import Settings


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is to be read.

    Attributes:
        key: where it is declared in config, for messages.
        variable: name of an environment variable; empty = it is in a file.
        file: path of a file that holds nothing else.
    """

    key: str
    variable: str = ""
    file: Path = Path()

    def read(self) -> str:
        """The secret as it is now, without the line's end.

        Raises:
            SourceGoneError: there is none.
        """
        if self.variable:
            secret = os.environ.get(self.variable, "")
        else:
            try:
                secret = self.file.read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as error:
                raise SourceGoneError(f"{self.key}: {self.file} cannot be read as text") from error
        if not secret:
            raise SourceGoneError(f"{self.key}: {self.variable or self.file} is empty")
        return secret


def read_secret(table: Settings, key: str, folder: Path) -> Secret | None:
    """Where a secret is: `{env = "VARIABLE"}` or `{file = "path"}`; None = the key is not there.

    What is written there instead is not repeated in the message.

    Args:
        table: that has the key.
        key: its name.
        folder: that relative paths are relative to.
    """
    given = table.content.get(key)
    if given is None:
        return None
    where = f"{table.key}.{key}"
    place = list(given.items()) if isinstance(given, dict) else []
    if len(place) != 1 or place[0][0] not in {"env", "file"} or not isinstance(place[0][1], str) or not place[0][1]:
        table.wrong(key, 'must be {env = "NAME_OF_A_VARIABLE"} or {file = "path"}: a secret is never written here')
        return None
    ((kind, text),) = place
    if kind == "env":
        if not os.environ.get(text):
            table.wrong(key, f"the environment has no variable {text}")
        return Secret(where, variable=text)
    path = (folder / text).resolve()
    if not path.is_file():
        table.wrong(key, f"there is no file {path}")
    return Secret(where, file=path)
