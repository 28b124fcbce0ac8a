"""A real book played day by day: nobody is chased wrongly, and the decision ledger explains every level.

The book is the public IBM sample of 2,466 invoices of 100 customers with their due, settled and disputed facts.
"""

import csv
import json
import os
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from o2c.collections import dunning
from o2c.collections.models import DunningRun, NoticeLine
from o2c.core.actors import SYSTEM
from o2c.invoicing.models import OpenItem
from o2c.invoicing.proof import proof
from o2c.orders.models import LegalEntity

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("O2C_DATA", ROOT.parent / "shared" / "data"))
FILES = sorted(DATA.glob("ar/putanynis*/data.csv"))
MAP = {
    "columns": {
        "customer": "customerID",
        "number": "invoiceNumber",
        "issued_on": "InvoiceDate",
        "due_on": "DueDate",
        "amount": "InvoiceAmount",
        "settled_on": "SettledDate",
    },
    "date_format": "M/D/YYYY",
    "decimal": ".",
    "currency": "USD",
    "create_customers": True,
}
LEVELS = {1: 3, 2: 14, 3: 25, 4: 40}
# (day, document) → (reason, level, days late)
Ledger = dict[tuple[date, str], tuple[str, int, int]]


@dataclass(frozen=True)
class Fact:
    due_on: date
    settled_on: date


@dataclass(frozen=True)
class Told:
    day: date
    number: str
    level: int


def facts(path: Path) -> dict[str, Fact]:
    """Due and settled day of each invoice, straight from the file."""
    with path.open(encoding="utf-8") as file:
        return {
            row["invoiceNumber"]: Fact(
                *(
                    date(int(y), int(m), int(d))
                    for m, d, y in (row[name].split("/") for name in ("DueDate", "SettledDate"))
                )
            )
            for row in csv.DictReader(file)
        }


@pytest.fixture
def book(db, tmp_path, settings):
    """The whole book, loaded as a user would load it."""
    if not FILES:
        pytest.skip(f"the IBM sample is not in {DATA}")
    settings.O2C_SMTP = None
    settings.O2C_MAIL_SPOOL = tmp_path / "mail"
    settings.O2C_RUN_DIR = tmp_path
    mapping = tmp_path / "map.json"
    mapping.write_text(json.dumps(MAP))
    out = StringIO()
    call_command("load", "open-items", str(FILES[0]), "--map", str(mapping), "--json", stdout=out)
    assert json.loads(out.getvalue())["created"] == 2466
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum does a minute after a load; inside the test's transaction it cannot
    return LegalEntity.objects.get()


def days(first: date, last: date, step: int = 1) -> list[date]:
    return [first + timedelta(days=n) for n in range(0, (last - first).days + 1, step)]


def replay(entity: LegalEntity, calendar: list[date], *, twice: bool = False) -> set[Told]:
    """Dun on each of these days; what was told to whom."""
    for day in calendar:
        run = dunning.run_day(entity, day, actor=SYSTEM, replay=True)
        assert run.considered == run.items_noticed + sum(run.skipped.values())
        if twice:
            again = dunning.run_day(entity, day, actor=SYSTEM, replay=True)
            assert (again.notices_made, again.items_noticed) == (0, 0), day
            assert again.considered == run.considered
    lines = NoticeLine.objects.filter(dropped_because="").select_related("item")
    return {Told(line.as_of, line.item.number, line.level) for line in lines}


def ledger() -> Ledger:
    """What was decided first on a day of an item: (reason, level, days late)."""
    numbers = dict(OpenItem.objects.values_list("id", "number"))
    decided = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT as_of, item_id, reason, level, days_late FROM collections_decision"
            " WHERE run_id IN (SELECT id FROM collections_dunningrun) ORDER BY run_id"
        )
        for day, item, reason, level, late in cursor.fetchall():
            decided.setdefault((day, numbers[item]), (reason, level, late))
    return decided


def check_nobody_is_wronged(told: set[Told], known: dict[str, Fact]) -> None:
    assert len({(t.number, t.level) for t in told}) == len(told), "twice at a level"
    for t in told:
        fact = known[t.number]
        assert t.day >= fact.due_on + timedelta(days=LEVELS[t.level]), f"too early: {t}"
        assert t.day < fact.settled_on, f"after settling: {t}"
        lower = {other.level for other in told if other.number == t.number and other.day < t.day}
        assert lower == set(range(1, t.level)), f"a level left out: {t}"


