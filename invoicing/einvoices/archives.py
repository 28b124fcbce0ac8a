"""E-invoices of a file, of a ZIP or of a folder: each document by itself, with what it is called there."""

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from o2c.core.imports import containers
from o2c.core.imports.mapping import Refused as NotOpened
from o2c.invoicing.bank.statements import Refused
from o2c.invoicing.einvoices.read import LARGEST, ReadInvoice, read

# So many documents are issued in one transaction; an archive of more is loaded in parts.
MOST = 2_000


@dataclass(frozen=True)
class Given:
    """A document of a file: `name` is what it is called in it (empty: it is the file itself); read, or why not."""

    name: str
    read: ReadInvoice | None = None
    refused: Refused | None = None


def is_archive(path: Path) -> bool:
    """Whether it is a folder, or a ZIP that is no workbook. Raises OSError."""
    if path.is_dir():
        return True
    with path.open("rb") as file:
        if file.read(4) not in (containers.ZIP, containers.NO_FILES):
            return False
        try:
            return not containers.holds_workbook(containers.opened(file))
        except NotOpened:
            return True


def given(path: Path, *, most: int = MOST) -> list[Given]:
    """Read what a file, a ZIP or a folder holds, folders in it too; what is no e-invoice says so by itself.

    Raises Refused for a ZIP that cannot be opened and what holds nothing, or more than `most`; of a single document
    that cannot be read; OSError as files do.
    """
    if not is_archive(path):
        return [Given("", read(path))]
    found = []
    for name, content in _of_folder(path) if path.is_dir() else _of_zip(path):
        if len(found) == most:
            raise Refused("", f"It holds more than {most} documents: load it in parts.")
        try:
            found.append(Given(name, refused=content) if isinstance(content, Refused) else Given(name, read(content)))
        except Refused as why:
            found.append(Given(name, refused=why))
    if not found:
        raise Refused("", "It holds no documents.")
    return found


def digest(path: Path) -> str:
    """The SHA-256 of a file; of a folder, of its files and their names."""
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    whole = hashlib.sha256()
    for name, each in _of_folder(path):
        whole.update(f"{digest(each)} {name}\n".encode())
    return whole.hexdigest()


def _of_folder(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not _hidden(name):
            yield name, path


def _of_zip(path: Path) -> Iterator[tuple[str, bytes | Refused]]:
    try:
        with path.open("rb") as file:
            archive = containers.opened(file)
            for entry in sorted(archive.infolist(), key=lambda each: each.filename):
                if not entry.is_dir() and not _hidden(entry.filename):
                    yield entry.filename, _entry(archive, entry)
    except NotOpened as why:
        raise Refused("", str(why)) from None


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes | Refused:
    """The document, or enough of it to see that it is too large, whatever the ZIP says of its size."""
    try:
        with containers.entry_of(archive, entry.filename) as content:
            return content.read(LARGEST + 1)
    except NotOpened as why:
        return Refused("", str(why))


def _hidden(name: str) -> bool:
    """What systems put beside documents: .DS_Store, __MACOSX."""
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))
