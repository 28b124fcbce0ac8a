"""What a trial has shown by a day, as known then: how fast each arm pays, what is spent on it, and how sure that is.

Looked at is every invoice that came due while the trial lasts, and of which nothing was told before it. What is still
open, or came due lately, is not left out, which would flatter: until the last day it was open, and after that nothing
is known of it. From both, the share that is open after each day past due is the estimate of Kaplan and Meier (J. Am.
Stat. Assoc. 53, 1958), by invoices and, where part of one is paid by part, by amount. The mean days to pay within the
horizon is the area under it (the restricted mean), and what is not open at its end is the share recovered. What is paid
by the due day took no day.

Customers who are paid for by one, and their invoices, are not independent: the variance is that of the linearised
estimate summed up by payer (Williams, Biometrics 51, 1995), an interval reaches 1.96 standard errors to both sides.
"""

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from math import sqrt

from django.db import connection

from o2c.collections.models import Trial
from o2c.core import formats

HORIZONS = (14, 30, 60, 90)
USUAL_HORIZON = 30
ENOUGH = 30  # payers of an arm, of whom something has been due for the whole horizon
SURE = 1.96
CHAMPION, CHALLENGER = "champion", "challenger"
ARMS = (CHAMPION, CHALLENGER)
BY_ITEM, BY_AMOUNT = "item", "amount"

