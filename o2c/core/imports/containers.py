"""What a file is wrapped in: gzip, or a ZIP that holds it alone. Nothing in it is believed; all is counted while read.

The content is unpacked once to a temporary file, so that it may be read more than once, whatever its size.
"""

import gzip
import hashlib
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from o2c.core.imports.mapping import Refused
from o2c.core.imports.progress import READING, Progress

CHUNK = 1 << 20
GZIP, ZIP, NO_FILES, OLD_OFFICE = b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0"
# Bytes unpacked. Tables pack to a tenth or so; a hundredfold is already nothing but repetition.
LARGEST_UNPACKED = 16 << 30
LARGEST_RATIO, RATIO_FROM = 200, 64 << 20
# Of a ZIP's list of files, which is read at once.
LARGEST_LIST = 4 << 20
ENCRYPTED = 0x1


@dataclass(frozen=True)
class Unpacked:
    """A file out of its wrapping: `path` is where its content can be read, for as long as this is kept."""

    path: Path
    sha256: str
    wrapping: str = ""
    start: bytes = b""
    kept: IO[bytes] | None = None


def unpack(path: Path, progress: Progress) -> Unpacked:
    """Take a file out of gzip or ZIP, and digest its bytes as they are. Raises Refused.

    What begins as a ZIP and holds a workbook is left as it is: the workbook is that ZIP.
    """
    try:
        size = path.stat().st_size
        progress.begin(READING, size)
        with path.open("rb") as file:
            start = file.read(8)
            sha256 = _digest(file, progress)
    except OSError as wrong:
        raise Refused(f"The file {path} cannot be read: {wrong.strerror}.") from None
    progress.end()
    if start.startswith(GZIP):
        with path.open("rb") as file:
            return _kept(sha256, "gzip", _gzip(file), lambda: file.tell())
    if start.startswith(ZIP):
        with path.open("rb") as file:
            archive = opened(file)
            if holds_workbook(archive):
                return Unpacked(path, sha256, start=start)
            entry = _only_file(archive)
            with entry_of(archive, entry.filename) as content:
                return _kept(sha256, "zip", _chunks(content), lambda: content.packed)
    if start.startswith(NO_FILES):
        raise Refused("The ZIP is empty.")
    return Unpacked(path, sha256, start=start)


def _digest(file: IO[bytes], progress: Progress) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        progress.seen(len(chunk))
    return digest.hexdigest()


def _kept(sha256: str, wrapping: str, chunks: Iterator[bytes], packed: Callable[[], int]) -> Unpacked:
    kept = tempfile.NamedTemporaryFile(prefix="o2c-import-")  # noqa: SIM115 it lives as long as what is returned
    size, start = 0, b""
    for chunk in chunks:
        start = start or chunk[:8]
        size += len(chunk)
        judge(size, packed())
        kept.write(chunk)
    kept.flush()
    if start.startswith((GZIP, ZIP)):
        with open(kept.name, "rb") as inner:
            if start.startswith(GZIP) or not holds_workbook(opened(inner)):
                raise Refused(f"The {wrapping} holds another compressed file; unpack it first.")
    return Unpacked(Path(kept.name), sha256, wrapping, start, kept)


def judge(unpacked: int, packed: int) -> None:
    """Refuse what unpacks without end."""
    if unpacked > LARGEST_UNPACKED:
        raise Refused(f"The file unpacks to more than {LARGEST_UNPACKED >> 30} GB.")
    if unpacked > RATIO_FROM and unpacked > packed * LARGEST_RATIO:
        raise Refused(
            f"The file unpacks to more than {LARGEST_RATIO} times its size, as no table does: is it made to fill disks?"
        )


def _gzip(file: IO[bytes]) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as content:
            while chunk := content.read(CHUNK):
                yield chunk
    except (EOFError, OSError, zlib.error) as wrong:
        raise Refused(f"The gzip is damaged or cut off: {wrong}.") from None


def _chunks(content: "Measured") -> Iterator[bytes]:
    while chunk := content.read(CHUNK):
        yield chunk


def opened(file: IO[bytes]) -> zipfile.ZipFile:
    """A ZIP whose list of files has a size that can be held. Raises Refused."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(max(0, size - (1 << 16) - 200))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) - end < 22:
        raise Refused("The ZIP or Excel workbook is damaged or cut off: it has no list of files.")
    listed = int.from_bytes(tail[end + 12 : end + 16], "little")
    if end >= 76 and tail[end - 20 : end - 16] == b"PK\x06\x07":  # the list of an archive of more than 4 GB
        listed = int.from_bytes(tail[end - 76 + 40 : end - 76 + 48], "little")
    if listed > LARGEST_LIST:
        raise Refused("The ZIP holds far too many files.")
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as wrong:
        raise Refused(f"The ZIP or Excel workbook cannot be read: {wrong}.") from None


def holds_workbook(archive: zipfile.ZipFile) -> bool:
    """Whether the ZIP is an office document, to be read or refused by `o2c.core.imports.workbooks`."""
    names = archive.NameToInfo
    return "[Content_Types].xml" in names or "mimetype" in names or "xl/workbook.xml" in names


def _only_file(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    files = [entry for entry in archive.infolist() if not entry.is_dir() and not entry.filename.startswith("__MACOSX/")]
    if len(files) != 1:
        raise Refused(f"The ZIP holds {len(files)} files; pack the one that is to be loaded alone.")
    return files[0]


def entry_of(archive: zipfile.ZipFile, name: str) -> "Measured":
    """One file of a ZIP, to be read under its limits. Raises Refused; KeyError where there is none."""
    entry = archive.getinfo(name)
    if entry.flag_bits & ENCRYPTED:
        raise Refused(f"{name!r} in the ZIP is encrypted; save it without a password.")
    try:
        return Measured(archive.open(entry), entry)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as wrong:
        raise Refused(f"{name!r} in the ZIP cannot be read: {wrong}.") from None


class Measured:
    """A file of a ZIP that counts what comes out of it. `packed` is how much went in, at most."""

    def __init__(self, file: IO[bytes], entry: zipfile.ZipInfo):
        self.file, self.name, self.packed, self.size = file, entry.filename, max(entry.compress_size, 1), 0

    def read(self, count: int) -> bytes:
        try:
            chunk = self.file.read(count)
        except (zipfile.BadZipFile, EOFError, OSError, zlib.error) as wrong:
            raise Refused(f"{self.name!r} in the ZIP is damaged: {wrong}.") from None
        self.size += len(chunk)
        judge(self.size, self.packed)
        return chunk

    def __enter__(self) -> "Measured":
        return self

    def __exit__(self, *raised) -> None:
        self.file.close()
