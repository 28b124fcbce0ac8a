"""Writing an order with its lines: what it leaves open is filled in, it is summed up, and checked."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from django.db import DataError, IntegrityError, transaction

from o2c.core import locks, numbering, outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.refusals import Fault
from o2c.core.states import ANY, LostRace, check_seen
from o2c.core.taxes import TaxCategory
from o2c.orders.checking import keeping
from o2c.orders.models import Account, Order, OrderLine
from o2c.orders.ordering import base, taxing, totals
from o2c.orders.ordering.drafts import DraftLine, DraftOrder, OrderRefused, ShipTo, check
from o2c.orders.ordering.sources import is_agreed, source_of
from o2c.orders.prices.reading import Wanted, prices_for
from o2c.orders.prices.rules import Offer, Origin

STATE = Order.State
NUMERIC_OVERFLOW = "22003"
LINE_COLUMNS = (
    "position", "product_id", "given", "description", "quantity", "unit", "price", "price_per", "origin",
    "contract_price_id", "list_price_id", "agreed", "agreed_per", "tax_category", "tax_rate", "net", "hs_code",
    "origin_country", "net_weight_kg", "gross_weight_kg",
)  # fmt: skip
FIELDS = [name.removesuffix("_id") for name in LINE_COLUMNS]


def write(
    draft: DraftOrder,
    *,
    actor: Actor,
    existing: Order | None = None,
    seen: datetime | None = ANY,
    trial: bool = False,
) -> Order:
    """Write an order, or say one anew that is not confirmed; and check it. Submitted, it is validated by that where
    nothing is wrong.

    One that was validated or held is a draft again where it is changed. `trial`: it takes no number, as it is taken
    back. Raises OrderRefused, and LostRace where it was changed after `seen` or may not be changed any more.
    """
    faults = check(draft)
    if faults:
        raise OrderRefused(faults)
    with acting(actor), _in_words():
        order = hold(existing, seen) if existing is not None else None
        account = Account.objects.filter(entity=draft.entity, customer=draft.customer).select_related("terms").first()
        columns, rows = _worked_out(draft, account)
        if order is None:
            # the counter is locked last; until then it is called by what nobody else is
            order = Order.objects.create(number=f"~{uuid4().hex}", created_by=actor.name, **columns)
            OrderLine.objects.bulk_create([OrderLine(order=order, **row) for _, row in rows])
        else:
            _rewrite(order, columns, rows)
        keeping.revalidate([order.pk], actor=actor)
        if existing is None and not trial:
            number = numbering.draw(draft.entity.code, numbering.ORDER, draft.ordered_on)
            Order.objects.filter(pk=order.pk).update(number=number)
        return Order.objects.select_related("entity", "customer", "terms", "contract").get(pk=order.pk)


def hold(order: Order, seen: datetime | None = ANY) -> Order:
    """Lock an order that may still be changed. Raises LostRace."""
    found = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
    check_seen(found, seen)
    if found.state not in Order.OPEN_TO_CHANGE:
        raise LostRace(f"{found} is {found.get_state_display().lower()}, and stays as it is.")
    return found


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except DataError as error:
        if getattr(error.__cause__, "pgcode", "") != NUMERIC_OVERFLOW:
            raise
        raise OrderRefused([Fault("/lines", "range", "It comes to more than can be booked.")]) from None
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != "order_external_once":
            raise
        raise OrderRefused([Fault("/external_id", "taken", "An order with this key is there already.")]) from None


def _worked_out(draft: DraftOrder, account: Account | None) -> tuple[dict, list[tuple[int | None, dict]]]:
    """The columns of the order and, with the line that each one was, of its lines."""
    customer, entity = draft.customer, draft.entity
    currency = draft.currency or (account.currency if account else entity.base_currency)
    ship_to = draft.ship_to or ShipTo(
        customer.name, customer.street, customer.postal_code, customer.city, customer.country
    )
    way = taxing.Way(entity.country, ship_to.country, customer.vat_id)
    offers = agreed(draft, currency)
    pairs = enumerate(zip(draft.lines, offers, strict=True), start=1)
    rows = [_line(place, line, offer, way) for place, (line, offer) in pairs]
    comes_to = totals.total(
        (totals.Priced(r["quantity"], r["price"], r["price_per"], r["tax_category"], r["tax_rate"]) for r in rows),
        currency,
    )
    for row, net in zip(rows, comes_to.nets, strict=True):
        row["net"] = net
    contracts = {offer.owner_id: offer for offer in offers if offer is not None and offer.origin == Origin.CONTRACT}
    contract_id = draft.contract.pk if draft.contract else None
    if contract_id is None and len(contracts) == 1:
        (contract_id,) = contracts
    terms_id = draft.terms.pk if draft.terms else None
    if terms_id is None and contract_id is not None:
        terms_id = draft.contract.terms_id if draft.contract else contracts[contract_id].terms_id
    if terms_id is None and account is not None:
        terms_id = account.terms_id
    columns = {
        **{
            name: getattr(draft, name)
            for name in (
                "entity", "customer", "ordered_on", "channel", "customer_reference", "buyer_reference", "wanted_on",
                "incoterm", "incoterm_place", "note", "submitted", "source", "external_id",
            )
        },
        **{f"ship_to_{name}": getattr(ship_to, name) for name in ShipTo.__dataclass_fields__},
        "currency": currency,
        "contract_id": contract_id,
        "terms_id": terms_id,
        "net_total": comes_to.net,
        "tax_total": comes_to.tax,
        "gross_total": comes_to.gross,
        "base_total": base.in_base(comes_to.gross, currency, entity, draft.ordered_on),
    }  # fmt: skip
    return columns, [(line.line_id, row) for line, row in zip(draft.lines, rows, strict=True)]


def agreed(draft: DraftOrder, currency: str) -> list[Offer | None]:
    """What was agreed for each line, in three queries whatever their number."""
    wanted = [
        Wanted(draft.entity.pk, draft.customer.pk, line.product.pk, line.quantity, draft.ordered_on, currency)
        for line in draft.lines
        if line.product is not None
    ]
    found = iter(prices_for(wanted))
    return [next(found) if line.product is not None else None for line in draft.lines]


def _line(position: int, line: DraftLine, offer: Offer | None, way: taxing.Way) -> dict:
    product = line.product
    price, price_per = line.price, line.price_per
    if price is None:
        price, price_per = (offer.price, offer.price_per) if offer else (Decimal(0), Decimal(1))
    source = source_of(offer)
    tax = taxing.propose(way, product.tax_rate if product else None)
    category = line.tax_category or tax.category
    if line.tax_rate is not None:
        rate = line.tax_rate
    elif category == TaxCategory.STANDARD:
        rate = tax.rate if tax.category == category else (product.tax_rate if product else None) or Decimal(0)
    else:
        rate = Decimal(0)
    same = is_agreed(price, price_per, source["agreed"], source["agreed_per"])

    def weight(given: Decimal | None, of_one: Decimal | None) -> Decimal | None:
        if given is not None or of_one is None:
            return given
        return round(of_one * line.quantity, 6)

    return {
        "position": position,
        "product_id": product.pk if product else None,
        "given": line.given,
        "description": line.description or (product.name if product else line.given),
        "quantity": line.quantity,
        "unit": line.unit or (product.unit if product else "C62"),
        "price": price,
        "price_per": price_per,
        "origin": str(offer.origin) if same else OrderLine.Origin.BY_HAND,
        **source,
        "tax_category": category,
        "tax_rate": rate,
        "hs_code": line.hs_code or (product.hs_code if product else ""),
        "origin_country": line.origin_country or (product.origin_country if product else ""),
        "net_weight_kg": weight(line.net_weight_kg, product.net_weight_kg if product else None),
        "gross_weight_kg": weight(line.gross_weight_kg, product.gross_weight_kg if product else None),
    }


def _rewrite(order: Order, columns: dict, rows: list[tuple[int | None, dict]]) -> None:
    """Say the order anew; a line that was there stays the same row, with what was said about it."""
    there = {line.pk: line for line in order.lines.all()}
    by_position = {line.position: line for line in there.values()}
    kept, changed, new = set(), [], []
    for line_id, row in rows:
        line = there.get(line_id) if line_id else by_position.get(row["position"])
        if line is None or line.pk in kept:
            new.append(row)
            continue
        kept.add(line.pk)
        if any(getattr(line, name) != row[name] for name in LINE_COLUMNS):
            for name in LINE_COLUMNS:
                setattr(line, name, row[name])
            changed.append(line)
    gone = [pk for pk in there if pk not in kept]
    if gone:
        OrderLine.objects.filter(pk__in=gone).delete()
    if changed:
        OrderLine.objects.bulk_update(changed, FIELDS)
    if new:
        OrderLine.objects.bulk_create([OrderLine(order=order, **row) for row in new])
    differ = {
        name: value for name, value in columns.items()
        if getattr(order, name) != value and name not in ("entity", "channel")
    }  # fmt: skip
    if order.state != STATE.DRAFT and (gone or changed or new or differ.keys() - {"submitted", "note"}):
        states.move(order, STATE.DRAFT)
        outbox.emit("orders.reopened", order_id=order.pk, entity_id=order.entity_id)
    if differ:
        Order.objects.filter(pk=order.pk).update(**differ)


def by_key(draft: DraftOrder, *, actor: Actor) -> tuple[Order, bool]:
    """Write an order by its key elsewhere, once; whether it is new. The same key again is the order that there is.

    For what comes by files and messages, which may come twice.
    """
    with acting(actor):
        locks.hold("order", draft.entity.code, draft.source, draft.external_id)
        known = {"entity": draft.entity, "source": draft.source, "external_id": draft.external_id}
        found = Order.objects.filter(**known).first()
        if found is not None:
            return found, False
        return write(draft, actor=actor), True
