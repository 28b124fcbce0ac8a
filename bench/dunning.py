"""The dunning proposal against the hand-written INSERT … SELECT of the same rows into tables with the same indexes."""

from django.db import connection, transaction

from bench.report import Report, timed
from o2c.collections import dunning
from o2c.collections.models import DunningRun
from o2c.core.actors import SYSTEM
from o2c.core.models import Message
from o2c.orders.models import LegalEntity

WRITTEN = ["collections_decision", "collections_notice", "collections_noticeline"]


def propose_all(as_of) -> list[DunningRun]:
    """Every legal entity's proposal, in this process. A replay, so that the book's day need not be today."""
    entities = LegalEntity.objects.order_by("code")
    return [dunning.propose(entity, as_of, actor=SYSTEM, replay=True, inline=True) for entity in entities]


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def forget() -> None:
    """Nothing was ever proposed, and nothing written by hand."""
    execute(
        f"TRUNCATE {', '.join(WRITTEN)}, collections_dunningrun, core_partition CASCADE",
        *(f"TRUNCATE plain_{table}" for table in WRITTEN),
        "CHECKPOINT",
    )


def keep_rows() -> dict[str, int]:
    """Keep what a proposal wrote as the plain statement's source, and make its targets; the rows of each table."""
    counts = {}
    with connection.cursor() as cursor:
        for table in WRITTEN:
            cursor.execute(f"DROP TABLE IF EXISTS source_{table}, plain_{table}")
            cursor.execute(f"CREATE TABLE source_{table} AS SELECT * FROM {table}")
            cursor.execute(f"CREATE TABLE plain_{table} (LIKE {table} INCLUDING ALL)")
            cursor.execute(f"SELECT count(*) FROM source_{table}")
            counts[table] = cursor.fetchone()[0]
            cursor.execute(f"VACUUM ANALYZE source_{table}")
    return counts


def insert_plain() -> None:
    with transaction.atomic():
        execute(*(f"INSERT INTO plain_{table} SELECT * FROM source_{table}" for table in WRITTEN))


def measure(report: Report) -> None:
    as_of = report.book.as_of
    propose_all(as_of)
    for table, count in keep_rows().items():
        report.fact(f"dunning writes {table}", count, "rows")
    report.ratio(
        "dunning proposal / INSERT … SELECT of the same rows",
        ours=lambda: propose_all(as_of),
        plain=insert_plain,
        before=forget,
        at_most=2.0,
    )
    forget()
    runs = propose_all(as_of)
    report.fact("dunning proposed again, nothing new", timed(lambda: propose_all(as_of)), "s")
    run = min(runs, key=lambda run: run.notices_made)
    dunning.approve(run, actor=SYSTEM)
    seconds = timed(lambda: dunning.send(run, actor=SYSTEM))
    letters = Message.objects.filter(notice__run=run).count()
    report.fact("letters rechecked and written", letters / seconds, "a second", f"{letters:,} in one process")
