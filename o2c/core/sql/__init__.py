"""SQL functions and triggers live in files beside the app that owns them; migrations load them by name."""

from pathlib import Path

from django.db import migrations

MARK = "-- reverse"


def from_file(folder: Path, name: str) -> migrations.RunSQL:
    """The migration operation of one file: what stands above the line `-- reverse`, and its undoing below."""
    text = (folder / f"{name}.sql").read_text(encoding="utf-8")
    forward, mark, backward = text.partition(MARK)
    if not mark:
        raise ValueError(f"{name}.sql has no line {MARK!r}")
    return migrations.RunSQL([(forward, None)], [(backward, None)])