# `owed` is what was to be paid in money: what was credited, corrected, deducted as a discount or kept by a bank is no
# debt. What was written off still is, and was never paid. A payment that was undone was none.
ITEMS = """
    WITH tried AS MATERIALIZED (
        SELECT t.*, e.base_currency, e.time_zone, least(%(as_of)s::date, until, ended_on - 1) AS last_on
        FROM collections_trial t JOIN orders_legalentity e ON e.id = t.entity_id WHERE t.id = %(trial)s
    ), due AS MATERIALIZED (
        SELECT i.id, i.customer_id, i.payer_id, i.due_on, t.last_on - i.due_on AS seen, i.amount,
               CASE WHEN i.currency = t.base_currency THEN 1 ELSE i.base_amount / i.amount END AS rate,
               CASE WHEN dunning_challenged(t.salt, i.payer_id, t.share) THEN 'challenger' ELSE 'champion' END AS arm
        FROM tried t
        JOIN invoicing_openitem i ON i.entity_id = t.entity_id AND i.kind = 'invoice' AND i.amount > 0
            AND i.due_on BETWEEN t.first_on AND t.last_on AND i.counts_from <= %(as_of)s
        LEFT JOIN orders_account a ON a.customer_id = i.customer_id AND a.entity_id = i.entity_id
        LEFT JOIN collections_policychoice sc
            ON sc.entity_id = i.entity_id AND sc.segment = a.segment AND sc.item_id IS NULL
        LEFT JOIN collections_dunningsettings s ON s.entity_id = i.entity_id
        LEFT JOIN collections_policychoice own ON own.item_id = i.id
        WHERE coalesce(nullif(a.policy, ''), sc.policy, s.policy) = t.champion AND own.id IS NULL
            AND NOT EXISTS (
                SELECT 1 FROM collections_noticeline l WHERE l.item_id = i.id AND l.as_of < t.first_on
                    AND l.dropped_because = '' AND l.scenario_id IS NULL
            )
    ), settled AS MATERIALIZED (
        SELECT d.id, greatest(a.effective_on - d.due_on, 0) AS day, a.amount,
               a.effective_on <= t.last_on AND c.kind IN ('on_account', 'exchange', 'transfer') AS paid,
               c.kind IN ('credit_note', 'correction', 'discount', 'charge') AS relieved
        FROM due d CROSS JOIN tried t
        JOIN invoicing_allocation a ON a.debit_item_id = d.id AND a.amount > 0 AND a.counts_from <= %(as_of)s
        JOIN invoicing_openitem c ON c.id = a.credit_item_id
        LEFT JOIN invoicing_allocation undone ON undone.reverses_id = a.id AND undone.counts_from <= %(as_of)s
        WHERE undone.id IS NULL
    ), item AS MATERIALIZED (
        SELECT d.*, d.amount - coalesce(s.relieved, 0) AS owed, coalesce(s.paid, 0) AS paid
        FROM due d LEFT JOIN (
            SELECT id, sum(amount) FILTER (WHERE relieved) AS relieved, sum(amount) FILTER (WHERE paid) AS paid
            FROM settled GROUP BY id
        ) s ON s.id = d.id
        WHERE d.amount > coalesce(s.relieved, 0)
    )
"""
# A portion of what was owed leaves those that are looked at when it is paid, or when nothing more is known of it. An
# invoice is one portion; by its amount as many as it was paid in, and what is open. All that follows goes over the days
# of the horizon and the payers. `hazard` is the share of what is open on a day that is paid on it, `pull` how much a
# payment on a day moves the estimates, `moved` by how much each payer does.
ESTIMATES = f"""{ITEMS}, portion AS (
        SELECT 'item' AS measure, i.arm, i.payer_id, coalesce(c.day, i.seen) AS day, 1::float8 AS weight,
               c.day IS NOT NULL AS paid
        FROM item i LEFT JOIN (
            SELECT id, min(day) AS day FROM (
                SELECT s.id, s.day, sum(s.amount) OVER (PARTITION BY s.id ORDER BY s.day) AS so_far, i.owed
                FROM settled s JOIN item i ON i.id = s.id WHERE s.paid
            ) p WHERE so_far >= owed GROUP BY id
        ) c ON c.id = i.id
        UNION ALL
        SELECT 'amount', i.arm, i.payer_id, s.day, (s.amount * i.rate)::float8, true
        FROM settled s JOIN item i ON i.id = s.id WHERE s.paid AND i.rate IS NOT NULL
        UNION ALL
        SELECT 'amount', i.arm, i.payer_id, i.seen, ((i.owed - i.paid) * i.rate)::float8, false
        FROM item i WHERE i.owed > i.paid AND i.rate IS NOT NULL
    ), left_on AS MATERIALIZED (
        SELECT measure, arm, payer_id, least(day, %(horizon)s + 1) AS day, sum(weight) AS weight,
               coalesce(sum(weight) FILTER (WHERE paid AND day <= %(horizon)s), 0) AS paid
        FROM portion GROUP BY 1, 2, 3, 4
    ), daily AS (
        SELECT measure, arm, day, sum(weight) AS weight, sum(paid) AS paid FROM left_on GROUP BY 1, 2, 3
    ), hazard AS (
        SELECT g.measure, g.arm, g.day, h.there,
               CASE WHEN h.there > 0 THEN least(coalesce(d.paid, 0) / h.there, 1) ELSE 0 END AS rate
        FROM (
            SELECT m.measure, m.arm, day
            FROM (SELECT DISTINCT measure, arm FROM daily) m CROSS JOIN generate_series(0, %(horizon)s) day
        ) g
        LEFT JOIN daily d USING (measure, arm, day)
        CROSS JOIN LATERAL (
            SELECT sum(o.weight) AS there FROM daily o
            WHERE o.measure = g.measure AND o.arm = g.arm AND o.day >= g.day
        ) h
    ), open AS (
        SELECT *, CASE WHEN bool_or(rate >= 1 - 1e-12) OVER so_far THEN 0
                       ELSE exp(sum(ln(greatest(1 - rate, 1e-12))) OVER so_far) END AS share
        FROM hazard WINDOW so_far AS (PARTITION BY measure, arm ORDER BY day)
    ), area AS (
        SELECT *, coalesce(sum(share) OVER (
                   PARTITION BY measure, arm ORDER BY day ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
               ), 0) - at_end AS ahead
        FROM (SELECT *, last_value(share) OVER (
                  PARTITION BY measure, arm ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
              ) AS at_end FROM open) o
    ), pull AS MATERIALIZED (
        SELECT measure, arm, day, share, at_end, ahead, pull_days, pull_share,
               sum(pull_days * rate) OVER so_far AS drag_days, sum(pull_share * rate) OVER so_far AS drag_share
        FROM (
            SELECT *, coalesce(ahead / weighs, 0) AS pull_days, coalesce(at_end / weighs, 0) AS pull_share
            FROM (SELECT *, CASE WHEN there > 0 AND rate < 1 - 1e-12 THEN there * (1 - rate) END AS weighs FROM area) w
        ) a WINDOW so_far AS (PARTITION BY measure, arm ORDER BY day)
    ), moved AS (
        SELECT l.measure, l.arm, l.payer_id,
               sum(l.weight * last.drag_days - l.paid * coalesce(at.pull_days, 0)) AS days,
               sum(l.weight * last.drag_share - l.paid * coalesce(at.pull_share, 0)) AS share
        FROM left_on l
        JOIN pull last ON last.measure = l.measure AND last.arm = l.arm AND last.day = least(l.day, %(horizon)s)
        LEFT JOIN pull at ON at.measure = l.measure AND at.arm = l.arm AND at.day = l.day
        GROUP BY 1, 2, 3
    ), spread AS (
        SELECT measure, arm, count(*) AS payers,
               sqrt(sum(days ^ 2) * count(*) / greatest(count(*) - 1, 1)) AS days_error,
               sqrt(sum(share ^ 2) * count(*) / greatest(count(*) - 1, 1)) AS share_error
        FROM moved GROUP BY 1, 2
    )
    SELECT s.measure, s.arm, c.days, s.days_error, 1 - c.at_end, s.share_error, c.shares::text
    FROM spread s JOIN (
        SELECT measure, arm, max(ahead) FILTER (WHERE day = 0) AS days, max(at_end) AS at_end,
               json_agg(share ORDER BY day) AS shares
        FROM pull GROUP BY 1, 2
    ) c USING (measure, arm)
"""  # noqa: S608 made of our own words
SPENT = f"""{ITEMS}, told AS (
        SELECT DISTINCT i.arm, n.id FROM item i CROSS JOIN tried t
        JOIN collections_noticeline l ON l.item_id = i.id AND l.scenario_id IS NULL AND l.dropped_because = ''
        JOIN collections_notice n ON n.id = l.notice_id AND n.state = 'composed' AND n.as_of <= t.last_on
    ), spent AS (
        SELECT o.arm, count(DISTINCT o.id) AS notices, count(t.id) AS tasks
        FROM told o LEFT JOIN collections_task t ON t.notice_id = o.id AND t.kind = 'call' GROUP BY o.arm
    ), called AS (
        SELECT c.arm, count(*) AS calls
        FROM (SELECT DISTINCT arm, customer_id FROM item) c CROSS JOIN tried t
        JOIN collections_activity a ON a.customer_id = c.customer_id AND a.entity_id = t.entity_id AND a.kind = 'call'
            AND (a.happened_at AT TIME ZONE t.time_zone)::date BETWEEN t.first_on AND t.last_on
        GROUP BY c.arm
    )
    SELECT i.arm, count(DISTINCT payer_id), count(DISTINCT customer_id), count(*),
           coalesce(sum(owed * rate), 0), coalesce(sum(paid * rate), 0), count(*) FILTER (WHERE rate IS NULL),
           count(DISTINCT payer_id) FILTER (WHERE seen >= %(horizon)s), min(due_on),
           coalesce(max(s.notices), 0), coalesce(max(s.tasks), 0), coalesce(max(c.calls), 0)
    FROM item i LEFT JOIN spent s ON s.arm = i.arm LEFT JOIN called c ON c.arm = i.arm GROUP BY i.arm
"""  # noqa: S608


