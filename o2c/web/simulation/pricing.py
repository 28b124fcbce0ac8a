"""Products and prices in the demo: a list of each legal entity, a customer who buys by another, and two contracts, of
which one ends soon and its renewal is drafted."""

from datetime import date, timedelta
from decimal import Decimal

from o2c.core.actors import Actor
from o2c.orders import products
from o2c.orders.contracts import keeping as contracts
from o2c.orders.models import Account, Contract, LegalEntity, PriceList, Product
from o2c.orders.prices import keeping, lists

YEAR = timedelta(days=365)
DAY = timedelta(days=1)
# Number, name, unit, price, and from which quantity on it costs so many percent less.
SOLD = (
    ("LW-100", "Oak board, 27 mm", "MTK", Decimal("84.50"), Decimal(50), 6),
    ("LW-110", "Spruce beam, 80 × 160", "MTR", Decimal("11.90"), Decimal(200), 8),
    ("LW-200", "Wood screws, 5 × 60", "XBX", Decimal("14.25"), Decimal(20), 10),
    ("LW-310", "Wood oil, clear", "LTR", Decimal("22.80"), Decimal(60), 5),
    ("LW-900", "Cutting to size", "HUR", Decimal("68.00"), Decimal(8), 4),
)
# What customs want to know of goods, and what one costs the house: code, net and gross weight, cost.
GOODS = {
    "LW-100": ("440791", Decimal("19.4"), Decimal("20.1"), Decimal("51.20")),
    "LW-110": ("440713", Decimal("5.8"), Decimal("5.9"), Decimal("7.30")),
    "LW-200": ("731812", Decimal("2.1"), Decimal("2.3"), Decimal("6.90")),
    "LW-310": ("320890", Decimal("0.9"), Decimal("1.1"), Decimal("12.40")),
}
COST_OF_WORK = Decimal("41.00")
# Contracts: days since they began, days until they end, percent off the list.
AGREED = (("Timber of the year", 340, 25, 9), ("Workshop supplies", 120, 245, 6))


def price(as_of: date, entities: list[LegalEntity], *, actor: Actor) -> None:
    """Say what is sold, at which prices, and what is agreed with two customers of the first legal entity."""
    sold = [
        (products.create(number=number, name=name, unit=unit, actor=actor, **_about(number, entities[0])), *costs)
        for number, name, unit, *costs in SOLD
    ]
    for entity in entities:
        standard = lists.create(
            entity, code="STD", name="Standard prices", currency=entity.base_currency, is_default=True, actor=actor
        )
        for product, full, above, off in sold:
            _say(standard, product, full, as_of - YEAR, as_of, actor)
            _say(standard, product, _less(full, off), as_of - YEAR, as_of, actor, above=above)
            _say(standard, product, _less(full, -3), as_of + 30 * DAY, as_of, actor)
    home = entities[0]
    buyers = list(Account.objects.filter(entity=home, currency=home.base_currency).order_by("pk")[:3])
    for number, (buyer, (name, since, left, off)) in enumerate(zip(buyers, AGREED, strict=False), start=1):
        _agree(home, buyer, f"RV-{number:03}", name, as_of - since * DAY, as_of + left * DAY, off, sold, as_of, actor)
    if len(buyers) > len(AGREED):
        dealer = lists.create(home, code="TRADE", name="Trade prices", currency=home.base_currency, actor=actor)
        for product, full, *_ in sold:
            _say(dealer, product, _less(full, 12), as_of - YEAR, as_of, actor)
        lists.choose(buyers[-1], dealer, valid_from=as_of - 90 * DAY, today=as_of, actor=actor)


def _about(number: str, home: LegalEntity) -> dict:
    if number not in GOODS:
        return {"cost": COST_OF_WORK, "cost_currency": home.base_currency}
    code, net, gross, cost = GOODS[number]
    return {
        "hs_code": code, "origin_country": home.country, "net_weight_kg": net, "gross_weight_kg": gross, "cost": cost,
        "cost_currency": home.base_currency,
    }  # fmt: skip


def _agree(
    home: LegalEntity, buyer: Account, number: str, name: str, begins_on: date, ends_on: date, off: int, sold: list,
    as_of: date, actor: Actor,
) -> Contract:  # fmt: skip
    agreed = contracts.draft(
        entity=home,
        customer=buyer.customer,
        number=number,
        name=name,
        begins_on=begins_on,
        ends_on=ends_on,
        actor=actor,
    )
    for product, full, *_ in sold[:3]:
        _say(agreed, product, _less(full, off), begins_on, as_of, actor)
    contracts.activate(agreed, today=as_of, actor=actor)
    if (ends_on - as_of).days <= agreed.notice_days:
        contracts.renew(
            agreed, number=contracts.next_number(number), begins_on=ends_on + DAY, ends_on=ends_on + YEAR, actor=actor
        )
    return agreed


def _say(
    owner: PriceList | Contract, product: Product, price: Decimal, since: date, as_of: date, actor: Actor,
    above: Decimal = Decimal(0),
) -> None:  # fmt: skip
    keeping.say(owner, product, price, valid_from=since, from_quantity=above, today=as_of, actor=actor)


def _less(price: Decimal, percent: int) -> Decimal:
    return round(price * (100 - percent) / 100, 2)
