"""Why is an item chased, or not? The facts that the rule sees on a day, and a sentence that a person understands.

The rule is asked, not repeated: what it decided comes from `dunning_decisions`, or from the ledger of a run.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from o2c.collections import reasons
from o2c.collections.models import Decision, DunningLevel, DunningPolicy, Trial
from o2c.core import formats
from o2c.core.money import plain
from o2c.invoicing import balances
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Customer, LegalEntity

SEEN = """
    SELECT d.item_id, d.currency, d.reason, d.level, d.days_late, d.balance, d.chased, d.last_level, d.policy_id,
           d.trial_id,
           d.told_id, f.last_notice_on, f.pay_by, f.promised_until, f.planned_until, f.contact_on, f.net, f.overdue,
           m.amount AS minimum,
           p.name AS handed_to, p.from_on AS handed_on
    FROM dunning_decisions(%(day)s, NULL, %(entity)s, %(payer)s, %(payer)s) d
    JOIN dunning_facts(%(day)s, NULL, %(entity)s, %(payer)s, %(payer)s) f ON f.item_id = d.item_id
    LEFT JOIN collections_dunninglevel l ON l.policy_id = d.policy_id AND l.number = d.level
    LEFT JOIN collections_levelminimum m ON m.level_id = l.id AND m.currency = d.currency
    LEFT JOIN LATERAL (
        SELECT a.name, pi.from_on FROM collections_placeditem pi
        JOIN collections_placement c ON c.id = pi.placement_id JOIN collections_agency a ON a.id = c.agency_id
        WHERE pi.item_id = d.item_id AND pi.from_on <= %(day)s AND (pi.until IS NULL OR pi.until > %(day)s)
        ORDER BY pi.id DESC LIMIT 1
    ) p ON d.reason = 'handed_over'
    WHERE (d.item_id = %(item)s OR %(item)s IS NULL) AND (d.customer_id = %(customer)s OR %(customer)s IS NULL)
    ORDER BY d.days_late DESC, d.item_id
"""
NOT_LOOKED_AT = "not_looked_at"


@dataclass(frozen=True)
class Why:
    """What was seen of an item on a day, and what was decided. What a run's ledger does not keep is None there."""

    as_of: date
    currency: str
    due_on: date
    reason: str
    level: int | None = None
    days_late: int | None = None
    balance: Decimal | None = None
    chased: Decimal | None = None
    last_level: int = 0
    policy: DunningPolicy | None = None
    step: DunningLevel | None = None
    minimum: Decimal | None = None
    told_id: int | None = None
    last_notice_on: date | None = None
    pay_by: date | None = None
    promised_until: date | None = None
    planned_until: date | None = None
    contact_on: date | None = None
    net: Decimal | None = None
    overdue: Decimal | None = None
    trial: Trial | None = None  # that the item takes part in
    handed_to: str | None = None
    handed_on: date | None = None
    past: bool = False  # a run decided so

    @property
    def title(self) -> str:
        return "Not looked at" if self.reason == NOT_LOOKED_AT else reasons.title(self.reason)

    @property
    def sentence(self) -> str:
        """The reason with the facts that decided; without them where they are not known any more."""
        say = SENTENCES.get(self.reason)
        return (say(self) if say else "") or reasons.sentence(self.reason)

    @property
    def arm(self) -> str:
        """Which policy of its trial decides: champion or challenger; empty where there is none."""
        if self.trial is None or self.policy is None:
            return ""
        return "challenger" if self.policy.code == self.trial.challenger else "champion"

    @property
    def is_contested(self) -> bool:
        return self.chased is not None and self.chased != self.balance

    @property
    def is_waiting(self) -> bool:
        return self.step is not None and self.reason != "notice"

    @property
    def has_facts(self) -> bool:
        """Whether there is more to show than its sentence says."""
        return bool(
            self.is_contested
            or self.is_waiting
            or self.last_notice_on
            or self.pay_by
            or self.promised_until
            or self.planned_until
            or self.contact_on
        )

    @property
    def next_step(self) -> str:
        """ "level 2, Second reminder" """
        return f"level {self.step.number}, {self.step.name}" if self.step else "its next level"

    def money(self, amount: Decimal) -> str:
        return f"{plain(amount, self.currency)} {self.currency}"


def of(item: OpenItem, day: date) -> Why:
    """What the rule says of an item on a day, by what was known then (notices of that day too)."""
    found = _ask(day, item.entity_id, item.payer_id, item=item.pk)
    if found:
        return found[0][1]
    balance = balances.of_item(item.pk, day)
    late = (day - item.due_on).days
    return Why(day, item.currency, item.due_on, NOT_LOOKED_AT, balance=balance, days_late=late)


def of_customer(customer: Customer, entity: LegalEntity, day: date) -> list[tuple[int, Why]]:
    """What the rule says on a day of each item of a customer that it looks at, by the item's key."""
    return _ask(day, entity.pk, customer.payer_id or customer.pk, customer=customer.pk)


