"""By which rule a legal entity lists persistent late payers: what it may say, and the act that writes a version."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Max

from o2c.collections import bounds
from o2c.collections.models import InterestPack, LatePayerConsequence, LatePayerRule
from o2c.core import formats, outbox
from o2c.core.actors import Actor, acting
from o2c.core.refusals import Refused
from o2c.orders.models import LegalEntity, PaymentTerms

Kind = LatePayerConsequence.Kind


class RuleRefused(Refused):
    """The rule cannot be so; the text says why, `field` where."""


@dataclass(frozen=True)
class Wanted:
    """A rule as it is written down, with what is usual where an entity has none yet."""

    lists: bool = True
    months: int = 12
    days_late: int = 10
    minimum: Decimal = Decimal(0)
    least_invoices: int = 3
    least_share: int | None = 30
    least_average: int | None = None
    release_months: int = 3
    terms: PaymentTerms | None = None
    prepayment: PaymentTerms | None = None
    holds: bool = False
    pack: InterestPack | None = None


FACTS = tuple(Wanted.__dataclass_fields__)
# Each number with the least and the most that it may be; those of OPTIONAL may be left out.
BOUNDS = {
    "months": (1, 60),
    "days_late": (0, 365),
    "least_invoices": (1, 1_000),
    "least_share": (1, 100),
    "least_average": (1, 365),
    "release_months": (0, 60),
}
OPTIONAL = {"least_share", "least_average"}


def in_force(entity: LegalEntity, on: date) -> LatePayerRule | None:
    """The version of a day; None where there was none yet."""
    rows = LatePayerRule.objects.filter(entity=entity, begins_on__lte=on).order_by("-version")
    return rows.select_related("terms", "prepayment", "pack").first()


def latest(entity: LegalEntity) -> LatePayerRule | None:
    return (
        LatePayerRule.objects.filter(entity=entity)
        .select_related("terms", "prepayment", "pack")
        .order_by("-version")
        .first()
    )


def wanted_of(rule: LatePayerRule) -> Wanted:
    return Wanted(**{name: getattr(rule, name) for name in FACTS})


def _check(entity: LegalEntity, wanted: Wanted) -> None:
    bounds.check(wanted, BOUNDS, OPTIONAL, RuleRefused)
    bounds.check_minimum(wanted.minimum, entity.base_currency, RuleRefused)
    if wanted.terms is not None and wanted.terms == wanted.prepayment:
        raise RuleRefused("Prepayment needs terms of its own.", "prepayment")


def change(entity: LegalEntity, wanted: Wanted, *, on: date, actor: Actor, seen: int | None = None) -> LatePayerRule:
    """List by this rule from a day on; the same again makes no version. The list is looked at anew by it.

    `seen` is the version that was looked at, 0 for none. Raises RuleRefused for what cannot be, and where somebody
    else has changed it since.
    """
    _check(entity, wanted)
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        now = latest(entity)
        if seen is not None and seen != (now.version if now else 0):
            raise RuleRefused(f"{now.written_by if now else 'Somebody'} has changed it meanwhile: look again.")
        if now is not None and wanted_of(now) == wanted:
            return now
        last = LatePayerRule.objects.filter(entity=entity).aggregate(last=Max("version"))["last"] or 0
        rule = LatePayerRule.objects.create(
            entity=entity, version=last + 1, begins_on=on, written_by=actor.name,
            **{name: getattr(wanted, name) for name in FACTS},
        )  # fmt: skip
        outbox.emit("late_payers.changed", entity_id=entity.pk, rule_id=rule.pk)
        return rule


# --- In words


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def _months(count: int) -> str:
    return "month" if count == 1 else f"{count} months"


def in_words(rule: LatePayerRule | Wanted, currency: str) -> str:
    """What it asks for, for a person: "At least 3 invoices and 30 % of all were more than 10 days late …"."""
    many = rule.least_invoices
    share = f" and {rule.least_share} % of all" if rule.least_share else ""
    of = f" with {formats.amount(rule.minimum, currency)} {currency} or more" if rule.minimum else ""
    average = (
        f", and {_days(rule.least_average)} or more on average, weighed by the amount," if rule.least_average else ""
    )
    late = f"more than {_days(rule.days_late)} late" if rule.days_late else "late"
    return (
        f"At least {many} invoice{'' if many == 1 else 's'}{share} {'was' if many == 1 else 'were'} {late}{of}{average}"
        f" within the last {_months(rule.months)}."
    )


def release_in_words(rule: LatePayerRule | Wanted) -> str:
    if not rule.release_months:
        return "To be released as soon as it does not hold."
    months = "a month" if rule.release_months == 1 else _months(rule.release_months)
    return f"To be released once it has not held for {months}."


def proposes(rule: LatePayerRule) -> list[tuple[str, PaymentTerms | InterestPack | None]]:
    """The kinds of consequences that a version proposes, each with what it is done by."""
    found: list[tuple[str, PaymentTerms | InterestPack | None]] = []
    if rule.terms is not None:
        found.append((Kind.TERMS, rule.terms))
    if rule.prepayment is not None:
        found.append((Kind.PREPAYMENT, rule.prepayment))
    if rule.holds:
        found.append((Kind.HOLD, None))
    if rule.pack is not None:
        found.append((Kind.PENALTY, rule.pack))
    return found
