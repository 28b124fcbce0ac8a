"""The book that is measured on: made once by the simulator, kept as a template database, copied for every benchmark.

`CREATE DATABASE … TEMPLATE` copies files, so the copy is exact (rows, order, indexes, statistics) and quick. The
template's name carries what it was made from; another size, another migration or another simulator makes another.
"""

import contextlib
import hashlib
import sys
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from psycopg2 import sql

from o2c.core.services import Instance
from o2c.core.services.commands import Servers, migrations_fingerprint, ready, say
from o2c.core.services.postgres import DATABASE

ROOT = Path(__file__).resolve().parent.parent
AS_OF = date(2026, 6, 30)
SEED = 1


@dataclass(frozen=True)
class Book:
    """Invoice items of so many customers, issued in the months up to `as_of`; none settled, unless it was `lived`."""

    items: int = 1_000_000
    customers: int = 50_000
    months: int = 6
    as_of: date = AS_OF
    lived: bool = field(default=False, repr=False)

    @cached_property
    def name(self) -> str:
        """The template database's name; it stays what it was when the run began, whoever edits files meanwhile."""
        made_from = [repr(self), migrations_fingerprint(), *(["lived"] if self.lived else [])]
        for path in sorted((ROOT / "o2c" / "web" / "simulation").glob("*.py")):
            made_from.append(path.read_text(encoding="utf-8"))
        digest = hashlib.sha256("\n".join(made_from).encode()).hexdigest()[:12]
        return f"book_{self.items}_{digest}"

    def text(self) -> str:
        what = "items" if self.lived else "open items"
        return f"{self.items:,} {what} of {self.customers:,} customers, as of {self.as_of}"


SMALL = Book(items=5_000, customers=400)


def ensure(book: Book) -> None:
    """Make the book's template database where it is not there yet."""
    if _there(book.name):
        return
    say(f"making the book: {book.text()}; this happens once")
    from bench.report import manage

    _drop_others(book)
    _disconnect()  # a benchmark that makes a book of its own had one before
    _execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
    _execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    (Instance.of().run / "migrated").unlink(missing_ok=True)
    ready()
    _disconnect()
    made = manage(
        "simulate", *([] if book.lived else ["--all-open"]),
        "--customers", book.customers, "--open-items", book.items, "--months", book.months,
        "--seed", SEED, "--as-of", book.as_of,
    )  # fmt: skip
    say(f"made in {made.seconds:.0f} s with {made.megabytes:.0f} MB")
    with contextlib.closing(_connect(DATABASE)) as connection, connection.cursor() as cursor:
        cursor.execute("VACUUM (FREEZE, ANALYZE)")
    _execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(DATABASE), sql.Identifier(book.name)),
    )


def restore(book: Book) -> None:
    """Put the product's database back to the book's known state; whoever is connected is thrown out."""
    _disconnect()
    _execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
    # FILE_COPY copies whole files; the other strategy writes every page to the log, twice the work at this size.
    _execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
            sql.Identifier(DATABASE), sql.Identifier(book.name)
        )
    )
    _execute(sql.SQL("CHECKPOINT"))


def _disconnect() -> None:
    from django.db import connections

    connections.close_all()


def _connect(database: str):
    postgres = Servers(Instance.of()).postgres
    if postgres is None:
        sys.exit("DATABASE_URL is set. The benchmarks drop and make databases; they run in an embedded server only.")
    connection = postgres.connect(database)
    connection.autocommit = True
    return connection


def _execute(statement: sql.Composable) -> None:
    with contextlib.closing(_connect("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


def _there(name: str) -> bool:
    with contextlib.closing(_connect("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def _drop_others(book: Book) -> None:
    """Templates of the same size that were made from something else."""
    with contextlib.closing(_connect("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"book\\_{book.items}\\_%"])
        names = [name for (name,) in cursor.fetchall()]
    for name in names:
        _execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
