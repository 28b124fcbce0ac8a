"""A first look into a file: where its header is, and what stands in each column of a large sample of its rows."""

import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from o2c.core.imports import files
from o2c.core.imports.cells import Broken
from o2c.core.imports.mapping import Refused

SAMPLE, SAMPLE_CELLS = 20_000, 1_000_000
MOST_COLUMNS = 500
# So many different values are counted one by one in all columns together, and at most so many in one.
COUNTED_IN_ALL, COUNTED = 250_000, 5_000
LONGEST = 200
# Titles above a header: so many lines are looked through for it, and so many rows tell whether it fits.
MOST_TITLES, ROWS_BELOW = 20, 20
# They stand at its beginning, so only that is read so often; a larger workbook is taken to begin with its header.
BEGINNING, LARGEST_WORKBOOK = 1 << 18, 10 << 20
SHOWN = 6
# The keys of a map that say how the file is written, before any column is looked at.
HOW_WRITTEN = ("delimiter", "encoding", "skip_lines", "sheet")


@dataclass(frozen=True)
class Column:
    """One of their columns. `values` counts its texts as far as they were counted; `filled` cells hold something.

    `unique`: no text stood twice in the sample. `whole`: every text of the sample is in `values`. `typed`: texts of
    cells that say by themselves what they are (number, day …), as those of workbooks do, and which that is.
    """

    name: str
    index: int
    filled: int
    unique: bool
    whole: bool
    values: dict[str, int]
    typed: dict[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> dict[str, int]:
        """The values that are written somehow, and so can be read in more than one way."""
        return {text: times for text, times in self.values.items() if text not in self.typed}

    @property
    def samples(self) -> list[str]:
        return list(self.values)[:SHOWN]


@dataclass(frozen=True)
class Look:
    """What was seen of a file. `told` is what a map must say so that it is read the same way again.

    `sheets` are those of a workbook.
    """

    header: list[str]
    rows: int
    broken: int
    more: bool
    columns: list[Column]
    told: dict[str, Any]
    form: str = ""
    sheets: list[str] = field(default_factory=list)

    def column(self, name: str) -> Column | None:
        return next((each for each in self.columns if each.name == name), None)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, facts: dict[str, Any]) -> "Look":
        return cls(**{**facts, "columns": [Column(**each) for each in facts["columns"]]})


def told(raw: dict[str, Any]) -> dict[str, Any]:
    """What a map says about how its file is written."""
    return {key: "\t" if raw[key] in ("tab", "\\t") else raw[key] for key in HOW_WRITTEN if key in raw}


def look(path: Path, **told: Any) -> Look:
    """Look at a file's header and first rows. Raises Refused where it is no table, saying why.

    `told` is what a person says about the file (`delimiter`, `encoding`, `skip_lines` …); where it says nothing about
    `skip_lines`, lines of titles above the header are found and skipped.
    """
    source = files.inspect(path, [], **told)
    if "skip_lines" not in told and not _fits(source) and (skip_lines := _titles(source, path, told)):
        told = {**told, "skip_lines": skip_lines}
        source = files.inspect(path, [], **told)
    width = len(source.header)
    if width > MOST_COLUMNS:
        raise Refused(f"The file has {width:,} columns; {MOST_COLUMNS} are the most that can be mapped here.")
    most = min(COUNTED, COUNTED_IN_ALL // width)
    sample = min(SAMPLE, SAMPLE_CELLS // width)
    counted: list[dict[str, int]] = [{} for _ in source.header]
    typed: list[dict[str, str]] = [{} for _ in source.header]
    seen: list[set[int]] = [set() for _ in source.header]
    filled, again, whole = [0] * width, [False] * width, [True] * width
    rows = broken = 0
    more = False
    for _, row in files.rows(source):
        if rows + broken == sample:
            more = True
            break
        if isinstance(row, Broken):
            broken += 1
            continue
        rows += 1
        for index, cell in enumerate(row):
            text = cell.strip()[:LONGEST]
            if not text:
                continue
            filled[index] += 1
            count = counted[index]
            if text in count:
                count[text] += 1
                again[index] = True
                continue
            if len(count) < most:
                count[text] = 1
                if kind := getattr(cell, "kind", ""):
                    typed[index][text] = kind
            else:
                whole[index] = False
            if not again[index]:
                mark = hash(text)
                again[index] = mark in seen[index]
                seen[index].add(mark)
    if not rows:
        raise Refused(
            f"No line below the header has its {width} columns." if broken else "The file has a header and no rows."
        )
    columns = [
        Column(
            name,
            index,
            filled[index],
            bool(filled[index]) and not again[index],
            whole[index],
            counted[index],
            typed[index],
        )
        for index, name in enumerate(source.header)
    ]
    return Look(source.header, rows, broken, more, columns, told, str(source.form), source.sheets)


def _titles(source: files.Source, path: Path, told: dict[str, Any]) -> int:
    """How many lines stand above the header; 0 where none looks like one."""
    with tempfile.NamedTemporaryFile() as beginning:
        if source.form == files.CSV:
            with source.path.open("rb") as whole:
                beginning.write(whole.read(BEGINNING))
            beginning.flush()
            path = Path(beginning.name)
        elif source.size > LARGEST_WORKBOOK:
            return 0
        for skip_lines in range(1, MOST_TITLES + 1):
            try:
                if _fits(files.inspect(path, [], **told, skip_lines=skip_lines)):
                    return skip_lines
            except Refused:
                continue
    return 0


def _fits(source: files.Source) -> bool:
    """Whether the header is one: named columns, as many as the rows below have."""
    if len(source.header) < 2 or not all(source.header):
        return False
    good = bad = 0
    for _, row in files.rows(source):
        if isinstance(row, Broken):
            bad += 1
        else:
            good += 1
        if good + bad == ROWS_BELOW:
            break
    return good > bad
