"""A version of a policy played over two years of 15,000 invoices, every business day of every legal entity."""

import time
from dataclasses import replace
from datetime import date, timedelta

from django.db import connection

from bench import book
from bench.report import Report

BOOK = False  # a past of its own, in which things were paid
PAST = book.Book(items=15_000, customers=400, months=24, lived=True)
AT_MOST = 60  # seconds


def measure(report: Report) -> None:
    import psutil

    from o2c.collections import backtesting, policies
    from o2c.invoicing.models import OpenItem
    from o2c.orders.models import LegalEntity

    past = replace(PAST, items=1_500, customers=60) if report.small else PAST
    book.ensure(past)
    book.restore(past)
    first = date(past.as_of.year - past.months // 12, past.as_of.month + 1, 1)
    version = policies.in_force(policies.STANDARD, past.as_of)
    entities = list(LegalEntity.objects.order_by("code"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = psutil.Process(cursor.fetchone()[0])
    before, began = server.cpu_times(), time.monotonic()
    played = [backtesting.play(entity, version, first, past.as_of) for entity in entities]
    today = [backtesting.today(entity, version, past.as_of + timedelta(days=1)) for entity in entities]
    seconds, after = time.monotonic() - began, server.cpu_times()
    worked = after.user + after.system - before.user - before.system
    report.limit(
        f"a backtest of 24 months of {past.items:,} invoices", seconds, "s", AT_MOST,
        f"{OpenItem.objects.count():,} items, {sum(each.notices for each in played):,} notices, and today's"
        f" {sum(level['notices'] for each in today for level in each['levels']):,};"
        f" {worked:.1f} s the database's processor",
    )  # fmt: skip
