"""The packs by which interest is charged: those that come with o2c, a company's own, and their rates."""

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.db import connections
from django.db.models import QuerySet

from o2c.collections.interest import rules
from o2c.collections.models import InterestAgreement, InterestCompensation, InterestPack, InterestRate, InterestRules
from o2c.core.actors import SYSTEM, Actor, acting
from o2c.core.money import exact
from o2c.orders.models import Customer, LegalEntity

SHIPPED = Path(__file__).with_name("packs.toml")
HIGHEST = Decimal(50)


class PackRefused(ValueError):
    """The pack or rate cannot be kept so; the text says why, `field` where."""

    def __init__(self, field: str, text: str):
        super().__init__(text)
        self.field = field


def install(using: str = "default", **_) -> None:
    """Add the packs that come with o2c, and rates of theirs that are not there. What is there stays as it is.

    After every migration, so that a new version brings the rates that were published since.
    """
    if InterestPack._meta.db_table not in connections[using].introspection.table_names():
        return  # migrated back to before there was interest
    shipped = tomllib.loads(SHIPPED.read_text())
    with acting(SYSTEM):
        InterestPack.objects.bulk_create(
            [
                InterestPack(
                    code=code,
                    name=facts["name"],
                    source=facts["source"],
                    points=Decimal(facts["points"]),
                    consumer_points=Decimal(facts["consumer_points"]) if "consumer_points" in facts else None,
                    kept=facts.get("kept", False),
                    shipped=True,
                )
                for code, facts in shipped.items()
            ],
            ignore_conflicts=True,
        )
        ids = dict(InterestPack.objects.filter(code__in=shipped, shipped=True).values_list("code", "id"))
        InterestRate.objects.bulk_create(
            [
                InterestRate(pack_id=ids[code], begins_on=date.fromisoformat(day), percent=Decimal(percent))
                for code in ids
                for day, percent in shipped[code]["rates"]
            ],
            ignore_conflicts=True,
        )
        InterestCompensation.objects.bulk_create(
            [
                InterestCompensation(
                    pack_id=ids[code], owed_from=Decimal(owed), amount=Decimal(amount), currency=currency
                )
                for code in ids
                for owed, amount, currency in shipped[code]["compensation"]
            ],
            ignore_conflicts=True,
        )


@dataclass(frozen=True)
class Applied:
    """A pack with its terms for companies and, where it has some, for private persons."""

    pack: InterestPack
    companies: rules.Terms
    consumers: rules.Terms | None

    def of(self, is_consumer: bool) -> rules.Terms | None:
        return self.consumers if is_consumer else self.companies


def applied(ids: set[int]) -> dict[int, Applied]:
    """The packs of these ids, ready to work out by, in three queries."""
    found = {}
    for pack in InterestPack.objects.filter(pk__in=ids).prefetch_related("rates", "compensations"):
        facts = {
            "rates": [rules.Rate(rate.begins_on, rate.percent) for rate in pack.rates.all()],
            "half_yearly": pack.has_reference,
            "kept": pack.kept,
            "year": pack.year,
        }
        steps = [rules.Compensation(each.owed_from, each.amount, each.currency) for each in pack.compensations.all()]
        consumers = None if pack.consumer_points is None else rules.Terms(pack.consumer_points, **facts)
        found[pack.pk] = Applied(pack, rules.Terms(pack.points, compensation=steps, **facts), consumers)
    return found


def write(
    *,
    code: str,
    name: str,
    source: str,
    points: Decimal,
    consumer_points: Decimal | None,
    has_reference: bool,
    kept: bool,
    year: int,
    compensation: Decimal | None,
    currency: str,
    actor: Actor,
) -> InterestPack:
    """Add a company's own pack: a contract, or a law that does not come with o2c. Raises PackRefused, MoneyError."""
    if InterestPack.objects.filter(code=code).exists():
        raise PackRefused("code", "There is a pack of this code already.")
    if not source.strip():
        raise PackRefused("source", "Name the law or the contract.")
    for field, value in (("points", points), ("consumer_points", consumer_points)):
        if value is not None and not 0 <= value <= HIGHEST:
            raise PackRefused(field, f"Between 0 and {HIGHEST} percent a year.")
    if compensation and not currency:
        raise PackRefused("currency", "Say the currency of the compensation.")
    with acting(actor):
        pack = InterestPack.objects.create(
            code=code, name=name.strip(), source=source.strip(), points=points, consumer_points=consumer_points,
            has_reference=has_reference, kept=kept, year=year,
        )  # fmt: skip
        if compensation:
            pack.compensations.create(owed_from=0, amount=exact(compensation, currency), currency=currency)
        return pack


def enter_rate(pack: InterestPack, begins_on: date, percent: Decimal, *, actor: Actor) -> InterestRate:
    """Enter the reference rate that was published for a half-year. Raises PackRefused where there is one already:
    what was charged by a rate is not charged otherwise afterwards."""
    if not pack.has_reference:
        raise PackRefused("begins_on", "This pack has one rate, and no reference rate.")
    if begins_on != rules.half_year(begins_on):
        raise PackRefused("begins_on", "A half-year begins on 1 January or 1 July.")
    if not -10 <= percent <= HIGHEST:
        raise PackRefused("percent", f"Between -10 and {HIGHEST} percent a year.")
    with acting(actor):
        rate, made = InterestRate.objects.get_or_create(pack=pack, begins_on=begins_on, defaults={"percent": percent})
        if not made and rate.percent != percent:
            raise PackRefused("begins_on", f"{rate.percent.normalize():f} % is entered for {begins_on} already.")
        return rate


def rule(
    entity: LegalEntity,
    *,
    pack: InterestPack | None,
    begins_on: date | None,
    minimum: Decimal,
    after_payment: bool,
    compensates: bool,
    days_to_pay: int,
    only_agreed: bool = False,
    actor: Actor,
) -> None:
    """Say by what a legal entity charges late payers; without a pack it charges none. Raises PackRefused."""
    if pack is not None and begins_on is None:
        raise PackRefused("begins_on", "Say from which due day on interest is charged.")
    with acting(actor):
        if pack is None:
            InterestRules.objects.filter(entity=entity).delete()
            return
        InterestRules.objects.update_or_create(
            entity=entity,
            defaults={
                "pack": pack,
                "begins_on": begins_on,
                "minimum": exact(minimum, entity.base_currency),
                "after_payment": after_payment,
                "compensates": compensates,
                "days_to_pay": days_to_pay,
                "only_agreed": only_agreed,
            },
        )


def agree(
    entity: LegalEntity,
    customer: Customer,
    *,
    pack: InterestPack | None,
    reason: str,
    begins_on: date | None = None,
    actor: Actor,
) -> InterestAgreement:
    """Say that a customer pays interest by another pack, or none; of what is due from a day on, if one is named.

    Raises PackRefused without a reason.
    """
    if not reason.strip():
        raise PackRefused("reason", "Say what was agreed, and where.")
    with acting(actor):
        return InterestAgreement.objects.update_or_create(
            entity=entity, customer=customer, defaults={"pack": pack, "reason": reason.strip(), "begins_on": begins_on}
        )[0]


def forget(agreement: InterestAgreement, *, actor: Actor) -> None:
    """From now on the legal entity's rules count for the customer again."""
    with acting(actor):
        agreement.delete()


def known() -> QuerySet[InterestPack]:
    return InterestPack.objects.prefetch_related("rates", "compensations")
