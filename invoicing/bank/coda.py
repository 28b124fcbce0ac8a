"""CODA 2, the coded statement of Belgian banks (Febelfin): records of 128 characters.

0 header, 1 opening balance, 21 to 23 a movement, 31 to 33 information about it, 4 free text, 8 closing balance, 9
trailer. A movement whose detail number is not 0000 is a part of the one before. Amounts have three decimals.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from o2c.core.reading import values
from o2c.core.reading.values import Unreadable
from o2c.invoicing.bank.building import Building, Event
from o2c.invoicing.bank.columns import Record, records
from o2c.invoicing.bank.sources import Source
from o2c.invoicing.bank.statements import Balance, Code, Flag, Kind, Line, Member, Party, Refused

WIDTH = 128
# The sign of a part of a movement may also be 2 and 3.
SIGNS = {"0": 1, "1": -1, "2": 1, "3": -1}
# Movements of these types are the sum of their parts; in other ones the parts explain the amount (costs, rates).
SUMS = frozenset("12")
# What kind of return it is, and why (ISO 20022); banks of old had other things in these columns.
REASON = re.compile(r"[1-9][A-Z]{2}[0-9]{2}", re.ASCII)
STRUCTURED = frozenset(["101", "102"])


@dataclass
class Movement:
    """One record 21 and what goes on with it."""

    first: Record
    second: Record | None = None
    third: Record | None = None
    information: list[Record] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The communication, over all three records."""
        return (
            self.first.at(63, 115)
            + (self.second.at(11, 63) if self.second else "")
            + (self.third.at(83, 125) if self.third else "")
        )


class Reader:
    def __init__(self) -> None:
        self.format = "coda"
        self.version = ""

    def read(self, source: Source) -> Iterator[Event]:
        self.building: Building | None = None
        self.movements: list[Movement] = []
        open_file, statements = False, 0
        for record in records(source, WIDTH):
            kind = record.text[0]
            if kind == "0":
                if open_file:
                    raise Refused(record.where, "A statement begins before the one before has ended.")
                open_file, self.counted, self.ended = True, 0, False
                self.debits = self.credits = Decimal(0)
                self.header = record
                self.version = record.at(128, 128)
                continue
            if not open_file:
                raise Refused(record.where, f"{values.shown(record.text[:10])} stands in no statement of CODA.")
            if kind != "9":
                self.counted += 1
            if kind == "1":
                if self.building:
                    raise Refused(record.where, "A second opening balance.")
                self._begin(record)
            elif kind in "238":
                if self.building is None or self.ended:
                    raise Refused(record.where, f"Record {record.text[:2]} stands outside of the balances.")
                if kind == "8":
                    yield from self._movement()
                    self._end(record)
                else:
                    yield from self._take(record)
            elif kind == "9":
                building, self.building = self.building, None
                if building is None or not self.ended:
                    raise Refused(record.where, "The statement has no balances.")
                open_file = False
                statements += 1
                yield from self._trailer(building, record)
            elif kind != "4":
                raise Refused(record.where, f"{values.shown(record.text[:10])} is no record of CODA.")
        if open_file or not statements:
            raise Refused("", "The file is cut off: a statement has no trailer (record 9).")

    def _begin(self, record: Record) -> None:
        building = self.building = Building(Kind.STATEMENT, record.where)
        structure = record.at(2, 2)
        if structure in ("0", ""):
            building.account, currency = record.word(6, 17), record.word(19, 21)
            if len(building.account) == 12:
                building.iban = values.made_iban("BE", building.account[:3], building.account[3:10])
        else:
            building.account, currency = record.word(6, 39), record.word(40, 42)
            building.iban = values.iban(building.account)
        building.account_name = record.word(65, 90)
        building.bank_bic = self.header.word(61, 71)
        building.message_id = self.header.word(25, 34)
        building.number, building.sequence = record.word(126, 128), record.word(3, 5)
        if self.header.at(17, 17) == "D":
            building.flags.add(Flag.COPY)
        try:
            building.account_currency = values.currency(currency)
            building.opening = self._balance(record, 43, "1")
            building.from_date = building.opening.on
        except Unreadable as unreadable:
            raise Refused(record.where, f"{unreadable}.") from None

    def _balance(self, record: Record, column: int, kind: str) -> Balance:
        building = self.building
        assert building
        sign = record.at(column, column)
        if sign not in ("0", "1"):
            raise Unreadable(f"whether the balance is credit or debit cannot be read: {values.shown(sign)}")
        day = record.at(column + 16, column + 21)
        return building.balance(
            Balance(
                amount=SIGNS[sign] * values.digits_amount(record.at(column + 1, column + 15), 3),
                currency=values.currency(building.account_currency),
                on=values.ddmmyy(day) if day.strip("0 ") else None,
                kind=kind,
            )
        )

    def _take(self, record: Record) -> Iterator[Event]:
        kind, key = record.text[:2], record.at(3, 10)
        if kind == "21":
            if key[4:] == "0000":
                yield from self._movement()
            elif not self.movements or self.movements[0].first.at(3, 6) != key[:4]:
                raise Refused(record.where, "A part of a movement stands without it.")
            self.movements.append(Movement(record))
            return
        movement = self.movements[-1] if self.movements else None
        if kind not in ("22", "23", "31", "32", "33"):
            raise Refused(record.where, f"{values.shown(record.text[:10])} is no record of CODA.")
        if movement is None or movement.first.at(3, 6) != key[:4]:
            raise Refused(record.where, f"Record {kind} stands without its movement.")
        if kind == "22":
            movement.second = record
        elif kind == "23":
            movement.third = record
        else:
            movement.information.append(record)

    def _movement(self) -> Iterator[Event]:
        """Finish the movement that is open, with its parts."""
        movements, self.movements = self.movements, []
        building = self.building
        if not movements or building is None:
            return
        where = movements[0].first.where
        try:
            line = self._line(building, movements)
        except Unreadable as unreadable:
            yield building.refuse(where, unreadable)
            return
        if movements[0].first.at(54, 54) in SUMS:
            building.check_members(line)
        self.credits += max(line.amount, Decimal(0))
        self.debits -= min(line.amount, Decimal(0))
        yield building.add(line)

    def _line(self, building: Building, movements: list[Movement]) -> Line:
        whole, parts = movements[0], movements[1:]
        said = facts(whole, building.account_currency)
        members = tuple(Member(**each) for part in parts for each in [facts(part, building.account_currency)])
        day = whole.first.at(116, 121)
        value = whole.first.at(48, 53)
        line = Line(
            **said,
            booking_date=values.ddmmyy(day),
            value_date=values.ddmmyy(value) if value.strip("0 ") else None,
            members=members,
        )
        # A single foreign payment has its original amount in a part.
        told = next((each for each in members if each.original_amount is not None), None)
        if told and line.original_amount is None and whole.first.at(54, 54) not in SUMS:
            line = replace(
                line, original_amount=told.original_amount, original_currency=told.original_currency, rate=told.rate
            )
        return line

    def _end(self, record: Record) -> None:
        building = self.building
        assert building
        self.ended = True
        try:
            building.closing = self._balance(record, 42, "8")
            building.until_date = building.closing.on
        except Unreadable as unreadable:
            raise Refused(record.where, f"{unreadable}.") from None
        if record.word(5, 16) != building.account[:12]:
            building.flags.add(Flag.ACCOUNTS)

    def _trailer(self, building: Building, record: Record) -> Iterator[Event]:
        try:
            told = (
                int(values.digits_amount(record.at(17, 22), 0)),
                values.digits_amount(record.at(23, 37), 3),
                values.digits_amount(record.at(38, 52), 3),
            )
            if told != (self.counted, self.debits, self.credits):
                building.flags.add(Flag.TOTALS)
        except Unreadable as unreadable:
            raise Refused(record.where, f"{unreadable}.") from None
        yield building.finished()


