"""The prices of many products for many customers at once, in a number of queries that does not hang on how many."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from o2c.orders.models import Account
from o2c.orders.prices.rules import Offer, Origin, price_for


@dataclass(frozen=True)
class Wanted:
    """A product that a customer would buy of a legal entity, in a currency."""

    entity_id: int
    customer_id: int
    product_id: int
    quantity: Decimal
    on: date
    currency: str


# Every price that could count for one of the wanted: which does is for the rule to say. A contract counts on the days
# that the database keeps with each of its prices.
PRICE = "p.id, p.product_id, {}.currency, p.from_quantity, p.price, p.price_per, p.valid_from, p.valid_until"
STANDS = """
    p.product_id = ANY(%(products)s)
    AND daterange(p.valid_from, p.valid_until + 1) && daterange(%(first)s, %(last)s, '[]')
"""
ACCOUNTS = "unnest(%(entities)s::bigint[], %(customers)s::bigint[]) AS w (entity_id, customer_id)"
CONTRACTS = f"""
    SELECT p.entity_id, p.customer_id, c.id, c.number, {PRICE.format("c")},
        lower(p.binds), upper(p.binds) - 1, c.terms_id, t.code
    FROM {ACCOUNTS}
    JOIN orders_contractprice p ON p.entity_id = w.entity_id AND p.customer_id = w.customer_id
    JOIN orders_contract c ON c.id = p.contract_id LEFT JOIN orders_paymentterms t ON t.id = c.terms_id
    WHERE {STANDS} AND p.binds && daterange(%(first)s, %(last)s, '[]')
"""  # noqa: S608 our own words
CHOSEN = f"""
    SELECT k.entity_id, k.customer_id, l.id, l.code, {PRICE.format("l")},
        k.valid_from, k.valid_until, NULL::bigint, NULL::varchar
    FROM {ACCOUNTS}
    JOIN orders_pricelistchoice k ON k.entity_id = w.entity_id AND k.customer_id = w.customer_id
    JOIN orders_pricelist l ON l.id = k.price_list_id AND l.in_use
    JOIN orders_listprice p ON p.price_list_id = l.id
    WHERE {STANDS} AND daterange(k.valid_from, k.valid_until + 1) && daterange(%(first)s, %(last)s, '[]')
"""  # noqa: S608 our own words
DEFAULT = f"""
    SELECT l.entity_id, NULL::bigint, l.id, l.code, {PRICE.format("l")},
        NULL::date, NULL::date, NULL::bigint, NULL::varchar
    FROM orders_pricelist l JOIN orders_listprice p ON p.price_list_id = l.id
    WHERE {STANDS} AND l.is_default AND l.entity_id = ANY(%(entities)s) AND l.currency = ANY(%(currencies)s)
"""  # noqa: S608 our own words
SOURCES = ((Origin.CONTRACT, CONTRACTS), (Origin.ACCOUNT_LIST, CHOSEN), (Origin.DEFAULT_LIST, DEFAULT))


def prices_for(wanted: Sequence[Wanted]) -> list[Offer | None]:
    """For each of the wanted, in their order, the price that counts and where it comes from. Three queries."""
    if not wanted:
        return []
    offers = _offers(wanted)
    found = []
    for each in wanted:
        own = offers[each.entity_id, each.customer_id, each.product_id]
        shared = offers[each.entity_id, None, each.product_id]
        found.append(price_for(each.product_id, [*own, *shared], each.quantity, each.on, currency=each.currency))
    return found


def price_of(account: Account, product_id: int, quantity: Decimal, on: date) -> Offer | None:
    """What an account pays for so much of a product on a day, in its own currency."""
    return prices_for([Wanted(account.entity_id, account.customer_id, product_id, quantity, on, account.currency)])[0]


def _offers(wanted: Sequence[Wanted]) -> dict[tuple, list[Offer]]:
    """What could count, by legal entity, customer (None: for all) and product."""
    accounts = sorted({(each.entity_id, each.customer_id) for each in wanted})
    days = [each.on for each in wanted]
    facts = {
        "entities": [entity for entity, _ in accounts],
        "customers": [customer for _, customer in accounts],
        "products": sorted({each.product_id for each in wanted}),
        "currencies": sorted({each.currency for each in wanted}),
        "first": min(days),
        "last": max(days),
    }
    offers = defaultdict(list)
    for origin, sql in SOURCES:
        for entity_id, customer_id, *facts_of_one in _rows(sql, facts):
            offer = Offer(origin, *facts_of_one)
            offers[entity_id, customer_id, offer.product_id].append(offer)
    return offers


def _rows(sql: str, facts: dict) -> Iterable[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return cursor.fetchall()
