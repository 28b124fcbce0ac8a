"""Tables of text: their encoding, their delimiter, their header, and the rows with the lines they stand on."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from o2c.core.imports.cells import MOST_COLUMNS, Broken
from o2c.core.imports.mapping import Refused
from o2c.core.imports.progress import Progress

CHUNK = 1 << 20
# Characters of one line; what is longer is read past, a piece at a time.
LONGEST_LINE = 4 << 20
BOMS = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
NOT_TEXT = [
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a database"),
    (b"\x7fELF", "a program"),
    (b"BZh", "compressed with bzip2; use gzip or ZIP"),
    (b"\xfd7zXZ", "compressed with xz; use gzip or ZIP"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard; use gzip or ZIP"),
    (b"7z\xbc\xaf", "a 7-Zip archive; use gzip or ZIP"),
    (b"Rar!", "a RAR archive; use gzip or ZIP"),
]
DELIMITERS = ",;\t|"
# Of a text that is not ASCII, at least so many characters are good for each bad byte: then it is UTF-8 with a few bad
# bytes (their rows are rejected) and not another encoding.
GOOD_FOR_EACH_BAD = 10


@dataclass(frozen=True)
class Written:
    """How a table of text is written."""

    path: Path
    encoding: str
    delimiter: str
    skip_lines: int
    header: list[str]


def found(path: Path, encoding: str, wanted: list[str], *, delimiter: str = "", skip_lines: int = 0) -> Written:
    """Find out how a table is written. Raises Refused where it is none."""
    try:
        with opened(path, encoding) as text:
            first = "".join(text.readline(LONGEST_LINE) for _ in range(skip_lines + 1))[-CHUNK:]
            line = first.splitlines()[-1] if first.strip() else ""
    except UnicodeError as bad:
        raise Refused(f"The file cannot be read as {encoding}: {bad}.") from None
    if line.lower().startswith("sep=") and len(line.strip()) == len("sep=") + 1:
        delimiter, skip_lines = delimiter or line[4], skip_lines + 1  # Excel's own hint
    delimiter = delimiter or _delimiter(path, encoding, skip_lines, wanted)
    header = _header(path, encoding, delimiter, skip_lines)
    if not any(header):
        raise Refused("The file is empty: it has no header line.")
    if len(header) > MOST_COLUMNS:
        raise Refused(f"The file has {len(header):,} columns; no more than {MOST_COLUMNS:,} can be read.")
    return Written(path, encoding, delimiter, skip_lines, header)


def rows(source: Written, progress: Progress) -> Iterator[tuple[int, list[str] | Broken]]:
    """Every row below the header with the physical line it begins on (the file's first line is 1).

    Lines without any content are no rows. A line whose quotes do not pair, or that has not the header's number of
    columns, comes as Broken, and reading goes on with the line after it.
    """
    width = len(source.header)
    with opened(source.path, source.encoding, progress) as text:
        lines = _Lines(text)
        reader = _reader(lines, source.delimiter)
        for _ in range(source.skip_lines):
            next(lines, None)
        next(reader, None)
        while True:
            lines.begin()
            start = lines.number + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except UnicodeError as bad:
                raise Refused(f"The file cannot be read as {source.encoding}: {bad}.") from None
            except csv.Error:
                first = lines.again_after_first()
                reader = _reader(lines, source.delimiter)
                yield start, Broken("has quotes that do not pair", [first.strip()[:200]])
                continue
            if len(row) != width:
                if not any(cell.strip() for cell in row):
                    continue
                if len(row) > width and not any(cell.strip() for cell in row[width:]):
                    yield start, row[:width]
                    continue
                if len(lines.read) > 1:  # a stray quote may have swallowed good lines
                    lines.again_after_first()
                    reader = _reader(lines, source.delimiter)
                yield start, Broken(f"has {len(row)} columns where the header has {width}", row)
                continue
            if row[0] or any(cell.strip() for cell in row):
                yield start, row


class _Lines:
    """The lines of a file, counted, with a way back to the line after the one a bad row began on."""

    def __init__(self, text: io.TextIOWrapper):
        self.text = text
        self.number = 0
        self.read: list[str] = []
        self.waiting: list[str] = []

    def begin(self) -> None:
        self.read.clear()

    def again_after_first(self) -> str:
        first, *rest = self.read
        self.waiting += rest[::-1]
        self.number -= len(rest)
        self.read.clear()
        return first

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.waiting.pop() if self.waiting else line_of(self.text)
        if not line:
            raise StopIteration
        self.number += 1
        self.read.append(line)
        return line


def line_of(text: io.TextIOBase) -> str:
    """The next line. Of one that is longer than any line may be, only that much comes; the rest is read past."""
    line = text.readline(LONGEST_LINE)
    if len(line) == LONGEST_LINE:
        rest = line
        while rest and not rest.endswith(("\n", "\r")):
            rest = text.readline(LONGEST_LINE)
    return line


def _reader(lines: Iterator[str], delimiter: str):
    return csv.reader(lines, delimiter=delimiter, strict=True)


class _Heard(io.FileIO):
    """A file that tells how much of it was read."""

    def __init__(self, path: Path, progress: Progress):
        super().__init__(path)
        self.progress = progress

    def readinto(self, buffer) -> int:
        count = super().readinto(buffer)
        self.progress.seen(count)
        return count


def opened(path: Path, encoding: str, progress: Progress | None = None) -> io.TextIOWrapper:
    # bytes that do not fit are kept as surrogates, so that only their rows are rejected
    wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    errors = "strict" if wide else "surrogateescape"
    if progress is None:
        return path.open(encoding=encoding, errors=errors, newline="")
    raw = io.BufferedReader(_Heard(path, progress), 1 << 16)
    return io.TextIOWrapper(raw, encoding=encoding, errors=errors, newline="")


def encoding_of(path: Path) -> str:
    """The encoding of a text, by looking at all of it. Raises Refused for what is no text."""
    good = bad = size = 0
    outside_1252 = False
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    start = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            start = start or chunk
            size += len(chunk)
            if not chunk.isascii() or bad or decoder.getstate()[0]:
                text = decoder.decode(chunk)
                if not text.isascii():
                    surrogates = sum(text.count(chr(code)) for code in range(0xDC80, 0xDD00))
                    bad += surrogates
                    good += len(text) - surrogates - len(text.encode("ascii", "ignore"))
                outside_1252 |= any(code in chunk for code in b"\x81\x8d\x8f\x90\x9d")
    if not size:
        raise Refused("The file is empty.")
    for magic, what in NOT_TEXT:
        if start.startswith(magic):
            raise Refused(f"The file is {what}, not a table.")
    for bom, name in BOMS:
        if start.startswith(bom):
            return name
    sample = start[:4096]
    if sample.count(0) > len(sample) // 4:
        odd, even = sample[1::2].count(0), sample[::2].count(0)
        if min(odd, even) * 8 > max(odd, even):
            raise Refused("The file is binary, not a text table such as CSV.")
        return "utf-16-le" if odd > even else "utf-16-be"
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1c\x1d\x1e\x1f\x01" for byte in sample)
    if controls * 20 > len(sample):
        raise Refused("The file is binary, not a text table such as CSV.")
    if bad == 0 or good > bad * GOOD_FOR_EACH_BAD:
        return "utf-8"
    return "latin-1" if outside_1252 else "cp1252"


def _delimiter(path: Path, encoding: str, skip_lines: int, wanted: list[str]) -> str:
    """The one by which the header holds most of the columns the map names; then by which it has most columns."""
    with opened(path, encoding) as text:
        for _ in range(skip_lines):
            line_of(text)
        line = line_of(text)
    others = sorted({sign for sign in line if not sign.isalnum() and sign not in "\"'\r\n_- ." + DELIMITERS})
    best, best_score = ",", (-1, -1)
    for candidate in [*DELIMITERS, *others[:50], " "]:
        try:
            header = _header(path, encoding, candidate, skip_lines)
        except Refused:
            continue
        score = (len(set(wanted) & set(header)), len(header) if candidate in DELIMITERS else 0)
        if score > best_score:
            best, best_score = candidate, score
    return best


def _header(path: Path, encoding: str, delimiter: str, skip_lines: int) -> list[str]:
    with opened(path, encoding) as text:
        lines = _Lines(text)
        for _ in range(skip_lines):
            next(lines, None)
        try:
            return [name.strip().lstrip("\ufeff") for name in next(_reader(lines, delimiter), [])]
        except csv.Error as wrong:
            raise Refused(f"The header line cannot be read: {wrong}.") from None
