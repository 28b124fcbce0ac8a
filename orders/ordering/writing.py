"""Writing orders with their lines: what they leave open is filled in, they are summed up, and checked.

One or many, it is the same: many take as many statements as one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from uuid import uuid4

from django.db import DataError, IntegrityError, connection, transaction

from o2c.core import locks, numbering, outbox
from o2c.core.actors import Actor, acting
from o2c.core.money import LARGEST_AMOUNT
from o2c.core.refusals import Fault
from o2c.core.states import ANY, LostRace, check_seen
from o2c.core.taxes import TaxCategory
from o2c.orders.checking import keeping
from o2c.orders.models import Account, Order, OrderLine
from o2c.orders.ordering import base, taxing, totals
from o2c.orders.ordering.drafts import LARGEST, DraftLine, DraftOrder, OrderRefused, ShipTo, check
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
# The lines of these are called by the numbers that they have where they come from.
NUMBERED_ELSEWHERE = frozenset({Order.Channel.FILE, Order.Channel.UBL, Order.Channel.X12})
UNNUMBERED = "~"
NONE: Mapping[int, int] = MappingProxyType({})
OF_COLUMN = {"customer_id": "customer", "contract_id": "contract", "terms_id": "terms"}
NUMBER = """
    UPDATE orders_order o SET number = n.number FROM unnest(%(ids)s::bigint[], %(numbers)s::text[]) AS n (id, number)
    WHERE n.id = o.id
"""
TOO_LARGE = Fault("/lines", "range", "It comes to more than can be booked.")


@dataclass(frozen=True)
class Worked:
    """An order as it is to stand: its columns and, with the line that each one was, those of its lines."""

    draft: DraftOrder
    order: Order | None
    columns: dict
    rows: list[tuple[int | None, dict]]


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
        (written,) = _put([(draft, order)], by=actor)
        if isinstance(written, OrderRefused):
            raise written
        keeping.revalidate([written], actor=actor)
        if existing is None and not trial:
            number([written], actor=actor)
        return Order.objects.select_related("entity", "customer", "terms", "contract").get(pk=written)


def write_many(
    pairs: Sequence[tuple[DraftOrder, Order | None]], *, actor: Actor, checked: bool = True
) -> list[int | OrderRefused]:
    """Write orders, or say those anew that are given, locked and open to change; the key of each, or why it cannot be
    written. A constant number of statements for up to 500.

    What is new has no number yet: `number` gives them, last in the transaction. Without `checked` nothing is judged by
    the rules: they were promised elsewhere.
    """
    with acting(actor):
        wrong = {place: OrderRefused(faults) for place, (draft, _) in enumerate(pairs) if (faults := check(draft))}
        left = [place for place in range(len(pairs)) if place not in wrong]
        written = dict(zip(left, _put([pairs[place] for place in left], by=actor), strict=True)) | wrong
        made = [written[place] for place in range(len(pairs))]
        if checked:
            keeping.revalidate([each for each in made if not isinstance(each, OrderRefused)], actor=actor)
        return made


def number(ids: Iterable[int], *, actor: Actor) -> None:
    """Give orders that have none numbers of their legal entity's series, by their days and keys. The counter is locked
    from here on."""
    waiting = Order.objects.filter(pk__in=list(ids), number__startswith=UNNUMBERED).order_by("pk")
    together: dict[tuple[str, int], list[tuple[int, date]]] = {}
    for pk, code, on in waiting.values_list("pk", "entity__code", "ordered_on"):
        together.setdefault((code, on.year), []).append((pk, on))
    with acting(actor):
        for (code, _), orders in sorted(together.items()):
            texts = numbering.reserve(code, numbering.ORDER, orders[0][1], len(orders)).texts()
            with connection.cursor() as cursor:
                cursor.execute(NUMBER, {"ids": [pk for pk, _ in orders], "numbers": texts})


def _put(pairs: Sequence[tuple[DraftOrder, Order | None]], *, by: Actor) -> list[int | OrderRefused]:
    """Write what was judged; nothing is checked, and nothing new has a number."""
    worked = _worked_out(pairs)
    good = [each for each in worked if isinstance(each, Worked)]
    new = [each for each in good if each.order is None]
    made = Order.objects.bulk_create(
        # the counter is locked last; until then an order is called by what nobody else is
        [Order(number=w.draft.number or f"{UNNUMBERED}{uuid4().hex}", created_by=by.name, **w.columns) for w in new]
    )
    OrderLine.objects.bulk_create(
        [OrderLine(order=order, **row) for each, order in zip(new, made, strict=True) for _, row in each.rows]
    )
    _rewrite([each for each in good if each.order is not None])
    fresh = iter(made)
    return [each if isinstance(each, OrderRefused) else (each.order or next(fresh)).pk for each in worked]


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
        raise OrderRefused([TOO_LARGE]) from None
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != "order_external_once":
            raise
        raise OrderRefused([Fault("/external_id", "taken", "An order with this key is there already.")]) from None


def _worked_out(pairs: Sequence[tuple[DraftOrder, Order | None]]) -> list[Worked | OrderRefused]:
    """What the orders come to, with what they leave open filled in: in a constant number of queries."""
    if not pairs:
        return []
    drafts = [draft for draft, _ in pairs]
    accounts = {
        (account.entity_id, account.customer_id): account
        for account in Account.objects.filter(
            entity__in={draft.entity.pk for draft in drafts}, customer__in={draft.customer.pk for draft in drafts}
        )
    }
    found: list[Worked | OrderRefused] = []
    kept = _positions_kept([order for _, order in pairs if order is not None])
    own = [accounts.get((draft.entity.pk, draft.customer.pk)) for draft in drafts]
    currencies = [
        draft.currency or (account.currency if account else draft.entity.base_currency)
        for draft, account in zip(drafts, own, strict=True)
    ]
    offers = agreed(drafts, currencies)
    for (draft, order), account, currency, offered in zip(pairs, own, currencies, offers, strict=True):
        try:
            numbers = positions(draft, kept.get(order.pk, {}) if order else {})
            columns, rows = _order(draft, account, currency, offered, numbers)
        except OrderRefused as refused:
            found.append(refused)
        else:
            found.append(Worked(draft, order, columns, rows))
    _in_base(found)
    return found


def _in_base(found: list[Worked | OrderRefused]) -> None:
    """Say what the orders come to in the currency of their legal entities' books."""
    of_entity: dict[int, list[int]] = {}
    for place, each in enumerate(found):
        if isinstance(each, Worked):
            of_entity.setdefault(each.draft.entity.pk, []).append(place)
    for places in of_entity.values():
        amounts = [(found[p].columns[name] for name in ("gross_total", "currency", "ordered_on")) for p in places]
        in_base = base.in_base(found[places[0]].draft.entity, [tuple(each) for each in amounts])
        for place, amount in zip(places, in_base, strict=True):
            if amount is not None and amount > LARGEST_AMOUNT:
                found[place] = OrderRefused([TOO_LARGE])
            else:
                found[place].columns["base_total"] = amount


