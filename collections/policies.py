"""Dunning policies: versions written as drafts, activated, and kept as they are once a run has decided by them."""

from datetime import date, timedelta

from django.db.models import Max

from o2c.collections.models import (
    DunningLevel,
    DunningPolicy,
    DunningSettings,
    HandOverMinimum,
    LevelFee,
    LevelMinimum,
    Queue,
)
from o2c.collections.policy_choices import languages
from o2c.collections.policy_rules import (
    IN_CURRENCIES,
    OF_LEVEL,
    OF_POLICY,
    STANDARD_RULES,
    PolicyRefused,
    Rules,
    Step,
    faults_of,
)
from o2c.core import clock
from o2c.core.actors import Actor, acting
from o2c.orders.models import LegalEntity

STANDARD = "standard"
# Early enough for any history that is loaded and replayed.
STANDARD_SINCE = date(1990, 1, 1)


def install_standard(entity: LegalEntity) -> DunningSettings:
    """Give the entity the standard policy and a queue for what has no collector, where it has none yet."""
    if not DunningPolicy.objects.filter(code=STANDARD, version=1).exists():
        write(DunningPolicy(code=STANDARD, version=1, effective_on=STANDARD_SINCE), STANDARD_RULES)
    Queue.objects.get_or_create(code="collections", defaults={"name": "Collections"})
    settings, _ = DunningSettings.objects.get_or_create(entity=entity, defaults={"policy": STANDARD})
    return settings


def of(policy: DunningPolicy) -> Rules:
    """What a version says, as it is written down."""
    steps = []
    for level in policy.levels.order_by("number").prefetch_related(*IN_CURRENCIES):
        amounts = {
            name: tuple(sorted((row.currency, row.amount) for row in getattr(level, name).all()))
            for name in IN_CURRENCIES
        }
        steps.append(Step(**{name: getattr(level, name) for name in OF_LEVEL}, **amounts))
    least = tuple(sorted((row.currency, row.amount) for row in policy.hand_over_minimums.all()))
    facts = {name: getattr(policy, name) for name in OF_POLICY}
    return Rules(**facts, steps=tuple(steps), hand_over_minimums=least)


def faults(policy: DunningPolicy) -> list[str]:
    """What keeps a policy's version from being dunned by, in sentences; nothing where it is fit."""
    found = [fault.text for fault in faults_of(of(policy), languages(policy.code))]
    numbers = list(policy.levels.order_by("number").values_list("number", flat=True))
    if numbers != list(range(1, len(numbers) + 1)):
        found.append("Its levels must be numbered 1, 2, 3 … without a gap.")
    return found


def draft(code: str, rules: Rules, *, effective_on: date, actor: Actor) -> DunningPolicy:
    """Write the next version of a policy as a draft, in place of the draft that there is. It may still have faults.

    Raises PolicyRefused for a day that is past, or not after that of every version that is activated.
    """
    with acting(actor):
        _lock(code)
        _check_day(code, effective_on)
        DunningPolicy.objects.filter(code=code, activated_at=None).delete()
        last = DunningPolicy.objects.filter(code=code).aggregate(last=Max("version"))["last"] or 0
        made = DunningPolicy(code=code, version=last + 1, effective_on=effective_on, activated_at=None)
        return write(made, rules)


def activate(policy: DunningPolicy, *, actor: Actor) -> DunningPolicy:
    """Let a draft count from its day on. From then on it is changed by another version only.

    Raises PolicyRefused where it is no draft, its day is past, or it has faults.
    """
    with acting(actor):
        _lock(policy.code)
        found = DunningPolicy.objects.select_for_update(no_key=True).filter(pk=policy.pk).first()
        if found is None or found.activated_at is not None:
            raise PolicyRefused(f"{policy} is no draft any more.")
        if found.effective_on < clock.today():
            raise PolicyRefused(f"{found.effective_on} is past: what was decided then stays so.", "effective_on")
        wrong = faults(found)
        if wrong:
            raise PolicyRefused(" ".join(wrong))
        found.activated_at = clock.now()
        DunningPolicy.objects.filter(pk=found.pk).update(activated_at=found.activated_at)
        return found


def discard(policy: DunningPolicy, *, actor: Actor) -> None:
    """Throw a draft away. Raises PolicyRefused for what is none."""
    with acting(actor):
        _lock(policy.code)
        thrown, _ = DunningPolicy.objects.filter(pk=policy.pk, activated_at=None).delete()
        if not thrown:
            raise PolicyRefused(f"{policy} is no draft: it stays.")


def in_force(code: str, day: date) -> DunningPolicy | None:
    versions = DunningPolicy.objects.filter(code=code, effective_on__lte=day).exclude(activated_at=None)
    return versions.order_by("-effective_on").first()


def _lock(code: str) -> None:
    """One at a time writes versions of a policy."""
    list(DunningPolicy.objects.select_for_update(no_key=True).filter(code=code).order_by("pk"))


def _check_day(code: str, effective_on: date) -> None:
    if effective_on < clock.today():
        raise PolicyRefused(f"{effective_on} is past: what was decided then stays so.", "effective_on")
    begun = DunningPolicy.objects.filter(code=code, effective_on__gte=effective_on).exclude(activated_at=None)
    later = begun.order_by("-effective_on").first()
    if later is not None:
        raise PolicyRefused(f"{later} begins on {later.effective_on}; choose a later day.", "effective_on")


def write(policy: DunningPolicy, rules: Rules) -> DunningPolicy:
    """The row of a version with its levels, minimums and fees, as they are: nothing is asked."""
    for name in OF_POLICY:
        setattr(policy, name, getattr(rules, name))
    policy.save(force_insert=True)
    levels = DunningLevel.objects.bulk_create(
        DunningLevel(policy=policy, number=number, **{name: getattr(step, name) for name in OF_LEVEL})
        for number, step in enumerate(rules.steps, start=1)
    )
    for name, row in (("minimums", LevelMinimum), ("fees", LevelFee)):
        row.objects.bulk_create(
            row(level=level, currency=currency, amount=amount)
            for level, step in zip(levels, rules.steps, strict=True)
            for currency, amount in getattr(step, name)
        )
    HandOverMinimum.objects.bulk_create(
        HandOverMinimum(policy=policy, currency=currency, amount=amount)
        for currency, amount in rules.hand_over_minimums
    )
    return policy


def next_day() -> date:
    """The day that is offered for a new version: runs of today may have begun."""
    return clock.today() + timedelta(days=1)
