"""Transaction set 820 of ASC X12 (payment order, remittance advice), versions 3010 and later.

ISA says by its own places what separates elements, and what ends a segment. BPR has amount and day, TRN the trace
number that the bank's line carries, RMR a document each: paid (04), its amount (05), discount (06), adjustment (07,
08). ADX is an adjustment of the document before it, or of none. Envelopes are counted: what lacks its SE is cut off.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from o2c.core.reading import values, x12
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

FORMAT = "x12.820"
LARGEST = 64 << 20
DEFAULT_CURRENCY = "USD"
CREDIT_NOTES = frozenset(["CM", "CR"])


@dataclass
class Building:
    """A transaction set while it is read."""

    where: str
    control: str
    number: int
    advice: Advice | None = None
    lines: list[Line] = field(default_factory=list)
    flags: set[Flag] = field(default_factory=set)
    in_document: bool = False
    # What ADX took of each document, by its place among the lines.
    adjusted: dict[int, Decimal] = field(default_factory=dict)


def read(source: Source) -> ReadFile:
    if source.path.stat().st_size > LARGEST:
        raise Refused("", f"The file is larger than {LARGEST >> 20} MB.")
    text = source.path.read_bytes().decode(source.encoding(), "replace").lstrip("\ufeff\r\n \t")
    reader = _Reader()
    for segment in x12.segments(text):
        reader.take(segment)
    reader.ended()
    return ReadFile(FORMAT, tuple(reader.advices), tuple(reader.refused))


class _Reader:
    def __init__(self) -> None:
        self.advices: list[Advice] = []
        self.refused: list[Refusal] = []
        self.now: Building | None = None
        self.skipping = ""
        self.sets = 0
        self.closed = True

    def ended(self) -> None:
        if self.now is not None or self.skipping:
            raise Refused("the end", "The file is cut off: a transaction set does not end with SE.")
        if not self.closed:
            raise Refused("the end", "The file is cut off: the interchange does not end with IEA.")
        if not self.sets:
            raise Refused("segment 1", "The X12 holds no transaction set 820.")

    def take(self, segment: x12.Segment) -> None:
        match segment.name:
            case "ISA":
                self.closed = False
            case "IEA":
                self.closed = True
            case "ST":
                self._begin(segment)
            case "SE":
                self._end(segment)
            case _ if self.now is not None:
                try:
                    self._part(self.now, segment)
                except Unreadable as unreadable:
                    where = f"{self.now.where} {segment.name} (segment {segment.number})"
                    self.refused.append(Refusal(where, f"{unreadable}."))
                    self.now.flags.add(Flag.INCOMPLETE)
                    self.now.in_document = False

    def _begin(self, segment: x12.Segment) -> None:
        if self.now is not None or self.skipping:
            raise Refused(f"segment {segment.number}", "A transaction set begins before the last one has ended.")
        if segment.get(1) != "820":
            self.skipping = segment.get(2) or "?"
            return
        self.sets += 1
        if self.sets > MOST_ADVICES:
            raise Refused(f"segment {segment.number}", f"The file holds more than {MOST_ADVICES:,} advices.")
        self.now = Building(f"820 {segment.get(2)} (segment {segment.number})", segment.get(2), segment.number)

    def _end(self, segment: x12.Segment) -> None:
        if self.skipping:
            self.skipping = ""
            return
        now, self.now = self.now, None
        if now is None:
            raise Refused(f"segment {segment.number}", "SE ends nothing.")
        count = segment.number - now.number + 1
        if segment.get(2) != now.control or (segment.get(1).isdecimal() and int(segment.get(1)) != count):
            raise Refused(
                f"segment {segment.number}",
                f"SE says {segment.get(1)} segments of {segment.get(2)}, and there are {count} of {now.control}.",
            )
        if now.advice is None:
            if Flag.INCOMPLETE not in now.flags:
                self.refused.append(Refusal(now.where, "It has no BPR, so no amount."))
            return
        lines = _less_adjusted(now.lines, now.adjusted, now.advice.total)
        self.advices.append(checked(replace(now.advice, lines=tuple(lines), flags=frozenset(now.flags))))

    def _part(self, now: Building, segment: x12.Segment) -> None:
        if segment.name == "BPR":
            code = segment.get(2)
            now.advice = Advice(
                where=now.where,
                currency=DEFAULT_CURRENCY,
                total=values.either_amount(code),
                paid_on=x12.day(segment.get(16)),
                payer=Party(iban=values.iban(segment.get(9))),
                payee=Party(iban=values.iban(segment.get(15))),
                number=now.control[:100],
            )
            if segment.get(3) == "D":
                now.advice = replace(now.advice, total=-now.advice.total)
            return
        if now.advice is None:
            return
        match segment.name:
            case "TRN":
                now.advice = replace(now.advice, reference=values.reference(segment.get(2))[:140])
            case "CUR":
                now.advice = replace(now.advice, currency=values.currency(segment.get(2)))
            case "REF" if not now.in_document and segment.get(1) in ("EF", "CK", "TN") and not now.advice.reference:
                now.advice = replace(now.advice, reference=values.reference(segment.get(2))[:140])
            case "DTM" if not now.in_document and segment.get(1) in ("097", "107", "007") and not now.advice.paid_on:
                now.advice = replace(now.advice, paid_on=x12.day(segment.get(2)))
            case "DTM" if now.in_document and segment.get(1) == "003":
                now.lines[-1] = replace(now.lines[-1], document_on=x12.day(segment.get(2)))
            case "N1":
                self._party(now, segment)
            case "RMR":
                now.lines.append(self._document(now, segment))
                now.in_document = True
            case "ENT":
                now.in_document = False
            case "ADX":
                self._adjustment(now, segment)

    @staticmethod
    def _party(now: Building, segment: x12.Segment) -> None:
        role = {"PR": "payer", "PE": "payee"}.get(segment.get(1))
        if role and now.advice is not None:
            known = getattr(now.advice, role)
            party = Party(segment.get(2)[:200], segment.get(4)[:60], known.iban)
            now.advice = replace(now.advice, **{role: party})

    @staticmethod
    def _document(now: Building, segment: x12.Segment) -> Line:
        if len(now.lines) >= MOST_LINES:
            raise Unreadable(f"it has more than {MOST_LINES:,} lines")
        paid, gross, discount, adjusted = (
            values.either_amount(text) if (text := segment.get(place)) else None for place in (4, 5, 6, 8)
        )
        if paid is None:
            # without it the whole amount is paid, says the standard
            if gross is None:
                raise Unreadable("neither what is paid nor the document's amount is said")
            paid = gross - (discount or 0) + (adjusted or 0)
        if segment.get(1) in CREDIT_NOTES:
            paid, gross = -abs(paid), None if gross is None else -abs(gross)
        return Line(
            paid=paid,
            document=segment.get(2)[:100],
            gross=gross,
            discount=abs(discount or Decimal(0)),
            deduction=-(adjusted or Decimal(0)),
            reason_code=segment.get(7)[:20],
            where=f"{now.where} RMR (segment {segment.number})",
        )

    @staticmethod
    def _adjustment(now: Building, segment: x12.Segment) -> None:
        """A negative one was kept by the payer, of a document or of all of them."""
        amount, code = values.either_amount(segment.get(1)), segment.get(2)[:20]
        if now.in_document:
            line, place = now.lines[-1], len(now.lines) - 1
            now.adjusted[place] = now.adjusted.get(place, Decimal(0)) + amount
            now.lines[-1] = replace(line, deduction=line.deduction - amount, reason_code=line.reason_code or code)
            return
        if len(now.lines) >= MOST_LINES:
            raise Unreadable(f"it has more than {MOST_LINES:,} lines")
        now.lines.append(
            Line(
                paid=amount,
                document=segment.get(4)[:100],
                reason_code=code,
                where=f"{now.where} ADX (segment {segment.number})",
            )
        )


def _less_adjusted(lines: list[Line], adjusted: dict[int, Decimal], total: Decimal) -> list[Line]:
    """Some write what is paid of a document before its adjustments, some after: the total tells which."""
    paid = sum((line.paid for line in lines), Decimal(0))
    if not adjusted or paid == total or paid + sum(adjusted.values()) != total:
        return lines
    return [replace(line, paid=line.paid + adjusted.get(place, Decimal(0))) for place, line in enumerate(lines)]
