"""REMADV of UN/EDIFACT, D.96A and later.

UNA says what separates, else the usual signs do; a sign behind the release character means itself. DOC is a document
each, with MOA 12 (remitted), 9, 39 or 77 (its amount), 52 (discount) and AJT with MOA 165 or 204 (what was kept, for
which reason). Before the first DOC stand payer, payee, reference and day; behind UNS the total.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from o2c.core.reading import edifact, values
from o2c.core.reading.values import Unreadable
from o2c.invoicing.bank.sources import Source
from o2c.invoicing.remittances.facts import (
    MOST_ADVICES,
    MOST_LINES,
    Advice,
    Flag,
    Line,
    Party,
    ReadFile,
    Refusal,
    Refused,
    checked,
)

FORMAT = "edifact.remadv"
LARGEST = 64 << 20
PAYERS, PAYEES = ("PR", "PL", "BY", "IV", "MS"), ("PE", "SU", "II", "SE", "MR")
# The payment's reference before the message's: payment order, payer's and bank's reference, cheque.
REFERENCES = ("PQ", "AEK", "CHK", "CHQ", "PB", "ACK", "CR")
PAID_ON = ("138", "203", "209", "140", "137")
CREDIT_NOTES = frozenset(["381", "83", "396", "308"])
PAID, DISCOUNT = ("12",), ("52",)
GROSS, KEPT = ("9", "39", "77"), ("165", "204", "8")
TOTALS = ("12", "9", "86", "128", "39", "77")


@dataclass
class Building:
    where: str
    reference: str
    number: int
    currency: str = ""
    total: dict[str, Decimal] = field(default_factory=dict)
    payer: dict[str, Party] = field(default_factory=dict)
    payee: dict[str, Party] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    days: dict[str, date] = field(default_factory=dict)
    document: str = ""
    lines: list[Line] = field(default_factory=list)
    flags: set[Flag] = field(default_factory=set)
    place: str = "head"  # head, line, summary
    adjusting: bool = False
    credit: bool = False


def read(source: Source) -> ReadFile:
    if source.path.stat().st_size > LARGEST:
        raise Refused("", f"The file is larger than {LARGEST >> 20} MB.")
    text = source.path.read_bytes().decode(source.encoding(), "replace").lstrip("\ufeff\r\n \t")
    reader = _Reader()
    for segment in edifact.segments(text):
        reader.take(segment)
    reader.ended()
    return ReadFile(FORMAT, tuple(reader.advices), tuple(reader.refused))


class _Reader:
    def __init__(self) -> None:
        self.advices: list[Advice] = []
        self.refused: list[Refusal] = []
        self.now: Building | None = None
        self.messages = 0
        self.open = False
        self.skipping = False

    def ended(self) -> None:
        if self.now is not None or self.skipping:
            raise Refused("the end", "The file is cut off: a message does not end with UNT.")
        if self.open:
            raise Refused("the end", "The file is cut off: the interchange does not end with UNZ.")
        if not self.messages:
            raise Refused("segment 1", "The EDIFACT holds no message REMADV.")

    def take(self, segment: edifact.Segment) -> None:
        match segment.name:
            case "UNB":
                self.open = True
            case "UNZ":
                self.open = False
            case "UNH":
                self._begin(segment)
            case "UNT":
                self._end(segment)
            case _ if self.now is not None:
                try:
                    self._part(self.now, segment)
                except Unreadable as unreadable:
                    where = f"{self.now.where} {segment.name} (segment {segment.number})"
                    self.refused.append(Refusal(where, f"{unreadable}."))
                    self.now.flags.add(Flag.INCOMPLETE)

    def _begin(self, segment: edifact.Segment) -> None:
        if self.now is not None or self.skipping:
            raise Refused(f"segment {segment.number}", "A message begins before the last one has ended.")
        if segment.get(2) != "REMADV":
            self.skipping = True
            return
        self.messages += 1
        if self.messages > MOST_ADVICES:
            raise Refused(f"segment {segment.number}", f"The file holds more than {MOST_ADVICES:,} advices.")
        where = f"REMADV {segment.get(1)} (segment {segment.number})"
        self.now = Building(where, segment.get(1), segment.number)

    def _end(self, segment: edifact.Segment) -> None:
        if self.skipping:
            self.skipping = False
            return
        now, self.now = self.now, None
        if now is None:
            raise Refused(f"segment {segment.number}", "UNT ends nothing.")
        count = segment.number - now.number + 1
        if segment.get(2) != now.reference or (segment.get(1).isdecimal() and int(segment.get(1)) != count):
            raise Refused(
                f"segment {segment.number}",
                f"UNT says {segment.get(1)} segments of {segment.get(2)}, and there are {count} of {now.reference}.",
            )
        try:
            self.advices.append(_advice(now))
        except Unreadable as unreadable:
            self.refused.append(Refusal(now.where, f"{unreadable}."))

    def _part(self, now: Building, segment: edifact.Segment) -> None:
        match segment.name:
            case "UNS":
                now.place = "summary"
            case "BGM":
                # C106 since D.96B, a plain element before
                now.document = (segment.get(2) or now.reference)[:100]
            case "CUX" if now.place == "head":
                now.currency = values.currency(segment.get(1, 2))
            case "DTM":
                self._day(now, segment)
            case "RFF" if now.place == "head":
                now.references.setdefault(segment.get(1), segment.get(1, 2))
            case "FII" if now.place == "head":
                now.accounts.setdefault(segment.get(1), segment.get(2))
            case "NAD" if now.place == "head":
                self._party(now, segment)
            case "DOC":
                self._document(now, segment)
            case "AJT" if now.place == "line":
                now.adjusting = True
                now.lines[-1] = replace(now.lines[-1], reason_code=segment.get(1)[:20])
            case "FTX" if now.place == "line":
                text = " ".join(filter(None, (segment.get(4, place) for place in range(1, 6))))
                now.lines[-1] = replace(now.lines[-1], reason_text=(now.lines[-1].reason_text or text)[:200])
            case "MOA":
                self._money(now, segment)

    @staticmethod
    def _day(now: Building, segment: edifact.Segment) -> None:
        code, text, form = (segment.get(1, place) for place in (1, 2, 3))
        if form and form not in ("102", "101", "203", "204"):
            return
        day = values.yymmdd(text) if form == "101" else _long_day(text)
        if now.place == "head":
            now.days.setdefault(code, day)
        elif now.place == "line" and code in ("137", "171", "3", "35"):
            now.lines[-1] = replace(now.lines[-1], document_on=now.lines[-1].document_on or day)

    @staticmethod
    def _party(now: Building, segment: edifact.Segment) -> None:
        role = segment.get(1)
        name = segment.get(4) or " ".join(filter(None, (segment.get(3, place) for place in range(1, 6))))
        party = Party(name[:200], segment.get(2)[:60])
        if role in PAYERS:
            now.payer.setdefault(role, party)
        elif role in PAYEES:
            now.payee.setdefault(role, party)

    @staticmethod
    def _document(now: Building, segment: edifact.Segment) -> None:
        if len(now.lines) >= MOST_LINES:
            raise Unreadable(f"it has more than {MOST_LINES:,} documents")
        now.place, now.adjusting = "line", False
        now.credit = segment.get(1) in CREDIT_NOTES
        now.lines.append(
            Line(paid=Decimal(0), document=segment.get(2)[:100], where=f"{now.where} DOC (segment {segment.number})")
        )

    @staticmethod
    def _money(now: Building, segment: edifact.Segment) -> None:
        code, amount = segment.get(1), values.either_amount(segment.get(1, 2))
        said = segment.get(1, 3)
        if said and not now.currency:
            now.currency = values.currency(said)
        elif said and said != now.currency:
            raise Unreadable(f"an amount is in {said}, not in {now.currency}")
        if now.place != "line":
            now.total.setdefault(f"{now.place}:{code}", amount)
            return
        line, sign = now.lines[-1], -1 if now.credit else 1
        if now.credit:
            amount = abs(amount)
        if code in PAID:
            now.lines[-1] = replace(line, paid=sign * amount)
        elif code in GROSS and not now.adjusting:
            now.lines[-1] = replace(line, gross=sign * amount)
        elif code in DISCOUNT:
            now.lines[-1] = replace(line, discount=line.discount + abs(amount))
        elif code in KEPT or now.adjusting:
            now.lines[-1] = replace(line, deduction=line.deduction + abs(amount))


def _advice(now: Building) -> Advice:
    if not now.currency:
        raise Unreadable("no currency is said")
    total = next(
        (now.total[key] for code in TOTALS for key in (f"summary:{code}", f"head:{code}") if key in now.total), None
    )
    if total is None:
        raise Unreadable("the total is missing")
    payer = next((now.payer[role] for role in PAYERS if role in now.payer), Party())
    payee = next((now.payee[role] for role in PAYEES if role in now.payee), Party())
    accounts = {role: values.iban(text) for role, text in now.accounts.items()}
    reference = next((found for code in REFERENCES if (found := values.reference(now.references.get(code, "")))), "")
    return checked(
        Advice(
            where=now.where,
            currency=now.currency,
            total=total,
            payer=replace(payer, iban=accounts.get("OR", "") or accounts.get("PB", "")),
            payee=replace(payee, iban=accounts.get("BF", "") or accounts.get("RB", "")),
            number=now.document,
            reference=reference[:140],
            paid_on=next((now.days[code] for code in PAID_ON if code in now.days), None),
            lines=tuple(now.lines),
            flags=frozenset(now.flags),
        )
    )


def _long_day(text: str) -> date:
    if len(text) >= 8 and text[:8].isascii() and text[:8].isdigit():
        return values.day(text[:4], text[4:6], text[6:8])
    return values.yymmdd(text)