def check_the_ledger_explains(told: set[Told], calendar: list[date], known: dict[str, Fact]) -> None:
    """Each notice has its decision, each decision its notice; what could have been chased and was not says why."""
    decided = ledger()
    noticed = {Told(day, number, level) for (day, number), (reason, level, _) in decided.items() if reason == "notice"}
    assert noticed == told
    reached = defaultdict(dict)
    for t in told:
        reached[t.number][t.level] = t.day
    for number, fact in known.items():
        for day in calendar:
            open_then = fact.due_on < day < fact.settled_on
            assert ((day, number) in decided) == open_then, (day, number)
            if not open_then:
                continue
            reason, level, late = decided[day, number]
            assert late == (day - fact.due_on).days
            last = max((at for at, on in reached[number].items() if on < day), default=0)
            assert level == (last + 1 if last < 4 else None)
            if reason == "not_yet":
                assert late < LEVELS[level]
            elif reason == "last_level":
                assert last == 4
            elif reason == "notice":
                assert late >= LEVELS[level]
            else:
                assert reason == "interval", reason


def check_the_difference_is_explained(
    every_day: set[Told], some_days: set[Told], ledgers: tuple[Ledger, Ledger], known: dict[str, Fact]
) -> None:
    """Where a level came later or not at all under one calendar, its ledger says why on each of its days."""
    full, fewer = ({(t.number, t.level): t.day for t in told} for told in (every_day, some_days))
    for (number, level), day in full.items():
        explain(ledgers[1], number, level, day, fewer.get((number, level), known[number].settled_on))
    for (number, level), day in fewer.items():
        explain(ledgers[0], number, level, day, full.get((number, level), known[number].settled_on))


def explain(ledger: Ledger, number: str, level: int, first: date, before: date) -> None:
    """From a day on and before another, the item was not noticed at the level because it had to wait its turn."""
    for day in days(first, before - timedelta(days=1)):
        decided = ledger.get((day, number))
        if decided is None:
            continue  # no run on that day
        reason, at, _ = decided
        assert reason == "interval" or (reason == "notice" and at < level), (day, number, level, decided)


def check_fewer_days_tell_no_more(every_day: set[Told], some_days: set[Told]) -> None:
    """A day left out may delay a notice or spare it, and never brings one forward or adds one."""
    full = {(t.number, t.level): t.day for t in every_day}
    assert {(t.number, t.level) for t in some_days} <= set(full), "told more"
    assert [t for t in some_days if t.day < full[t.number, t.level]] == [], "told earlier"
    assert some_days != every_day


def play(book: LegalEntity, first: date, last: date) -> None:
    known = facts(FILES[0])
    calendar = days(first, last)
    every_day = replay(book, calendar, twice=True)
    check_nobody_is_wronged(every_day, known)
    check_the_ledger_explains(every_day, calendar, known)
    assert {t.level for t in every_day} >= {1, 2, 3}
    full = ledger()
    assert proof() == []
    forget()
    calendar = [day for number, day in enumerate(calendar, start=1) if number % 3]
    some_days = replay(book, calendar)
    check_nobody_is_wronged(some_days, known)
    check_the_ledger_explains(some_days, calendar, known)
    check_fewer_days_tell_no_more(every_day, some_days)
    check_the_difference_is_explained(every_day, some_days, (full, ledger()), known)


def forget() -> None:
    """No day was ever played."""
    with connection.cursor() as cursor:
        for table in ("decision", "noticeline", "notice", "dunningrun"):
            cursor.execute(f"DELETE FROM collections_{table}")
        cursor.execute("DELETE FROM core_partition")


# The first invoices fall due on 2 February 2012.
FIRST, SIX_WEEKS, THE_LAST = date(2012, 2, 1), date(2012, 3, 16), date(2014, 2, 28)


def test_six_weeks_of_a_real_book_day_by_day(book):
    play(book, FIRST, SIX_WEEKS)


@pytest.mark.soak
def test_two_years_of_a_real_book_day_by_day(book):
    play(book, FIRST, THE_LAST)
    assert DunningRun.objects.exclude(state="done").count() == 0
