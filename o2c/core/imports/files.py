"""Reading a file of rows: its encoding, its delimiter, its header, and the rows with the lines they stand on."""

import codecs
import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from o2c.core.imports.mapping import Refused

CHUNK = 1 << 20
BOMS = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
NOT_TEXT = [
    (b"PK\x03\x04", "a ZIP or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"SQLite format 3", "a database"),
]
DELIMITERS = ",;\t|"
# Of a text that is not ASCII, at least so many characters are good for each bad byte: then it is UTF-8 with a few bad
# bytes (their rows are rejected) and not another encoding.
GOOD_FOR_EACH_BAD = 10


@dataclass(frozen=True)
class Source:
    """A file as it will be read. `sha256` is of its bytes."""

    path: Path
    encoding: str
    delimiter: str
    header: list[str]
    skip_lines: int
    sha256: str


@dataclass(frozen=True)
class Broken:
    """A line that cannot be split into the header's columns."""

    reason: str
    cells: list[str]


def inspect(path: Path, wanted: list[str], *, encoding: str = "", delimiter: str = "", skip_lines: int = 0) -> Source:
    """Find out how a file is written. Raises Refused where it is no table of text."""
    sha256, found = _bytes(path)
    encoding = encoding or found
    try:
        with _open(path, encoding) as text:
            first = "".join(next(text, "") for _ in range(skip_lines + 1))[-CHUNK:]
            line = first.splitlines()[-1] if first.strip() else ""
    except UnicodeError as bad:
        raise Refused(f"The file cannot be read as {encoding}: {bad}.") from None
    if line.lower().startswith("sep=") and len(line.strip()) == len("sep=") + 1:
        delimiter, skip_lines = delimiter or line[4], skip_lines + 1  # Excel's own hint
    delimiter = delimiter or _delimiter(path, encoding, skip_lines, wanted)
    header = _header(path, encoding, delimiter, skip_lines)
    if not any(header):
        raise Refused("The file is empty: it has no header line.")
    return Source(path, encoding, delimiter, header, skip_lines, sha256)


def rows(source: Source) -> Iterator[tuple[int, list[str] | Broken]]:
    """Every row below the header with the physical line it begins on (the file's first line is 1).

    Lines without any content are no rows. A line whose quotes do not pair, or that has not the header's number of
    columns, comes as Broken, and reading goes on with the line after it.
    """
    width = len(source.header)
    with _open(source.path, source.encoding) as text:
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
        line = self.waiting.pop() if self.waiting else next(self.text)
        self.number += 1
        self.read.append(line)
        return line


def _reader(lines: Iterator[str], delimiter: str):
    return csv.reader(lines, delimiter=delimiter, strict=True)


def _open(path: Path, encoding: str) -> io.TextIOWrapper:
    # bytes that do not fit are kept as surrogates, so that only their rows are rejected
    wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    return path.open(encoding=encoding, errors="strict" if wide else "surrogateescape", newline="")


def _bytes(path: Path) -> tuple[str, str]:
    """One pass over the bytes: their digest, and the encoding they are in."""
    digest = hashlib.sha256()
    good = bad = zeros = size = 0
    outside_1252 = False
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    start = b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                start = start or chunk
                digest.update(chunk)
                size += len(chunk)
                zeros += chunk.count(0)
                if not chunk.isascii() or bad or decoder.getstate()[0]:
                    text = decoder.decode(chunk)
                    if not text.isascii():
                        surrogates = sum(text.count(chr(code)) for code in range(0xDC80, 0xDD00))
                        bad += surrogates
                        good += len(text) - surrogates - len(text.encode("ascii", "ignore"))
                    outside_1252 |= any(code in chunk for code in b"\x81\x8d\x8f\x90\x9d")
    except OSError as wrong:
        raise Refused(f"The file {path} cannot be read: {wrong.strerror}.") from None
    if not size:
        raise Refused("The file is empty.")
    for magic, what in NOT_TEXT:
        if start.startswith(magic):
            raise Refused(f"The file is {what}, not a text table such as CSV.")
    for bom, name in BOMS:
        if start.startswith(bom):
            return digest.hexdigest(), name
    sample = start[:4096]
    if sample.count(0) > len(sample) // 4:
        odd, even = sample[1::2].count(0), sample[::2].count(0)
        if min(odd, even) * 8 > max(odd, even):
            raise Refused("The file is binary, not a text table such as CSV.")
        return digest.hexdigest(), "utf-16-le" if odd > even else "utf-16-be"
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1c\x1d\x1e\x1f\x01" for byte in sample)
    if controls * 20 > len(sample):
        raise Refused("The file is binary, not a text table such as CSV.")
    if bad == 0 or good > bad * GOOD_FOR_EACH_BAD:
        return digest.hexdigest(), "utf-8"
    return digest.hexdigest(), "latin-1" if outside_1252 else "cp1252"


def _delimiter(path: Path, encoding: str, skip_lines: int, wanted: list[str]) -> str:
    """The one by which the header holds most of the columns the map names; then by which it has most columns."""
    with _open(path, encoding) as text:
        for _ in range(skip_lines):
            next(text, None)
        line = next(text, "")
    others = sorted({sign for sign in line if not sign.isalnum() and sign not in "\"'\r\n_- ." + DELIMITERS})
    best, best_score = ",", (-1, -1)
    for candidate in [*DELIMITERS, *others, " "]:
        try:
            header = _header(path, encoding, candidate, skip_lines)
        except Refused:
            continue
        score = (len(set(wanted) & set(header)), len(header) if candidate in DELIMITERS else 0)
        if score > best_score:
            best, best_score = candidate, score
    return best


def _header(path: Path, encoding: str, delimiter: str, skip_lines: int) -> list[str]:
    with _open(path, encoding) as text:
        for _ in range(skip_lines):
            next(text, None)
        try:
            return [name.strip().lstrip("\ufeff") for name in next(_reader(text, delimiter), [])]
        except csv.Error as wrong:
            raise Refused(f"The header line cannot be read: {wrong}.") from None
