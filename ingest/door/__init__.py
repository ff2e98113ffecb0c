"""The HTTP door of the engine: `POST /events`, and what it needs to be one.

Owns: reading of requests within limits, the three content modes of CloudEvents over HTTP, the answers and their
OpenAPI description, the server's thread. Rows go on through a source (ingest/sources/pushed.py) and the pipeline, which
commits many requests at once.

Who may import it: run.py.

Errors: ConfigError when the door cannot be opened or a file of tokens cannot be read. A request that cannot be taken is
an answer, never an exception outside of ingest/door.

Invariants: 202 is said only after the commit; a request without a good token is answered before its body is read;
memory held for requests that wait is bounded; the token alone decides the source.
"""
