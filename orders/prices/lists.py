"""Price lists of a legal entity, and who buys by which."""

from datetime import date, datetime, timedelta

from o2c.core import formats, outbox
from o2c.core.actors import Actor, acting
from o2c.core.money import UnknownCurrency, minor_unit
from o2c.core.states import ANY, check_seen
from o2c.orders.models import Account, LegalEntity, PriceList, PriceListChoice
from o2c.orders.prices.refusing import PriceRefused, by_the_database

DAY = timedelta(days=1)


def create(
    entity: LegalEntity, *, code: str, name: str, currency: str, actor: Actor, is_default: bool = False, **details
) -> PriceList:
    """Open a list. Raises PriceRefused where the code is taken, or another is the default of its currency."""
    if not code.strip():
        raise PriceRefused("A list has a code.", "code")
    try:
        minor_unit(currency)
    except UnknownCurrency as wrong:
        raise PriceRefused(str(wrong), "currency") from None
    with acting(actor), by_the_database():
        return PriceList.objects.create(
            entity=entity, code=code.strip(), name=name, currency=currency, is_default=is_default, **details
        )


def change(price_list: PriceList, *, actor: Actor, seen: datetime | None = ANY, **details) -> PriceList:
    """Change what is said of a list but its currency, in which its prices are; the default one stays in use.

    A list that becomes the default of its currency takes the place of the one that was. Raises PriceRefused, and
    LostRace where it was changed after `seen`.
    """
    with acting(actor), by_the_database():
        # the lists of the entity are locked in one order, so that two cannot become the default at once
        lists = PriceList.objects.select_for_update(no_key=True).filter(entity=price_list.entity_id).order_by("pk")
        by_id = {each.pk: each for each in lists}
        price_list = by_id[price_list.pk]
        check_seen(price_list, seen)
        changed = {name: value for name, value in details.items() if getattr(price_list, name) != value}
        wanted = {"is_default": price_list.is_default, "in_use": price_list.in_use, **changed}
        if "currency" in changed:
            raise PriceRefused("Its prices are in this currency: another currency is another list.", "currency")
        if wanted["is_default"] and not wanted["in_use"]:
            raise PriceRefused("The default list of its currency is in use.", "in_use")
        if changed.get("is_default"):
            PriceList.objects.filter(entity=price_list.entity_id, currency=price_list.currency, is_default=True).update(
                is_default=False
            )
        if changed:
            PriceList.objects.filter(pk=price_list.pk).update(**changed)
            price_list.refresh_from_db()
            if changed.keys() & {"is_default", "in_use"}:
                outbox.emit("prices.changed", entity_id=price_list.entity_id)
        return price_list


def choose(account: Account, price_list: PriceList | None, *, valid_from: date, today: date, actor: Actor) -> bool:
    """Let the customer buy by this list from a day on, or by the default one again (None); False: it does so already.

    By which list it bought before `today` stays. Raises PriceRefused.
    """
    if price_list is not None:
        if price_list.entity_id != account.entity_id:
            raise PriceRefused("It is a list of another legal entity.", "price_list")
        if price_list.currency != account.currency:
            raise PriceRefused(f"The account is in {account.currency}.", "price_list")
        if not price_list.in_use:
            raise PriceRefused(f"{price_list.code} is out of use.", "price_list")
    with acting(actor), by_the_database():
        account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        own = PriceListChoice.objects.filter(entity=account.entity_id, customer=account.customer_id)
        after = list(own.exclude(valid_until__lt=valid_from))
        if _is_so(after, price_list, valid_from):
            return False
        if valid_from < today and any(each.valid_from < today for each in after):
            raise PriceRefused(f"By which list it bought until {formats.day(today - DAY)} is history.", "valid_from")
        outbox.emit("prices.changed", entity_id=account.entity_id, customer_id=account.customer_id)
        standing = next((each for each in after if each.valid_from < valid_from), None)
        own.filter(valid_from__gte=valid_from).delete()
        if standing is not None and standing.price_list == price_list:
            own.filter(pk=standing.pk).update(valid_until=None)
            return True
        if standing is not None:
            own.filter(pk=standing.pk).update(valid_until=valid_from - DAY)
        if price_list is not None:
            PriceListChoice.objects.create(
                entity_id=account.entity_id, customer_id=account.customer_id, price_list=price_list,
                valid_from=valid_from,
            )  # fmt: skip
        return True


def _is_so(after: list[PriceListChoice], price_list: PriceList | None, valid_from: date) -> bool:
    """Whether these choices, all that reach beyond a day, say already that from then on it buys by the list."""
    if price_list is None or len(after) != 1:
        return price_list is None and not after
    only = after[0]
    return only.price_list_id == price_list.pk and only.valid_until is None and only.valid_from <= valid_from


def chosen(account: Account, on: date) -> PriceListChoice | None:
    """By which list the customer buys on a day; None: by the default one of its currency."""
    own = PriceListChoice.objects.filter(entity=account.entity_id, customer=account.customer_id, valid_from__lte=on)
    return own.exclude(valid_until__lt=on).select_related("price_list").first()
