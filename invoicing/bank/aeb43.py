"""AEB43 (Norma 43, Cuaderno 43), the account statement of Spanish banks: records of 80 characters.

11 account and opening balance, 22 a movement, 23 more about it, 24 its original amount, 33 closing balance and sums,
88 end of the file. Amounts have two decimals whatever the currency.
"""

from collections.abc import Iterator
from decimal import Decimal

from moneyed import CURRENCIES

from o2c.core.reading import values
from o2c.core.reading.values import Unreadable
from o2c.invoicing.bank.building import Building, Event
from o2c.invoicing.bank.columns import Record, records
from o2c.invoicing.bank.sources import Source
from o2c.invoicing.bank.statements import Balance, Code, Flag, Kind, Line, Refused

WIDTH = 80
SIGNS = {"1": -1, "2": 1}
NUMBERED_CURRENCIES = {each.numeric: code for code, each in CURRENCIES.items() if each.numeric}


class Reader:
    def __init__(self) -> None:
        self.format = "aeb43"
        self.version = ""

    def read(self, source: Source) -> Iterator[Event]:
        self.building: Building | None = None
        self.movement: Record | None = None
        self.more: list[Record] = []
        # The last account is held back until it is known how the file ends.
        held: Building | None = None
        count, ended = 0, False
        for record in records(source, WIDTH):
            kind = record.text[:2]
            if ended:
                raise Refused(record.where, "A record stands behind the end of the file.")
            if kind == "88":
                ended = True
                if held is None or self.building:
                    raise Refused(record.where, "The file ends before an account has a closing balance.")
                if record.word(21, 26).lstrip("0") != str(count):
                    held.flags.add(Flag.TOTALS)
                continue
            count += 1
            if kind == "11":
                if self.building:
                    raise Refused(record.where, "An account begins before the one before has a closing balance.")
                yield from self._finish(held)
                held = None
                self._begin(record)
                continue
            building = self.building
            if kind not in ("22", "23", "24", "33"):
                raise Refused(record.where, f"{values.shown(record.text[:10])} is no record of AEB43.")
            if building is None:
                raise Refused(record.where, f"Record {kind} stands in no account.")
            if kind == "22":
                yield from self._movement()
                self.movement = record
            elif kind in ("23", "24"):
                if self.movement is None:
                    raise Refused(record.where, f"Record {kind} stands without its movement.")
                self.more.append(record)
            else:
                yield from self._movement()
                self._end(building, record)
                held, self.building = building, None
        if self.building or held is None:
            raise Refused("", "The file is cut off: an account has no closing balance (record 33).")
        if not ended:
            held.flags.add(Flag.TRAILER)
        yield from self._finish(held)

    def _finish(self, building: Building | None) -> Iterator[Event]:
        if building is None:
            return
        yield building.finished()

    def _begin(self, record: Record) -> None:
        bank, branch, number = record.at(3, 6), record.at(7, 10), record.at(11, 20)
        building = self.building = Building(Kind.STATEMENT, record.where, account=f"{bank}{branch}{number}".strip())
        building.iban = values.made_iban("ES", bank, number, branch)
        building.account_name = record.word(52, 77)
        try:
            building.account_currency = currency(record.at(48, 50))
            building.from_date = values.yymmdd(record.at(21, 26))
            building.until_date = values.yymmdd(record.at(27, 32))
            building.opening = building.balance(
                Balance(
                    amount=amount(record, 33, 34),
                    currency=building.account_currency,
                    on=building.from_date,
                    kind="11",
                )
            )
        except Unreadable as unreadable:
            raise Refused(record.where, f"{unreadable}.") from None

    def _movement(self) -> Iterator[Event]:
        record, self.movement = self.movement, None
        more, self.more = self.more, []
        building = self.building
        if record is None or building is None:
            return
        yield building.read(record.where, entry, record, more, building.account_currency)

    def _end(self, building: Building, record: Record) -> None:
        if f"{record.at(3, 6)}{record.at(7, 10)}{record.at(11, 20)}".strip() != building.account:
            building.flags.add(Flag.ACCOUNTS)
        try:
            building.closing = building.balance(
                Balance(
                    amount=amount(record, 59, 60),
                    currency=currency(record.at(74, 76)),
                    on=building.until_date,
                    kind="33",
                )
            )
            sums = values.digits_amount(record.at(26, 39), 2), values.digits_amount(record.at(45, 58), 2)
            count = values.digits_amount(record.at(21, 25), 0) + values.digits_amount(record.at(40, 44), 0)
        except Unreadable as unreadable:
            raise Refused(record.where, f"{unreadable}.") from None
        if sums != (building.debits, building.credits) or count != building.counted:
            building.flags.add(Flag.TOTALS)


def currency(text: str) -> str:
    """The code of a currency that is written as its number in ISO 4217."""
    found = NUMBERED_CURRENCIES.get(text)
    if not found:
        raise Unreadable(f"{values.shown(text)} is no number of a currency")
    return found


def amount(record: Record, sign: int, first: int) -> Decimal:
    """Fourteen digits, two of them decimals, with the column that says debit (1) or credit (2)."""
    mark = record.at(sign, sign)
    if mark not in SIGNS:
        raise Unreadable(f"whether it is credit or debit cannot be read: {values.shown(mark)}")
    return SIGNS[mark] * values.digits_amount(record.at(first, first + 13), 2)


def entry(record: Record, more: list[Record], booked: str) -> Line:
    """A movement with what records 23 and 24 say about it. Raises Unreadable."""
    if not booked:
        raise Unreadable("the account says no currency")
    concepts = [text for each in more if each.text[:2] == "23" for text in (each.at(5, 42), each.at(43, 80))]
    original = next((each for each in more if each.text[:2] == "24"), None)
    references = values.reference(record.at(53, 64).strip("0 ")), values.reference(record.at(65, 80))
    return Line(
        amount=amount(record, 28, 29),
        currency=booked,
        where=record.where,
        booking_date=values.yymmdd(record.at(11, 16)),
        value_date=values.yymmdd(record.at(17, 22)) if record.at(17, 22).strip("0 ") else None,
        customer_reference=record.word(53, 64) if references[0] else "",
        creditor_references=(references[1],) if references[1].strip("0") else (),
        bank_text=record.word(43, 52) if record.at(43, 52).strip("0 ") else "",
        remittance=values.flowing(concepts, 38),
        code=Code(proprietary=record.at(23, 24), subfamily=record.at(25, 27), issuer="AEB43"),
        original_amount=values.digits_amount(original.at(8, 21), 2) if original else None,
        original_currency=currency(original.at(5, 7)) if original else "",
    )
