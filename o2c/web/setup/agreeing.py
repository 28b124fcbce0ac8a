"""Payment terms as they are typed: the form's cells → an agreement, and back; and what they mean by example."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from djmoney.money import Money

from o2c.core.money import rounded
from o2c.orders.agreements import Agreement
from o2c.orders.models import PaymentTerms
from o2c.orders.terms import Share, Terms, Tier, discount_until, schedule
from o2c.web.setup.forms import PARTS, TIERS

EXAMPLE = Decimal("1000.00")


def agreement(facts: dict) -> Agreement:
    """What a valid form says. A discount or instalment with one of its two cells empty is read as nothing and zero."""
    tiers = [
        Tier(facts[f"discount_{number}_days"] or 0, facts[f"discount_{number}_percent"] or Decimal(0))
        for number in range(1, TIERS + 1)
        if facts[f"discount_{number}_days"] is not None or facts[f"discount_{number}_percent"] is not None
    ]
    shares = [
        Share(facts[f"part_{number}_percent"] or Decimal(0), facts[f"part_{number}_days"] or 0)
        for number in range(1, PARTS + 1)
        if facts[f"part_{number}_percent"] is not None or facts[f"part_{number}_days"] is not None
    ]
    return Agreement(
        name=facts["name"],
        kind=facts["kind"],
        days=facts["days"],
        day_of_month=facts["day_of_month"],
        tiers=tuple(sorted(tiers, key=lambda tier: tier.days)),
        shares=tuple(shares),
    )


def cells(terms: PaymentTerms) -> dict:
    """The form's cells of terms that are there."""
    found = {
        "name": terms.name, "kind": terms.kind, "days": terms.days, "day_of_month": terms.day_of_month,
    }  # fmt: skip
    for number, tier in enumerate(terms.discounts.all(), start=1):
        found |= {f"discount_{number}_days": tier.days, f"discount_{number}_percent": tier.percent.normalize()}
    for number, part in enumerate(terms.instalments.all(), start=1):
        found |= {f"part_{number}_percent": part.percent.normalize(), f"part_{number}_days": part.extra_days}
    return found


@dataclass(frozen=True)
class Example:
    """What an invoice of 1,000.00 issued on a day comes to."""

    issued_on: date
    discounts: list[tuple[date, Decimal, Decimal]]
    due: list[tuple[date, Decimal]]


def example(terms: Terms, issued_on: date, currency: str) -> Example:
    """The days and amounts of the worked example: until when which amount settles it early, and what is due when."""
    early = [
        (day, percent, rounded(Money(EXAMPLE * (100 - percent) / 100, currency)).amount)
        for day, percent in discount_until(issued_on, terms)
    ]
    return Example(issued_on, early, schedule(issued_on, EXAMPLE, currency, terms))


def in_words(terms: Terms) -> str:
    """The terms in one line: 30 days after the invoice; 2 % within 10 days; 50 % + 50 %."""
    days = f"{terms.days} day{'' if terms.days == 1 else 's'}"
    first = {
        PaymentTerms.Kind.NET: f"{days} after the invoice" if terms.days else "On the day of the invoice",
        PaymentTerms.Kind.END_OF_MONTH: f"End of the month, then {days}" if terms.days else "End of the month",
        PaymentTerms.Kind.DAY_OF_MONTH: f"The next {terms.day_of_month}. of a month"
        + (f" after {days}" if terms.days else ""),
    }[terms.kind]
    early = [f"{tier.percent.normalize():f} % within {tier.days} days" for tier in terms.tiers]
    parts = [" + ".join(f"{share.percent.normalize():f} %" for share in terms.shares)] if terms.shares else []
    return "; ".join([first, *early, *parts])
