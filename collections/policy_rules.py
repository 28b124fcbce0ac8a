"""What a version of a dunning policy says, as one frozen value, and what is wrong with it: judged without a database.

Pages, the API and the standard policy write `Rules`; `policies.of` reads them back.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from itertools import pairwise

from o2c.collections import texts
from o2c.collections.models import DunningLevel, DunningPolicy
from o2c.core.money import MoneyError, exact, known_currencies
from o2c.core.refusals import Refused

MOST_LEVELS = 9
MOST_DAYS = 3650


class PolicyRefused(Refused):
    """The policy cannot be written, activated or named so; the text says why, `field` where."""


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
    approvals: int = DunningLevel.Approvals.NOBODY
    blocks: bool = False
    attaches: bool = False
    attaches_statement: bool = False
    fees: tuple[tuple[str, Decimal], ...] = ()
    charges_interest: bool = False


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
    lists: str = DunningPolicy.Lists.NOTICED
    credits: str = DunningPolicy.Credits.COUNTED
    hands_over_after: int | None = None
    hand_over_minimums: tuple[tuple[str, Decimal], ...] = ()


# The columns of a version and of a level that hold their rules, in the order in which they are shown.
OF_POLICY = [each.name for each in fields(Rules) if each.name not in ("steps", "hand_over_minimums")]
# Of a level, amounts by currency have rows of their own.
IN_CURRENCIES = ("minimums", "fees")
OF_LEVEL = [each.name for each in fields(Step) if each.name not in IN_CURRENCIES]

DAYS = ("interval_days", "promise_grace_days", "bank_days", "contact_days", "repeats_after", "hands_over_after")

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


@dataclass(frozen=True)
class Fault:
    """What makes a version unfit: a sentence, the rule it is about, and the number of the level, if it is one's."""

    text: str
    field: str = ""
    level: int | None = None


def faults_of(rules: Rules, spoken: frozenset[str] = frozenset()) -> list[Fault]:
    """What keeps these rules from being dunned by: `spoken` are the languages of those who would be written to.

    Each level comes later than the one before, has a wording in every language spoken, and minimums and fees in
    currencies that there are. A call alone costs nothing, as nobody is told of it in writing.
    """
    if not rules.steps:
        return [Fault("It has no levels.")]
    if len(rules.steps) > MOST_LEVELS:
        return [Fault(f"It may have at most {MOST_LEVELS} levels.")]
    return [*_faults_of_the_whole(rules), *_faults_of_hand_over(rules), *_faults_of_levels(rules, spoken)]


def _faults_of_the_whole(rules: Rules) -> Iterator[Fault]:
    if not rules.name.strip():
        yield Fault("Give it a name.", "name")
    if rules.repeats_after is not None and rules.repeats_after < 1:
        yield Fault("The last level may come again after a day at the earliest.", "repeats_after")
    if rules.climbs not in DunningPolicy.Climbs:
        yield Fault("It must say which level comes next.", "climbs")
    if rules.notice_for not in DunningPolicy.NoticeFor:
        yield Fault("It must say whom a notice is for.", "notice_for")
    if rules.lists not in DunningPolicy.Lists:
        yield Fault("It must say what a notice lists.", "lists")
    if rules.credits not in DunningPolicy.Credits:
        yield Fault("It must say what becomes of credits.", "credits")
    if rules.notice_for == DunningPolicy.NoticeFor.ITEM:
        alone = "A notice of each item by itself lists that item alone"
        if rules.lists == DunningPolicy.Lists.OPEN:
            yield Fault(f"{alone}, not all that is open.", "lists")
        if rules.credits == DunningPolicy.Credits.LISTED:
            yield Fault(f"{alone}, and no credits.", "credits")
    for name in DAYS:
        if not 0 <= (getattr(rules, name) or 0) <= MOST_DAYS:
            yield Fault(f"Days are between 0 and {MOST_DAYS}.", name)


def _faults_of_hand_over(rules: Rules) -> Iterator[Fault]:
    if rules.hands_over_after is None:
        if rules.hand_over_minimums:
            yield Fault("Say after how many days it is handed over.", "hands_over_after")
        return
    given = rules.steps[-1].days_to_pay
    waits = rules.hands_over_after + (0 if given is None else given + rules.bank_days)
    if rules.repeats_after is not None and waits >= rules.repeats_after:
        yield Fault(
            f"The last level comes again after {rules.repeats_after} days, before it could be handed over.",
            "hands_over_after",
        )
    yield from _faults_of_amounts("Hand-over", rules.hand_over_minimums, "a minimum", "hand_over_minimums")


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
            yield Fault(f"Level {number} goes by e-mail, as an SMS or a letter, or is a task.", "channel", number)
        if step.approvals not in DunningLevel.Approvals.values:
            yield Fault(f"Level {number} is approved by nobody, a person or two people.", "approvals", number)
        if step.channel in DunningLevel.Channel and step.channel != DunningLevel.Channel.TASK:
            yield from _faults_of_wording(number, step.template, spoken)
        yield from _faults_of_amounts(f"Level {number}", step.minimums, "a minimum", "minimums", number)
        yield from _faults_of_amounts(f"Level {number}", step.fees, "a fee", "fees", number)
        if step.channel == DunningLevel.Channel.TASK and (step.fees or step.charges_interest):
            where = "fees" if step.fees else "charges_interest"
            yield Fault(f"Level {number} is a call: only what is told in writing is charged.", where, number)


def _faults_of_wording(number: int, template: str, spoken: frozenset[str]) -> Iterator[Fault]:
    if not texts.exists(template):
        yield Fault(f"Level {number} names a wording that does not exist: {template}.", "template", number)
        return
    for language in sorted(spoken):
        if not texts.exists(template, language):
            yield Fault(
                f"Level {number}: the wording {template} is missing in a customer's language, {language}.",
                "template",
                number,
            )


def _faults_of_amounts(
    what: str, amounts: tuple[tuple[str, Decimal], ...], called: str, field: str, level: int | None = None
) -> Iterator[Fault]:
    currencies = [currency for currency, _ in amounts]
    if len(set(currencies)) != len(currencies):
        yield Fault(f"{what} names a currency twice.", field, level)
    for currency, amount in amounts:
        if currency not in known_currencies():
            yield Fault(f"{what}: {currency} is no currency of ISO 4217.", field, level)
            continue
        try:
            if exact(amount, currency) <= 0:
                yield Fault(f"{what}: {called} is more than nothing.", field, level)
        except MoneyError as error:
            yield Fault(f"{what}: {error}", field, level)


def differences(before: Rules, after: Rules) -> list[tuple[str, str, object, object]]:
    """What a version says otherwise than another: (of which level, or nothing; the rule; before; after)."""
    found = [
        ("", name, getattr(before, name), getattr(after, name))
        for name in [*OF_POLICY, "hand_over_minimums"]
        if getattr(before, name) != getattr(after, name)
    ]
    for number in range(1, max(len(before.steps), len(after.steps)) + 1):
        old, new = (rules.steps[number - 1] if number <= len(rules.steps) else None for rules in (before, after))
        for name in [*OF_LEVEL, *IN_CURRENCIES]:
            values = tuple(None if step is None else getattr(step, name) for step in (old, new))
            if values[0] != values[1]:
                found.append((f"Level {number}", name, *values))
    return found
