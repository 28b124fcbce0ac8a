"""Files beside the one that is loaded: an ERP that exports heads and lines apart has what a row lacks in another file.

The map says what they are called here, and by which columns a row finds its one row there (ours → theirs):
`"beside": {"head": {"salesOrder": "salesOrder"}}`. Its columns are called `head.soldToParty` then.
"""

import json
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from o2c.core.imports import cells, files
from o2c.core.imports.cells import Broken, Cell
from o2c.core.imports.mapping import Refused


@dataclass(frozen=True)
class Joined:
    """One such file, ready to be asked. Its rows lie in a temporary file that goes with this."""

    name: str
    header: list[str]
    by: list[int]  # the places of the columns by which a row of ours finds its one there
    rows: Any = field(repr=False, compare=False)

    def of(self, row: list[str]) -> list[str]:
        """The cells for a row; empty ones where there is none."""
        key = _key(row[place] for place in self.by)
        found = self.rows.execute("SELECT cells FROM rows WHERE key = ?", [key]).fetchone()
        return [_cell(each) for each in json.loads(found[0])] if found else [""] * len(self.header)


def join(source: files.Source, given: Mapping[str, Path], told: dict[str, dict[str, str]]) -> files.Source:
    """The file with the columns of those beside it. Raises Refused, naming what does not fit."""
    for name in given.keys() - told.keys():
        raise Refused(f'The map\'s "beside" says nothing of the file {name!r}: by which columns do rows find theirs?')
    for name in told.keys() - given.keys():
        raise Refused(f"The map needs a file {name!r} beside this one: --beside {name}=FILE.")
    joined = tuple(_open(name, Path(given[name]), by, source.header) for name, by in told.items())
    header = [*source.header, *(f"{each.name}.{column}" for each in joined for column in each.header)]
    if len(header) > cells.MOST_COLUMNS:
        raise Refused(f"The files have more than {cells.MOST_COLUMNS:,} columns together.")
    return replace(source, header=header, beside=joined)


def _open(name: str, path: Path, by: dict[str, str], header: list[str]) -> Joined:
    there = files.inspect(path, list(by.values()))
    for column, names, whose in (
        *((column, header, "The file") for column in by),
        *((column, there.header, f"The file {name!r} beside it") for column in by.values()),
    ):
        if names.count(column) != 1:
            raise Refused(
                f"{whose} has {names.count(column) or 'no'} column {column!r}, by which rows are to be found."
            )
    places = [there.header.index(column) for column in by.values()]
    with tempfile.NamedTemporaryFile(prefix="o2c-beside-", suffix=".db") as file:
        # Its name goes at once, the file when it is closed.
        rows = sqlite3.connect(file.name, isolation_level=None)
        rows.execute("PRAGMA journal_mode = OFF")
        rows.execute("PRAGMA synchronous = OFF")
        rows.execute("CREATE TABLE rows (key TEXT PRIMARY KEY, cells TEXT) WITHOUT ROWID")
        rows.execute("BEGIN")
        for line, row in files.rows(there):
            if isinstance(row, Broken):
                raise Refused(f"Line {line} of the file {name!r} beside it cannot be read: {row.reason}.")
            key = _key(row[place] for place in places)
            try:
                rows.execute("INSERT INTO rows VALUES (?, ?)", [key, json.dumps([_kept(cell) for cell in row])])
            except sqlite3.IntegrityError:
                what = ", ".join(f"{column} {row[place]}" for column, place in zip(by.values(), places, strict=True))
                raise Refused(f"Line {line} of the file {name!r} beside it is the second with {what}.") from None
        rows.execute("COMMIT")
    return Joined(name, there.header, [header.index(column) for column in by], rows)


def _key(values: Iterator[str]) -> str:
    return json.dumps([value.strip() for value in values])


def _kept(cell: str) -> str | list[str]:
    """Of a cell with a type of its own: its text, what it is, and what is noted of it."""
    return [str(cell), cell.kind, cell.note] if isinstance(cell, Cell) else cell


def _cell(kept: str | list[str]) -> str:
    return kept if isinstance(kept, str) else Cell(*kept)
