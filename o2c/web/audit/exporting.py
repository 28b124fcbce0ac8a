"""The trail as CSV, for auditors' own tools: streamed a thousand rows at a time, in memory that does not grow."""

import csv
import json
from collections.abc import Iterator
from io import StringIO

from o2c.core.models import User
from o2c.invoicing.statements.files import text
from o2c.web.audit.telling import Line, tell
from o2c.web.audit.trail import Asked, everything

COLUMNS = (
    "at", "who", "user_id", "api_key_id", "kind", "object", "object_id", "done", "subject", "before", "after",
    "address", "agent", "request", "job", "command", "act", "row",
)  # fmt: skip


def as_csv(user: User, asked: Asked, entity_ids: list[int]) -> Iterator[str]:
    """RFC 4180; what a spreadsheet would run as a formula begins with an apostrophe. Times are UTC."""
    yield _lines([COLUMNS])
    seen = None if user.all_entities else entity_ids
    for rows in everything(user, asked, entity_ids=entity_ids):
        yield _lines(_cells(line) for line in tell(rows, seen))


def _cells(line: Line) -> tuple:
    whence = line.whence
    return (
        line.at.isoformat(),
        text(line.who),
        whence.get("user") or "",
        whence.get("key") or "",
        line.part.kind,
        line.part.name,
        line.row.object_id or "",
        text(line.verb),
        text(line.subject),
        text(_json({change.name: change.before for change in line.changes if change.before is not None})),
        text(_json({change.name: change.after for change in line.changes if change.after is not None})),
        whence.get("address", ""),
        text(whence.get("agent", "")),
        text(whence.get("request", "")),
        text(whence.get("job", "")),
        text(whence.get("command", "")),
        line.act or "",
        line.row.id,
    )


def _json(values: dict) -> str:
    return json.dumps(values, ensure_ascii=False) if values else ""


def _lines(rows) -> str:
    buffer = StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()