@dataclass(frozen=True)
class Estimate:
    value: float
    error: float  # standard


@dataclass(frozen=True)
class Arm:
    """What came due of one arm by the day, what was paid of it, and what was spent on it. Amounts in base currency.

    `payers` are groups of customers that chance puts into one arm together; of `reached` of them something has been due
    for the whole horizon. Of `unpriced` invoices no rate is known: they are in no amount.
    """

    name: str
    payers: int = 0
    customers: int = 0
    items: int = 0
    owed: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    unpriced: int = 0
    reached: int = 0
    first_due: date | None = None
    notices: int = 0
    tasks: int = 0
    calls: int = 0
    days: dict[str, Estimate] = field(default_factory=dict)  # by item and by amount
    share: dict[str, Estimate] = field(default_factory=dict)
    open: dict[str, list[float]] = field(default_factory=dict)  # the share that is open after each day past due


@dataclass(frozen=True)
class Difference:
    """The challenger's less the champion's, and between what it lies in nineteen of twenty trials."""

    value: float
    low: float
    high: float

    @property
    def is_told(self) -> bool:
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Figures:
    trial: Trial
    as_of: date
    last_on: date  # what is known of payments after it is not looked at
    horizon: int
    champion: Arm
    challenger: Arm

    @property
    def arms(self) -> tuple[Arm, Arm]:
        return self.champion, self.challenger

    def days(self, measure: str) -> Difference | None:
        """Of the mean days to pay; None before it can be told."""
        return self._difference("days", measure)

    def share(self, measure: str) -> Difference | None:
        return self._difference("share", measure)

    def _difference(self, of: str, measure: str) -> Difference | None:
        one, other = (getattr(arm, of).get(measure) for arm in self.arms)
        if one is None or other is None or not all(arm.reached for arm in self.arms):
            return None
        value, far = other.value - one.value, SURE * sqrt(one.error**2 + other.error**2)
        return Difference(value, value - far, value + far)