def _ask(
    day: date, entity_id: int, payer_id: int, item: int | None = None, customer: int | None = None
) -> list[tuple[int, Why]]:
    known = {"day": day, "entity": entity_id, "payer": payer_id, "item": item, "customer": customer}
    with connection.cursor() as cursor:
        cursor.execute(SEEN, known)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    levels = _levels({row["policy_id"] for row in rows})
    policies = {policy_id: level.policy for (policy_id, _), level in levels.items()}
    trials = Trial.objects.in_bulk({row["trial_id"] for row in rows} - {None})
    answers = []
    for seen in rows:
        policy_id, trial = seen.pop("policy_id"), trials.get(seen.pop("trial_id"))
        policy, step = policies.get(policy_id), levels.get((policy_id, seen["level"]))
        due_on = day - timedelta(days=seen["days_late"])
        answers.append((seen.pop("item_id"), Why(day, due_on=due_on, **seen, policy=policy, step=step, trial=trial)))
    return answers


def _levels(policies: set[int | None]) -> dict[tuple[int, int], DunningLevel]:
    """The levels of versions, each with its version, by the version's key and their number."""
    named = DunningLevel.objects.filter(policy_id__in=policies - {None}).select_related("policy")
    return {(level.policy_id, level.number): level for level in named}


def of_decisions(decisions: list[Decision]) -> list[Why]:
    """What runs decided, by their ledger; as many queries for any number."""
    levels = _levels({row.policy_id for row in decisions})
    policies = {policy_id: level.policy for (policy_id, _), level in levels.items()}
    trials = Trial.objects.in_bulk({row.trial_id for row in decisions} - {None})
    return [
        Why(
            as_of=row.as_of,
            currency=row.currency,
            due_on=row.as_of - timedelta(days=row.days_late),
            reason=row.reason,
            level=row.level,
            days_late=row.days_late,
            balance=row.balance,
            last_level=row.last_level,
            policy=policies.get(row.policy_id),
            step=step,
            trial=trials.get(row.trial_id),
            past=True,
        )
        for row in decisions
        for step in [levels.get((row.policy_id, row.level))]
    ]


# --- In words


def _day(day: date) -> str:
    with formats.written_for("en"):
        return formats.day(day)


def _late(why: Why) -> str:
    be = "was" if why.past else "is"
    if why.days_late > 0:
        return f"It {be} {why.days_late} day{'' if why.days_late == 1 else 's'} late"
    return f"It {be} due on {_day(why.due_on)}"


def _from(why: Why, more: int = 0) -> str:
    """From when on its next level comes."""
    return _day(why.due_on + timedelta(days=why.step.days_past_due + more))


def _noticed(why: Why) -> str:
    if why.step is None:
        return ""
    comes, stands = ("came", "stood") if why.past else ("comes", "stands")
    return f"{_late(why)}: {why.next_step}, {comes} from {_from(why)} on, and nothing {stands} against it."


def _not_yet(why: Why) -> str:
    return f"{_late(why)}; {why.next_step}, comes from {_from(why)} on." if why.step else ""


def _grace(why: Why) -> str:
    if why.step is None or why.policy is None:
        return ""
    on_its_way = f"money may be on its way for {why.policy.bank_days} days"
    return f"{_late(why)}; {why.next_step}, comes from {_from(why, why.policy.bank_days)} on, as {on_its_way}."


def _deadline(why: Why) -> str:
    if why.pay_by is None:
        return ""
    bank = why.policy.bank_days if why.policy else 0
    more = f", and money may be on its way for {bank} days more" if bank else ""
    return f"Its last notice gave it until {_day(why.pay_by)}{more}."


def _interval(why: Why) -> str:
    return (
        f"Its last notice was of {_day(why.last_notice_on)}; the next one waits its turn." if why.last_notice_on else ""
    )


def _below(why: Why) -> str:
    if why.minimum is None:
        return ""
    total = why.overdue or Decimal(0)
    if why.days_late <= 0:
        total += why.balance
    return f"In all {why.money(total)} would be asked for; {why.next_step}, needs {why.money(why.minimum)}."


def _promise(why: Why) -> str:
    return f"A promise for it stands until {_day(why.promised_until)}, grace included." if why.promised_until else ""


def _plan(why: Why) -> str:
    if why.planned_until is None:
        return ""
    return f"It is in a payment plan that is kept; the last instalment may come until {_day(why.planned_until)}."


def _contact(why: Why) -> str:
    if why.contact_on is None or why.policy is None:
        return ""
    again = why.contact_on + timedelta(days=why.policy.contact_days)
    return f"Somebody spoke with the customer on {_day(why.contact_on)}; letters go out again from {_day(again)} on."


def _credit(why: Why) -> str:
    if why.net is None:
        return ""
    if why.net == 0:
        return "With credits taken off, nothing is owed in this currency."
    return f"With credits taken off, {why.money(-why.net)} are owed to the customer."


def _last(why: Why) -> str:
    return f"It has had level {why.last_level}, the last one; what follows is up to a person." if why.last_level else ""


def _handed_over(why: Why) -> str:
    if why.handed_to is None or why.handed_on is None:
        return ""
    return f"It was handed over to {why.handed_to} on {_day(why.handed_on)}, who collects it for us."


def _unseen(why: Why) -> str:
    if not why.balance or why.balance < 0:
        return "Nothing was owed on it."
    return f"It is due on {_day(why.due_on)}, and its policy does not look at it before."


SENTENCES = {
    "notice": _noticed,
    "not_yet": _not_yet,
    "grace": _grace,
    "deadline_running": _deadline,
    "interval": _interval,
    "below_minimum": _below,
    "promise_open": _promise,
    "plan_kept": _plan,
    "in_contact": _contact,
    "net_credit": _credit,
    "last_level": _last,
    "handed_over": _handed_over,
    NOT_LOOKED_AT: _unseen,
}
