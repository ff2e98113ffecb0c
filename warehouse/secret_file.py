"""Files that hold a secret, readable for their owner only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def make_secret(file: Path, size: int) -> None:
    """Write new random bytes in hexadecimal digits; whole or not at all, so that a crash leaves no half of them.

    Args:
        file: its folder is made when missing.
        size: how many bytes.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as written:
        written.write(f"{secrets.token_hex(size)}\n")
        written.flush()
        os.fsync(written.fileno())
    new.replace(file)
