"""Playing a policy over the past, day by day as each was known: what it would have sent, and how much of that in vain.

A run of every business day is written as runs are, under a scenario of its own that sees no other notices, and taken
back at the end: what remains are the sums. A version stands in for the policy of its code wherever that code is named.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta

from django.db import connection, transaction

from o2c.collections import policies
from o2c.collections.interest.noticing import FEES
from o2c.collections.models import DunningPolicy, DunningSettings, PolicyChoice, Trial
from o2c.collections.policy_rules import Rules
from o2c.collections.proposing import NOTICES
from o2c.core import clock
from o2c.core.money import plain
from o2c.orders.business_days import calendar
from o2c.orders.models import Account, LegalEntity

SOON = 3  # days in which money that was on its way anyhow comes in
MOST_CUSTOMERS = 25


@dataclass(frozen=True)
class Month:
    """What went out in a month, by level."""

    month: str
    notices: dict[str, int]


@dataclass(frozen=True)
class Workload:
    """The calls that a policy would give a collector (empty: nobody's), a week on average and at most."""

    collector: str
    tasks: int
    a_week: float
    most: int


@dataclass(frozen=True)
class Played:
    """What a policy would have done over a time.

    Of the `lines`, the times that an item was told of: `soon` are those whose item was paid within three days,
    `credited` those that were credited later, in part or in whole.
    """

    notices: int = 0
    messages: int = 0
    tasks: int = 0
    lines: int = 0
    soon: int = 0
    credited: int = 0
    fees: dict[str, str] = field(default_factory=dict)  # by currency
    months: list[Month] = field(default_factory=list)
    collectors: list[Workload] = field(default_factory=list)

    def as_json(self) -> dict:
        return asdict(self)


def play(entity: LegalEntity, version: DunningPolicy, first: date, until: date) -> Played:
    """What the version would have done from `first` to `until`, begun with no item noticed before.

    All that is written is taken back.
    """
    days = calendar(entity, first, until)
    span = (first + timedelta(days=past) for past in range((until - first).days + 1))
    with transaction.atomic():
        _stand_in(entity, version.code, policies.of(version))
        with connection.cursor() as cursor:
            for statement in ITS_OWN:
                cursor.execute(statement, {"entity": entity.pk})
            for day in span:
                if days.is_business_day(day):
                    cursor.execute(RUN, {"entity": entity.pk, "as_of": day, "scenario": SCENARIO})
                    (run,) = cursor.fetchone()
                    facts = {"run": run, "as_of": day, "scenario": SCENARIO, "entity": entity.pk}
                    cursor.execute(DAY, facts)
            played = _sums(cursor, weeks=max(1, ((until - first).days + 1) / 7))
        transaction.set_rollback(True)
    return played


def today(entity: LegalEntity, version: DunningPolicy, on: date) -> dict:
    """What the version would decide about the book of a day, after the notices that were really sent.

    Items by reason, notices by level with what they are about, and the customers with most to pay.
    """
    with transaction.atomic():
        other = _stand_in(entity, version.code, policies.of(version))
        for arm in ("champion", "challenger"):
            Trial.objects.filter(entity=entity, **{arm: version.code}).update(**{arm: other})
        with connection.cursor() as cursor:
            cursor.execute(DECIDED, {"as_of": on, "entity": entity.pk})
            cursor.execute(REASONS)
            reasons = dict(cursor.fetchall())
            cursor.execute(LEVELS)
            levels = [dict(zip(("level", "name", "notices", "items"), row, strict=True)) for row in cursor.fetchall()]
            cursor.execute(CUSTOMERS, {"most": MOST_CUSTOMERS})
            named = ("customer", "number", "name", "level", "items", "total", "currency")
            customers = [dict(zip(named, row, strict=True)) for row in cursor.fetchall()]
        transaction.set_rollback(True)
    return {"on": on.isoformat(), "reasons": reasons, "levels": levels, "customers": customers}


def _stand_in(entity: LegalEntity, code: str, rules: Rules) -> str:
    """Let the rules count, since ever, for all who are chased by the policy of this code, in place of its versions.

    Returns the code that they go by.
    """
    other = f"~{entity.pk}"  # no code that anybody can give; one for each legal entity, so that none waits for another
    policies.write(DunningPolicy(code=other, version=1, effective_on=date(1900, 1, 1), activated_at=clock.now()), rules)
    DunningSettings.objects.filter(entity=entity, policy=code).update(policy=other)
    PolicyChoice.objects.filter(entity=entity, policy=code).update(policy=other)
    Account.objects.filter(entity=entity, policy=code).update(policy=other)
    return other


# A past balance is the present one without what was settled since, so every day reads all settlements of later days.
# Here they are those of this legal entity alone, in a table that only this transaction sees, by the name that the rule
# reads. The planner takes items with later settlements for few, and would look them up one by one.
ITS_OWN = (
    """
    CREATE TEMP TABLE invoicing_allocation ON COMMIT DROP AS
    SELECT a.* FROM invoicing_allocation a
    JOIN invoicing_openitem d ON d.id = a.debit_item_id JOIN invoicing_openitem c ON c.id = a.credit_item_id
    WHERE d.entity_id = %(entity)s OR c.entity_id = %(entity)s
    """,
    "CREATE INDEX ON invoicing_allocation (debit_item_id)",
    "CREATE INDEX ON invoicing_allocation (credit_item_id)",
    "CREATE INDEX ON invoicing_allocation (counts_from)",
    "ANALYZE invoicing_allocation",
    "SET LOCAL enable_nestloop = off",
)
SCENARIO = 1
RUN = """
    INSERT INTO collections_dunningrun (entity_id, as_of, scenario_id, replay, state, considered, skipped, notices_made,
                                        items_noticed, proposed_by, approved_by)
    VALUES (%(entity)s, %(as_of)s, %(scenario)s, true, 'done', 0, '{}', 0, 0, 'backtest', '') RETURNING id
"""
DAY = f"""
    WITH decided AS MATERIALIZED (
        SELECT * FROM dunning_decisions(%(as_of)s, %(scenario)s, %(entity)s, NULL, NULL) WHERE reason = 'notice'
    ), {NOTICES.format(again="")}
    SELECT count(*) FROM line
"""  # noqa: S608 made of our own words
# Each notice with how it would go out, as composing has it: in writing, by e-mail or post, or as a call.
SENT = """
    WITH sent AS (
        SELECT n.id, n.as_of, n.level, v.channel <> 'task' AND coalesce(a.channel, 'email') = 'email' AS by_mail,
               v.opens_task, coalesce(u.username, '') AS collector
        FROM collections_notice n
        JOIN collections_dunninglevel v ON v.policy_id = n.policy_id AND v.number = n.level
        LEFT JOIN orders_account a ON a.customer_id = n.customer_id AND a.entity_id = n.entity_id
        LEFT JOIN core_user u ON u.id = a.collector_id
        WHERE n.scenario_id = %(scenario)s
    )
"""
TOTALS = f"""
    {SENT}
    SELECT count(*), count(*) FILTER (WHERE by_mail), count(*) FILTER (WHERE opens_task OR NOT by_mail) FROM sent
"""  # noqa: S608
MONTHS = f"""
    {SENT}
    SELECT month, json_object_agg(level, times ORDER BY level)::text FROM (
        SELECT to_char(as_of, 'YYYY-MM') AS month, level, count(*) AS times FROM sent GROUP BY 1, 2
    ) m GROUP BY month ORDER BY month
"""  # noqa: S608
COLLECTORS = f"""
    {SENT}
    SELECT collector, sum(times), max(times) FROM (
        SELECT collector, date_trunc('week', as_of) AS week, count(*) AS times FROM sent
        WHERE opens_task OR NOT by_mail GROUP BY 1, 2
    ) w GROUP BY collector ORDER BY sum(times) DESC, collector
"""  # noqa: S608
# What became of the items afterwards, by what is known now.
IN_VAIN = """
    WITH line AS (
        SELECT id, item_id, as_of, open_amount FROM collections_noticeline WHERE scenario_id = %(scenario)s
    ), after AS (
        SELECT l.id,
               sum(a.amount) FILTER (WHERE c.kind <> 'credit_note' AND a.effective_on <= l.as_of + %(soon)s) AS paid,
               sum(a.amount) FILTER (WHERE c.kind = 'credit_note') AS credited
        FROM line l
        JOIN invoicing_allocation a ON a.debit_item_id = l.item_id AND a.effective_on >= l.as_of
        JOIN invoicing_openitem c ON c.id = a.credit_item_id
        GROUP BY l.id
    )
    SELECT count(*), count(*) FILTER (WHERE a.paid >= l.open_amount),
           count(*) FILTER (WHERE a.credited > 0 AND coalesce(a.paid, 0) < l.open_amount)
    FROM line l LEFT JOIN after a USING (id)
"""


# What the notices would have cost whoever got them in writing.
FEE_SUMS = f"""
    {SENT}
    SELECT f.currency, sum(f.amount)
    FROM ({FEES.format(notices="n.scenario_id = %(scenario)s")}) f JOIN sent ON sent.id = f.id AND sent.by_mail
    GROUP BY f.currency ORDER BY f.currency
"""  # noqa: S608


def _sums(cursor, weeks: float) -> Played:
    facts = {"scenario": SCENARIO, "soon": SOON}
    cursor.execute(TOTALS, facts)
    notices, messages, tasks = cursor.fetchone()
    cursor.execute(IN_VAIN, facts)
    lines, soon, credited = cursor.fetchone()
    cursor.execute(FEE_SUMS, facts)
    fees = {currency: plain(total, currency) for currency, total in cursor.fetchall()}
    cursor.execute(MONTHS, facts)
    months = [Month(month, json.loads(levels)) for month, levels in cursor.fetchall()]
    cursor.execute(COLLECTORS, facts)
    collectors = [
        Workload(collector, int(count), round(int(count) / weeks, 1), most)
        for collector, count, most in cursor.fetchall()
    ]
    return Played(notices, messages, tasks, lines, soon, credited, fees, months, collectors)


# --- Today

DECIDED = """
    CREATE TEMP TABLE tried ON COMMIT DROP AS
    SELECT * FROM dunning_decisions(%(as_of)s, NULL, %(entity)s, NULL, NULL)
"""
REASONS = "SELECT reason, count(*) FROM tried WHERE reason <> 'notice' GROUP BY reason ORDER BY count(*) DESC, reason"
TOLD = """
    SELECT told_id, currency, top[1] AS level, top[2] AS policy_id, total, items FROM (
        SELECT told_id, currency, max(ARRAY[level, policy_id]) AS top, sum(chased) AS total, count(*) AS items
        FROM tried WHERE reason = 'notice' GROUP BY told_id, currency, alone_id
    ) told
"""
LEVELS = f"""
    SELECT t.level, v.name, count(*), sum(t.items)::bigint FROM ({TOLD}) t
    JOIN collections_dunninglevel v ON v.policy_id = t.policy_id AND v.number = t.level
    GROUP BY t.level, v.name ORDER BY t.level, v.name
"""  # noqa: S608
CUSTOMERS = f"""
    SELECT c.id, c.number, c.name, t.level, t.items, t.total::text, t.currency FROM ({TOLD}) t
    JOIN orders_customer c ON c.id = t.told_id ORDER BY t.total DESC, c.number LIMIT %(most)s
"""  # noqa: S608
