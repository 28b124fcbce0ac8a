"""Orders that trading partners send as documents (UBL Order, X12 850), taken in as those that are entered here.

Each document is an order or is refused, with what it is and why; the others of the file come in.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from django.db import transaction

from o2c.core import clock, formats
from o2c.core.actors import Actor, acting
from o2c.core.imports.running import alone
from o2c.core.imports.traces import Tracer
from o2c.core.models import ImportRun
from o2c.core.money import UnknownCurrency, step
from o2c.core.taxes import TaxCategory
from o2c.orders.documents import facts, reading
from o2c.orders.documents.facts import Party, Purpose
from o2c.orders.files import undoing
from o2c.orders.files.parties import Customers, Nobodys, seller_of
from o2c.orders.files.writing import AT_ONCE, Incoming, Writer
from o2c.orders.models import Account, Incoterm, LegalEntity, Order, OrderProblem, Product
from o2c.orders.ordering import moving
from o2c.orders.ordering.drafts import LAST_POSITION, DraftLine, DraftOrder, ShipTo
from o2c.orders.ordering.totals import EXACT

WRITTEN = frozenset({Purpose.NEW, Purpose.REPLACEMENT})
LONGEST_KEY = 100
WHOLE = Decimal(1)


@dataclass(frozen=True)
class Refusal:
    """A document that did not come in: where it stands in the file, its number, and why."""

    where: str
    number: str
    reason: str


@dataclass(frozen=True)
class Came:
    """What became of a document: `outcome` is created, updated, unchanged or cancelled; `problems` are their names."""

    where: str
    number: str
    customer: str
    order: str
    outcome: str
    problems: list[str]


@dataclass(frozen=True)
class Loaded:
    """What became of a file of orders."""

    format: str
    entity: str
    orders: list[Came] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    import_run: int | None = None
    dry_run: bool = False

    def count(self, *outcomes: str) -> int:
        return sum(each.outcome in outcomes for each in self.orders)

    def as_json(self) -> dict:
        return {
            "format": self.format, "entity": self.entity, "created": self.count("created"),
            "updated": self.count("updated", "cancelled"), "unchanged": self.count("unchanged"),
            "rejected": len(self.refused), "orders": [asdict(each) for each in self.orders],
            "refused": [asdict(each) for each in self.refused], "notes": self.notes, "import_run": self.import_run,
            "dry_run": self.dry_run,
        }  # fmt: skip


def load(path: Path, *, entities: Sequence[LegalEntity], actor: Actor, name: str = "", dry_run: bool = False) -> Loaded:
    """Take the orders of a file in, in one transaction. `entities` are those of ours that they may be for; `name` is
    what its sender calls it.

    Raises facts.Refused for a file that holds none that can be read, or orders for several legal entities.
    """
    read = reading.read_orders(path)
    taking = _Taking(read, entities, actor)
    with acting(actor):
        record = ImportRun.objects.create(
            kind="orders", source=read.format, owner=taking.entity.code, file_name=(name or path.name)[:255],
            sha256=sha256(path.read_bytes()).hexdigest(), mapping={}, dry_run=dry_run, actor=actor.name,
        )  # fmt: skip
        with transaction.atomic():
            alone(f"orders/{taking.entity.code}/{read.format}")
            tracer = Tracer(undoing.ORDERS, ())
            taking.take()
            marks = tracer.marks()
            transaction.set_rollback(dry_run)
        found = replace(taking.loaded(), import_run=record.pk, dry_run=dry_run)
        record.marks = None if dry_run else marks
        told = found.as_json()
        for name in ("created", "updated", "unchanged", "rejected"):
            setattr(record, name, told[name])
        record.rows = len(found.orders) + len(found.refused)
        record.finished_at = clock.now()
        record.save()
    return found


def refused_whole(refused: facts.Refused) -> dict:
    """The answer where nothing of a file is used."""
    return Loaded("", "", refused=[Refusal(refused.where, "", refused.reason)]).as_json()


class _Taking:
    def __init__(self, read: facts.ReadOrders, entities: Sequence[LegalEntity], actor: Actor):
        self.read, self.actor = read, actor
        self.refused = [Refusal(each.where, "", each.reason) for each in read.refused]
        self.came: list[Came] = []
        self.notes: list[str] = []
        self.orders: list[facts.Order] = []
        found: dict[int, LegalEntity] = {}
        for each in read.orders:
            try:
                entity = seller_of(each.seller, entities)
            except Nobodys as why:
                self._refuse(each, str(why))
                continue
            found[entity.pk] = entity
            self.orders.append(each)
        if len(found) != 1:
            raise facts.Refused(
                self.refused[0].where if not found else "",
                self.refused[0].reason if not found else "It holds orders for several of our legal entities: part it.",
            )
        (self.entity,) = found.values()

    def _refuse(self, document: facts.Order, reason: str) -> None:
        self.refused.append(Refusal(document.where, document.number, reason))

    def take(self) -> None:
        by_key = self._attributed()
        keys = [key for key, (each, _) in by_key.items() if each.purpose in WRITTEN]
        writer = Writer(self.entity, self.read.format, actor=self.actor)
        writer.begin(keys, [])
        known = _Known(self.entity, [by_key[key] for key in keys])
        for first in range(0, len(keys), AT_ONCE):
            writer.take(
                [Incoming(known.draft(*by_key[key], key, self.read.format)) for key in keys[first : first + AT_ONCE]]
            )
        writer.end()
        done = {
            key: (pk, outcome)
            for outcome in ("created", "updated", "unchanged")
            for key, pk in getattr(writer.written, outcome).items()
        } | self._cancelled(by_key)
        for key, faults in writer.written.refused.items():
            document = by_key[key][0]
            self._refuse(document, " ".join(f"{_place(document, f.pointer)}{f.text}" for f in faults[:5]))
        self._tell(by_key, done)

    def _attributed(self) -> dict[str, tuple[facts.Order, object]]:
        """The documents whose they are, each with its customer, by their keys."""
        customers = Customers(party for each in self.orders for party in _buyers(each))
        found: dict[str, tuple] = {}
        for each in self.orders:
            if each.purpose not in WRITTEN and each.purpose != Purpose.CANCELLATION:
                self._refuse(each, "It changes an order in part, or only tells of one: that is done by hand.")
                continue
            try:
                customer = customers.of(_buyers(each))
            except Nobodys as why:
                self._refuse(each, str(why))
                continue
            key = f"{customer.number}/{each.number}"
            key = key if len(key) <= LONGEST_KEY else sha256(key.encode()).hexdigest()
            if key in found:
                self._refuse(each, "The file has another order of this number before it.")
                continue
            found[key] = (each, customer)
        return found

    def _cancelled(self, by_key: dict) -> dict[str, tuple[int, str]]:
        """Cancel what its buyer has cancelled, as far as nothing of it was delivered."""
        keys = [key for key, (each, _) in by_key.items() if each.purpose == Purpose.CANCELLATION]
        known = {
            order.external_id: order
            for order in Order.objects.filter(entity=self.entity, source=self.read.format, external_id__in=keys)
        }
        done = {}
        for key in keys:
            document, order = by_key[key][0], known.get(key)
            if order is None:
                self._refuse(document, "It cancels an order that never came.")
            elif order.state == Order.State.CANCELLED:
                done[key] = (order.pk, "unchanged")
            elif Order.State.CANCELLED not in Order.MOVES.get(order.state, ()):
                self._refuse(document, f"It cancels {order}, which is {order.get_state_display().lower()}.")
            else:
                moving.cancel(order, reason="The buyer has cancelled it.", actor=self.actor)
                done[key] = (order.pk, "cancelled")
        return done

    def _tell(self, by_key: dict, done: dict[str, tuple[int, str]]) -> None:
        ids = [pk for pk, _ in done.values()]
        orders = Order.objects.in_bulk(ids)
        wrong: dict[int, list[str]] = {}
        for order_id, code in (
            OrderProblem.objects.filter(order__in=ids, ended_at=None, waived_at=None)
            .order_by("order", "line__position", "code")
            .values_list("order", "code")
        ):
            wrong.setdefault(order_id, []).append(code)
        for key, (document, customer) in by_key.items():
            if key not in done:
                continue
            pk, outcome = done[key]
            order = orders[pk]
            self.came.append(
                Came(document.where, document.number, customer.number, order.number, outcome, wrong.get(pk, []))
            )
            if document.net is not None and document.net != order.net_total and outcome != "cancelled":
                expects, comes = (formats.amount(net, order.currency) for net in (document.net, order.net_total))
                self.notes.append(
                    f"{document.number}: the buyer expects {expects}, and {order.number} comes to {comes}"
                    f" {order.currency} net."
                )

    def loaded(self) -> Loaded:
        return Loaded(self.read.format, self.entity.code, self.came, self.refused, self.notes)


def _buyers(document: facts.Order) -> list[Party]:
    """Who may be the customer, the nearest first."""
    return [document.buyer, document.bill_to, document.sender]


def _place(document: facts.Order, pointer: str) -> str:
    parts = pointer.strip("/").split("/")
    if parts[0] == "lines" and len(parts) > 1:
        return f"{document.lines[int(parts[1])].where}, {parts[-1].replace('_', ' ')}: "
    return f"{parts[-1].replace('_', ' ')}: " if parts[-1] else ""


class _Known:
    """What the lines of many documents name, fetched at once."""

    def __init__(self, entity: LegalEntity, documents: Sequence[tuple[facts.Order, object]]):
        self.entity = entity
        numbers = {number for each, _ in documents for line in each.lines for number in line.item.numbers}
        self.products = {
            each.external_id: each for each in Product.objects.filter(external_id__in=numbers).order_by("-pk")
        } | Product.objects.in_bulk(numbers, field_name="number")
        self.currencies = dict(
            Account.objects.filter(entity=entity, customer__in=[c.pk for _, c in documents]).values_list(
                "customer", "currency"
            )
        )

    def draft(self, document: facts.Order, customer, key: str, channel: str) -> DraftOrder:
        numbered = _numbers(document)
        currency = document.currency or self.currencies.get(customer.pk) or self.entity.base_currency
        lines = tuple(
            self._line(line, position, currency) for line, position in zip(document.lines, numbered, strict=True)
        )
        notes = [document.note]
        incoterm = document.incoterm.upper()
        if incoterm not in Incoterm.values:
            notes += [f"Delivery terms: {document.incoterm} {document.incoterm_place}".strip()] if incoterm else []
            incoterm = ""
        if document.terms:
            notes.append(f"Terms of payment: {document.terms}")
        notes += [f"{each.reason or 'Allowance or charge'}: {each.amount}" for each in document.adjustments]
        return DraftOrder(
            entity=self.entity,
            customer=customer,
            ordered_on=document.ordered_on,
            channel=channel,
            lines=lines,
            currency=document.currency,
            customer_reference=document.number,
            buyer_reference=document.buyer_reference,
            wanted_on=document.wanted_on or min((x.wanted_on for x in document.lines if x.wanted_on), default=None),
            ship_to=_ship_to(document, customer),
            incoterm=incoterm,
            incoterm_place=document.incoterm_place if incoterm else "",
            note="\n".join(filter(None, notes)),
            # what is taken off or added to the whole has no line here: a person looks at it first
            submitted=not document.adjustments,
            source=channel,
            external_id=key,
        )

    def _line(self, line: facts.OrderLine, position: int | None, currency: str) -> DraftLine:
        product = next((self.products[number] for number in line.item.numbers if number in self.products), None)
        price, per = line.price, line.price_per
        if line.adjustments:
            # so much for the whole quantity, with what is taken off or added: nothing is divided
            net = line.net
            if net is None and price is not None:
                net = _rounded(EXACT.divide(EXACT.multiply(line.quantity, price), per), currency)
                net += sum(each.amount for each in line.adjustments)
            if net is not None:
                price, per = net, line.quantity if line.quantity > 0 else WHOLE
        taxed = product is None or product.tax_rate is None
        category = line.tax_category.upper() if taxed and line.tax_category.upper() in TaxCategory.values else ""
        return DraftLine(
            quantity=line.quantity,
            product=product,
            given=" ".join(line.item.numbers[:1]) or line.item.name[:200],
            description=line.item.name[:1000],
            unit=line.unit,
            price=price,
            price_per=per,
            tax_category=category,
            tax_rate=line.tax_rate if category else None,
            hs_code=line.hs_code if line.hs_code.isdigit() and 6 <= len(line.hs_code) <= 12 else "",
            origin_country=line.origin_country if len(line.origin_country) == 2 else "",
            position=position,
        )


def _rounded(amount: Decimal, currency: str) -> Decimal:
    try:
        return EXACT.quantize(amount, step(currency))
    except UnknownCurrency:
        return amount


def _numbers(document: facts.Order) -> list[int | None]:
    """The numbers of the lines where all of them are numbers, each another; else they are counted."""
    numbers = [line.number for line in document.lines]
    whole = [
        int(number) for number in numbers if number.isascii() and number.isdigit() and 0 < int(number) <= LAST_POSITION
    ]
    if len(whole) == len(set(whole)) == len(numbers):
        return list(whole)
    return [None] * len(numbers)


def _ship_to(document: facts.Order, customer) -> ShipTo | None:
    place = document.ship_to
    if not (place.street or place.city or place.postal_code):
        return None
    country = place.country if len(place.country) == 2 and place.country.isalpha() else ""
    return ShipTo(
        place.name or customer.name, place.street, place.postal_code, place.city,
        country or customer.country,
    )  # fmt: skip
