"""What a check of a file found, cut to what a person reads: its first rows, and for each reason some rows it is about.

Made in one pass over the errors file and one over the rows up to the last one shown, so it costs no memory however
large the file is.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from o2c.core.imports import files, values
from o2c.core.imports.cells import Broken
from o2c.core.imports.kinds import Kind
from o2c.core.imports.mapping import Mapping
from o2c.core.imports.staging import Stage

FIRST = 25
# So many rows are shown for each reason, and so many reasons; every finding is in the errors file.
ROWS_OF_REASON, MOST_REASONS = 40, 100
LONGEST = 120


@dataclass(frozen=True)
class Finding:
    """What is wrong with, or odd about, a value of a row."""

    line: int
    column: str
    value: str
    reason: str
    severity: str


@dataclass
class Reason:
    """A reason and how often it was found. Reasons that differ in figures and quotations only are one."""

    key: str
    column: str
    text: str
    severity: str
    count: int = 0
    lines: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Cell:
    """A value as it stands in the file, as it is read (None: it cannot be), and what was found about it."""

    field: str
    raw: str
    read: str | None
    problem: str = ""
    severity: str = ""


@dataclass(frozen=True)
class Row:
    """A row by our fields. `notes`: what was found about it that belongs to none of its cells."""

    line: int
    cells: list[Cell]
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Preview:
    """`fields` are the columns of `rows`: ours and theirs. `first` are the lines of the first rows."""

    fields: list[tuple[str, str]]
    first: list[int]
    reasons: list[Reason]
    rows: dict[int, Row]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, facts: dict[str, Any]) -> "Preview":
        rows = {
            int(line): Row(row["line"], [Cell(**cell) for cell in row["cells"]], row["notes"])
            for line, row in facts["rows"].items()
        }
        fields = [tuple(each) for each in facts["fields"]]
        return cls(fields, facts["first"], [Reason(**each) for each in facts["reasons"]], rows)

    def reason(self, key: str) -> Reason | None:
        return next((each for each in self.reasons if each.key == key), None)

    def shown(self, key: str = "") -> list[Row]:
        """The rows of a reason, or the first rows of the file."""
        reason = self.reason(key)
        return [self.rows[line] for line in (reason.lines if reason else self.first) if line in self.rows]


def findings(path: Path) -> Iterator[Finding]:
    """What an errors file holds, by line."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            # files of older versions do not say how severe a finding is
            yield Finding(int(row["line"]), row["column"], row["value"], row["reason"], row.get("severity") or "error")


def reasons(found: Iterable[Finding]) -> list[Reason]:
    """What was found, by reason, errors first and the most frequent first."""
    by_key: dict[str, Reason] = {}
    for each in found:
        key, told = key_of(each), _general(each.reason)
        reason = by_key.get(key)
        if reason is None:
            if len(by_key) == MOST_REASONS:
                continue
            reason = by_key[key] = Reason(key, each.column, told, each.severity)
        reason.count += 1
        if len(reason.lines) < ROWS_OF_REASON and (not reason.lines or reason.lines[-1] != each.line):
            reason.lines.append(each.line)
    return sorted(by_key.values(), key=lambda reason: (reason.severity != "error", -reason.count, reason.key))


def key_of(found: Finding) -> str:
    """What a finding shares with others of the same reason."""
    return f"{found.severity[:1]}:{found.column}:{_general(found.reason)}"[:200]


def _general(reason: str) -> str:
    return re.sub(r"'[^']*'|\"[^\"]*\"|[0-9][0-9.,]*", "…", reason)


def make(source: files.Source, kind: Kind, mapping: Mapping, errors_file: Path | None) -> Preview:
    """The preview of a file that was checked; `errors_file` is None where nothing was found."""
    found = reasons(findings(errors_file)) if errors_file else []
    wanted = {line for reason in found for line in reason.lines}
    about: dict[int, list[Finding]] = {}
    if errors_file:
        for each in findings(errors_file):
            if each.line in wanted:
                about.setdefault(each.line, []).append(each)
    reader = Reader(kind, mapping, source.header)
    first: list[int] = []
    rows: dict[int, Row] = {}
    left = set(wanted)
    for line, cells in files.rows(source):
        is_first = len(first) < FIRST
        if is_first:
            first.append(line)
        elif not left:
            break
        if is_first or line in left:
            left.discard(line)
            rows[line] = reader.row(line, cells, about.get(line, []))
    return Preview([(each, mapping.column(each)) for each in reader.fields], first, found, rows)


class Reader:
    """Reads rows as the load will, value by value, for people to look at."""

    def __init__(self, kind: Kind, mapping: Mapping, header: list[str]):
        self.stage = Stage(kind, mapping)
        self.mapping = mapping
        self.fields = [each.name for each in kind.fields if mapping.asked(each.name)]
        self.place = {name: header.index(column) for name, column in mapping.columns.items()}

    def read(self, name: str, raw: str) -> str:
        """What a value means, in plain form; "" where it means nothing. Raises Unreadable."""
        text = self.stage.readers[name](raw)
        return "" if text == values.NULL else text

    def row(self, line: int, cells: list[str] | Broken, found: list[Finding]) -> Row:
        if isinstance(cells, Broken):
            raw = " ".join(str(cell) for cell in cells.cells)[:LONGEST]
            return Row(line, [], [f"{each.reason}: {raw}" for each in found] or [cells.reason])
        shown: list[Cell] = []
        said: set[int] = set()
        for name in self.fields:
            constant = self.mapping.constants.get(name)
            cell = constant if constant is not None else cells[self.place[name]]
            raw = str(cell).strip()
            try:
                read = self.read(name, cell)
            except values.Unreadable:
                read = None
            mine = [(n, each) for n, each in enumerate(found) if each.column == self.mapping.column(name)]
            said |= {n for n, _ in mine}
            problem = "; ".join(each.reason for _, each in mine)
            severity = min((each.severity for _, each in mine), default="")
            shown.append(Cell(name, raw[:LONGEST], read and read[:LONGEST], problem, severity))
        rest = [
            f"{each.column}: {each.value} {each.reason}".removeprefix(": ")
            for n, each in enumerate(found)
            if n not in said
        ]
        return Row(line, shown, rest)
