"""OFX 1 (SGML) and 2 (XML), also as QFX: bank and credit card accounts, and the cash of accounts of securities.

Values need no end tag and many banks write none, in version 2 neither; so both are read by one tolerant reader of
tags. Aggregates do need theirs: a file in which one is not closed is cut off or damaged, and refused. There are no
entities but those of the standard, and no document type.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from o2c.core.reading import values
from o2c.core.reading.values import Unreadable
from o2c.invoicing.bank.building import Building, Event
from o2c.invoicing.bank.sources import Source
from o2c.invoicing.bank.statements import Balance, Code, Flag, Kind, Line, Party, Refused, Status

STATEMENTS = frozenset(["STMTRS", "CCSTMTRS", "INVSTMTRS"])
LINES = frozenset(["STMTTRN", "STMTTRNP"])
ACCOUNTS = frozenset(["BANKACCTFROM", "CCACCTFROM", "INVACCTFROM"])
# Aggregates that are looked into, and those whose values have names that would be taken for others'.
AGGREGATES = (
    STATEMENTS
    | LINES
    | ACCOUNTS
    | {"OFX", "STMTTRNRS", "CCSTMTTRNRS", "INVSTMTTRNRS", "BANKTRANLIST", "BANKTRANLISTP", "INVTRANLIST"}
    | {"INVBANKTRAN", "BANKACCTTO", "CCACCTTO", "PAYEE", "EXTDPAYEE", "CURRENCY", "ORIGCURRENCY", "LEDGERBAL"}
    | {"AVAILBAL", "BALLIST", "BAL", "STATUS", "INVTRAN", "INVBAL", "INVPOSLIST", "SECLIST", "IMAGEDATA", "SONRS", "FI"}
)
TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9_.]*)\s*/?>")
HEADER_ENCODINGS = {"UTF-8": "utf-8", "1252": "cp1252", "ISO-8859-1": "latin-1", "8859-1": "latin-1"}
LONGEST_VALUE = 1 << 16


@dataclass
class Aggregate:
    name: str
    number: int
    values: dict[str, str] = field(default_factory=dict)
    twice: set[str] = field(default_factory=set)
    inner: list["Aggregate"] = field(default_factory=list)

    def get(self, name: str) -> str:
        return self.values.get(name, "")

    def part(self, *names: str) -> "Aggregate | None":
        return next((each for each in self.inner if each.name in names), None)


def tags(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, bool, str, str]]:
    """Tags with their line, whether they close, their name in capitals, and the text behind them."""
    held: tuple[int, bool, str] | None = None
    text: list[str] = []
    size = 0
    comment = cdata = False
    for number, line in lines:
        place = 0
        while place < len(line) or (place == 0 and not line):
            if comment or cdata:
                closing = "-->" if comment else "]]>"
                end = line.find(closing, place)
                if cdata:
                    text.append(line[place : end if end >= 0 else len(line)])
                if end < 0:
                    break
                comment = cdata = False
                place = end + 3
                continue
            start = line.find("<", place)
            said = line[place : start if start >= 0 else len(line)]
            text.append(html.unescape(said))
            size += len(said)
            if size > LONGEST_VALUE:
                raise Refused(f"line {number}", "A value is longer than any of OFX.")
            if start < 0:
                break
            if line.startswith("<!--", start):
                comment, place = True, start + 4
                continue
            if line.startswith("<![CDATA[", start):
                cdata, place = True, start + 9
                continue
            if line.startswith("<?", start):
                end = line.find("?>", start)
                if end < 0:
                    raise Refused(f"line {number}", "A processing instruction does not end.")
                place = end + 2
                continue
            if line.startswith("<!", start):
                raise Refused(f"line {number}", "The file has a document type, which OFX has not.")
            matched = TAG.match(line, start)
            if not matched:
                # a bare sign in a text, as in "A < B"
                text.append("<")
                place = start + 1
                continue
            if held:
                yield *held, "".join(text).strip()
            held, text, size = (number, matched[1] == "/", matched[2].upper()), [], 0
            place = matched.end()
        text.append(" ")
    if comment or cdata:
        raise Refused("", "The file is cut off inside a comment or a text.")
    if held:
        yield *held, "".join(text).strip()


class Reader:
    def __init__(self) -> None:
        self.format = "ofx"
        self.version = ""

    def encoding(self, source: Source) -> str:
        head = source.head(2048).decode("latin-1")
        version = re.search(r"(?:^|\s)VERSION[:=]\"?(\d{3})", head)
        self.version = version[1] if version else ""
        found = source.encoding()
        if found in ("utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"):
            return found
        told = re.search(r"CHARSET:\s*([\w-]+)", head)
        # What says 1252 and is UTF-8 all through is UTF-8.
        if found == "utf-8" or not told:
            return found
        return HEADER_ENCODINGS.get(told[1].upper(), found)

    def read(self, source: Source) -> Iterator[Event]:
        self.statements = 0
        self.building: Building | None = None
        self.fault = ""
        stack: list[Aggregate] = []
        ended = False
        number = 0
        for number, closes, name, text in tags(source.lines(self.encoding(source), split="<")):
            if ended:
                raise Refused(f"line {number}", "Something stands behind the end of the OFX.")
            if not closes and name not in AGGREGATES:
                if stack and text:
                    top = stack[-1]
                    if name in top.values and top.name in LINES:
                        top.twice.add(name)
                    top.values.setdefault(name, text)
                continue
            if name not in AGGREGATES:
                continue
            if not closes:
                if name == "OFX" and stack:
                    raise Refused(f"line {number}", "One OFX stands inside another.")
                if any(each.name in LINES for each in stack) and (name in LINES or name in STATEMENTS):
                    raise Refused(f"line {number}", "An entry of the file does not end.")
                opened = Aggregate(name, number)
                if stack:
                    stack[-1].inner.append(opened)
                elif name != "OFX":
                    raise Refused(f"line {number}", f"{name} stands outside of the OFX.")
                stack.append(opened)
                yield from self._opened(opened)
                continue
            if not stack or stack[-1].name != name:
                raise Refused(f"line {number}", f"{name} ends where it is not open.")
            yield from self._closed(stack.pop(), stack)
            ended = name == "OFX"
        if not ended:
            raise Refused(f"line {number or 1}", "The file is cut off: the OFX does not end.")
        if not self.statements:
            raise Refused("", self.fault or "The OFX holds no statement of a bank account.")

    def _opened(self, opened: Aggregate) -> Iterator[Event]:
        if opened.name in STATEMENTS:
            if self.building:
                raise Refused(f"line {opened.number}", "One statement stands inside another.")
            self.building = Building(Kind.STATEMENT, f"line {opened.number}")
            self.bank_lines = 0
        elif opened.name in LINES and self.building is None:
            raise Refused(f"line {opened.number}", "An entry stands outside of every statement.")
        yield from ()

    def _closed(self, closed: Aggregate, stack: list[Aggregate]) -> Iterator[Event]:
        building = self.building
        name = closed.name
        if building and name in LINES:
            self.bank_lines += 1
            where = f"line {closed.number}"
            statement = next(each for each in reversed(stack) if each.name in STATEMENTS)
            yield building.read(where, entry, closed, statement.get("CURDEF"), where)
            stack[-1].inner.clear()
        elif building and name in ("INVBANKTRAN", "INVTRAN"):
            stack[-1].inner.clear()
        elif building and name in STATEMENTS:
            self.building = None
            yield from self._statement(building, closed)
        elif name == "STATUS" and closed.get("SEVERITY").upper() == "ERROR" and not self.fault:
            self.fault = f"The bank answers with an error: {closed.get('MESSAGE') or closed.get('CODE')}."

    def _statement(self, building: Building, closed: Aggregate) -> Iterator[Event]:
        if closed.name == "INVSTMTRS":
            if not self.bank_lines:
                self.fault = self.fault or "It is an account of securities, and tells of no money."
                return
            building.flags.add(Flag.SECURITIES)
        self.statements += 1
        try:
            if closed.get("CURDEF"):
                building.account_currency = values.currency(closed.get("CURDEF"))
            account = closed.part(*ACCOUNTS)
            if account:
                building.account = account.get("ACCTID")
                building.iban = values.iban(building.account)
                bank = account.get("BANKID")
                building.bank_bic = bank if re.fullmatch(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", bank) else ""
                if not building.iban and account.get("BRANCHID"):
                    building.iban = values.made_iban("FR", bank, building.account, account.get("BRANCHID"))
            listed = closed.part("BANKTRANLIST", "INVTRANLIST")
            if listed:
                building.from_date = moment(listed.get("DTSTART"))
                building.until_date = moment(listed.get("DTEND"))
            for name in ("LEDGERBAL", "AVAILBAL"):
                told = closed.part(name)
                if told and told.get("BALAMT"):
                    currency = building.account_currency or next(iter(sorted(building.currencies)), "")
                    if not currency:
                        raise Unreadable("nothing says the currency of the balance")
                    balance = building.balance(
                        Balance(
                            amount=values.either_amount(told.get("BALAMT")),
                            currency=values.currency(currency),
                            on=moment(told.get("DTASOF")),
                            kind=name,
                        )
                    )
                    if name == "LEDGERBAL":
                        building.closing = balance
        except Unreadable as unreadable:
            yield building.refuse(building.where, unreadable)
        yield building.finished()


def moment(text: str):
    """The day of YYYYMMDDHHMMSS.XXX[zone], as it is written."""
    if not text:
        return None
    matched = re.match(r"(\d{4})(\d{2})(\d{2})(?:\d{2,6}(?:[.:]\d*)?)?\s*(?:\[.*\])?\Z", text, re.ASCII)
    if not matched:
        raise Unreadable(f"{values.shown(text)} is no day")
    return values.day(*matched.groups())


def entry(told: Aggregate, currency: str, where: str) -> Line:
    """One entry. Raises Unreadable."""
    if told.twice & {"TRNAMT", "DTPOSTED", "FITID"}:
        raise Unreadable("the entry says its amount, day or key twice")
    if not told.get("TRNAMT"):
        raise Unreadable("the amount is missing")
    pending = told.name == "STMTTRNP"
    posted = told.get("DTPOSTED") or (told.get("DTTRAN") if pending else "")
    if not posted:
        raise Unreadable("the day of booking is missing")
    rate = None
    original = ""
    # CURRENCY says that the amount is in that currency; ORIGCURRENCY that it was, and is converted.
    if other := told.part("CURRENCY", "ORIGCURRENCY"):
        symbol = values.currency(other.get("CURSYM"))
        if symbol != currency.strip():
            rate = values.rate(other.get("CURRATE")) if other.get("CURRATE") else None
            if other.name == "CURRENCY":
                currency = symbol
            else:
                original = symbol
    if not currency.strip():
        raise Unreadable("nothing says the currency of the entry")
    payee = told.part("PAYEE", "EXTDPAYEE")
    to = told.part("BANKACCTTO", "CCACCTTO")
    account = to.get("ACCTID") if to else ""
    return Line(
        amount=values.either_amount(told.get("TRNAMT")),
        currency=values.currency(currency),
        where=where,
        booking_date=moment(posted),
        value_date=moment(told.get("DTAVAIL")),
        status=Status.PENDING if pending else Status.BOOKED,
        bank_reference=values.reference(told.get("FITID")),
        customer_reference=values.reference(told.get("CHECKNUM")) if told.get("CHECKNUM").strip("0") else "",
        end_to_end_id=values.reference(told.get("REFNUM")),
        remittance=told.get("MEMO"),
        counterparty=Party(
            name=told.get("NAME") or (payee.get("NAME") if payee else ""),
            account=account,
            iban=values.iban(account),
            bic=to.get("BANKID") if to else "",
        ),
        code=Code(proprietary=told.get("TRNTYPE"), issuer="OFX"),
        original_currency=original,
        rate=rate,
    )
