"""Dunning policies: versions written as drafts, judged, activated; which customers and items are chased by which.

`Rules` is all that a version says, as one frozen value: pages, the API and the standard policy write it, `of` reads it
back, and `faults_of` judges it without a database.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from django.db.models import Count, Max, QuerySet

from o2c.collections import letters
from o2c.collections.models import (
    DunningLevel,
    DunningPolicy,
    DunningSettings,
    LevelMinimum,
    PolicyChoice,
    Queue,
)
from o2c.core import clock
from o2c.core.actors import Actor, acting
from o2c.core.money import MoneyError, exact, known_currencies
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Account, Contact, LegalEntity

STANDARD = "standard"
# Early enough for any history that is loaded and replayed.
STANDARD_SINCE = date(1990, 1, 1)
MOST_LEVELS = 9
MOST_DAYS = 3650


class PolicyRefused(ValueError):
    """The policy cannot be written, activated or named so; the text says why, `field` where."""

    def __init__(self, text: str, field: str = ""):
        super().__init__(text)
        self.field = field


@dataclass(frozen=True)
class Step:
    """What a level says; its number is its place."""

    name: str
    days_past_due: int
    template: str
    channel: str = DunningLevel.Channel.EMAIL
    opens_task: bool = False
    wait_days: int | None = None
    days_to_pay: int | None = None
    minimums: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True)
class Rules:
    """What a version says, but for its code and the day from which it counts."""

    name: str
    steps: tuple[Step, ...]
    interval_days: int = 7
    promise_grace_days: int = 1
    bank_days: int = 0
    contact_days: int = 0
    heeds_payments: bool = False
    climbs: str = DunningPolicy.Climbs.NEXT
    repeats_after: int | None = None
    notice_for: str = DunningPolicy.NoticeFor.CUSTOMER


# The columns of a version and of a level that hold their rules, in the order in which they are shown.
OF_POLICY = [each.name for each in fields(Rules) if each.name != "steps"]
OF_LEVEL = [each.name for each in fields(Step) if each.name != "minimums"]

# A reminder soon after the due date, while it may be an oversight; a month for two more; then a final notice.
STANDARD_RULES = Rules(
    "Standard",
    (
        Step("Friendly reminder", 3, "reminder"),
        Step("Second reminder", 14, "second"),
        Step("Third reminder and call", 25, "third", opens_task=True),
        Step("Final notice", 40, "final", opens_task=True),
    ),
)


def install_standard(entity: LegalEntity) -> DunningSettings:
    """Give the entity the standard policy and a queue for what has no collector, where it has none yet."""
    if not DunningPolicy.objects.filter(code=STANDARD, version=1).exists():
        _write(DunningPolicy(code=STANDARD, version=1, effective_on=STANDARD_SINCE), STANDARD_RULES)
    Queue.objects.get_or_create(code="collections", defaults={"name": "Collections"})
    settings, _ = DunningSettings.objects.get_or_create(entity=entity, defaults={"policy": STANDARD})
    return settings


# --- What a version says, and what is wrong with it


@dataclass(frozen=True)
class Fault:
    """What makes a version unfit: a sentence, the rule it is about, and the number of the level, if it is one's."""

    text: str
    field: str = ""
    level: int | None = None


def of(policy: DunningPolicy) -> Rules:
    """What a version says, as it is written down."""
    steps = []
    for level in policy.levels.order_by("number").prefetch_related("minimums"):
        minimums = sorted((row.currency, row.amount) for row in level.minimums.all())
        steps.append(Step(**{name: getattr(level, name) for name in OF_LEVEL}, minimums=tuple(minimums)))
    return Rules(**{name: getattr(policy, name) for name in OF_POLICY}, steps=tuple(steps))


def faults(policy: DunningPolicy) -> list[str]:
    """What keeps a policy's version from being dunned by, in sentences; nothing where it is fit."""
    found = [fault.text for fault in faults_of(of(policy), languages(policy.code))]
    numbers = list(policy.levels.order_by("number").values_list("number", flat=True))
    if numbers != list(range(1, len(numbers) + 1)):
        found.append("Its levels must be numbered 1, 2, 3 … without a gap.")
    return found


def faults_of(rules: Rules, spoken: frozenset[str] = frozenset()) -> list[Fault]:
    """What keeps these rules from being dunned by: `spoken` are the languages of those who would be written to.

    Each level comes later than the one before, has a wording in every language spoken, and minimums in currencies that
    there are.
    """
    if not rules.steps:
        return [Fault("It has no levels.")]
    if len(rules.steps) > MOST_LEVELS:
        return [Fault(f"It may have at most {MOST_LEVELS} levels.")]
    return [*_faults_of_the_whole(rules), *_faults_of_levels(rules, spoken)]