def _positions_kept(orders: list[Order]) -> dict[int, dict[int, int]]:
    """The numbers of the lines of orders that came from elsewhere, by order and line: they are called so there."""
    found: dict[int, dict[int, int]] = {}
    ids = [order.pk for order in orders if order.channel in NUMBERED_ELSEWHERE]
    for order_id, pk, position in (
        OrderLine.objects.filter(order__in=ids).order_by("order", "position").values_list("order", "pk", "position")
        if ids
        else ()
    ):
        found.setdefault(order_id, {})[pk] = position
    return found


def positions(draft: DraftOrder, kept: Mapping[int, int] = NONE) -> list[int]:
    """How the lines are numbered: as is said, as they were, else one after another. Raises OrderRefused."""
    in_turn = [] if any(line.line_id for line in draft.lines) else list(kept.values())
    found: list[int] = []
    last = 0
    for place, line in enumerate(draft.lines):
        was = kept.get(line.line_id, 0) if line.line_id else (in_turn[place] if place < len(in_turn) else 0)
        last = line.position or (was if was > last else last + 1)
        found.append(last)
    if len(set(found)) < len(found):
        twice = next(place for place, position in enumerate(found) if position in found[:place])
        raise OrderRefused([Fault(f"/lines/{twice}/position", "twice", "Another line of the order has this number.")])
    return found


