"""Late-payer scoring: how fast over a million paid invoices, and how right on a published sample of receivables."""

import csv
import json
import os
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.db import connection

from bench.loading import _empty
from bench.report import ROOT, Report, manage

DATA = Path(os.environ.get("O2C_DATA") or ROOT.parent / "shared" / "data")
SAMPLE = "ar/putanynis*/data.csv"
PAID, OPEN, CUSTOMERS = 1_000_000, 50_000, 20_000
SECONDS, MEGABYTES = 180.0, 2_500.0  # reading 120, scoring 60
TODAY = date(2025, 6, 2)
LAST_OF_TIME = 0.3
MAP = {
    "columns": {
        "customer": "customerID", "number": "invoiceNumber", "issued_on": "InvoiceDate", "due_on": "DueDate",
        "amount": "InvoiceAmount", "settled_on": "SettledDate",
    },
    "date_format": "M/D/YYYY", "decimal": ".", "currency": "USD", "create_customers": True, "source": "bench",
}  # fmt: skip


def measure(report: Report) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM orders_legalentity ORDER BY id LIMIT 1")
        (entity,) = cursor.fetchone()
    with tempfile.TemporaryDirectory() as name:
        _speed(report, Path(name), entity)
        _empty()
        samples = sorted(DATA.glob(SAMPLE))
        if samples:
            _judge(report, samples[0], Path(name), entity)
        else:
            print(f"  not judged: {DATA / SAMPLE} is not there; set O2C_DATA to the folder of real files")


# --- How fast


def _speed(report: Report, folder: Path, entity: str) -> None:
    paid, waiting, customers = (report.scaled(many) for many in (PAID, OPEN, CUSTOMERS))
    _empty()
    _load(_made(folder / "many.csv", paid, waiting, customers), folder, entity)
    out = folder / "scores.csv"
    done = manage("score", "--as-of", TODAY, "--out", out)
    with out.open(encoding="utf-8") as file:
        rows = sum(1 for _ in file) - 1
    detail = f"of {rows:,} open items from {paid:,} paid ones of {customers:,} customers, the whole command"
    report.limit("scoring", done.seconds, "s", SECONDS, detail)
    report.limit("memory of scoring", done.megabytes, "MB", MEGABYTES, "peak of the process")
    assert rows == waiting, rows


def _made(path: Path, paid: int, waiting: int, customers: int) -> Path:
    dice = random.Random(7)
    habits = [dice.gauss(4, 9) for _ in range(customers)]
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file).writerow
        write(MAP["columns"].values())
        for number in range(paid + waiting):
            who = number % customers
            if number < paid:
                settled = TODAY - timedelta(days=dice.randint(1, 690))
                due = settled - timedelta(days=max(round(habits[who] + dice.gauss(0, 5)), -29))
            else:
                settled, due = None, TODAY + timedelta(days=dice.randint(-20, 30))
            cells = (due - timedelta(days=30), due, settled)
            issued, due_on, settled_on = (day and f"{day.month}/{day.day}/{day.year}" for day in cells)
            write((f"C{who:06}", f"N{number:07}", issued, due_on, "100.00", settled_on or ""))
    return path


def _load(file: Path, folder: Path, entity: str) -> None:
    (folder / "map.json").write_text(json.dumps(MAP))
    told = manage("load", "open-items", file, "--map", folder / "map.json", "--entity", entity, "--json")
    assert json.loads(told.output)["rejected"] == 0, told.output


# --- How right


@dataclass(frozen=True)
class Case:
    """An invoice as it was scored on the day it was issued, and what came of it."""

    p_late: float
    p10: int
    p50: float
    p90: int
    late: bool
    days: int


def _judge(report: Report, sample: Path, folder: Path, entity: str) -> None:
    """Invoices issued in the last 30 % of time, each scored on its day of issue by what was known before it."""
    from o2c.analytics.scoring import items
    from o2c.orders.business_days import calendar
    from o2c.orders.models import LegalEntity

    _load(sample, folder, entity)
    with sample.open(encoding="utf-8-sig", newline="") as file:
        dates = ("InvoiceDate", "DueDate", "SettledDate")
        rows = [
            (line["customerID"], line["invoiceNumber"], *(_day(line[name]) for name in dates))
            for line in csv.DictReader(file)
        ]
    first, last = min(row[2] for row in rows), max(row[2] for row in rows)
    since = last - (last - first) * LAST_OF_TIME
    truth = {number: (issued, due, settled) for _, number, issued, due, settled in rows}
    business = calendar(LegalEntity.objects.get(code=entity), first, last + timedelta(days=120))
    ours, means, naive = [], [], []
    days = sorted({row[2] for row in rows if row[2] >= since})
    for day in days[:: 20 if report.small else 1]:
        known = [row for row in rows if row[4] < day]
        by_customer = defaultdict(list)
        for customer, _, _, due, settled in known:
            by_customer[customer].append(((settled - due).days, settled > business.business_day(due)))
        everybody = [each for theirs in by_customer.values() for each in theirs]
        for scored in items.score(day):
            issued, due, settled = truth[scored.item.number]
            if issued != day:
                continue
            next_day = business.business_day(due)
            fate = (settled > next_day, (settled - due).days)
            found, said = scored.outlook, by_customer.get(scored.item.customer) or everybody
            paid_on = sorted(each for each, _ in said)
            share = sum(late for _, late in said) / len(said)
            ours.append(Case(found.p_late, *((on - due).days for on in (found.p10, found.p50, found.p90)), *fate))
            low, high = paid_on[len(said) // 10], paid_on[-1 - len(said) // 10]
            means.append(Case(share, low, sum(paid_on) / len(said), high, *fate))
            on_the_day = (next_day - due).days
            naive.append(Case(sum(late for _, late in everybody) / len(everybody), *(on_the_day,) * 3, *fate))
    print(f"  {len(ours):,} invoices issued since {since}, {sum(case.late for case in ours):,} of them paid late")
    for name, cases in (("cohorts", ours), ("customer's mean", means), ("next business day", naive)):
        for what, value, unit in (
            ("AUC for late", 100 * auc(cases), "%"), ("calibration error", 100 * calibration_error(cases), "%"),
            ("error of the date", sum(abs(case.p50 - case.days) for case in cases) / len(cases), "days"),
            ("within 80 %", 100 * sum(case.p10 <= case.days <= case.p90 for case in cases) / len(cases), "%"),
        ):  # fmt: skip
            report.fact(f"{name}: {what}", value, unit)


def _day(text: str) -> date:
    month, day, year = map(int, text.split("/"))
    return date(year, month, day)


def auc(cases: Iterable[Case]) -> float:
    """The chance that of two invoices, one paid late and one in time, the late one was thought likelier late."""
    by_chance: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for case in cases:
        by_chance[case.p_late][case.late] += 1
    below, won, pairs = 0, 0.0, [0, 0]
    for _, (in_time, late) in sorted(by_chance.items()):
        won += late * (below + in_time / 2)
        below += in_time
        pairs = [pairs[0] + in_time, pairs[1] + late]
    return won / (pairs[0] * pairs[1])


def calibration_error(cases: list[Case], bins: int = 10) -> float:
    """How far the chances of ten equal steps are from what came true in them, weighed by how many there are."""
    steps: dict[int, list[Case]] = defaultdict(list)
    for case in cases:
        steps[min(int(case.p_late * bins), bins - 1)].append(case)
    return sum(
        abs(sum(case.p_late for case in those) - sum(case.late for case in those)) for those in steps.values()
    ) / len(cases)
