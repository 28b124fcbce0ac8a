"""CFONB120, the account statement of French banks: records of 120 characters.

01 opening balance, 04 a movement, 05 more about it, 07 closing balance. The last digit of an amount is a letter that
also holds the sign (overpunch), and each record says how many decimals its amount has.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from o2c.core.reading import values
from o2c.core.reading.values import Unreadable
from o2c.invoicing.bank.building import Building, Event
from o2c.invoicing.bank.columns import Record, records
from o2c.invoicing.bank.sources import Source
from o2c.invoicing.bank.statements import Balance, Code, Kind, Line, Party, Refused

WIDTH = 120
POSITIVE, NEGATIVE = "{ABCDEFGHI", "}JKLMNOPQR"


class Reader:
    def __init__(self) -> None:
        self.format = "cfonb120"
        self.version = ""

    def read(self, source: Source) -> Iterator[Event]:
        self.building: Building | None = None
        self.movement: Record | None = None
        self.more: list[Record] = []
        statements = 0
        for record in records(source, WIDTH):
            kind = record.text[:2]
            if kind == "01":
                if self.building:
                    raise Refused(record.where, "A statement begins before the one before has a closing balance.")
                self._begin(record)
                continue
            building = self.building
            if kind not in ("04", "05", "07"):
                raise Refused(record.where, f"{values.shown(record.text[:10])} is no record of CFONB120.")
            if building is None:
                raise Refused(record.where, f"Record {kind} stands in no statement.")
            if self._account(record) != self.account:
                raise Refused(record.where, "The record is of another account than the opening balance.")
            if kind == "04":
                yield from self._movement()
                self.movement = record
            elif kind == "05":
                if self.movement is None:
                    raise Refused(record.where, "Record 05 stands without its movement.")
                self.more.append(record)
            else:
                yield from self._movement()
                statements += 1
                yield from self._end(building, record)
                self.building = None
        if self.building or not statements:
            raise Refused("", "The file is cut off: a statement has no closing balance (record 07).")

    @staticmethod
    def _account(record: Record) -> tuple[str, str, str]:
        # The bank's code is not always that of the account, in movements that another bank hands in.
        return record.at(12, 16), record.at(17, 19), record.at(22, 32)

    def _begin(self, record: Record) -> None:
        self.account = self._account(record)
        bank, branch, number = record.at(3, 7), record.at(12, 16), record.at(22, 32)
        building = self.building = Building(Kind.STATEMENT, record.where, account=f"{bank}{branch}{number}".strip())
        building.iban = values.made_iban("FR", bank, number, branch)
        try:
            building.account_currency = values.currency(record.at(17, 19))
            building.opening = building.balance(balance(record))
            building.from_date = building.opening.on
        except Unreadable as unreadable:
            raise Refused(record.where, f"{unreadable}.") from None

    def _end(self, building: Building, record: Record) -> Iterator[Event]:
        try:
            building.closing = building.balance(balance(record))
            building.until_date = building.closing.on
        except Unreadable as unreadable:
            raise Refused(record.where, f"{unreadable}.") from None
        yield building.finished()

    def _movement(self) -> Iterator[Event]:
        record, self.movement = self.movement, None
        more, self.more = self.more, []
        building = self.building
        if record is None or building is None:
            return
        yield building.read(record.where, entry, record, more)


def overpunched(text: str, places: str) -> Decimal:
    """An amount whose last sign is a digit and the sign at once; `places` is how many decimals it has."""
    if len(places) != 1 or places not in "0123":
        raise Unreadable(f"{values.shown(places)} is no count of decimals")
    text = text.strip()
    last = text[-1:]
    if last and last in POSITIVE:
        return values.digits_amount(text[:-1] + str(POSITIVE.index(last)), int(places))
    if last and last in NEGATIVE:
        return -values.digits_amount(text[:-1] + str(NEGATIVE.index(last)), int(places))
    raise Unreadable(f"{values.shown(text)} is no amount with a sign")


def balance(record: Record) -> Balance:
    return Balance(
        amount=overpunched(record.at(91, 104), record.at(20, 20)),
        currency=values.currency(record.at(17, 19)),
        on=values.ddmmyy(record.at(35, 40)),
        kind=record.text[:2],
    )


def optional_day(text: str) -> date | None:
    return values.ddmmyy(text) if text.strip("0 ") else None


def entry(record: Record, more: list[Record]) -> Line:
    """A movement with what records 05 say about it. Raises Unreadable."""
    told: dict[str, list[str]] = {}
    for each in more:
        told.setdefault(each.at(46, 48).strip(), []).append(each.at(49, 118))
    flat = {kind: values.joined(text.strip() for text in texts) for kind, texts in told.items()}
    label = record.word(49, 79)
    account = flat.get("CBE", "") or flat.get("CPY", "")
    line = Line(
        amount=overpunched(record.at(91, 104), record.at(20, 20)),
        currency=values.currency(record.at(17, 19)),
        where=record.where,
        booking_date=values.ddmmyy(record.at(35, 40)),
        value_date=optional_day(record.at(43, 48)),
        bank_reference=values.reference(flat.get("REF", "").split("\n")[0][:35]),
        customer_reference=values.reference(record.at(105, 120)) or values.reference(record.at(82, 88).strip("0")),
        end_to_end_id=values.reference(told["RCN"][0][:35]) if "RCN" in told else "",
        mandate_id=values.reference(told["RUM"][0][:35]) if "RUM" in told else "",
        creditor_id=flat.get("ICS", "") or "",
        remittance=values.joined(
            "".join(told[kind]).strip() if kind in ("LCC", "LC2", "LCS") else flat[kind]
            for kind in ("LCC", "LC2", "LCS", "LIB")
            if kind in flat
        ),
        bank_text=values.joined(
            [label, *(f"{kind} {text}" for kind, text in flat.items() if kind not in ("LIB", "LCC", "LC2", "LCS"))]
        ),
        counterparty=Party(
            name=flat.get("NPY", "") or flat.get("NBE", ""),
            account=account,
            iban=values.iban(account),
            ultimate=flat.get("NPO", "") or flat.get("NBU", ""),
        ),
        code=Code(proprietary=record.word(33, 34), subfamily=record.word(8, 11), issuer="AFB"),
        return_reason=record.word(41, 42).strip("0"),
    )
    if "MMO" in told and told["MMO"][0][:3].isalpha():
        money = told["MMO"][0]
        line = replace(
            line,
            original_amount=values.digits_amount(money[4:18], int(money[3]) if money[3].isdigit() else 99),
            original_currency=values.currency(money[:3]),
        )
    return line
