"""What is stored, and the only door to it.

Owns: the DuckDB file, its schema and migrations, the one writer, the named readers, the Flight server and client
between engine and web, reference data of the state, settings, the clock and the exception tree. DuckDB is imported
nowhere else.

Who may import it: everybody; it imports no other package of the house.

Errors: StorageBusyError, StorageBrokenError (the engine exits with 75 and is started again), EngineGoneError,
AccessError, ConfigError, DefinitionError. Foreign exceptions of DuckDB and Flight are wrapped at this border.

Invariants: one write thread; rows, case state, cells and the source's position are committed in one transaction;
every read takes a Principal; SQL carries parameters only, names come from allow-lists.
"""
