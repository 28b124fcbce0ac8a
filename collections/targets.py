"""Targets: what is expected of people, and what they have reached of it, worked out in one statement."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet

from o2c.collections import teams
from o2c.collections.models import Target, Team
from o2c.core import clock, formats
from o2c.core.actors import Actor, acting
from o2c.core.models import User
from o2c.core.money import LARGEST_AMOUNT, MoneyError, exact
from o2c.core.refusals import Refused
from o2c.orders.models import LegalEntity

MOST_A_DAY = 1000


class TargetRefused(Refused):
    """The target cannot be set so; the text says why, `field` where."""


@dataclass(frozen=True)
class Progress:
    """What somebody has reached of a target: today, or this month. `currency` and `entity` where it is money."""

    user_id: int
    what: str
    target: Decimal
    reached: Decimal
    entity: str
    currency: str

    @property
    def is_met(self) -> bool:
        return self.reached >= self.target

    @property
    def unit(self) -> str:
        """ "tasks today", after "12 of 20"."""
        return {
            Target.What.TASKS: "tasks today",
            Target.What.REACHED: "customers reached today",
            Target.What.PROMISED: "promised this month",
            Target.What.COLLECTED: "collected this month",
        }[self.what]


# The last that begins counts, the own before a team's. A day's target is of a day on which the person works: a business
# day of a legal entity that they see, and not away.
PROGRESS = """
    WITH days AS (
        SELECT e.id, e.code, e.base_currency, e.time_zone, d.day, orders_is_business_day(e.id, d.day) AS works,
            date_trunc('month', d.day)::date AS month
        FROM unnest(%(entities)s::bigint[], %(days)s::date[]) AS d (id, day) JOIN orders_legalentity e USING (id)
    ), people AS (
        SELECT u.id, u.username, EXISTS (
                SELECT 1 FROM days d WHERE d.works AND (u.all_entities OR EXISTS (
                    SELECT 1 FROM orders_entityaccess x WHERE x.user_id = u.id AND x.entity_id = d.id))
            ) AND NOT EXISTS (
                SELECT 1 FROM collections_absence a
                WHERE a.user_id = u.id AND %(today)s BETWEEN a.first_on AND a.last_on
            ) AS works
        FROM core_user u WHERE u.id = ANY(%(people)s)
    ), last AS (
        SELECT DISTINCT ON (p.id, t.what, t.entity_id) p.id AS user_id, p.username, p.works,
            t.what, t.entity_id, t.amount
        FROM people p JOIN collections_target t ON t.from_on <= %(today)s AND (t.user_id = p.id OR t.team_id IN (
            SELECT m.team_id FROM collections_teammember m WHERE m.user_id = p.id))
        WHERE t.entity_id IS NULL OR t.entity_id = ANY(%(entities)s)
        ORDER BY p.id, t.what, t.entity_id, t.user_id IS NULL, t.from_on DESC, t.id DESC
    ), wanted AS (
        SELECT * FROM last WHERE amount IS NOT NULL AND (works OR what IN ('promised', 'collected'))
    ), names AS (SELECT array_agg(DISTINCT username) AS names FROM wanted), acts AS (
        SELECT a.actor, a.kind, a.outcome, a.customer_id, a.task_id FROM collections_activity a
        JOIN days d ON d.id = a.entity_id
        WHERE a.happened_at >= %(since)s AND a.actor = ANY((SELECT names FROM names)::varchar[])
            AND (a.happened_at AT TIME ZONE d.time_zone)::date = d.day
    ), money AS (
        SELECT p.actor, 'promised' AS what, p.entity_id, p.currency, sum(p.amount) AS amount
        FROM collections_promisetopay p JOIN days d ON d.id = p.entity_id
        WHERE p.promised_on BETWEEN d.month AND d.day AND p.state <> 'withdrawn'
            AND (p.actor, p.entity_id) IN (SELECT username, entity_id FROM wanted WHERE what = 'promised')
        GROUP BY 1, 3, 4
        UNION ALL
        SELECT w.username, 'collected', w.entity_id, l.currency, sum(l.amount)
        FROM wanted w JOIN days d ON d.id = w.entity_id
        JOIN orders_account a ON a.collector_id = w.user_id AND a.entity_id = w.entity_id
        JOIN invoicing_openitem i ON i.customer_id = a.customer_id AND i.entity_id = a.entity_id
        JOIN invoicing_allocation l ON l.debit_item_id = i.id AND l.counts_from BETWEEN d.month AND d.day
        JOIN invoicing_openitem c ON c.id = l.credit_item_id AND c.kind = 'on_account'
        WHERE w.what = 'collected' GROUP BY 1, 3, 4
    ), reached AS (
        SELECT a.actor, 'tasks' AS what, NULL::bigint AS entity_id, count(DISTINCT a.task_id)::numeric AS amount
        FROM acts a JOIN collections_task t ON t.id = a.task_id AND t.state = 'done' WHERE a.kind = 'done' GROUP BY 1
        UNION ALL
        SELECT actor, 'reached', NULL, count(DISTINCT customer_id) FROM acts
        WHERE outcome IN ('reached', 'promised', 'disputes', 'already_paid') OR kind IN ('promise', 'plan') GROUP BY 1
        UNION ALL
        SELECT m.actor, m.what, m.entity_id, round(sum(m.amount * coalesce(
                invoicing_rate(d.base_currency, d.day) / invoicing_rate(m.currency, d.day), 1)),
            core_minor_unit(min(d.base_currency)))
        FROM money m JOIN days d ON d.id = m.entity_id GROUP BY 1, 2, 3
    )
    SELECT w.user_id, w.what, w.amount, coalesce(r.amount, 0), coalesce(d.code, ''), coalesce(d.base_currency, '')
    FROM wanted w LEFT JOIN days d ON d.id = w.entity_id
    LEFT JOIN reached r ON r.actor = w.username AND r.what = w.what AND r.entity_id IS NOT DISTINCT FROM w.entity_id
    ORDER BY w.user_id, array_position(ARRAY['tasks', 'reached', 'promised', 'collected'], w.what::text), d.code
