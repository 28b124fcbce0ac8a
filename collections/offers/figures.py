"""What offers cost and bring: by month, how much was let go of, how much earlier money came, at what rate a year."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, DecimalField, ExpressionWrapper, F, Func, IntegerField, QuerySet, Sum
from django.db.models.functions import TruncMonth

from o2c.invoicing.early_offers import effective
from o2c.invoicing.models import EarlyOffer

State = EarlyOffer.State
MONTHS = 6


@dataclass(frozen=True)
class Month:
    """A month of a legal entity, by the day of the money; amounts in its base currency. `days`: how many days early the
    money came on average, weighed by the amount; `rate`: the cost as a rate a year."""

    entity: str
    currency: str
    month: date
    count: int
    cost: Decimal
    money: Decimal
    days: Decimal
    rate: Decimal | None


def by_month(offers: QuerySet[EarlyOffer], since: date) -> list[Month]:
    """The months from a day on, the latest first; in one statement."""
    money = (F("amount") - F("discount")) * F("base_rate")
    rows = (
        offers.filter(state=State.TAKEN, taken_on__gte=since)
        .annotate(month=TruncMonth("taken_on"))
        .values("entity__code", "entity__base_currency", "month")
        .annotate(
            count=Count("pk"), cost=Sum(F("discount") * F("base_rate")), money=Sum(money),
            early=Sum(_earlier(money, "taken_on")),
        )
        .order_by("-month", "entity__code")
    )  # fmt: skip
    return [
        Month(
            row["entity__code"], row["entity__base_currency"], row["month"], row["count"], row["cost"], row["money"],
            (row["early"] / row["money"]).quantize(Decimal("0.1")), effective(row["cost"], row["early"]),
        )
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """What stands of a legal entity: so many offers, at most so much discount, of so much, in its base currency."""

    entity: str
    currency: str
    count: int
    most: Decimal
    amount: Decimal


def standing(offers: QuerySet[EarlyOffer]) -> list[Standing]:
    rows = (
        offers.filter(state=State.OPEN)
        .values("entity__code", "entity__base_currency")
        .annotate(
            count=Count("pk"),
            most=Sum(F("best_discount") * F("base_rate")),
            worth=Sum(F("amount") * F("base_rate")),
        )
        .order_by("entity__code")
    )
    return [Standing(*row.values()) for row in rows]


@dataclass(frozen=True)
class Totals:
    """Of offers, in base currency: how many, of how much, what they cost if all are taken on their first day, and that
    as a rate a year."""

    count: int
    amount: Decimal
    most: Decimal
    rate: Decimal | None


def totals(offers: QuerySet[EarlyOffer]) -> Totals:
    money = (F("amount") - F("best_discount")) * F("base_rate")
    row = offers.aggregate(
        count=Count("pk"), worth=Sum(F("amount") * F("base_rate")), most=Sum(F("best_discount") * F("base_rate")),
        early=Sum(_earlier(money, "offered_on")),
    )  # fmt: skip
    most = row["most"] or Decimal(0)
    return Totals(row["count"], row["worth"] or Decimal(0), most, effective(most, row["early"] or Decimal(0)))


def _earlier(money, since: str) -> ExpressionWrapper:
    """Money times the days from `since` until it is due."""
    days = Func(F("due_on"), F(since), template="(%(expressions)s)", arg_joiner=" - ", output_field=IntegerField())
    return ExpressionWrapper(money * days, output_field=DecimalField())