def of(trial: Trial, as_of: date, horizon: int = USUAL_HORIZON) -> Figures:
    """What the trial has shown by a day, by what was known then. Two statements, whatever its size."""
    facts = {"trial": trial.pk, "as_of": as_of, "horizon": horizon}
    with connection.cursor() as cursor:
        cursor.execute(SPENT, facts)
        counted = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(ESTIMATES, facts)
        estimated = cursor.fetchall()
    arms = {name: Arm(name, *counted.get(name, ())) for name in ARMS}
    for measure, name, days, days_error, share, share_error, shares in estimated:
        arms[name].days[measure] = Estimate(days, days_error)
        arms[name].share[measure] = Estimate(share, share_error)
        arms[name].open[measure] = json.loads(shares)
    return Figures(trial, as_of, min(as_of, trial.last_on), horizon, arms[CHAMPION], arms[CHALLENGER])


# --- In words


@dataclass(frozen=True)
class Verdict:
    """What can be told by now: early (nothing yet), open (it may be chance), faster or slower (the challenger's)."""

    name: str
    sentence: str

    @property
    def is_told(self) -> bool:
        return self.name in ("faster", "slower")


def verdict(figures: Figures) -> Verdict:
    """What a manager may conclude about the days to pay, and if nothing yet, why."""
    trial = figures.trial
    if figures.as_of < trial.first_on:
        return Verdict("early", f"It begins on {formats.day(trial.first_on)}.")
    for arm in figures.arms:
        if not arm.items:
            return Verdict("early", f"Too early to tell: nothing has come due yet for the {arm.name}.")
    for arm in figures.arms:
        if not arm.reached:
            on = arm.first_due + timedelta(days=figures.horizon)
            if on > trial.last_on:
                why = f"and by its last day, {formats.day(trial.last_on)}, nothing will have been"
            else:
                why = f"the first is so on {formats.day(on)}"
            return Verdict(
                "early", f"Too early to tell: nothing of the {arm.name} has been due for {figures.horizon} days; {why}."
            )
    few = min(figures.arms, key=lambda arm: arm.reached)
    if few.reached < ENOUGH:
        payers = "1 payer" if few.reached == 1 else f"{few.reached} payers"
        return Verdict(
            "early",
            f"Too early to tell: {payers} of the {few.name} had something due for {figures.horizon} days, and it takes"
            f" {ENOUGH} in each arm.",
        )
    return _told(figures, figures.days(BY_ITEM))


def _told(figures: Figures, found: Difference) -> Verdict:
    ends = sorted((abs(found.low), abs(found.high)))
    over = figures.as_of >= figures.trial.last_on
    if not found.is_told:
        between = (
            f"the challenger's customers pay between {_days(-found.low)} sooner and {_days(found.high)} later"
            if found.low < 0 < found.high
            else "there is no difference at all"
        )
        begins = "No difference was found" if over else "Too early to tell"
        return Verdict("open", f"{begins}: {between}, so it may be chance.")
    name = "faster" if found.value < 0 else "slower"
    word = "sooner" if name == "faster" else "later"
    sentence = (
        f"The challenger's customers pay {_days(abs(found.value))} {word} ({_days(ends[0])} to {_days(ends[1])}),"
        " which chance alone hardly does."
    )
    if not over:
        last = formats.day(figures.trial.last_on)
        sentence += f" Who looks often sees such a thing by chance now and then: decide on its last day, {last}."
    return Verdict(name, sentence)


def _days(days: float) -> str:
    written = formats.number(abs(days), 1)
    return f"{written} day" if written == "1.0" else f"{written} days"