def facts(movement: Movement, currency: str) -> dict:
    """What a movement or a part of one says. Raises Unreadable."""
    first = movement.first
    sign = first.at(32, 32)
    if sign not in SIGNS or (first.at(7, 10) == "0000" and sign not in ("0", "1")):
        raise Unreadable(f"whether it is credit or debit cannot be read: {values.shown(sign)}")
    second, third = movement.second, movement.third
    code = first.at(54, 61)
    account = third.word(11, 44) if third else ""
    found = {
        "amount": SIGNS[sign] * values.digits_amount(first.at(33, 47), 3),
        "currency": currency,
        "where": first.where,
        "bank_reference": values.reference(first.at(11, 31)),
        "end_to_end_id": values.reference(second.at(64, 98)) if second else "",
        "return_reason": second.at(114, 117) if second and REASON.fullmatch(second.at(113, 117)) else "",
        "counterparty": Party(
            name=third.word(48, 82) if third else "",
            account=account,
            iban=values.iban(account),
            bic=second.word(99, 109) if second else "",
        ),
        "code": Code(domain=code[:1], family=code[1:3], subfamily=code[3:5], proprietary=code, issuer="CODA"),
        "bank_text": values.joined(
            record.text[start:end].rstrip()
            for record in movement.information
            for start, end in [{"31": (39, 113), "32": (10, 115), "33": (10, 100)}[record.text[:2]]]
        ),
    }
    text = movement.text
    if first.at(62, 62) == "1":
        found |= structured(text[:3], text[3:])
    else:
        found["remittance"] = text.strip()
    return found


def structured(kind: str, text: str) -> dict:
    """A communication of a numbered type; of those that nobody reads, the text as it is."""
    if kind in STRUCTURED:
        return {"creditor_references": (text[:12].strip(),)}
    if kind == "127":  # a SEPA direct debit: day, type, scheme, reason; creditor, mandate, communication
        return {
            "creditor_id": text[9:44].strip(),
            "mandate_id": text[44:79].strip(),
            "remittance": text[79:141].strip(),
        }
    if kind == "105" and text[30:42].strip("0 ") and text[42:45].isalpha():
        return {
            "original_amount": values.digits_amount(text[15:30], 3),
            "original_currency": values.currency(text[42:45]),
            "rate": rate(text[30:42]),
            "remittance": kind + text.rstrip(),
        }
    return {"remittance": kind + text.rstrip()}


def rate(text: str) -> Decimal:
    """Four digits and eight decimals."""
    if not (text.isascii() and text.isdigit()):
        raise Unreadable(f"{values.shown(text)} is no rate")
    return Decimal(f"{int(text[:4])}.{text[4:]}")
