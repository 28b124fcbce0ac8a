"""Trying the dunning out beside what staff do: runs as by schedule that send nothing, and what became of both."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Q

from o2c.collections.models import DunningRun, Pilot, Trial
from o2c.core import clock, outbox
from o2c.core.actors import Actor, acting
from o2c.core.money import plain
from o2c.invoicing.statements.files import csv_line, text
from o2c.orders.models import LegalEntity

# The real runs, and those of pilots, which have scenarios below nothing; not what is played over the past.
RECORDED = Q(scenario_id=None) | Q(scenario_id__lt=0)
UNDER_WAY = [
    DunningRun.State.PROPOSING,
    DunningRun.State.PROPOSED,
    DunningRun.State.APPROVED,
    DunningRun.State.SENDING,
    DunningRun.State.WAITING,
]


class PilotRefused(ValueError):
    """The pilot cannot be begun or ended so; the text says why."""


def scenarios() -> dict[int, int]:
    """The scenario of each legal entity's pilot that lasts, by the legal entity's id."""
    return {pilot.entity_id: pilot.scenario_id for pilot in Pilot.objects.filter(ended_at=None)}


def scenario_of(entity: LegalEntity) -> int | None:
    """In which scenario the entity's runs are recorded by now; None: the real world."""
    return scenarios().get(entity.pk)


def begin(entity: LegalEntity, *, actor: Actor) -> Pilot:
    """Let the entity's runs be recorded from now on, and nothing of them go out.

    Raises PilotRefused where it does so already, a run that would be sent is under way, or two policies are tried on
    customers, of which nothing could be learned.
    """
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        if scenario_of(entity) is not None:
            raise PilotRefused(f"{entity.code} has a pilot already.")
        begun = DunningRun.objects.filter(entity=entity, scenario_id=None, state__in=UNDER_WAY).order_by("pk").first()
        if begun is not None:
            state = begun.get_state_display().lower()
            raise PilotRefused(f"The run of {begun.as_of} is {state}: let it be done, or cancel it, before.")
        tried = Trial.objects.filter(entity=entity).lasting(clock.today(entity.time_zone)).order_by("pk").first()
        if tried is not None:
            raise PilotRefused(f"{tried.champion} is tried against {tried.challenger}: end that trial before.")
        pilot = Pilot.objects.create(entity=entity, begun_by=actor.name)
        outbox.emit("pilot.begun", pilot_id=pilot.pk, entity_id=entity.pk)
        return pilot


def end(entity: LegalEntity, *, actor: Actor) -> Pilot:
    """Let the entity's runs go out again, begun with nothing noticed of what the pilot did. Raises PilotRefused."""
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        pilot = Pilot.objects.filter(entity=entity, ended_at=None).first()
        if pilot is None:
            raise PilotRefused(f"{entity.code} has no pilot.")
        pilot.ended_at, pilot.ended_by = clock.now(), actor.name
        Pilot.objects.filter(pk=pilot.pk).update(ended_at=pilot.ended_at, ended_by=pilot.ended_by)
        outbox.emit("pilot.ended", pilot_id=pilot.pk, entity_id=entity.pk)
        return pilot


# --- What o2c would have done, and what staff did

