"""Reading a file of rows, whatever it is written as: CSV, an Excel workbook, JSON, alone or in gzip or ZIP.

What a file is, its content says and never its name. Each format is read in one pass, in constant memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Protocol

from o2c.core.imports import containers, delimited, records, workbooks
from o2c.core.imports.cells import Broken
from o2c.core.imports.mapping import Refused
from o2c.core.imports.progress import Progress

CSV, JSONL, JSON, XLSX = "csv", "jsonl", "json", "xlsx"
START = 4096  # characters by which JSON is known
ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")


class Beside(Protocol):
    """A file beside it, that has more cells for each row."""

    header: list[str]

    def of(self, row: list[str]) -> list[str]: ...


@dataclass(frozen=True)
class Source:
    """A file as it will be read. `header` is of its own columns, and then of those of files beside it. `sha256` is of
    its bytes; `wrapping` is gzip, zip or empty; `size` is unwrapped.

    What was unpacked lies in a temporary file that goes with this.
    """

    path: Path
    sha256: str
    form: str
    header: list[str]
    size: int
    encoding: str = ""
    delimiter: str = ""
    skip_lines: int = 0
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)
    wrapping: str = ""
    kept: IO[bytes] | None = field(default=None, repr=False, compare=False)
    beside: tuple[Beside, ...] = ()


def inspect(
    path: Path,
    wanted: list[str],
    *,
    encoding: str = "",
    delimiter: str = "",
    skip_lines: int = 0,
    sheet: str = "",
    progress: Progress | None = None,
) -> Source:
    """Find out how a file is written. `wanted` are columns that it should have. Raises Refused where it is no table."""
    unpacked = containers.unpack(path, progress or Progress(None))
    size = unpacked.path.stat().st_size
    facts = {"path": unpacked.path, "sha256": unpacked.sha256, "wrapping": unpacked.wrapping, "kept": unpacked.kept}
    if unpacked.start.startswith(containers.ZIP):
        return _workbook(facts, size, sheet, skip_lines)
    if unpacked.start.startswith(containers.OLD_OFFICE):
        raise Refused(_old_office(unpacked.path))
    if sheet:
        raise Refused(f"The map names the sheet {sheet!r}, but the file is no workbook.")
    encoding = encoding or delimited.encoding_of(unpacked.path)
    facts |= {"size": size, "encoding": encoding}
    try:
        with delimited.opened(unpacked.path, encoding) as text:
            start = text.read(START)
    except UnicodeError as bad:
        raise Refused(f"The file cannot be read as {encoding}: {bad}.") from None
    if not skip_lines and not delimiter and (records.is_lines(start) or records.is_array(start)):
        array = not records.is_lines(start)
        header = records.header(unpacked.path, encoding, array, wanted)
        return Source(form=JSON if array else JSONL, header=header, **facts)
    found = delimited.found(unpacked.path, encoding, wanted, delimiter=delimiter, skip_lines=skip_lines)
    return Source(form=CSV, header=found.header, delimiter=found.delimiter, skip_lines=found.skip_lines, **facts)


def rows(source: Source, progress: Progress | None = None) -> Iterator[tuple[int, list[str] | Broken]]:
    """Every row below the header with the line it begins on: a text's physical line (the first is 1), a sheet's row.

    Cells are text, or a Cell where the format itself says what they are. What cannot be a row comes as Broken.
    """
    progress = progress or Progress(None)
    if not source.beside:
        yield from _own_rows(source, progress)
        return
    own = len(source.header) - sum(len(each.header) for each in source.beside)
    for line, row in _own_rows(replace(source, header=source.header[:own]), progress):
        yield (
            line,
            row if isinstance(row, Broken) else [*row, *(cell for each in source.beside for cell in each.of(row))],
        )


def _own_rows(source: Source, progress: Progress) -> Iterator[tuple[int, list[str] | Broken]]:
    if source.form == XLSX:
        yield from _sheet_rows(source, progress)
    elif source.form == CSV:
        written = delimited.Written(source.path, source.encoding, source.delimiter, source.skip_lines, source.header)
        yield from delimited.rows(written, progress)
    else:
        yield from records.rows(source.path, source.encoding, source.form == JSON, source.header, progress)


def _old_office(path: Path) -> str:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            if ENCRYPTED_OFFICE in chunk:
                return "The workbook is encrypted; save it without a password."
    return "The file is an old Excel or Word file (.xls); save it as an Excel workbook (.xlsx)."


def _workbook(facts: dict, size: int, sheet: str, skip_lines: int) -> Source:
    with workbooks.Workbook(facts["path"]) as book:
        name = book.sheet(sheet)
        first = next((cells for number, cells in book.rows(name) if number > skip_lines), None)
        if first is None:
            raise Refused(f"The sheet {name!r} is empty: it has no header.")
        header = [str(first.get(place, "")).strip() for place in range(max(first) + 1)]
        size = book.archive.getinfo(book.places[name]).compress_size
        return Source(
            form=XLSX, header=header, size=size, skip_lines=skip_lines, sheet=name, sheets=book.sheets, **facts
        )


def _sheet_rows(source: Source, progress: Progress) -> Iterator[tuple[int, list[str]]]:
    places = range(len(source.header))
    with workbooks.Workbook(source.path) as book:
        headed = False
        for number, cells in book.rows(source.sheet, progress):
            if number <= source.skip_lines:
                continue
            if not headed:
                headed = True
                continue
            row = [cells.get(place, "") for place in places]
            if any(cell.strip() for cell in row):
                yield number, row
