"""The figures that pages show without counting: worked out whole for a legal entity, and never seen half."""

import time
from datetime import date

from django.db import connection, transaction
from django.db.models import F, Q

from o2c.analytics.models import BookRollup
from o2c.core import clock
from o2c.invoicing import ledger
from o2c.orders.models import LegalEntity

# The default buckets: o2c.invoicing.aging.DEFAULT_BOUNDS, held equal by a test.
BUCKETS = ("not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90")
AMOUNTS = f"total, overdue, {', '.join(BUCKETS)}"

CUSTOMERS = f"""
    INSERT INTO analytics_customerrollup (entity_id, customer_id, payer_id, collector_id, currency, items, {AMOUNTS},
                                          oldest_due_on, base_total, base_overdue, customer_base_overdue)
    WITH owed AS (
        SELECT b.customer_id, b.payer_id, b.currency, count(*) AS items, sum(b.balance) AS total,
            coalesce(sum(b.balance) FILTER (WHERE b.due_on < %(as_of)s), 0) AS overdue,
            coalesce(sum(b.balance) FILTER (WHERE b.due_on >= %(as_of)s), 0) AS not_due,
            coalesce(sum(b.balance) FILTER (WHERE %(as_of)s - b.due_on BETWEEN 1 AND 30), 0) AS days_1_30,
            coalesce(sum(b.balance) FILTER (WHERE %(as_of)s - b.due_on BETWEEN 31 AND 60), 0) AS days_31_60,
            coalesce(sum(b.balance) FILTER (WHERE %(as_of)s - b.due_on BETWEEN 61 AND 90), 0) AS days_61_90,
            coalesce(sum(b.balance) FILTER (WHERE %(as_of)s - b.due_on > 90), 0) AS days_over_90,
            min(b.due_on) FILTER (WHERE b.balance > 0) AS oldest_due_on
        FROM invoicing_balances(%(as_of)s) b WHERE b.entity_id = %(entity)s GROUP BY 1, 2, 3
    ), rates AS (
        SELECT currency, invoicing_rate(%(base)s, %(as_of)s) AS ours, invoicing_rate(currency, %(as_of)s) AS theirs
        FROM (SELECT DISTINCT currency FROM owed) currencies
    ), based AS (
        SELECT owed.*,
            CASE WHEN currency = %(base)s THEN total
                 ELSE round(total * ours / theirs, core_minor_unit(%(base)s)) END AS base_total,
            CASE WHEN currency = %(base)s THEN overdue
                 ELSE round(overdue * ours / theirs, core_minor_unit(%(base)s)) END AS base_overdue
        FROM owed JOIN rates USING (currency)
    )
    SELECT %(entity)s, b.customer_id, b.payer_id, a.collector_id, b.currency, b.items, {AMOUNTS}, b.oldest_due_on,
        b.base_total, b.base_overdue, coalesce(sum(b.base_overdue) OVER (PARTITION BY b.customer_id), 0)
    FROM based b LEFT JOIN orders_account a ON a.customer_id = b.customer_id AND a.entity_id = %(entity)s
"""  # noqa: S608
SUMS = ", ".join(f"sum({name})" for name in ("total", "overdue", *BUCKETS))
CURRENCIES = f"""
    INSERT INTO analytics_currencyrollup (entity_id, currency, customers, customers_overdue, items, {AMOUNTS},
                                          base_total, base_overdue)
    SELECT entity_id, currency, count(*), count(*) FILTER (WHERE overdue > 0), sum(items), {SUMS},
        sum(base_total), sum(base_overdue)
    FROM analytics_customerrollup WHERE entity_id = %(entity)s GROUP BY 1, 2
"""  # noqa: S608


def refresh(entity_id: int, as_of: date) -> float:
    """Work a legal entity's figures out anew as of a day; the seconds it took.

    Readers see the old figures until the new ones are whole. Two at once do it one after the other.
    """
    began = time.monotonic()
    entity = LegalEntity.objects.get(pk=entity_id)
    facts = {"entity": entity.pk, "as_of": as_of, "base": entity.base_currency}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('analytics.rollups'), %s)", [entity.pk])
        # Before the figures are read: what changes from now on makes them due again.
        made_at = clock.now()
        cursor.execute("DELETE FROM analytics_customerrollup WHERE entity_id = %(entity)s", facts)
        cursor.execute(CUSTOMERS, facts)
        cursor.execute("DELETE FROM analytics_currencyrollup WHERE entity_id = %(entity)s", facts)
        cursor.execute(CURRENCIES, facts)
        seconds = round(time.monotonic() - began, 3)
        BookRollup.objects.update_or_create(
            entity=entity,
            defaults={
                "as_of": as_of,
                "made_at": made_at,
                "seconds": seconds,
                "euro_rate": ledger.rate(entity.base_currency, as_of),
            },
        )
    return seconds


def mark_changed(payloads: list[dict]) -> None:
    """Handle events that say a legal entity's book has changed: its figures are due again."""
    entity_ids = {payload["entity_id"] for payload in payloads}
    BookRollup.objects.filter(entity_id__in=entity_ids).update(changed_at=clock.now())


def due() -> list[tuple[LegalEntity, date]]:
    """The legal entities whose figures were never made, are of another day, or older than a change; and their day."""
    fresh = dict(
        BookRollup.objects.filter(Q(changed_at=None) | Q(changed_at__lt=F("made_at"))).values_list("entity_id", "as_of")
    )
    found = []
    for entity in LegalEntity.objects.order_by("pk"):
        today = clock.today(entity.time_zone)
        if fresh.get(entity.pk) != today:
            found.append((entity, today))
    return found