def _faults_of_the_whole(rules: Rules) -> Iterator[Fault]:
    if not rules.name.strip():
        yield Fault("Give it a name.", "name")
    if rules.repeats_after is not None and rules.repeats_after < 1:
        yield Fault("The last level may come again after a day at the earliest.", "repeats_after")
    if rules.climbs not in DunningPolicy.Climbs:
        yield Fault("It must say which level comes next.", "climbs")
    if rules.notice_for not in DunningPolicy.NoticeFor:
        yield Fault("It must say whom a notice is for.", "notice_for")
    for name in ("interval_days", "promise_grace_days", "bank_days", "contact_days", "repeats_after"):
        if not 0 <= (getattr(rules, name) or 0) <= MOST_DAYS:
            yield Fault(f"Days are between 0 and {MOST_DAYS}.", name)


def _faults_of_levels(rules: Rules, spoken: frozenset[str]) -> Iterator[Fault]:
    for number, (before, step) in enumerate(pairwise(rules.steps), start=2):
        if step.days_past_due <= before.days_past_due:
            yield Fault(f"Level {number} must come later than level {number - 1}.", "days_past_due", number)
    for number, step in enumerate(rules.steps, start=1):
        if not step.name.strip():
            yield Fault(f"Level {number} needs a name.", "name", number)
        if not -365 <= step.days_past_due <= MOST_DAYS:
            yield Fault(f"Level {number} comes within a year before and ten years after.", "days_past_due", number)
        for name in ("wait_days", "days_to_pay"):
            if not 0 <= (getattr(step, name) or 0) <= MOST_DAYS:
                yield Fault(f"Level {number}: days are between 0 and {MOST_DAYS}.", name, number)
        if step.channel not in DunningLevel.Channel:
            yield Fault(f"Level {number} goes by e-mail or is a task.", "channel", number)
        if step.channel == DunningLevel.Channel.EMAIL:
            yield from _faults_of_wording(number, step.template, spoken)
        yield from _faults_of_minimums(number, step)


def _faults_of_wording(number: int, template: str, spoken: frozenset[str]) -> Iterator[Fault]:
    if not letters.exists(template):
        yield Fault(f"Level {number} names a wording that does not exist: {template}.", "template", number)
        return
    for language in sorted(spoken):
        if not letters.exists(template, language):
            yield Fault(
                f"Level {number}: the wording {template} is missing in a customer's language, {language}.",
                "template",
                number,
            )


def _faults_of_minimums(number: int, step: Step) -> Iterator[Fault]:
    currencies = [currency for currency, _ in step.minimums]
    if len(set(currencies)) != len(currencies):
        yield Fault(f"Level {number} names a currency twice.", "minimums", number)
    for currency, amount in step.minimums:
        if currency not in known_currencies():
            yield Fault(f"Level {number}: {currency} is no currency of ISO 4217.", "minimums", number)
            continue
        try:
            if exact(amount, currency) <= 0:
                yield Fault(f"Level {number}: a minimum is more than nothing.", "minimums", number)
        except MoneyError as error:
            yield Fault(f"Level {number}: {error}", "minimums", number)


def languages(code: str) -> frozenset[str]:
    """The languages, of those we write, that are spoken by customers who are chased by the policy."""
    accounts = chased_by(code)
    spoken = set(accounts.values_list("customer__language", flat=True).distinct())
    contacts = Contact.objects.filter(customer__in=accounts.values("customer"), in_use=True).exclude(language="")
    spoken |= set(contacts.values_list("language", flat=True).distinct())
    return frozenset(word[:2].lower() for word in spoken if word[:2].lower() in letters.LANGUAGES)


def differences(before: Rules, after: Rules) -> list[tuple[str, str, object, object]]:
    """What a version says otherwise than another: (of which level, or nothing; the rule; before; after)."""
    found = [
        ("", name, getattr(before, name), getattr(after, name))
        for name in OF_POLICY
        if getattr(before, name) != getattr(after, name)
    ]
    for number in range(1, max(len(before.steps), len(after.steps)) + 1):
        old, new = (rules.steps[number - 1] if number <= len(rules.steps) else None for rules in (before, after))
        for name in [*OF_LEVEL, "minimums"]:
            values = tuple(None if step is None else getattr(step, name) for step in (old, new))
            if values[0] != values[1]:
                found.append((f"Level {number}", name, *values))
    return found


# --- Versions


def draft(code: str, rules: Rules, *, effective_on: date, actor: Actor) -> DunningPolicy:
    """Write the next version of a policy as a draft, in place of the draft that there is. It may still have faults.

    Raises PolicyRefused for a code that is none, or a day on which another version begins.
    """
    with acting(actor):
        _lock(code)
        _check_day(code, effective_on)
        DunningPolicy.objects.filter(code=code, activated_at=None).delete()
        last = DunningPolicy.objects.filter(code=code).aggregate(last=Max("version"))["last"] or 0
        made = DunningPolicy(code=code, version=last + 1, effective_on=effective_on, activated_at=None)
        return _write(made, rules)


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


