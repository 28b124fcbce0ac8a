"""ISO 20022: camt.052 (report), camt.053 (statement) and camt.054 (notification), in all their versions.

Elements are known by their local names, so that namespaces, prefixes and envelopes do not matter. The file is read as a
stream: at any time there is one entry in memory. A document type is refused, and with it every entity.
"""

import re
from collections.abc import Iterator

from lxml import etree

from o2c.core.reading.values import Unreadable
from o2c.core.reading.xml import SAFE, BadName, damaged, local, namespace, refuse_document_type, shown_root
from o2c.invoicing.bank.building import Building, Event
from o2c.invoicing.bank.camt_entries import account, currency_of, entry, moment, signed, summary
from o2c.invoicing.bank.camt_parts import Part, Shapes, find, first, text
from o2c.invoicing.bank.sources import Source, bytes_of
from o2c.invoicing.bank.statements import (
    Balance,
    Flag,
    Kind,
    Refused,
)

MESSAGES = {
    "BkToCstmrAcctRpt": ("camt.052", Kind.REPORT, "Rpt"),
    "BkToCstmrStmt": ("camt.053", Kind.STATEMENT, "Stmt"),
    "BkToCstmrDbtCdtNtfctn": ("camt.054", Kind.NOTIFICATION, "Ntfctn"),
}
# The elements that are looked at on their way: of all others only what they are in tells.
WHOLE = (
    "Ntry", "Bal", "Acct", "TxsSummry", "FrToDt", "Id", "ElctrncSeqNb", "LglSeqNb", "StmtPgntn", "RptPgntn",
    "NtfctnPgntn", "CpyDplctInd", "GrpHdr",
)  # fmt: skip
# What a message is called: in version 1 with the version behind it.
TAGS = [f"{{*}}{name}{version}" for name in MESSAGES for version in ("", "V01", "V02", "V03")]
TAGS += [f"{{*}}{name}" for name in (*(one for _, _, one in MESSAGES.values()), *WHOLE)]
VERSION = re.compile(r"camt\.05[234]\.(\d{3}\.\d{2})")


def message(name: str) -> tuple[str, Kind, str] | None:
    """What a message is by its element; version 1 has its version in the name (BkToCstmrStmtV01)."""
    return MESSAGES.get(re.sub(r"V\d\d$", "", name))


