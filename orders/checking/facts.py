"""What the check of orders asks, fetched for many of them at once in a constant number of queries."""

from collections import defaultdict
from collections.abc import Sequence

from o2c.orders.checking.rules import Facts, LineFacts
from o2c.orders.models import Account, Order, OrderLine
from o2c.orders.ordering.drafts import ShipTo
from o2c.orders.prices.reading import Wanted, prices_for
from o2c.orders.prices.rules import Offer

LINE = (
    "id", "order_id", "product_id", "given", "quantity", "unit", "price", "price_per", "origin", "tax_category",
    "tax_rate", "hs_code", "origin_country", "net_weight_kg", "gross_weight_kg", "agreed", "agreed_per",
    "contract_price_id", "list_price_id",
)  # fmt: skip
OF_PRODUCT = ("product__number", "product__in_use", "product__unit")


def read(orders: Sequence[Order]) -> tuple[list[Facts], list[dict], dict[int, Offer | None]]:
    """The facts of orders whose entity and customer are fetched; their lines as they stand; and what was agreed for
    each line. Six queries."""
    ids = [order.pk for order in orders]
    by_id = {order.pk: order for order in orders}
    lines = list(OrderLine.objects.filter(order__in=ids).order_by("order_id", "position").values(*LINE, *OF_PRODUCT))
    offers = _offers(by_id, lines)
    accounts = {
        (account.entity_id, account.customer_id): account
        for account in Account.objects.filter(
            entity__in={order.entity_id for order in orders}, customer__in={order.customer_id for order in orders}
        )
    }
    earlier = _earlier(orders)
    of_order = defaultdict(list)
    for line in lines:
        of_order[line["order_id"]].append(_line(line, offers[line["id"]]))
    facts = [
        _facts(order, accounts.get((order.entity_id, order.customer_id)), earlier[order.pk], of_order[order.pk])
        for order in orders
    ]
    return facts, lines, offers


def _offers(orders: dict[int, Order], lines: list[dict]) -> dict[int, Offer | None]:
    known = [line for line in lines if line["product_id"] is not None]
    wanted = []
    for line in known:
        of = orders[line["order_id"]]
        wanted.append(
            Wanted(of.entity_id, of.customer_id, line["product_id"], line["quantity"], of.ordered_on, of.currency)
        )
    found = dict(zip((line["id"] for line in known), prices_for(wanted), strict=True))
    return {line["id"]: found.get(line["id"]) for line in lines}


def _earlier(orders: Sequence[Order]) -> dict[int, list[str]]:
    """The numbers of earlier orders, that are not cancelled, by which the customer asked for the same."""
    asked = {order.customer_reference for order in orders} - {""}
    found: dict[int, list[str]] = defaultdict(list)
    if not asked:
        return found
    same = defaultdict(list)
    others = (
        Order.objects.filter(customer__in={order.customer_id for order in orders}, customer_reference__in=asked)
        .exclude(state=Order.State.CANCELLED)
        .order_by("pk")
        .values_list("pk", "number", "entity_id", "customer_id", "customer_reference")
    )
    for pk, number, *whose in others:
        same[tuple(whose)].append((pk, number))
    for order in orders:
        whose = (order.entity_id, order.customer_id, order.customer_reference)
        found[order.pk] = [number for pk, number in same.get(whose, ()) if pk < order.pk]
    return found


def _line(line: dict, offer: Offer | None) -> LineFacts:
    return LineFacts(
        line_id=line["id"],
        product=line["product__number"],
        in_use=bool(line["product__in_use"]),
        product_unit=line["product__unit"] or "",
        unit=line["unit"],
        given=line["given"],
        quantity=line["quantity"],
        price=line["price"],
        price_per=line["price_per"],
        agreed=offer,
        category=line["tax_category"],
        rate=line["tax_rate"],
        hs_code=line["hs_code"],
        origin_country=line["origin_country"],
        has_weight=line["net_weight_kg"] is not None and line["gross_weight_kg"] is not None,
    )


def _facts(order: Order, account: Account | None, earlier: list[str], lines: list[LineFacts]) -> Facts:
    customer = order.customer
    return Facts(
        order_id=order.pk,
        seller=order.entity.country,
        currency=order.currency,
        standing=account.standing if account else None,
        account_currency=account.currency if account else "",
        demands_order_number=account is not None and account.demands_order_number,
        customer_reference=order.customer_reference,
        earlier=tuple(earlier),
        vat_id=customer.vat_id,
        country=customer.country,
        bill_to=ShipTo(customer.name, customer.street, customer.postal_code, customer.city, customer.country),
        ship_to=ShipTo(
            order.ship_to_name, order.ship_to_street, order.ship_to_postal_code, order.ship_to_city,
            order.ship_to_country,
        ),
        incoterm=order.incoterm,
        has_rate=order.base_total is not None,
        lines=tuple(lines),
    )  # fmt: skip
