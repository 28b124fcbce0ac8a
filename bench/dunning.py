"""The dunning proposal against the hand-written INSERT … SELECT of the same rows into tables with the same indexes."""

from django.db import connection, transaction

from bench.report import Report
from o2c.collections import dunning
from o2c.collections.models import DunningRun
from o2c.core.actors import SYSTEM
from o2c.orders.models import LegalEntity

WRITTEN = ["collections_decision", "collections_notice", "collections_noticeline"]


def propose_all(as_of) -> list[DunningRun]:
    entities = LegalEntity.objects.order_by("code")
    return [dunning.propose(entity, as_of, actor=SYSTEM, replay=True, inline=True) for entity in entities]


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def forget() -> None:
    """Nothing was ever proposed, and nothing written by hand."""
    execute(
        "TRUNCATE collections_decision, collections_noticeline, collections_notice, collections_dunningrun CASCADE",
        "TRUNCATE core_partition",
        "TRUNCATE " + ", ".join(f"plain_{table}" for table in WRITTEN),
        "CHECKPOINT",
    )


def keep_rows() -> dict[str, int]:
    """Keep what a proposal wrote as the plain statement's source, and make its targets; the rows of each table."""
    counts = {}
    with connection.cursor() as cursor:
        # The runs stay, so that the plain rows have something to refer to.
        cursor.execute("CREATE TABLE source_collections_dunningrun AS SELECT * FROM collections_dunningrun")
        cursor.execute("ALTER TABLE source_collections_dunningrun ADD PRIMARY KEY (id)")
        for table in WRITTEN:
            cursor.execute(f"DROP TABLE IF EXISTS source_{table}, plain_{table}")
            cursor.execute(f"CREATE TABLE source_{table} AS SELECT * FROM {table}")
            cursor.execute(f"CREATE TABLE plain_{table} (LIKE {table} INCLUDING ALL)")
            cursor.execute(f"SELECT count(*) FROM source_{table}")
            counts[table] = cursor.fetchone()[0]
        cursor.execute("VACUUM ANALYZE")
    return counts


def foreign_keys() -> list[str]:
    """The statements that give the plain tables the product's foreign keys."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT format('ALTER TABLE plain_%%s ADD %%s', conrelid::regclass,
                          replace(replace(pg_get_constraintdef(oid), 'REFERENCES collections_notice(',
                                          'REFERENCES plain_collections_notice('),
                                  'REFERENCES collections_dunningrun(', 'REFERENCES source_collections_dunningrun('))
            FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)
            """,
            [WRITTEN],
        )
        return [row[0] for row in cursor.fetchall()]


def insert_plain() -> None:
    with transaction.atomic():
        execute(*(f"INSERT INTO plain_{table} SELECT * FROM source_{table}" for table in WRITTEN))


def measure(report: Report) -> None:
    as_of = report.book.as_of
    propose_all(as_of)
    counts = keep_rows()
    for table, count in counts.items():
        report.fact(f"dunning writes {table}", count, "rows")
    name = "dunning proposal / INSERT … SELECT of the same rows, same indexes"
    report.ratio(name, ours=lambda: propose_all(as_of), plain=insert_plain, before=forget, at_most=2.0)
    forget()
    execute(*foreign_keys())
    report.ratio(
        "dunning proposal / the same with the same foreign keys too",
        ours=lambda: propose_all(as_of),
        plain=insert_plain,
        before=forget,
        at_most=2.0,
        repeat=1,
    )
