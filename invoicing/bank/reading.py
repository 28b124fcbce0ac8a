"""Reading a file of bank statements: what it is, its content says, never its name.

`read` gives all of a file at once; `stream` hands its lines on one by one, so that a file of any allowed size is read
in the same memory.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from o2c.invoicing.bank import aeb43, bai2, camt, cfonb120, coda, mt940, ofx, sources
from o2c.invoicing.bank.building import Event
from o2c.invoicing.bank.sources import Source
from o2c.invoicing.bank.statements import Flag, Line, Refusal, Refused, Statement


class Reader(Protocol):
    """Reads one file of one format; `format` and `version` are what it found when it has read."""

    format: str
    version: str

    def read(self, source: Source) -> Iterator[Event]: ...


@dataclass(frozen=True)
class ReadFile:
    """All that a file holds. `refused` are the parts of it that could not be read."""

    format: str
    version: str
    statements: tuple[Statement, ...]
    refused: tuple[Refusal, ...]


RECORDS = [
    (re.compile(r"00000[\d ]{6}[\d ]{3}05"), coda.Reader),
    (re.compile(r"01\d{5}.{4}[\dA-Z]{5}[A-Z]{3}[0-9][ \d]"), cfonb120.Reader),
    (re.compile(r"11\d{18}\d{12}[0-9]\d{14}"), aeb43.Reader),
    (re.compile(r"01,"), bai2.Reader),
]
# Files that people take for statements, and what to do with them.
OTHERS = [
    (re.compile(r"!(?:Type|Account|Option)", re.IGNORECASE), "QIF, which names neither account nor currency"),
    (re.compile(r"HNHBK:"), "a message of HBCI (FinTS), not a statement"),
    (re.compile(r"UN[AB]"), "EDIFACT, not a bank statement"),
    (re.compile(r"ISA\W"), "X12, not a bank statement"),
]


def read(source: bytes | Path | str) -> ReadFile:
    """Read a file whole. Raises Refused where nothing of it is to be used."""
    statements, refused, lines = [], [], []
    reading = Reading(source)
    for event in reading:
        if isinstance(event, Line):
            lines.append(event)
        elif isinstance(event, Refusal):
            refused.append(event)
        else:
            statements.append(replace(event, lines=tuple(lines)))
            lines = []
    return ReadFile(reading.format, reading.version, tuple(statements), tuple(refused))


class Reading:
    """A file that is being read: an iterator of its lines, each statement behind its own, and what was refused.

    Raises Refused, also after lines were handed on: then nothing of the file is to be used, those neither. `format`
    and `version` are known at the end.
    """

    def __init__(self, source: bytes | Path | str):
        self.source = source
        self.format = self.version = ""

    def __iter__(self) -> Iterator[Event]:
        with sources.opened(self.source) as found:
            seen: set[str] = set()
            statements = 0
            reasons: list[Refusal] = []
            for each in found:
                try:
                    for event in self._file(each):
                        if isinstance(event, Statement):
                            statements += 1
                            if event.digest in seen and event.booked_count + event.pending_count:
                                event = replace(event, flags=event.flags | {Flag.REPEATED})
                            seen.add(event.digest)
                        elif isinstance(event, Refusal):
                            reasons.append(event)
                        yield event
                except Refused as refused:
                    if each.name:
                        raise Refused(f"{each.name} {refused.where}".strip(), refused.reason) from None
                    raise
            if not statements:
                first = reasons[0] if reasons else Refusal("", "The file holds no statement.")
                raise Refused(first.where, first.reason)

    def _file(self, source: Source) -> Iterator[Event]:
        reader = reader_for(source)
        named = f"{source.name} " if source.name else ""
        for event in reader.read(source):
            yield replace(event, where=named + event.where) if named else event
        if self.format and self.format != reader.format:
            raise Refused("", f"The ZIP holds {self.format} and {reader.format}; load them apart.")
        self.format, self.version = reader.format, reader.version


def stream(source: bytes | Path | str) -> Reading:
    return Reading(source)


def reader_for(source: Source) -> Reader:
    """The reader of a file's format. Raises Refused for what is no bank statement."""
    encoding = source.encoding()
    first = source.first_lines(encoding)
    if not first:
        raise Refused("", "The file holds nothing but empty lines.")
    start = first[0].lstrip()
    if _has(first, re.compile(r"^OFXHEADER|<OFX>|<\?OFX", re.IGNORECASE).search):
        return ofx.Reader()
    if start.startswith("<"):
        return camt.Reader()
    for shape, reader in RECORDS:
        if shape.match(start):
            return reader()
    for shape, what in OTHERS:
        if shape.match(start):
            raise Refused("line 1", f"The file is {what}.")
    if _has(first, mt940.FIELD.fullmatch) or mt940.BLOCKS.match(start):
        return mt940.Reader()
    raise Refused(
        "line 1",
        "This is none of the formats of bank statements (camt.052, .053, .054, MT940, MT942, BAI2, OFX, CODA, CFONB120,"
        " AEB43). A table needs a map of its columns.",
    )


def _has(lines: list[str], test: Callable[[str], object]) -> bool:
    return any(test(line) for line in lines)