"""


def progress(people: Iterable[int], entities: Iterable[LegalEntity]) -> dict[int, list[Progress]]:
    """What each of these people has reached of their targets, on each legal entity's own day, with these entities.

    Tasks and customers by what they did themselves; promised is what they wrote down and was not withdrawn, collected
    what was paid on accounts whose collector they are. Who has no target is not in it.
    """
    days = {entity.pk: clock.today(entity.time_zone) for entity in entities}
    found: dict[int, list[Progress]] = {}
    if not days:
        return found
    facts = {
        "entities": list(days),
        "days": list(days.values()),
        "today": max(days.values()),
        "people": sorted(people),
        "since": clock.now() - timedelta(days=2),
    }
    with connection.cursor() as cursor:
        cursor.execute(PROGRESS, facts)
        for row in cursor.fetchall():
            found.setdefault(row[0], []).append(Progress(*row))
    return found


def standing(today: date) -> QuerySet[Target]:
    """What counts of each person and team on a day, and what is to come."""
    rows = Target.objects.select_related("user", "team", "entity")
    counts = rows.filter(from_on__lte=today).order_by("user", "team", "what", "entity", "-from_on")
    last = counts.distinct("user", "team", "what", "entity").values("pk")
    return (rows.filter(pk__in=last, amount__isnull=False) | rows.filter(from_on__gt=today)).order_by(
        "team__name", "user__username", "what", "entity__code", "from_on"
    )


def set_target(
    of: User | Team,
    what: str,
    *,
    amount: Decimal | None,
    from_on: date,
    entity: LegalEntity | None = None,
    actor: Actor,
) -> Target:
    """From a day on so much is expected; None: nothing any more. The same day again says it anew.

    Raises TargetRefused for who works no tasks, a day that is past, and an amount that cannot be.
    """
    person, team = (of, None) if isinstance(of, User) else (None, of)
    if amount is not None and person is not None and not teams.works(person, entity):
        raise TargetRefused(f"{person} works no tasks{f' of {entity.code}' if entity else ''}.", "of")
    if from_on < clock.today():
        raise TargetRefused("What was expected before stays: choose a day from today on.", "from_on")
    if (what in Target.MONEY) is not (entity is not None):
        raise TargetRefused("Money is of a legal entity, a count is not.", "entity")
    if amount is not None:
        _check(amount, entity)
    with acting(actor):
        target, _ = Target.objects.update_or_create(
            user=person, team=team, what=what, entity=entity, from_on=from_on,
            defaults={"amount": amount, "set_by": actor.name},
        )  # fmt: skip
        return target


def end(target: Target, *, from_on: date, actor: Actor) -> Target:
    """From a day on nothing is expected any more of what this target is of; what is to come after that day stays.

    Raises TargetRefused where it is over, begins later, or another one counts on that day.
    """
    with acting(actor):
        row = Target.objects.select_related("user", "team", "entity").get(pk=target.pk)
        if row.amount is None:
            raise TargetRefused("It has ended already.")
        if row.from_on > from_on:
            raise TargetRefused(f"It begins on {formats.day(row.from_on)} only.")
        last = counting(row.of, row.what, row.entity, from_on)
        if last != row:
            says = "It has ended" if last.amount is None else "Another one counts"
            raise TargetRefused(f"{says} from {formats.day(last.from_on)} on.")
        return set_target(row.of, row.what, amount=None, from_on=from_on, entity=row.entity, actor=actor)


def counting(of: User | Team, what: str, entity: LegalEntity | None, on: date) -> Target | None:
    """Which of the targets of a person or a team counts on a day, be it one that ends them."""
    return Target.objects.of(of).filter(what=what, entity=entity, from_on__lte=on).order_by("from_on").last()


def _check(amount: Decimal, entity: LegalEntity | None) -> None:
    if entity is None:
        if not 0 < amount <= MOST_A_DAY or amount != amount.to_integral_value():
            raise TargetRefused(f"A whole number up to {MOST_A_DAY}.", "amount")
        return
    if not 0 < amount <= LARGEST_AMOUNT:
        raise TargetRefused("More than nothing, and an amount that can be booked.", "amount")
    try:
        exact(amount, entity.base_currency)
    except MoneyError as error:
        raise TargetRefused(str(error), "amount") from None


def of(user: User) -> list[Progress]:
    """What a person has reached of the own targets; nothing is asked where nobody has one."""
    if not Target.objects.exists():
        return []
    return progress([user.pk], LegalEntity.objects.for_user(user)).get(user.pk, [])
