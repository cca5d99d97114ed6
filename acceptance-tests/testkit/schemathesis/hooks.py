"""What Schemathesis does not know by itself: bodies of lines."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    """One line for a body, and one for each element of a list."""
    if isinstance(value, bytes):
        return value
    rows = value if isinstance(value, list) else [value]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@schemathesis.deserializer("application/x-ndjson")
def last_line(context, response):
    """A line for all: each has the schema of the body."""
    rows = [json.loads(line) for line in response.content.splitlines() if line]
    return rows[-1] if rows else None
