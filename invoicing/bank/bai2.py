"""BAI2 of the Bank Administration Institute, as North American and British banks write it.

Records 01 file, 02 group, 03 account, 16 entry, 49 account trailer, 98 group trailer, 99 file trailer; 88 goes on with
the record before it. Amounts have no decimal mark: their decimals are those of the currency. The trailers' sums and
counts are compared; a file without its last trailer is cut off.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from o2c.core.reading import values
from o2c.core.reading.values import Unreadable
from o2c.invoicing.bank.building import Building, Event
from o2c.invoicing.bank.sources import Source
from o2c.invoicing.bank.statements import Balance, Code, Flag, Kind, Line, Refused

OPENING, CLOSING = "010", "015"
# Types of status are below 100; 890 is text without money; 9xx are the bank's own.
CREDITS, DEBITS, TEXT_ONLY = range(100, 400), range(400, 700), 890
DEFAULT_CURRENCY = "USD"
# A line of eighty, but for the "88," before it: there the text was cut to fit.
FULL = 77
DELETED, TRIAL = "2", "4"
SAME_DAY = frozenset(["3", "4"])


@dataclass
class Record:
    """A record with all that goes on in 88; `lines` is how many lines it took."""

    code: str
    number: int
    parts: list[str]
    lines: int = 1

    @property
    def where(self) -> str:
        return f"line {self.number}"

    def items(self) -> list[str]:
        """The items between commas, of the record and what goes on with it."""
        return ",".join(part.rstrip().removesuffix("/") for part in self.parts).split(",")


@dataclass
class Group:
    currency: str
    as_of: date
    kind: Kind
    trial: bool
    sums: list[Decimal] = field(default_factory=list)
    accounts: int = 0
    records: int = 1


def records(lines: Iterator[tuple[int, str]]) -> Iterator[Record]:
    current: Record | None = None
    for number, line in lines:
        if not line.strip():
            continue
        code, comma, rest = line.lstrip().partition(",")
        if code == "88" and comma:
            if current is None:
                raise Refused(f"line {number}", "Record 88 goes on with nothing.")
            current.parts.append(rest)
            current.lines += 1
            continue
        if not comma or code not in ("01", "02", "03", "16", "49", "98", "99"):
            raise Refused(f"line {number}", f"{values.shown(line[:20])} is no record of BAI2.")
        if current:
            yield current
        current = Record(code, number, [rest])
    if current:
        yield current


class Reader:
    def __init__(self) -> None:
        self.format = "bai2"
        self.version = ""

    def read(self, source: Source) -> Iterator[Event]:
        self.group: Group | None = None
        self.building: Building | None = None
        statements, ended, self.lines = 0, False, 0
        file_sums: list[Decimal] = []
        groups = 0
        self.mismatch = False
        for record in records(source.lines(source.encoding())):
            if ended:
                if record.code != "01":
                    raise Refused(record.where, "A record stands behind the end of the file.")
                ended, file_sums, groups, self.lines = False, [], 0, 0
            self.lines += record.lines
            self._order(record)
            items = record.items()
            if record.code == "02":
                self.group = self._group(record, items)
            elif record.code == "03":
                yield from self._account(record, items)
            elif record.code == "16":
                yield from self._entry(record)
            elif record.code == "49":
                statements += 1
                yield from self._account_ends(record, items)
            elif record.code == "98":
                groups += 1
                file_sums.append(self._group_ends(record, items))
            elif record.code == "99":
                ended = True
                self._file_ends(record, items, file_sums, groups)
        if not ended:
            raise Refused(f"line {self.lines}", "The file is cut off: it has no file trailer (record 99).")
        if not statements:
            raise Refused("", "The file holds no account.")

    def _order(self, record: Record) -> None:
        inside = {
            "02": self.group is None,
            "03": self.group is not None and self.building is None,
            "16": self.building is not None,
            "49": self.building is not None,
            "98": self.group is not None and self.building is None,
            "99": self.group is None,
        }
        if not inside.get(record.code, self.group is None):
            raise Refused(record.where, f"Record {record.code} stands where it cannot: the one before has no trailer.")

    def _group(self, record: Record, items: list[str]) -> Group:
        items = [*items, *[""] * 8]
        try:
            as_of = values.yymmdd(items[3].strip())
            currency = values.currency(items[5] or DEFAULT_CURRENCY)
        except Unreadable as unreadable:
            raise Refused(record.where, f"{unreadable}.") from None
        if items[2].strip() == DELETED:
            raise Refused(record.where, "The group takes back what was sent before; it is no statement.")
        kind = Kind.REPORT if items[6].strip() in SAME_DAY else Kind.STATEMENT
        return Group(currency, as_of, kind, items[2].strip() == TRIAL)

    def _account(self, record: Record, items: list[str]) -> Iterator[Event]:
        group = self.group
        assert group
        group.accounts += 1
        building = self.building = Building(group.kind, record.where)
        self.sums: list[Decimal] = []
        self.records = record.lines
        building.account = items[0].strip()
        building.iban = values.iban(building.account)
        building.from_date = building.until_date = group.as_of
        if group.trial:
            building.flags.add(Flag.TRIAL)
        self.places = 2
        try:
            building.account_currency = values.currency(items[1]) if items[1:] and items[1].strip() else group.currency
            self.places = values.decimals(building.account_currency)
            for kind, amount in self._status(items[2:]):
                self.sums.append(amount)
                balance = building.balance(
                    Balance(amount=amount, currency=building.account_currency, on=group.as_of, kind=kind)
                )
                if kind == OPENING:
                    building.opening = balance
                elif kind == CLOSING:
                    building.closing = balance
        except Unreadable as unreadable:
            yield building.refuse(record.where, unreadable)

    def _status(self, items: list[str]) -> Iterator[tuple[str, Decimal]]:
        """Types and amounts; each may bring a count and availabilities. Empty items end a line at some banks."""
        rest = [item.strip() for item in items]
        while rest:
            kind = rest.pop(0)
            if not kind:
                continue
            if not (kind.isascii() and kind.isdigit() and len(kind) <= 3):
                raise Unreadable(f"{values.shown(kind)} is no type of BAI2")
            amount = rest.pop(0) if rest else ""
            if rest:
                rest.pop(0)  # how many entries
            funds(rest)
            if amount:
                yield kind.rjust(3, "0"), signed(amount, self.places)

    def _entry(self, record: Record) -> Iterator[Event]:
        building, group = self.building, self.group
        assert building
        assert group
        self.records += record.lines
        try:
            line = self._line(building, group, record)
        except Unreadable as unreadable:
            yield building.refuse(record.where, unreadable)
            return
        if line is not None:
            yield building.add(line)

    def _line(self, building: Building, group: Group, record: Record) -> Line | None:
        # The text has no end of its own: only the items before it are set apart by commas.
        first = record.parts[0].rstrip()
        rest = first.removesuffix("/").split(",")
        if len(rest) < 2:
            raise Unreadable("the entry has no amount")
        kind, told = rest.pop(0).strip(), rest.pop(0).strip()
        if not (kind.isascii() and kind.isdigit() and len(kind) == 3):
            raise Unreadable(f"{values.shown(kind)} is no type of BAI2")
        if int(kind) == TEXT_ONLY:
            return None
        amount = values.digits_amount(told.removeprefix("+"), self.places)
        self.sums.append(amount)
        if int(kind) not in CREDITS and int(kind) not in DEBITS:
            raise Unreadable(f"the type {kind} does not say whether it is credit or debit")
        value = funds(rest)
        bank = rest.pop(0) if rest else ""
        customer = rest.pop(0) if rest else ""
        text = ",".join(rest).strip()
        more = [part.rstrip().removesuffix("/") for part in record.parts[1:]]
        return Line(
            amount=amount if int(kind) in CREDITS else -amount,
            currency=building.account_currency,
            where=record.where,
            booking_date=group.as_of,
            value_date=value,
            bank_reference=values.reference(bank),
            customer_reference=values.reference(customer),
            remittance=values.joined([text, values.flowing(more, FULL)]),
            code=Code(proprietary=kind, issuer="BAI2"),
        )

    def _account_ends(self, record: Record, items: list[str]) -> Iterator[Event]:
        building, group = self.building, self.group
        assert building
        assert group
        self.building = None
        total = sum(self.sums, Decimal(0))
        group.records += self.records + record.lines
        try:
            # An account of which nothing is told has no sum, at some banks.
            told = signed(items[0].strip(), self.places) if items[0].strip() else total
            group.sums.append(told)
            self._compare(building, told != total, items[1:2], self.records + record.lines)
            yield building.finished()
        except Unreadable as unreadable:
            raise Refused(record.where, f"{unreadable}.") from None

    def _compare(self, building: Building, differs: bool, count: list[str], counted: int) -> None:
        told = count[0].strip() if count else ""
        if differs or (told and told != str(counted) and told.lstrip("0") != str(counted)):
            building.flags.add(Flag.TOTALS)

    def _group_ends(self, record: Record, items: list[str]) -> Decimal:
        """Raises Refused where accounts are missing: which, nobody can tell."""
        group = self.group
        assert group
        self.group = None
        told = items[1].strip() if len(items) > 1 else ""
        if told and told.lstrip("0") != str(group.accounts or ""):
            raise Refused(record.where, f"The group says {told} accounts, and has {group.accounts}.")
        return sum(group.sums, Decimal(0))

    def _file_ends(self, record: Record, items: list[str], sums: list[Decimal], groups: int) -> None:
        told = items[1].strip() if len(items) > 1 else ""
        if told and told.lstrip("0") != str(groups or ""):
            raise Refused(record.where, f"The file says {told} groups, and has {groups}.")


def signed(text: str, places: int) -> Decimal:
    negative = text.startswith("-")
    amount = values.digits_amount(text[1:] if text[:1] in ("+", "-") else text, places)
    return -amount if negative else amount


def funds(rest: list[str]) -> date | None:
    """Take the availability off the front of the items; the value date where it says one."""
    kind = rest.pop(0).strip().upper() if rest else ""
    if kind == "V":
        day = rest.pop(0).strip() if rest else ""
        if rest:
            rest.pop(0)  # the time of day
        return values.yymmdd(day) if day else None
    if kind == "S":
        del rest[:3]
    elif kind == "D":
        count = rest.pop(0).strip() if rest else ""
        if not (count.isascii() and count.isdigit() and len(count) < 4):
            raise Unreadable(f"{values.shown(count)} is no count of availabilities")
        del rest[: 2 * int(count)]
    elif kind not in ("", "0", "1", "2", "Z"):
        raise Unreadable(f"{values.shown(kind)} is no type of availability")
    return None
