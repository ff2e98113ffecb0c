"""Bytes from outside → checked rows → one commit.

Owns: the mapping language, decoding, the CloudEvents envelope, the reasons for which a row is refused, the sources
(one class per transport) and the pipeline, which is the only loop that takes batches from sources to the writer.

Who may import it: run.py only. It imports warehouse and nothing else of the house.

Errors: ConfigError for a mapping (names source.<name>.<key>), DataError when a whole file is not what it claims to be,
SourceGoneError and SourceRefusedError from transports. A bad row is never an exception: it becomes a row of
REJECTED_SCHEMA with a Reason.

Invariants: received = distinct rows with events + rejected rows, for every batch; all or nothing per row; the same
bytes give the same event ids, digests and rejected ids; only columns that the mapping names are kept.
"""
