"""SWIFT MT940 (statements) and MT942 (what is not on a statement yet), as banks write them.

A statement that has no closing balance is cut off and the file refused: a missing last page cannot be told from
payments that never came. Fields are told by their place at the beginning of a line; a piece of text that only looks
like one (a time of day that was wrapped) is text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from o2c.core.reading import values
from o2c.core.reading.values import Unreadable
from o2c.invoicing.bank import texts
from o2c.invoicing.bank.building import Building, Event
from o2c.invoicing.bank.sources import Source
from o2c.invoicing.bank.statements import Balance, Code, Flag, Kind, Line, Party, Refused, Status

FIELD = re.compile(r":(13D?|20|21|25P?|28C?|34F|60[FM]?|61|62[FM]?|64|65|86|90[CD]|NS):(.*)", re.DOTALL)
TIME = re.compile(r":[0-5]\d:[0-5]\d(?!\d)", re.ASCII)
BLOCKS = re.compile(r"(?:\{[1235]:[^{}]*(?:\{[^{}]*\}[^{}]*)*\})*\{4:")
TYPE = re.compile(r"\{2:[IO](94\d)")
END = re.compile(r"-(?:\}.*|XXX)?")
ENTRY = re.compile(
    r"(?P<value>\d{6})(?P<entry>\d{4})?(?P<mark>RC|RD|EC|ED|C|D)(?P<funds>[A-Z])?(?P<amount>[\d,]+)"
    r"(?P<type>[A-Z][A-Z0-9 ]{3})?(?P<rest>.*)",
    re.ASCII,
)
BALANCE = re.compile(r"(?P<mark>[CD])(?P<day>\d{6})(?P<currency>[A-Z]{3})?(?P<amount>[\d,]+)\s*", re.ASCII)
SUMS = re.compile(r"(?P<count>\d{0,5})(?P<currency>[A-Z]{3})(?P<amount>[\d,]+)\s*", re.ASCII)
FLOOR = re.compile(r"(?P<currency>[A-Z]{3})[DC ]?[\d,]*\s*", re.ASCII)
# RC takes a credit back and is a debit; RD takes a debit back. EC and ED are only expected.
DEBITS = frozenset(["D", "RC", "ED"])
FROM_TEXTS = [
    "remittance",
    "end_to_end_id",
    "mandate_id",
    "creditor_id",
    "creditor_references",
    "counterparty",
    "return_reason",
]


@dataclass
class Field:
    """A field with the line it begins on and all of its lines; `last` is where it ends."""

    tag: str
    number: int
    lines: list[str]

    @property
    def where(self) -> str:
        return f"line {self.number}"


def fields(lines: Iterator[tuple[int, str]]) -> Iterator[Field]:
    """The fields of a file. A Field "-" is the end of a message, "{" the headers that SWIFT puts before one."""
    current: Field | None = None
    colon = False
    for number, line in lines:
        if colon:
            line, colon = ":" + line, False
        elif line.strip() == ":":
            colon = True
            continue
        if block := BLOCKS.match(line):
            if current:
                yield current
            current = None
            yield Field("{", number, [block[0]])
            line = line[block.end() :]
            if not line:
                continue
        matched = FIELD.fullmatch(line)
        if matched and current and TIME.match(line) and current.lines[-1][-2:].isdigit():
            matched = None
        if matched:
            if current:
                yield current
            current = Field(matched[1], number, [matched[2]])
        elif END.fullmatch(line.rstrip()):
            if current:
                yield current
            current = None
            yield Field("-", number, [line])
        elif current:
            current.lines.append(line)
        elif line.strip():
            yield Field("", number, [line])
    if current:
        yield current


class Reader:
    def __init__(self) -> None:
        self.format = "mt940"
        self.version = ""

    def read(self, source: Source) -> Iterator[Event]:
        self.building: Building | None = None
        self.entry: Field | None = None
        self.details: list[Field] = []
        self.began = self.closed = self.interim = self.ended = False
        self.statements = 0
        # An end of message inside a text, which has not ended the statement: the text goes on after it.
        dash: Field | None = None
        for found in fields(source.lines(source.encoding())):
            if dash and found.tag == "" and self.building and self.details:
                self.details[-1].lines += [*dash.lines, *found.lines]
                dash.lines = []
                continue
            dash = None
            if found.tag == "-":
                dash = found
                self.ended = True
                if self.closed or self.interim:
                    yield from self._finish()
            elif found.tag == "{":
                yield from self._finish()
                header = TYPE.search(found.lines[0])
                self.interim = bool(header and header[1] == "942")
            else:
                yield from self._field(found)
        yield from self._finish()
        if not self.statements:
            raise Refused("", "The file holds no statement.")

    def _field(self, found: Field) -> Iterator[Event]:
        tag = found.tag
        if tag == "20" or (tag in ("25", "25P", "60F", "60M", "60") and self.closed):
            yield from self._finish()
        if tag == "20" or (self.building is None and tag in ("25", "25P")):
            self.building = Building(Kind.STATEMENT, found.where, bank_id=found.lines[0].strip())
            self.sums: dict[str, tuple[int | None, Decimal]] = {}
            if tag == "20":
                return
            self.building.bank_id = ""
        building = self.building
        if building is None:
            # left out silently, a broken first line would take a whole statement with it
            if tag in ("28", "28C", "34F", "60", "60F", "60M", "61", "62", "62F", "62M"):
                raise Refused(found.where, f"Field {tag} stands in no statement.")
            return
        if tag == "61":
            yield from self._line()
            self.entry = found
            if self.closed:
                raise Refused(found.where, "An entry stands behind the closing balance.")
        elif tag in ("86", "NS"):
            # Behind the closing balance, and before the first entry, the text is about the statement.
            if self.entry:
                self.details.append(found)
        elif tag:
            yield from self._line()
            try:
                self._header(building, tag, found)
            except Unreadable as unreadable:
                where = f"{found.where} (field {tag})"
                if tag[:2] in ("60", "62"):
                    # a closing balance is also what tells that nothing is cut off
                    raise Refused(where, f"{unreadable}.") from None
                yield building.refuse(where, unreadable)

    def _header(self, building: Building, tag: str, found: Field) -> None:
        told = found.lines[0].strip()
        if tag in ("25", "25P"):
            if building.account:
                building.flags.add(Flag.MISPLACED)
                return
            account(building, told)
        elif tag in ("28", "28C"):
            building.number, _, building.sequence = told.partition("/")
        elif tag in ("60F", "60M", "60"):
            if building.opening or self.began:
                raise Unreadable("a second opening balance")
            self.began = True
            building.opening = building.balance(balance(told, building.account_currency, tag))
            building.account_currency = building.opening.currency
            building.from_date = building.opening.on
        elif tag in ("62F", "62M", "62"):
            if self.closed:
                raise Unreadable("a second closing balance")
            self.closed = True
            building.closing = building.balance(balance(told, building.account_currency, tag))
            building.account_currency = building.account_currency or building.closing.currency
            building.until_date = building.closing.on
        elif tag in ("64", "65"):
            building.balance(balance(told, building.account_currency, tag))
        elif tag == "34F":
            self.interim = True
            matched = FLOOR.fullmatch(told)
            if not matched:
                raise Unreadable(f"{values.shown(told)} is no floor limit")
            building.account_currency = building.account_currency or matched["currency"]
        elif tag in ("90C", "90D"):
            self.ended = True
            matched = SUMS.fullmatch(told)
            if not matched:
                raise Unreadable(f"{values.shown(told)} is no sum of entries")
            count = int(matched["count"]) if matched["count"] else None
            self.sums[tag] = count, values.comma_amount(matched["amount"])
        elif tag == "13D" and not self.began:
            self.interim = True

    def _line(self) -> Iterator[Event]:
        """Finish the entry that is open, if one is."""
        found, self.entry = self.entry, None
        details, self.details = self.details, []
        building = self.building
        if found is None or building is None:
            return
        try:
            line = entry(found, details, building.account_currency)
        except Unreadable as unreadable:
            yield building.refuse(found.where, unreadable)
            return
        if self.interim and not self.began:
            line = replace(line, status=Status.PENDING)
        yield building.add(line)

    def _finish(self) -> Iterator[Event]:
        yield from self._line()
        building, self.building = self.building, None
        began, closed, interim, ended = self.began, self.closed, self.interim, self.ended
        self.began = self.closed = self.interim = self.ended = False
        if building is None:
            return
        if interim and not began:
            self.format = "mt942"
            building.kind = Kind.REPORT
            if not ended:
                raise Refused(building.where, "The MT942 is cut off: it has neither sums nor an end.")
            self._compare(building)
        elif not closed:
            raise Refused(building.where, "The statement is cut off: it has no closing balance.")
        self.statements += 1
        yield building.finished()

    def _compare(self, building: Building) -> None:
        for tag, read in (("90C", building.credits), ("90D", building.debits)):
            if tag in self.sums and self.sums[tag][1] != read:
                building.flags.add(Flag.TOTALS)


def account(building: Building, told: str) -> None:
    """Bank code and account, an IBAN, or a number, each with the currency behind it at some banks."""
    matched = re.fullmatch(r"(.*\d)\s*/?([A-Z]{3})", told)
    iban = values.iban(told)
    if matched and not (iban and len(iban) in (15, 16, 18, 20, 22, 24, 27) and iban[-1].isdigit()):
        told, building.account_currency = matched[1].strip(), matched[2]
    # "BIC/IBAN" and the like
    building.iban = values.iban(told) or values.iban(told.rpartition("/")[2])
    building.account = told


def balance(told: str, currency: str, tag: str) -> Balance:
    matched = BALANCE.fullmatch(told)
    if not matched:
        raise Unreadable(f"{values.shown(told)} is no balance")
    if "," not in matched["amount"]:
        raise Unreadable(f"the amount in {values.shown(told)} has no comma")
    if not (matched["currency"] or currency):
        raise Unreadable(f"{values.shown(told)} says no currency")
    amount = values.comma_amount(matched["amount"])
    return Balance(
        amount=-amount if matched["mark"] == "D" else amount,
        currency=matched["currency"] or currency,
        on=bank_day(matched["day"]),
        kind=tag,
    )


def bank_day(text: str) -> date:
    """A day, where banks that reckon with months of thirty days may write the 29th and 30th of February."""
    if text[2:] in ("0229", "0230"):
        march = values.yymmdd(text[:2] + "0301")
        return march - timedelta(days=1)
    return values.yymmdd(text)


def entry_day(text: str, value: date) -> date:
    """A day without its year: the one nearest to the value date."""
    found = []
    for year in (value.year - 1, value.year, value.year + 1):
        try:
            found.append(values.day(year, text[:2], text[2:]))
        except Unreadable:
            continue
    if not found:
        raise Unreadable(f"{values.shown(text)} is no day of booking")
    return min(found, key=lambda day: abs(day - value))


def entry(found: Field, details: list[Field], currency: str) -> Line:
    """One entry: field 61 and the texts behind it. Raises Unreadable."""
    lines = found.lines
    matched = ENTRY.fullmatch(lines[0])
    if not matched and len(lines) > 1:
        # some banks wrap inside the field
        lines = [lines[0] + lines[1], *lines[2:]]
        matched = ENTRY.fullmatch(lines[0])
    if not matched:
        raise Unreadable(f"{values.shown(lines[0])} is no entry")
    if not currency:
        raise Unreadable("nothing says the currency of the entry")
    value = bank_day(matched["value"])
    amount = values.comma_amount(matched["amount"])
    customer, _, bank = matched["rest"].partition("//")
    said = _texts(details)
    said["counterparty"] = _other(said.get("counterparty", Party()), customer, lines[1:])
    extra = values.joined(line.strip() for line in lines[1:])
    told = texts.amounts(extra)
    told |= {name: said[name] for name in ("original_amount", "original_currency", "rate", "charges") if name in said}
    return Line(
        amount=-amount if matched["mark"] in DEBITS else amount,
        currency=currency,
        where=found.where,
        booking_date=entry_day(matched["entry"], value) if matched["entry"] else value,
        value_date=value,
        status=Status.PENDING if matched["mark"][0] == "E" else Status.BOOKED,
        reversal=matched["mark"][0] == "R",
        bank_reference=values.reference(bank),
        customer_reference=values.reference(customer),
        code=Code(
            swift=(matched["type"] or "").strip(),
            proprietary=said.get("gvc", ""),
            issuer="GVC" if said.get("gvc") else "",
        ),
        bank_text=values.joined([extra, said.get("bank_text", "")]),
        **told,
        **{name: said[name] for name in FROM_TEXTS if name in said},
    )


def _other(told: Party, customer: str, extra: list[str]) -> Party:
    """Dutch banks write the other account into the entry itself, as its reference or behind it, then the name."""
    if told.account:
        return told
    words = [customer.strip(), *(line.strip() for line in extra)]
    iban = next((found for word in words[:2] if (found := values.iban(word))), "")
    if not iban:
        return told
    name = words[1] if words[0].replace(" ", "") == iban and len(words) > 1 else ""
    return replace(told, iban=iban, account=iban, name=told.name or name)


def _texts(details: list[Field]) -> dict:
    """What fields 86 say, which banks repeat to go on, and field NS."""
    national = [line for each in details if each.tag == "NS" for line in each.lines]
    if national:
        return texts.national(national)
    free = [line for each in details for line in each.lines]
    return texts.read(free) if free else {}
