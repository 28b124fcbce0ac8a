"""Early-payment discounts: what an item's terms or an offer grant on a day, and what a payment earns. Pure but for
`of_items`.

The terms are those written on the invoice when it was issued, else those of the customer's account now. Where both
the terms and an offer grant a discount, the better one counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from o2c.core.money import step
from o2c.invoicing.models import EarlyOffer, Invoice, OpenItem
from o2c.orders import terms
from o2c.orders.models import Account, PaymentTerms


@dataclass(frozen=True)
class Tier:
    """Pay by `until` and take `percent` off. An offer says its days itself: they have no grace."""

    until: date
    percent: Decimal
    offered: bool = False


# Money of a day before it lapsed takes an offer still, whenever it is found.
STANDING = (EarlyOffer.State.OPEN, EarlyOffer.State.LAPSED)


def tier_on(tiers: Iterable[Tier], day: date, *, grace_days: int = 0) -> Tier | None:
    """The tier that grants most for a payment on the day; days of grace come on top of each of the terms'. None:
    nothing any more."""
    grace = timedelta(days=grace_days)
    standing = [tier for tier in tiers if day <= (tier.until if tier.offered else tier.until + grace)]
    return max(standing, key=lambda tier: tier.percent, default=None)


def whole(open_amount: Decimal, currency: str, percent: Decimal) -> Decimal:
    """The discount on all that is open of an item."""
    return (open_amount * percent / 100).quantize(step(currency), ROUND_HALF_UP)


def for_payment(paid: Decimal, open_amount: Decimal, currency: str, percent: Decimal) -> Decimal:
    """The discount that a payment earns: all of it where the payment and it clear the item, else in proportion.

    A payment P of a part stands for a gross part of P / (1 - percent), so that equal parts earn what the whole would.
    """
    at_most = whole(open_amount, currency, percent)
    if paid + at_most >= open_amount:
        return max(open_amount - paid, Decimal(0))
    part = (paid * percent / (100 - percent)).quantize(step(currency), ROUND_HALF_UP)
    return min(part, at_most)


def earned(
    paid: Decimal, open_amount: Decimal, currency: str, tiers: Iterable[Tier], day: date, *, grace_days: int = 0
) -> Decimal:
    """The discount that a payment of an item earns on a day; zero once every window is over."""
    tier = tier_on(tiers, day, grace_days=grace_days)
    return for_payment(paid, open_amount, currency, tier.percent) if tier else Decimal(0)


def of_items(items: Iterable[OpenItem]) -> dict[int, tuple[Tier, ...]]:
    """The tiers of each item that has any, by its id; in four statements for however many."""
    owed = [item for item in items if item.amount > 0 and item.kind == OpenItem.Kind.INVOICE]
    agreed = dict(
        Invoice.objects.filter(entry_id__in={item.entry_id for item in owed}, agreed__isnull=False).values_list(
            "entry_id", "agreed"
        )
    )
    others = [item for item in owed if item.entry_id not in agreed]
    accounts = {
        (account.customer_id, account.entity_id): account.terms_id
        for account in Account.objects.filter(
            customer__in={item.customer_id for item in others}, terms__isnull=False
        ).only("customer_id", "entity_id", "terms_id")
    }
    known = {
        row.pk: terms.Terms.of(row)
        for row in PaymentTerms.objects.filter(pk__in=set(accounts.values())).prefetch_related(
            "discounts", "instalments"
        )
    }
    offered = {
        item_id: tuple(Tier(date.fromisoformat(each["until"]), Decimal(each["percent"]), True) for each in told)
        for item_id, told in EarlyOffer.objects.filter(
            item__in=[item.pk for item in owed], state__in=STANDING
        ).values_list("item_id", "tiers")
    }
    found = {}
    for item in owed:
        if item.entry_id in agreed:
            tiers = tuple(
                Tier(date.fromisoformat(tier["until"]), Decimal(tier["percent"]))
                for tier in agreed[item.entry_id].get("discounts", ())
            )
        else:
            terms_of = known.get(accounts.get((item.customer_id, item.entity_id)))
            tiers = tuple(Tier(*tier) for tier in terms.discount_until(item.issued_on, terms_of)) if terms_of else ()
        if item.open_amount == item.amount:
            tiers += offered.get(item.pk, ())
        if tiers:
            found[item.pk] = tiers
    return found
