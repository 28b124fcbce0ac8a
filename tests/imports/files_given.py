"""Loading files in tests, through the command, as an ERP's night job does it."""

import csv
import io
import json
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parents[2]
MAPS = ROOT / "tests" / "samples" / "maps"
DATA = Path(os.environ.get("O2C_DATA") or ROOT.parent / "shared" / "data")

ITEM_COLUMNS = {
    "customer": "Customer",
    "number": "Invoice",
    "issued_on": "Issued",
    "due_on": "Due",
    "amount": "Amount",
}
ITEM_MAP = {"columns": ITEM_COLUMNS, "currency": "EUR", "create_customers": True}


def real(path: str) -> Path:
    """A file that nobody here wrote; skips where the folder of them is absent."""
    file = DATA / path
    if not file.exists():
        pytest.skip(f"{file} is not there; set O2C_DATA to the folder of real files")
    return file


class Loader:
    """Writes a file and its map, loads it, and reads back what the command says."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.said = ""

    def file(self, content: str | bytes, name: str = "file.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def __call__(self, kind: str, file: Path | str | bytes, map: dict | Path, **options) -> dict:
        """The command's JSON answer, with `exit` beside it."""
        path = file if isinstance(file, Path) else self.file(file)
        if isinstance(map, dict):
            written = self.folder / "map.json"
            written.write_text(json.dumps(map), encoding="utf-8")
        else:
            written = map
        out, self.errors = io.StringIO(), io.StringIO()
        code = 0
        try:
            call_command("load", kind, path, map=written, json=True, stdout=out, stderr=self.errors, **options)
        except CommandError as refused:
            code = refused.returncode
        except SystemExit as left:
            code = left.code
        return json.loads(out.getvalue()) | {"exit": code}

    def items(self, file: Path | str | bytes, map: dict | Path = ITEM_MAP, **options) -> dict:
        return self("open-items", file, map, **options)


def counts(answer: dict) -> tuple[int, int, int, int]:
    """(created, updated, unchanged, rejected), after holding them to add up to the rows."""
    four = tuple(answer[key] for key in ("created", "updated", "unchanged", "rejected"))
    assert answer["rows"] == sum(four)
    return four


def found(answer: dict) -> list[tuple[str, ...]]:
    """The errors file's rows without its header."""
    if answer["errors_file"] is None:
        return []
    with open(answer["errors_file"], encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["line", "column", "value", "reason", "severity"]
    return [tuple(row) for row in rows]


@pytest.fixture
def load(tmp_path, db):
    return Loader(tmp_path)