class Reader:
    """Reads one file; `format` and `version` are known once something was read."""

    def __init__(self) -> None:
        self.format = "camt"
        self.version = ""
        self.line = 1
        self.shapes = Shapes()

    def read(self, source: Source) -> Iterator[Event]:
        with bytes_of(source) as file:
            events = etree.iterparse(
                file,
                events=("start", "end"),
                tag=TAGS,
                **SAFE,
            )
            try:
                yield from self._messages(events)
            except BadName:
                raise Refused(f"line {self.line}", "The XML is damaged: a name in it is none.") from None
            except etree.XMLSyntaxError as wrong:
                raise damaged(wrong) from None

    def _messages(self, events) -> Iterator[Event]:
        messages = 0
        looked = False
        self.message_id, self.statements = "", 0
        for event, element in events:
            if not looked:
                looked = True
                refuse_document_type(element)
            known = message(local(element)) if event == "start" else None
            if known:
                messages += 1
                if messages > 1 and known[0] != self.format:
                    raise Refused(f"line {element.sourceline}", f"The file holds {self.format} and {known[0]}.")
                self.format, kind, name = known
                found = VERSION.search(namespace(element))
                self.version = found.group(1) if found else ""
                yield from self._message(events, element, kind, name)
        if not messages:
            refuse_document_type(events.root)
            raise Refused("line 1", f"The XML is no bank statement: it is {shown_root(events.root)}.")
        if not self.statements:
            raise Refused("line 1", f"The {self.format} holds no statement.")

    def _message(self, events, top, kind: Kind, name: str) -> Iterator[Event]:
        number = 0
        building: Building | None = None
        statement = None
        for event, element in events:
            if event == "start":
                # most elements lie inside a statement, and are looked at with what they are in
                if building is None and (word := local(element)) == name and element.getparent() is top:
                    number += 1
                    statement = element
                    building = Building(kind, f"{word}[{number}] (line {element.sourceline})")
                    building.message_id = self.message_id
                    self.entries, self.totals = 0, None
                    self.clues: list[tuple[str, Balance]] = []
                continue
            if element is top:
                return
            if element is statement and building is not None:
                self._settle(building)
                self.statements += 1
                yield building.finished()
                building = statement = None
                drop(element)
            elif building is not None:
                if element.getparent() is statement:
                    yield from self._part(building, local(element), element)
                    drop(element)
            elif local(element) == "GrpHdr":
                self.message_id = text(Part(element), "MsgId")
                drop(element)

    def _part(self, building: Building, word: str, element) -> Iterator[Event]:
        """Take in a direct child of a statement."""
        self.line = line_number = element.sourceline or 1
        element = self.shapes.part(element) if word == "Ntry" else Part(element)
        if word == "Ntry":
            self.entries += 1
            where = f"{building.where} Ntry[{self.entries}] (line {line_number})"
            try:
                line = entry(building, element, where)
            except Unreadable as unreadable:
                yield building.refuse(where, unreadable)
            else:
                building.check_members(line)
                yield building.add(line)
            return
        where = f"{building.where} {word} (line {line_number})"
        try:
            if word == "Bal":
                self._balance(building, element)
            elif word == "Acct":
                account(building, element)
            elif word == "TxsSummry":
                self.totals = summary(element)
            elif word == "FrToDt":
                building.from_date = moment(find(element, "FrDtTm")) or moment(find(element, "FrDt"))
                building.until_date = moment(find(element, "ToDtTm")) or moment(find(element, "ToDt"))
            elif word == "Id":
                building.bank_id = element.text.strip()
            elif word == "ElctrncSeqNb" or (word == "LglSeqNb" and not building.number):
                building.number = element.text.strip()
            elif word in ("StmtPgntn", "RptPgntn", "NtfctnPgntn"):
                building.sequence = text(element, "PgNb")
            elif word == "CpyDplctInd" and element.text.strip() in ("DUPL", "CODU"):
                building.flags.add(Flag.COPY)
        except Unreadable as unreadable:
            yield building.refuse(where, unreadable)

    def _balance(self, building: Building, element) -> None:
        # version 1 has the code in the type itself
        kind = first(find(element, "Tp"), "Cd", "Prtry")
        when = find(element, "Dt")
        balance = building.balance(
            Balance(
                amount=signed(element, "Amt"),
                currency=currency_of(find(element, "Amt")),
                on=None if when is None else moment(find(when, "Dt")) or moment(find(when, "DtTm")) or moment(when),
                kind=kind,
            )
        )
        self.clues.append((kind, balance))

    def _settle(self, building: Building) -> None:
        """Choose the balances to reckon with, and compare with the bank's own sums."""
        interim = [balance for kind, balance in self.clues if kind == "ITBD"]
        by_kind: dict[str, list[Balance]] = {}
        for kind, balance in self.clues:
            by_kind.setdefault(kind, []).append(balance)
        opening = by_kind.get("OPBD") or by_kind.get("PRCD")
        closing = by_kind.get("CLBD")
        # Pages of a long statement and reports of the day so far end, and may begin, with an interim balance.
        if not closing and interim and (opening or len(interim) > 1):
            closing = interim[-1:]
        if not opening and interim and closing and closing[0] is not interim[0]:
            opening = interim[:1]
        building.opening = opening[0] if opening else None
        building.closing = closing[-1] if closing else None
        if self.totals:
            count, credits, debits = self.totals
            if (
                (count is not None and count != building.counted)
                or (credits is not None and credits != building.credits)
                or (debits is not None and debits != building.debits)
            ):
                building.flags.add(Flag.TOTALS)


def drop(element) -> None:
    """Forget what was read, and what stands before it."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]
