"""Where a statement is read from: bytes or a file, out of gzip or ZIP, with limits on all that it can swell to."""

import gzip
import io
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from o2c.core.imports import containers, delimited, mapping
from o2c.invoicing.bank.statements import Refused

# A day of a hundred thousand entries is about 200 MB in camt.
LARGEST = 1 << 30
LARGEST_LINE = 1 << 20
MOST_FILES = 1000
CONTROLS = {code: None for code in range(32) if chr(code) not in "\t"} | {127: None}


@dataclass(frozen=True)
class Source:
    """Bytes that can be read more than once. `name` is set where several files stand in one ZIP."""

    path: Path
    name: str = ""
    kept: IO[bytes] | None = field(default=None, repr=False, compare=False)

    def head(self, count: int = 1 << 16) -> bytes:
        with self.path.open("rb") as file:
            return file.read(count)

    def encoding(self) -> str:
        """Raises Refused for what is no text."""
        try:
            return delimited.encoding_of(self.path)
        except mapping.Refused as refused:
            raise Refused("", str(refused)) from None

    def first_lines(self, encoding: str, most: int = 100) -> list[str]:
        """The first lines that are not empty, of which the last may be cut off."""
        text = self.head().decode(encoding, "replace")
        return [line for line in map(_clean, text.splitlines()) if line.strip()][:most]

    def lines(self, encoding: str, split: str = "") -> Iterator[tuple[int, str]]:
        """The lines with their numbers, without line ends and control characters. What fits no encoding is U+FFFD.

        A line that is too long to be one is refused, or handed on in pieces that begin with `split`.
        """
        with delimited.opened(self.path, encoding) as text:
            number, rest = 1, ""
            try:
                while line := text.readline(LARGEST_LINE):
                    ended = line.endswith(("\n", "\r"))
                    line, rest = rest + line, ""
                    if not ended and len(line) >= LARGEST_LINE:
                        cut = line.rfind(split, 1) if split else 0
                        if cut <= 0:
                            raise Refused(f"line {number}", "The line is longer than any of a bank statement.")
                        line, rest = line[:cut], line[cut:]
                        yield number, _clean(line)
                        continue
                    for part in line.splitlines() or [""]:
                        yield number, _clean(part)
                    number += 1
                if rest:
                    yield number, _clean(rest)
            except UnicodeError as bad:
                raise Refused(f"line {number}", f"The file cannot be read as {encoding}: {bad}.") from None


def _clean(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line
    line = line.translate(CONTROLS)
    if not line.isprintable():
        line = "".join("\ufffd" if "\ud800" <= sign <= "\udfff" else sign for sign in line)
    return line


@contextmanager
def opened(source: bytes | Path | str) -> Iterator[list[Source]]:
    """The files in a source, out of their wrapping, for as long as the block runs. Raises Refused."""
    with tempfile.TemporaryDirectory(prefix="o2c-bank-") as folder:
        path = Path(folder) / "whole"
        if isinstance(source, bytes):
            if len(source) > LARGEST:
                raise _too_large()
            path.write_bytes(source)
        else:
            path = Path(source)
        try:
            if path.stat().st_size > LARGEST:
                raise _too_large()
            with path.open("rb") as file:
                start = file.read(4)
        except OSError as wrong:
            raise Refused("", f"The file cannot be read: {wrong.strerror}.") from None
        if not start:
            raise Refused("", "The file is empty.")
        try:
            yield list(_unwrapped(path, start, Path(folder)))
        except mapping.Refused as refused:
            raise Refused("", str(refused)) from None


def _too_large() -> Refused:
    return Refused("", f"The file is larger than {LARGEST >> 20} MB.")


def _unwrapped(path: Path, start: bytes, folder: Path) -> Iterator[Source]:
    if start.startswith(containers.GZIP):
        with path.open("rb") as packed:
            yield Source(_kept(_gunzipped(packed), packed.tell, folder / "0", LARGEST))
    elif start.startswith(containers.ZIP):
        yield from _zipped(path, folder)
    else:
        yield Source(path)


def _gunzipped(packed: IO[bytes]) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=packed, mode="rb") as content:
            while chunk := content.read(containers.CHUNK):
                yield chunk
    except (EOFError, OSError, zlib.error) as wrong:
        raise Refused("", f"The gzip is damaged or cut off: {wrong}.") from None


def _zipped(path: Path, folder: Path) -> Iterator[Source]:
    """Banks pack a statement a day into one ZIP: all its files are read, in the order of their names."""
    with path.open("rb") as packed:
        archive = containers.opened(packed)
        if containers.holds_workbook(archive):
            raise Refused("", "This is an Excel workbook, not a bank statement; load it with a map of its columns.")
        names = sorted(
            entry.filename
            for entry in archive.infolist()
            if not entry.is_dir() and not entry.filename.startswith("__MACOSX/")
        )
        if not names or len(names) > MOST_FILES or len(set(names)) != len(names):
            raise Refused("", f"The ZIP holds {len(names)} files, or several of one name.")
        left = LARGEST
        for number, name in enumerate(names):
            with containers.entry_of(archive, name) as content:
                chunks = iter(lambda: content.read(containers.CHUNK), b"")
                kept = _kept(chunks, lambda: content.packed, folder / str(number), left)
            left -= kept.stat().st_size
            yield Source(kept, name if len(names) > 1 else "")


def _kept(chunks: Iterator[bytes], packed, path: Path, largest: int) -> Path:
    size, start = 0, b""
    with path.open("wb") as kept:
        for chunk in chunks:
            start = start or chunk[:4]
            size += len(chunk)
            containers.judge(size, packed())
            if size > largest:
                raise _too_large()
            kept.write(chunk)
    if not size:
        raise Refused("", "A packed file is empty.")
    if start.startswith((containers.GZIP, containers.ZIP)):
        raise Refused("", "The file holds another compressed file; unpack it first.")
    return path


def bytes_of(source: Source) -> io.BufferedReader:
    return source.path.open("rb")
