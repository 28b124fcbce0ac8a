"""Reading a file of remittance advice: what it is, its content says, never its name."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from o2c.core.imports import containers, mapping
from o2c.invoicing.bank import sources
from o2c.invoicing.bank.sources import Source
from o2c.invoicing.remittances import edifact, tables, ubl, x12
from o2c.invoicing.remittances.facts import Advice, ReadFile, Refusal, Refused

# What a file of payments that are advised is at most: ten thousand lines each are a megabyte.
LARGEST = 128 << 20


def read(source: bytes | Path | str, *, raw: dict[str, Any] | None = None, currency: str = "") -> ReadFile:
    """Read a file whole. `raw` and `currency` are of tables (`tables.read`). Raises Refused where nothing is used."""
    with _on_disk(source) as path:
        if path.stat().st_size > LARGEST:
            raise Refused("", f"The file is larger than {LARGEST >> 20} MB.")
        if _is_workbook(path):
            return tables.read(path, raw=raw, currency=currency)
        advices: list[Advice] = []
        refused: list[Refusal] = []
        format = ""
        with sources.opened(path) as found:
            for each in found:
                one = _read(each, raw, currency)
                if format and one.format != format:
                    raise Refused("", f"The ZIP holds {format} and {one.format}; load them apart.")
                format = one.format
                before = f"{each.name} " if each.name else ""
                advices += [replace(advice, where=before + advice.where) for advice in one.advices]
                refused += [Refusal(before + refusal.where, refusal.reason) for refusal in one.refused]
        if not advices:
            first = refused[0] if refused else Refusal("", "The file holds no remittance advice.")
            raise Refused(first.where, first.reason)
        return ReadFile(format, tuple(advices), tuple(refused))


@contextmanager
def _on_disk(source: bytes | Path | str) -> Iterator[Path]:
    if not isinstance(source, bytes):
        yield Path(source)
        return
    with tempfile.TemporaryDirectory(prefix="o2c-advice-") as folder:
        path = Path(folder) / "file"
        path.write_bytes(source)
        yield path


def _is_workbook(path: Path) -> bool:
    with path.open("rb") as file:
        if not file.read(4).startswith(containers.ZIP):
            return False
        file.seek(0)
        try:
            return containers.holds_workbook(containers.opened(file))
        except mapping.Refused as refused:
            raise Refused("", str(refused)) from None


def _read(source: Source, raw: dict[str, Any] | None, currency: str) -> ReadFile:
    head = source.head(4096)
    start = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1", "replace")
    start = start.removeprefix("ï»¿").lstrip("\ufeff\r\n \t")
    if start.startswith("<"):
        return ubl.read(source)
    if re.match(r"ISA[^\w\s]", start):
        return x12.read(source)
    if re.match(r"UNA|UNB\W", start):
        return edifact.read(source)
    return tables.read(source.path, raw=raw, currency=currency)
