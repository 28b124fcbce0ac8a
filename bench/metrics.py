"""Keeping a day, a month of days, the figures of the months, and the pages that show them."""

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from bench.pages import MOST_MILLISECONDS, MOST_QUERIES, answer
from bench.report import Report, timed
from o2c.analytics.metrics import keeping
from o2c.analytics.models import Snapshot
from o2c.analytics.snapshots import taking
from o2c.core.models import Role, User
from o2c.orders.models import LegalEntity

DAYS = 30
# A night's snapshot in plain SQL, into a table with the same keys: what is open now, as there are no later allocations.
PLAIN_TABLE = """
    CREATE TABLE bench_snapshot (day date, entity_id bigint, customer_id bigint, currency varchar(3), bucket smallint,
        items int, amount numeric(19, 4), credits numeric(19, 4), base_amount numeric(19, 4),
        PRIMARY KEY (day, entity_id, customer_id, currency, bucket));
    CREATE INDEX ON bench_snapshot (customer_id, day)
"""
PLAIN = """
    INSERT INTO bench_snapshot
    WITH owed AS (
        SELECT entity_id, customer_id, currency,
            CASE WHEN %(day)s - due_on <= 0 THEN 0 WHEN %(day)s - due_on <= 30 THEN 1
                WHEN %(day)s - due_on <= 60 THEN 31 WHEN %(day)s - due_on <= 90 THEN 61 ELSE 91 END AS bucket,
            count(*) AS items, sum(open_amount) AS amount, coalesce(sum(open_amount) FILTER (WHERE open_amount < 0), 0)
            AS credits
        FROM invoicing_openitem WHERE open_amount <> 0 AND counts_from <= %(day)s GROUP BY 1, 2, 3, 4
    ), rates AS MATERIALIZED (
        SELECT e.id, c.currency, invoicing_rate(e.base_currency, %(day)s) / invoicing_rate(c.currency, %(day)s) AS rate
        FROM orders_legalentity e CROSS JOIN (SELECT DISTINCT currency FROM owed) c
    )
    SELECT %(day)s, o.entity_id, o.customer_id, o.currency, o.bucket, o.items, o.amount, o.credits,
        round(o.amount * r.rate, 2)
    FROM owed o JOIN rates r ON r.id = o.entity_id AND r.currency = o.currency
"""


def measure(report: Report) -> None:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    entities = list(LegalEntity.objects.order_by("pk"))
    day = report.book.as_of

    def forget() -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_snapshot")
            cursor.execute(PLAIN_TABLE)
            cursor.execute("TRUNCATE analytics_agingsnapshot, analytics_daysnapshot, analytics_snapshot")

    def plain() -> None:
        with connection.cursor() as cursor:
            cursor.execute(PLAIN, {"day": day})

    report.ratio("keeping a day", ours=lambda: taking.take(day, entities), plain=plain, before=forget, at_most=1.5)
    one = timed(lambda: taking.take(day - timedelta(days=1), entities))
    days = report.scaled(DAYS, least=3)
    many = timed(lambda: taking.fill(entities, day - timedelta(days=1 + days), day - timedelta(days=2)))
    report.limit(f"keeping {days} days over so many times one", many / one / days, "x", 1.5, f"{many:.1f} s")
    wrong = taking.differences(Snapshot.objects.filter(day__gte=day - timedelta(days=2)))
    if wrong:
        raise RuntimeError(wrong[:3])
    report.fact("figures of 37 months", timed(lambda: [keeping.refresh(entity, day) for entity in entities]), "s")

    user = User.objects.create_user("bench-metrics", roles=[Role.FINANCE_MANAGER], all_entities=True)
    client = Client()
    client.force_login(user)
    kept = Snapshot.objects.filter(day=day).first()
    held = {
        "metrics": reverse("metrics"),
        "one metric": reverse("metric", args=["dso"]),
        "days that are kept": reverse("snapshots"),
    }
    for name, url in held.items():
        milliseconds, queries, detail = answer(client, url)
        report.limit(f"{name}: server time", milliseconds, "ms", MOST_MILLISECONDS, detail)
        report.limit(f"{name}: queries", queries, "", MOST_QUERIES)
    milliseconds, _, detail = answer(client, f"{reverse('metric', args=['dso'])}?by=customer")
    report.fact("one metric by customer: server time", milliseconds, "ms", detail)
    milliseconds, _, detail = answer(client, reverse("snapshot", args=[kept.pk]))
    report.fact("a day, then and now: server time", milliseconds, "ms", detail)