def _order(
    draft: DraftOrder, account: Account | None, currency: str, offers: list[Offer | None], numbers: list[int]
) -> tuple[dict, list[tuple[int | None, dict]]]:
    """The columns of the order and, with the line that each one was, of its lines. Raises OrderRefused."""
    customer, entity = draft.customer, draft.entity
    ship_to = draft.ship_to or ShipTo(
        customer.name, customer.street, customer.postal_code, customer.city, customer.country
    )
    way = taxing.Way(entity.country, ship_to.country, customer.vat_id)
    rows = [
        _line(position, line, offer, way) for position, line, offer in zip(numbers, draft.lines, offers, strict=True)
    ]
    comes_to = totals.total(
        (totals.Priced(r["quantity"], r["price"], r["price_per"], r["tax_category"], r["tax_rate"]) for r in rows),
        currency,
    )
    heaviest = max((row["gross_weight_kg"] or row["net_weight_kg"] or 0 for row in rows), default=0)
    if comes_to.gross > LARGEST_AMOUNT or heaviest >= LARGEST:
        raise OrderRefused([TOO_LARGE])
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
                "ordered_on", "channel", "customer_reference", "buyer_reference", "wanted_on", "incoterm",
                "incoterm_place", "note", "submitted", "source", "external_id",
            )
        },
        **{f"ship_to_{name}": getattr(ship_to, name) for name in ShipTo.__dataclass_fields__},
        "entity_id": entity.pk,
        "customer_id": customer.pk,
        "currency": currency,
        "contract_id": contract_id,
        "terms_id": terms_id,
        "net_total": comes_to.net,
        "tax_total": comes_to.tax,
        "gross_total": comes_to.gross,
    }  # fmt: skip
    return columns, [(line.line_id, row) for line, row in zip(draft.lines, rows, strict=True)]


def agreed(drafts: Sequence[DraftOrder], currencies: Sequence[str]) -> list[list[Offer | None]]:
    """What was agreed for each line of each order, in three queries whatever their number."""
    wanted = [
        Wanted(draft.entity.pk, draft.customer.pk, line.product.pk, line.quantity, draft.ordered_on, currency)
        for draft, currency in zip(drafts, currencies, strict=True)
        for line in draft.lines
        if line.product is not None
    ]
    found = iter(prices_for(wanted))
    return [[next(found) if line.product is not None else None for line in draft.lines] for draft in drafts]


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


def _rewrite(worked: list[Worked]) -> None:
    """Say orders anew; a line that was there stays the same row, with what was said about it."""
    if not worked:
        return
    lines: dict[int, dict[int, OrderLine]] = {each.order.pk: {} for each in worked}
    for line in OrderLine.objects.filter(order__in=list(lines)):
        lines[line.order_id][line.pk] = line
    gone, changed, new, reopened, differing = [], [], [], [], []
    names: set[str] = set()
    for each in worked:
        order = each.order
        dropped, altered, added = _rewrite_lines(order, each.rows, lines[order.pk])
        gone, changed, new = gone + dropped, changed + altered, new + added
        differ = {
            name: value for name, value in each.columns.items()
            if getattr(order, name) != value and name not in ("entity_id", "channel")
        }  # fmt: skip
        if order.state != STATE.DRAFT and (dropped or altered or added or differ.keys() - {"submitted", "note"}):
            reopened.append(order)
        for name, value in differ.items():
            setattr(order, name, value)
        if differ:
            differing.append(order)
            names |= differ.keys()
    if gone:
        OrderLine.objects.filter(pk__in=gone).delete()
    if changed:
        OrderLine.objects.bulk_update(changed, FIELDS)
    if new:
        OrderLine.objects.bulk_create(new)
    if reopened:
        Order.objects.filter(pk__in=[order.pk for order in reopened]).update(state=STATE.DRAFT)
        outbox.emit_all("orders.reopened", [{"order_id": o.pk, "entity_id": o.entity_id} for o in reopened])
    if differing:
        Order.objects.bulk_update(differing, [OF_COLUMN.get(name, name) for name in sorted(names)])


def _rewrite_lines(
    order: Order, rows: list[tuple[int | None, dict]], there: dict[int, OrderLine]
) -> tuple[list[int], list[OrderLine], list[OrderLine]]:
    """Of the lines of an order: the keys of those that go, those that say something else now, and new ones."""
    by_position = {line.position: line for line in there.values()}
    kept, changed, new = set(), [], []
    for line_id, row in rows:
        line = there.get(line_id) if line_id else by_position.get(row["position"])
        if line is None or line.pk in kept:
            new.append(OrderLine(order=order, **row))
            continue
        kept.add(line.pk)
        if any(getattr(line, name) != row[name] for name in LINE_COLUMNS):
            for name in LINE_COLUMNS:
                setattr(line, name, row[name])
            changed.append(line)
    return [pk for pk in there if pk not in kept], changed, new


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
