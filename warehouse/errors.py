"""The one exception tree of the house; every package raises from here.

    CMError
    ├─ ConfigError      config.toml: names file, key, bad value and what is allowed
    ├─ DefinitionError  indicator catalogue or reference data: file, line, rule
    ├─ DataError        a whole file is refused (single rows become Rejected, never an exception)
    ├─ StorageError     warehouse; usually with Transient (busy, locked) or Terminal (corrupt, newer schema)
    ├─ SourceError      a source system; with Transient (gone for now) or Terminal (unknown, refused)
    ├─ AccessError      the reader may not see the area that was asked for
    └─ InternalError    our own bug; the message asks for a report

Transient and Terminal are mixins and alone decide whether something is tried again.
"""

from __future__ import annotations


class CMError(Exception):
    """Anything this project raises on purpose."""


class Transient:
    """Mixin: the same call may succeed later; retry with back-off."""


class Terminal:
    """Mixin: the same call will fail again until somebody changes something."""


class ConfigError(CMError, Terminal):
    """A setting is unknown, of the wrong type or out of range."""


class DefinitionError(CMError, Terminal):
    """The indicator catalogue or a reference table breaks a rule; names file and line."""


class DataError(CMError, Terminal):
    """A file cannot be read as what it claims to be."""


class StorageError(CMError):
    """The warehouse could not do what was asked."""


class StorageBusyError(StorageError, Transient):
    """Another process or transaction holds what is needed."""


class StorageBrokenError(StorageError, Terminal):
    """The warehouse file is corrupt, of a newer schema, or the disk is full."""


class StorageDamagedError(StorageBrokenError):
    """The warehouse file does not hold what was written into it; only a backup brings it back."""


class BackupError(StorageError, Terminal):
    """A backup cannot be made or restored; the warehouse itself is well."""


class SourceError(CMError):
    """A source system could not be read."""


class SourceGoneError(SourceError, Transient):
    """The source does not answer now."""


class LoginRefusedError(SourceGoneError):
    """The source does not let us in: a wrong password, a token that was taken back.

    It goes away when somebody mends it, here or there; until then it is tried rarely, because accounts get locked.
    """


class SourceRefusedError(SourceError, Terminal):
    """The source is unknown, or refuses us for good."""


class EngineGoneError(StorageError, Transient):
    """The engine process does not answer (web outlives it and shows its numbers as late)."""


class AccessError(CMError, Terminal):
    """The principal's scope does not contain what was asked for."""


class InternalError(CMError, Terminal):
    """A promise inside the program was broken; please report it with the message."""
