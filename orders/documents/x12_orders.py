"""Purchase order of ANSI X12, transaction set 850, versions 3010 to 5010.

BEG is the order, N1 to N4 a party, PO1 a line with CTP, PID, PO4 and DTM behind it. What lacks its SE is cut off; a set
of which a part cannot be read is refused whole, the others of the file are not.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from o2c.core.reading import values, x12
from o2c.core.reading.values import Unreadable
from o2c.core.units import KNOWN_UNITS
from o2c.orders.documents.facts import (
    MOST_DOCUMENTS,
    MOST_LINES,
    Item,
    Order,
    OrderLine,
    Party,
    Problem,
    Purpose,
    ReadOrders,
    Refusal,
    Refused,
)
from o2c.orders.documents.ubl import is_currency

FORMAT = "x12"
SET = "850"
PURPOSES = {
    "00": Purpose.NEW, "01": Purpose.CANCELLATION, "04": Purpose.CHANGE, "05": Purpose.REPLACEMENT,
    "07": Purpose.NEW, "22": Purpose.NEW,
}  # fmt: skip
# Element 355, where it differs from UN/ECE recommendation 20.
UNITS = {
    "CA": "XCS", "CS": "XCS", "CT": "XCT", "BX": "XBX", "BG": "XBG", "BO": "XBO", "PK": "XPK", "PL": "XPX",
    "PC": "H87", "UN": "C62", "PR": "PR", "ST": "SET", "DZ": "DZN", "GS": "GRO", "HC": "CEN", "TH": "MIL", "RM": "RM",
    "RL": "XRO", "RO": "XRO", "SH": "XST", "TB": "XTU", "DR": "XDR", "LB": "LBR", "OZ": "ONZ", "KG": "KGM",
    "GR": "GRM", "TN": "STN", "MP": "TNE", "FT": "FOT", "IN": "INH", "YD": "YRD", "MR": "MTR", "CM": "CMT",
    "MM": "MMT", "LF": "LM", "SF": "FTK", "SM": "MTK", "CF": "FTQ", "CR": "MTQ", "GA": "GLL", "LT": "LTR",
    "ML": "MLT", "HR": "HUR", "DA": "DAY", "WK": "WEE", "MO": "MON", "MJ": "MIN", "KH": "KWH", "LO": "LO", "JB": "E51",
}  # fmt: skip
# Element 639: for how many units a price is; all other codes say what kind of price it is.
PRICE_PER = {
    **dict.fromkeys(["HP", "LC", "QH", "RC", "TC", "WC"], Decimal(100)),
    **dict.fromkeys(["TP", "LM", "QS", "RM", "TM", "WM"], Decimal(1000)),
    **dict.fromkeys(["PD", "LD", "RD", "TD", "WD"], Decimal(12)),
    "PN": Decimal(10),
    "TT": Decimal(10_000),
    "HT": Decimal(100_000),
}
# Element 235: whose number of the goods it is.
SELLERS = ("VN", "VP", "VA", "VC", "SN", "MG", "ST")
BUYERS = ("BP", "IN", "CB", "SK", "PI")
STANDARD = ("UK", "EN", "UP", "UA", "UI", "EO", "UD", "GT")
ROLES = {"BY": "buyer", "BT": "bill_to", "ST": "ship_to", "SU": "seller", "VN": "seller", "SE": "seller"}
# Element 374, the nearer first: delivery requested, promised, must be there, current schedule; shipping.
WANTED = ("002", "067", "106", "074", "996", "010", "038")


@dataclass
class Line:
    """A PO1 and what stands behind it, while it is read."""

    where: str
    number: str
    quantity: Decimal
    unit: str
    price: Decimal | None
    price_per: Decimal
    item: Item
    days: dict[str, date] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def made(self) -> OrderLine:
        return OrderLine(
            where=self.where,
            number=self.number,
            quantity=self.quantity,
            unit=self.unit,
            item=self.item,
            price=self.price,
            price_per=self.price_per,
            wanted_on=_wanted(self.days),
            note="\n".join(self.notes)[:2000],
        )


@dataclass
class Building:
    """A transaction set while it is read. `party` is the role of the N1 that N2 to N4 go on with."""

    where: str
    control: str
    number: int
    order: Order | None = None
    lines: list[Line] = field(default_factory=list)
    parties: dict[str, Party] = field(default_factory=dict)
    party: str = ""
    days: dict[str, date] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    said_lines: int | None = None
    total: Decimal | None = None
    wrong: Refusal | None = None


def read(text: str) -> ReadOrders:
    """Read the orders of an interchange. Raises Refused for what is cut off, or holds none."""
    reader = _Reader()
    for segment in x12.segments(text):
        reader.take(segment)
    reader.ended()
    return ReadOrders(FORMAT, tuple(reader.orders), tuple(reader.refused))


class _Reader:
    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.refused: list[Refusal] = []
        self.now: Building | None = None
        self.skipping = False
        self.sets = 0
        self.closed = True
        self.interchange: tuple[tuple[str, str], ...] = ()
        self.group: tuple[tuple[str, str], ...] = ()

    def ended(self) -> None:
        if self.now is not None or self.skipping:
            raise Refused("the end", "The file is cut off: a transaction set does not end with SE.")
        if not self.closed:
            raise Refused("the end", "The file is cut off: the interchange does not end with IEA.")
        if not self.sets:
            raise Refused("segment 1", f"The X12 holds no transaction set {SET}.")

    def take(self, segment: x12.Segment) -> None:
        match segment.name:
            case "ISA":
                self.closed = False
                self.interchange, self.group = _sender(segment.get(5), segment.get(6)), ()
            case "GS":
                self.group = _sender("", segment.get(2))
            case "IEA":
                self.closed = True
            case "ST":
                self._begin(segment)
            case "SE":
                self._end(segment)
            case _ if self.now is not None and self.now.wrong is None:
                try:
                    _part(self.now, segment)
                except Unreadable as wrong:
                    self.now.wrong = Refusal(_place(self.now, segment), f"{wrong}.")

    def _begin(self, segment: x12.Segment) -> None:
        if self.now is not None or self.skipping:
            raise Refused(f"segment {segment.number}", "A transaction set begins before the last one has ended.")
        if segment.get(1) != SET:
            self.skipping = True
            return
        self.sets += 1
        if self.sets > MOST_DOCUMENTS:
            raise Refused(f"segment {segment.number}", f"The file holds more than {MOST_DOCUMENTS:,} orders.")
        self.now = Building(f"{SET} {segment.get(2)} (segment {segment.number})", segment.get(2), segment.number)

    def _end(self, segment: x12.Segment) -> None:
        if self.skipping:
            self.skipping = False
            return
        now, self.now = self.now, None
        if now is None:
            raise Refused(f"segment {segment.number}", "SE ends nothing.")
        wrong = now.wrong or _counted(now, segment)
        if wrong is not None:
            self.refused.append(wrong)
        else:
            sender = Party(ids=tuple(dict.fromkeys((*self.interchange, *self.group))))
            self.orders.append(replace(_order(now), sender=sender))


def _sender(scheme: str, number: str) -> tuple[tuple[str, str], ...]:
    return ((scheme.strip(), number.strip()[:60]),) if number.strip() else ()


def _place(now: Building, segment: x12.Segment) -> str:
    return f"{now.where} {segment.name} (segment {segment.number})"


def _counted(now: Building, segment: x12.Segment) -> Refusal | None:
    """What is wrong with a set that has ended, by what it says of itself."""
    count = segment.number - now.number + 1
    if segment.get(2) != now.control or (segment.get(1).isdecimal() and int(segment.get(1)) != count):
        return Refusal(
            _place(now, segment),
            f"SE says {segment.get(1)} segments of {segment.get(2)}, and there are {count} of {now.control}.",
        )
    if now.order is None:
        return Refusal(now.where, "It has no BEG, so neither a number nor a day.")
    if not now.lines:
        return Refusal(now.where, "The order has no lines.")
    if now.said_lines is not None and now.said_lines != len(now.lines):
        return Refusal(now.where, f"CTT says {now.said_lines} lines, and there are {len(now.lines)}.")
    return None


def _order(now: Building) -> Order:
    assert now.order is not None
    parties = {role: now.parties[role] for role in ("buyer", "seller", "bill_to", "ship_to") if role in now.parties}
    # who is billed buys, where nobody else is said to
    parties.setdefault("buyer", now.parties.get("bill_to", Party()))
    return replace(
        now.order,
        **parties,
        lines=tuple(line.made() for line in now.lines),
        wanted_on=_wanted(now.days),
        note="\n".join(now.notes)[:5000],
        net=now.total,
        problems=tuple(now.problems),
    )


def _part(now: Building, segment: x12.Segment) -> None:
    if any("\n" in element for element in segment.elements):
        raise Unreadable("a line break stands within the segment, so what ends it is missing")
    if segment.name == "BEG":
        now.order = _begun(now, segment)
        return
    if now.order is None:
        return
    if now.lines:
        _of_line(now, now.lines[-1], segment)
    else:
        _of_order(now, segment)
    match segment.name:
        case "PO1":
            if len(now.lines) >= MOST_LINES:
                raise Unreadable(f"the order has more than {MOST_LINES:,} lines")
            now.lines.append(_line(now, segment))
        case "CTT" if segment.get(1).isdecimal():
            now.said_lines = int(segment.get(1))
        case "AMT" if segment.get(1) == "TT":
            now.total = values.point_number(segment.get(2))


def _begun(now: Building, segment: x12.Segment) -> Order:
    number, ordered_on = segment.get(3), x12.day(segment.get(5))
    if not number:
        raise Unreadable("the order has no number")
    if ordered_on is None:
        raise Unreadable("the order has no day")
    return Order(
        where=now.where,
        number=number[:100],
        ordered_on=ordered_on,
        lines=(),
        purpose=PURPOSES.get(segment.get(1), Purpose.OTHER),
        contract=segment.get(6)[:100],
    )


def _of_order(now: Building, segment: x12.Segment) -> None:
    assert now.order is not None
    match segment.name:
        case "CUR":
            now.order = replace(now.order, currency=_currency(now, segment))
        case "REF" if segment.get(1) in ("CT", "CO"):
            name = "contract" if segment.get(1) == "CT" else "buyer_reference"
            now.order = replace(now.order, **{name: segment.get(2)[:100]})
        case "ITD":
            now.order = replace(now.order, terms=_terms(segment))
        case "FOB" if segment.get(5):
            now.order = replace(now.order, incoterm=segment.get(5)[:20], incoterm_place=segment.get(7)[:100])
        case "DTM":
            _day(now.days, segment)
        case "MSG" | "MTX":
            now.notes.append(segment.get(1) if segment.name == "MSG" else segment.get(2))
        case "N1":
            now.party = ROLES.get(segment.get(1), "")
            if now.party in now.parties:
                now.party = ""
            if now.party:
                ids = ((segment.get(3), segment.get(4)[:60]),) if segment.get(4) else ()
                now.parties[now.party] = Party(name=segment.get(2)[:200], ids=ids)
        case "N2" | "N3" | "N4" | "PER" if now.party:
            now.parties[now.party] = _went_on(now.parties[now.party], segment)


def _went_on(party: Party, segment: x12.Segment) -> Party:
    first, second = segment.get(1), segment.get(2)
    match segment.name:
        case "N2":
            return replace(party, name=values.joined([party.name, first, second], " ")[:200])
        case "N3":
            return replace(party, street=values.joined([party.street, first, second], ", ")[:200])
        case "N4":
            return replace(
                party,
                city=first[:100],
                region=second[:100],
                postal_code=segment.get(3)[:20],
                country=segment.get(4).upper()[:2],
            )
    said = {segment.get(place): segment.get(place + 1) for place in (3, 5, 7)}
    return replace(party, contact=second[:200], phone=said.get("TE", "")[:60], email=said.get("EM", "")[:254])


def _terms(segment: x12.Segment) -> str:
    """The terms in words, else the net days and the discount."""
    if text := segment.get(12):
        return text[:300]
    parts = []
    if segment.get(3) and segment.get(5):
        parts.append(f"{segment.get(3)} % within {segment.get(5)} days")
    if segment.get(7):
        parts.append(f"net {segment.get(7)} days")
    return ", ".join(parts)[:300]


def _currency(now: Building, segment: x12.Segment) -> str:
    code = segment.get(2)
    if not is_currency(code):
        text = f"{values.shown(code)} is no currency of ISO 4217."
        now.problems.append(Problem("currency", _place(now, segment), text))
    return code[:3]


def _day(days: dict[str, date], segment: x12.Segment) -> None:
    if (day := x12.day(segment.get(2))) is not None:
        days.setdefault(segment.get(1), day)


def _wanted(days: dict[str, date]) -> date | None:
    return next((days[code] for code in WANTED if code in days), None)


def _line(now: Building, segment: x12.Segment) -> Line:
    if not segment.get(2):
        raise Unreadable("the quantity is missing")
    basis = segment.get(5)
    return Line(
        where=_place(now, segment),
        number=segment.get(1)[:60] or str(len(now.lines) + 1),
        quantity=values.point_number(segment.get(2)),
        unit=_unit(now, segment),
        price=values.point_number(segment.get(4)) if segment.get(4) else None,
        price_per=PRICE_PER.get(basis, Decimal(1)),
        item=_item(segment),
    )


def _unit(now: Building, segment: x12.Segment) -> str:
    given = segment.get(3)
    code = UNITS.get(given, given) or "C62"
    if code not in KNOWN_UNITS:
        text = f"The unit {values.shown(given)} is not known."
        now.problems.append(Problem("unit", _place(now, segment), text))
    return code[:20]


def _item(segment: x12.Segment) -> Item:
    """Pairs of whose number it is and the number, from the sixth element on."""
    said: dict[str, str] = {}
    for place in range(6, len(segment.elements), 2):
        if segment.get(place) and segment.get(place + 1):
            said.setdefault(segment.get(place), segment.get(place + 1)[:100])

    def first(codes: tuple[str, ...]) -> str:
        return next((said[code] for code in codes if code in said), "")

    return Item(seller=first(SELLERS), buyer=first(BUYERS), standard=first(STANDARD))


def _of_line(now: Building, line: Line, segment: x12.Segment) -> None:
    assert now.order is not None
    match segment.name:
        case "CUR":
            code = _currency(now, segment)
            if now.order.currency and code != now.order.currency:
                raise Unreadable(f"the line is in {code}, and the order in {now.order.currency}")
            now.order = replace(now.order, currency=code)
        case "CTP" if segment.get(3) and line.price is None:
            line.price = values.point_number(segment.get(3))
            line.price_per = PRICE_PER.get(segment.get(9), line.price_per)
        case "PID" if segment.get(5) and not line.item.name:
            line.item = replace(line.item, name=segment.get(5)[:300])
        case "DTM":
            _day(line.days, segment)
        case "MSG" | "MTX":
            line.notes.append(segment.get(1) if segment.name == "MSG" else segment.get(2))
