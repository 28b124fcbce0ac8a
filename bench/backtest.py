"""A version of a policy played over two years of 15,000 invoices, every business day, beside the one in force."""

import time
from dataclasses import replace
from datetime import date, timedelta

from bench import book
from bench.report import Report

BOOK = False  # a past of its own, in which things were paid
PAST = book.Book(items=15_000, customers=400, months=24, lived=True)
AT_MOST = 60  # seconds


def measure(report: Report) -> None:
    from o2c.collections import backtesting, policies
    from o2c.collections.policy_rules import Rules, Step
    from o2c.core.actors import SYSTEM
    from o2c.invoicing.models import OpenItem
    from o2c.orders.models import LegalEntity

    past = replace(PAST, items=1_500, customers=60) if report.small else PAST
    book.ensure(past)
    book.restore(past)
    first = date(past.as_of.year - past.months // 12, past.as_of.month, 1)
    steps = (Step("Reminder", 3, "reminder"), Step("Second", 14, "second"), Step("Last", 30, "final", opens_task=True))
    standard = policies.in_force("standard", past.as_of)
    tried = policies.draft("standard", Rules("Tried", steps), effective_on=date(2199, 1, 1), actor=SYSTEM)
    seconds: dict[str, float] = {"tried": 0.0, "in force": 0.0}
    notices = 0
    for entity in LegalEntity.objects.order_by("code"):
        for name, version in (("tried", tried), ("in force", standard)):
            began = time.monotonic()
            played = backtesting.play(entity, version, first, past.as_of)
            backtesting.today(entity, version, past.as_of + timedelta(days=1))
            seconds[name] += time.monotonic() - began
            notices += played.notices
    days = (past.as_of - first).days + 1
    report.limit(
        f"a backtest of {OpenItem.objects.count():,} items over {days} days, two versions",
        sum(seconds.values()),
        "s",
        AT_MOST,
        f"{notices:,} notices; {', '.join(f'{name} {taken:.1f} s' for name, taken in seconds.items())}",
    )
