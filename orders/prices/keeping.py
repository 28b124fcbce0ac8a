"""Saying prices: of a list, or of a contract. A price that counted is never rewritten; another one follows it.

What lies before `today` is history. A draft contract has none yet: its prices are free to change.
"""

from datetime import date, timedelta
from decimal import Decimal

from o2c.core import formats, outbox
from o2c.core.actors import Actor, acting
from o2c.orders.models import Contract, ContractPrice, ListPrice, PriceList, Product
from o2c.orders.models.prices import DIGITS, PLACES
from o2c.orders.prices.refusing import PriceRefused, by_the_database

Owner = PriceList | Contract
Price = ListPrice | ContractPrice
DAY = timedelta(days=1)
MOST = Decimal(10) ** (DIGITS - PLACES)


def say(
    owner: Owner,
    product: Product,
    price: Decimal,
    *,
    valid_from: date,
    today: date,
    actor: Actor,
    valid_until: date | None = None,
    from_quantity: Decimal = Decimal(0),
    price_per: Decimal = Decimal(1),
) -> Price:
    """Let a price count from a day on, for those who buy so much or more; said again it changes nothing.

    What stood on these days gives way: it ends the day before, and stands again after `valid_until`. Raises
    PriceRefused, also where that would change what counted before `today`.
    """
    _check_figures(price, price_per, from_quantity)
    if valid_until is not None and valid_until < valid_from:
        raise PriceRefused("It would end before it begins.", "valid_until")
    with acting(actor):
        owner = _locked(owner)
        is_draft = _check_owner(owner, valid_from, valid_until, today)
        if not product.in_use:
            raise PriceRefused(f"{product.number} is out of use.", "product")
        there = list(
            owner.prices.select_for_update(no_key=True)
            .filter(product=product, from_quantity=from_quantity)
            .order_by("valid_from")
        )
        for each in there:
            same = (each.price, each.price_per, each.valid_from, each.valid_until)
            if same == (price, price_per, valid_from, valid_until):
                return each
        figures = {"product": product, "from_quantity": from_quantity}
        with by_the_database():
            for each in there:
                if _meet(each, valid_from, valid_until):
                    _give_way(owner, each, valid_from, valid_until, earliest=None if is_draft else today)
            made = _make(
                owner, **figures, price=price, price_per=price_per, valid_from=valid_from, valid_until=valid_until
            )
        if not is_draft:
            _tell(owner, product.pk)
        return made


def end(price: Price, *, last_day: date, today: date, actor: Actor) -> bool:
    """Let a price count on `last_day` for the last time; one that would have begun later is taken back. False: it
    has ended by then anyway.

    Raises PriceRefused where it counted after that day before `today`.
    """
    with acting(actor):
        owner = _locked(price.owner)
        is_draft = _check_owner(owner, None, None, today)
        price = owner.prices.select_for_update(no_key=True).filter(pk=price.pk).first()
        if price is None or (price.valid_until is not None and price.valid_until <= last_day):
            return False
        if not is_draft and last_day < today - DAY and price.valid_from < today:
            raise PriceRefused(f"It counted until {formats.day(today - DAY)}: that is history.", "last_day")
        if price.valid_from > last_day:
            price.delete()
        else:
            owner.prices.filter(pk=price.pk).update(valid_until=last_day)
        if not is_draft:
            _tell(owner, price.product_id)
        return True


def _tell(owner: Owner, product_id: int) -> None:
    """Say that other prices count: of a list for whoever may buy by it, of a contract for its customer."""
    customer_id = owner.customer_id if isinstance(owner, Contract) else None
    outbox.emit("prices.changed", entity_id=owner.entity_id, customer_id=customer_id, product_ids=[product_id])


def _check_figures(price: Decimal, price_per: Decimal, from_quantity: Decimal) -> None:
    for name, value in (("price", price), ("price_per", price_per), ("from_quantity", from_quantity)):
        if not value.is_finite() or not 0 <= value < MOST:
            raise PriceRefused("At least nothing, with at most 13 digits before the point.", name)
        if value != round(value, PLACES):
            raise PriceRefused(f"At most {PLACES} digits behind the point.", name)
    if price_per == 0:
        raise PriceRefused("It is for more than nothing.", "price_per")


def _check_owner(owner: Owner, valid_from: date | None, valid_until: date | None, today: date) -> bool:
    """Whether it is a draft, that has no history. Raises PriceRefused where nothing can be said of it."""
    if isinstance(owner, PriceList):
        if not owner.in_use:
            raise PriceRefused(f"{owner.code} is out of use.")
        return False
    if owner.state not in (Contract.State.DRAFT, Contract.State.ACTIVE):
        raise PriceRefused(f"{owner.number} is {owner.get_state_display().lower()}: its prices stay as they are.")
    if owner.state == Contract.State.ACTIVE and owner.ends_on is not None and owner.ends_on < today:
        raise PriceRefused(f"{owner.number} ended on {formats.day(owner.ends_on)}: its prices stay as they are.")
    if valid_from is not None and owner.ends_on is not None and valid_from > owner.ends_on:
        raise PriceRefused(f"The contract ends on {formats.day(owner.ends_on)}.", "valid_from")
    if valid_until is not None and valid_until < owner.begins_on:
        raise PriceRefused(f"The contract begins on {formats.day(owner.begins_on)}.", "valid_until")
    return owner.state == Contract.State.DRAFT


def _meet(price: Price, first: date, last: date | None) -> bool:
    return (last is None or price.valid_from <= last) and (price.valid_until is None or price.valid_until >= first)


def _give_way(owner: Owner, price: Price, first: date, last: date | None, *, earliest: date | None) -> None:
    """Make room between two days in a price, which stands on both sides of them again."""
    if earliest is not None and max(first, price.valid_from) < earliest:
        since = formats.day(price.valid_from)
        raise PriceRefused(
            f"A price has counted since {since}: another one follows on {formats.day(earliest)} at the earliest.",
            "valid_from",
        )
    until = price.valid_until
    if price.valid_from < first:
        owner.prices.filter(pk=price.pk).update(valid_until=first - DAY)
    else:
        price.delete()
    if last is not None and (until is None or until > last):
        _make(
            owner, product=price.product, from_quantity=price.from_quantity, price=price.price,
            price_per=price.price_per, valid_from=last + DAY, valid_until=until,
        )  # fmt: skip


def _make(owner: Owner, **facts) -> Price:
    if isinstance(owner, Contract):
        facts |= {"entity_id": owner.entity_id, "customer_id": owner.customer_id}
    return owner.prices.create(**facts)


def _locked(owner: Owner) -> Owner:
    return type(owner).objects.select_for_update(no_key=True).get(pk=owner.pk)
