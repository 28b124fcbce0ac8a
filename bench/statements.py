"""A run of statements for every customer of a legal entity: figures, papers and messages, by two processes."""

import subprocess
import sys
import time
from pathlib import Path

from bench.report import Report

ROOT = Path(__file__).resolve().parent.parent
STATEMENTS = 10_000
AT_MOST = 300  # seconds, for ten thousand on two cores
WORK = "import django; django.setup(); from o2c.invoicing.statements import runs;" \
    " runs.finish(runs.StatementRun.objects.select_related('entity').get(pk={run}))"  # fmt: skip


def measure(report: Report) -> None:
    from o2c.core.actors import SYSTEM
    from o2c.invoicing.models import Statement
    from o2c.invoicing.statements import figures, runs
    from o2c.orders.models import Account, LegalEntity

    entity = max(LegalEntity.objects.all(), key=lambda each: Account.objects.filter(entity=each).count())
    ids = list(Account.objects.filter(entity=entity).order_by("customer_id").values_list("customer_id", flat=True))
    some = ids[: 40 if report.small else STATEMENTS]
    Account.objects.filter(entity=entity, customer__in=some).update(segment="bench")
    as_of = report.book.as_of
    for name, from_on in (("open items", None), ("activity", figures.month_before(as_of))):
        began = time.monotonic()
        found = figures.read(some, [entity.pk], as_of, from_on=from_on)
        report.fact(
            f"figures of statements, {name}", len(found) / (time.monotonic() - began), "a second", f"of {len(found):,}"
        )
    run = runs.begin(entity=entity, as_of=as_of, segment="bench", actor=SYSTEM)
    began = time.monotonic()
    workers = [subprocess.Popen([sys.executable, "-c", WORK.format(run=run.pk)], cwd=ROOT) for _ in range(2)]
    if any(worker.wait() for worker in workers):
        raise RuntimeError("a worker failed")
    seconds = time.monotonic() - began
    run.refresh_from_db()
    lines = sum(
        part["lines"] for row in Statement.objects.filter(run=run).values_list("totals", flat=True) for part in row
    )
    report.limit(
        "ten thousand statements, written and queued by two processes",
        seconds * STATEMENTS / run.made,
        "s",
        AT_MOST,
        f"{run.made:,} of {lines / run.made:.0f} lines each in {seconds:.0f} s",
    )