# A customer's row each. Of o2c the largest that it asked for in a currency; of staff what was promised to them.
COMPARE = """
    WITH run AS (
        SELECT id, scenario_id FROM collections_dunningrun
        WHERE entity_id = %(entity)s AND as_of BETWEEN %(first)s AND %(until)s AND NOT replay
    ), noticed AS (
        SELECT n.customer_id, n.currency, count(*) AS notices, max(n.level) AS level, max(n.total) AS amount
        FROM run JOIN collections_notice n ON n.run_id = run.id AND n.state = 'composed'
        WHERE run.scenario_id < 0 GROUP BY n.customer_id, n.currency
    ), o2c AS (
        SELECT customer_id, sum(notices)::integer AS notices, max(level) AS level,
               jsonb_object_agg(currency, amount::text) AS amounts
        FROM noticed GROUP BY customer_id
    ), contact AS (
        SELECT customer_id, count(*) FILTER (WHERE kind = 'call') AS calls,
               count(*) FILTER (WHERE kind = 'note') AS notes
        FROM collections_activity
        WHERE entity_id = %(entity)s AND kind IN ('call', 'note')
            AND (happened_at AT TIME ZONE %(zone)s)::date BETWEEN %(first)s AND %(until)s
        GROUP BY customer_id
    ), sent AS (
        SELECT n.customer_id, count(*) AS notices
        FROM run JOIN collections_notice n ON n.run_id = run.id AND n.state = 'composed'
        WHERE run.scenario_id IS NULL GROUP BY n.customer_id
    ), promise AS (
        SELECT customer_id, sum(times)::integer AS times, jsonb_object_agg(currency, amount::text) AS amounts FROM (
            SELECT customer_id, currency, count(*) AS times, sum(amount) AS amount FROM collections_promisetopay
            WHERE entity_id = %(entity)s AND promised_on BETWEEN %(first)s AND %(until)s
            GROUP BY customer_id, currency
        ) p GROUP BY customer_id
    ), staff AS (
        SELECT customer_id, coalesce(c.calls, 0) AS calls, coalesce(c.notes, 0) AS notes,
               coalesce(s.notices, 0) AS sent, coalesce(p.times, 0) AS promises, coalesce(p.amounts, '{}') AS amounts
        FROM contact c FULL JOIN sent s USING (customer_id) FULL JOIN promise p USING (customer_id)
    )
    SELECT k.id, k.number, k.name, coalesce(o.notices, 0), o.level, coalesce(o.amounts, '{}')::text,
           coalesce(s.calls, 0), coalesce(s.notes, 0), coalesce(s.sent, 0), coalesce(s.promises, 0),
           coalesce(s.amounts, '{}')::text,
           CASE WHEN s.customer_id IS NULL THEN 'o2c' WHEN o.customer_id IS NULL THEN 'staff' ELSE 'both' END
    FROM o2c o FULL JOIN staff s ON s.customer_id = o.customer_id
    JOIN orders_customer k ON k.id = coalesce(o.customer_id, s.customer_id)
    ORDER BY o.level DESC NULLS LAST, coalesce(o.notices, 0) DESC, k.number
"""
WHO = {"both": "Both", "o2c": "Only o2c", "staff": "Only staff"}


@dataclass(frozen=True)
class Compared:
    """A customer, and what o2c would have told it and what staff did, in a time. Amounts by currency."""

    customer_id: int
    number: str
    name: str
    notices: int
    level: int | None
    asked: dict[str, Decimal]
    calls: int
    notes: int
    sent: int
    promises: int
    promised: dict[str, Decimal]
    who: str

    @property
    def who_title(self) -> str:
        return WHO[self.who]


@dataclass
class Sum:
    """How many customers there are of one kind, with what o2c asked for and staff were promised."""

    who: str
    customers: int = 0
    asked: dict[str, Decimal] = field(default_factory=dict)
    promised: dict[str, Decimal] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return WHO[self.who]


def compare(entity: LegalEntity, first: date, until: date) -> list[Compared]:
    """Each customer that o2c would have told of, or staff did something about, from a day until another included."""
    facts = {"entity": entity.pk, "zone": entity.time_zone, "first": first, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(COMPARE, facts)
        rows = cursor.fetchall()
    return [Compared(*row[:5], _amounts(row[5]), *row[6:10], _amounts(row[10]), row[11]) for row in rows]


def sums(rows: list[Compared]) -> list[Sum]:
    found = {who: Sum(who) for who in WHO}
    for row in rows:
        kind = found[row.who]
        kind.customers += 1
        for into, amounts in ((kind.asked, row.asked), (kind.promised, row.promised)):
            for currency, amount in amounts.items():
                into[currency] = into.get(currency, Decimal(0)) + amount
    return list(found.values())


COLUMNS = (
    "customer", "name", "who", "o2c_notices", "o2c_level", "o2c_asked", "staff_calls", "staff_notes",
    "staff_notices", "staff_promises", "staff_promised",
)  # fmt: skip


def as_csv(rows: list[Compared]) -> Iterator[str]:
    """RFC 4180; what a spreadsheet would run as a formula begins with an apostrophe."""
    yield csv_line(COLUMNS)
    for row in rows:
        yield csv_line(
            (
                text(row.number), text(row.name), row.who, row.notices, row.level or "", _in_words(row.asked),
                row.calls, row.notes, row.sent, row.promises, _in_words(row.promised),
            )
        )  # fmt: skip


def _in_words(amounts: dict[str, Decimal]) -> str:
    return ", ".join(f"{plain(amount, currency)} {currency}" for currency, amount in sorted(amounts.items()))


def _amounts(by_currency: str) -> dict[str, Decimal]:
    return {currency: Decimal(amount) for currency, amount in json.loads(by_currency).items()}