def _write(policy: DunningPolicy, rules: Rules) -> DunningPolicy:
    for name in OF_POLICY:
        setattr(policy, name, getattr(rules, name))
    policy.save(force_insert=True)
    levels = DunningLevel.objects.bulk_create(
        DunningLevel(policy=policy, number=number, **{name: getattr(step, name) for name in OF_LEVEL})
        for number, step in enumerate(rules.steps, start=1)
    )
    LevelMinimum.objects.bulk_create(
        LevelMinimum(level=level, currency=currency, amount=amount)
        for level, step in zip(levels, rules.steps, strict=True)
        for currency, amount in step.minimums
    )
    return policy


# --- Who is chased by which


@dataclass(frozen=True)
class Users:
    """Who names a policy."""

    entities: list[LegalEntity] = field(default_factory=list)
    segments: list[PolicyChoice] = field(default_factory=list)
    accounts: int = 0
    items: int = 0

    @property
    def nobody(self) -> bool:
        return not (self.entities or self.segments or self.accounts or self.items)


def users(code: str, entities: QuerySet[LegalEntity]) -> Users:
    """Who names the policy, of these legal entities."""
    choices = PolicyChoice.objects.filter(policy=code, entity__in=entities)
    return Users(
        list(entities.filter(dunning__policy=code).order_by("code")),
        list(choices.filter(item=None).select_related("entity").order_by("entity__code", "segment")),
        Account.objects.filter(policy=code, entity__in=entities).count(),
        choices.exclude(item=None).count(),
    )


def named_by_accounts(entities: QuerySet[LegalEntity]) -> dict[str, int]:
    """How many accounts name each policy themselves."""
    named = Account.objects.filter(entity__in=entities).exclude(policy="")
    return dict(named.values_list("policy").annotate(Count("id")))


def chased_by(code: str) -> QuerySet[Account]:
    """The accounts whose policy this is, by whichever of them says it."""
    segments = PolicyChoice.objects.filter(item=None).values_list("entity_id", "segment", "policy")
    of_entity = set(DunningSettings.objects.filter(policy=code).values_list("entity_id", flat=True))
    found = Account.objects.filter(policy=code)
    silent = Account.objects.filter(policy="")
    for entity_id, segment, policy in segments:
        if policy == code:
            found = found | silent.filter(entity_id=entity_id, segment=segment)
    usual = silent.filter(entity_id__in=of_entity)
    for entity_id, segment, policy in segments:
        if policy != code and entity_id in of_entity:
            usual = usual.exclude(entity_id=entity_id, segment=segment)
    return found | usual


def use_for_entity(entity: LegalEntity, code: str, *, actor: Actor) -> None:
    """Chase the customers of a legal entity by a policy, but for those that name another. Raises PolicyRefused."""
    with acting(actor):
        _check_usable(code)
        if not DunningSettings.objects.filter(entity=entity).update(policy=code):
            raise PolicyRefused(f"{entity.code} has no dunning settings.", "entity")


def use_for_segment(entity: LegalEntity, segment: str, code: str, *, actor: Actor) -> PolicyChoice:
    """Chase a segment of a legal entity's customers by a policy. Raises PolicyRefused where nobody is in it."""
    segment = segment.strip()
    with acting(actor):
        _check_usable(code)
        if not segment or not Account.objects.filter(entity=entity, segment=segment).exists():
            raise PolicyRefused(f"No customer of {entity.code} is in the segment {segment}.", "segment")
        choice, _ = PolicyChoice.objects.update_or_create(
            entity=entity, segment=segment, item=None, defaults={"policy": code}
        )
        return choice


def use_for_item(item: OpenItem, code: str, *, actor: Actor) -> None:
    """Chase one item by a policy of its own; without a code by its customer's again. Raises PolicyRefused."""
    with acting(actor):
        if not code:
            PolicyChoice.objects.filter(item=item).delete()
            return
        _check_usable(code)
        PolicyChoice.objects.update_or_create(item=item, defaults={"entity_id": item.entity_id, "policy": code})


def forget(choice: PolicyChoice, *, actor: Actor) -> None:
    """Chase the segment by its legal entity's policy again."""
    with acting(actor):
        PolicyChoice.objects.filter(pk=choice.pk).delete()


def usable() -> list[str]:
    """The codes of the policies that have a version in force, or one to come."""
    codes = DunningPolicy.objects.exclude(activated_at=None).order_by("code").values_list("code", flat=True)
    return list(codes.distinct())


def _check_usable(code: str) -> None:
    if code not in usable():
        raise PolicyRefused(f"There is no policy {code} that is activated.", "policy")


def upcoming(code: str, day: date) -> QuerySet[DunningPolicy]:
    """Versions that begin after a day, drafts too."""
    return DunningPolicy.objects.filter(code=code, effective_on__gt=day).order_by("effective_on")


def next_day() -> date:
    """The day that is offered for a new version: runs of today may have begun."""
    return clock.today() + timedelta(days=1)
