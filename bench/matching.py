"""Loading and matching 100,000 bank lines of a synthetic bank against the book, and how often it was right."""

import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from django.db import connection

from bench.bank import Bank, Paid
from bench.report import Child, Report, child, manage

LINES = 100_000
SECONDS, MEGABYTES = 60.0, 600.0
APPLIED, WRONG = 0.90, 0.0001
LUMP_SECONDS = 0.05


def measure(report: Report) -> None:
    _lump(report)
    many = 2_000 if report.small else LINES
    few_lines, few_seconds, _ = _measure(report, many // 10)
    lines, seconds, children = _measure(report, many)
    loaded, *matching = children
    matched = seconds - loaded.seconds
    report.limit(
        f"{len(lines):,} bank lines loaded and matched", seconds, "s", SECONDS,
        f"{len(lines) / seconds:,.0f} a second: load bank-statement {loaded.seconds:.1f} s ({loaded.processor:.1f} of"
        f" them the reader's own), match {matched:.1f} s ({sum(c.processor for c in matching):.1f} in two processes)",
    )  # fmt: skip
    report.limit("memory of loading", loaded.megabytes, "MB", MEGABYTES, "peak of the process")
    report.limit(
        "memory of a matching process", max(c.megabytes for c in matching), "MB", MEGABYTES, "the larger of two"
    )
    growth = seconds / few_seconds / (len(lines) / len(few_lines))
    report.limit(f"growth from {len(few_lines):,} lines, 1 is linear", growth, "x", 1.5, f"{few_seconds:.1f} s")
    _judge(report, lines)


def _measure(report: Report, count: int) -> tuple[list[Paid], float, list[Child]]:
    """The lines, the seconds of loading and matching them, and the processes that did it: the loader first.

    Begins with the book as it is known: what was matched before would make other truths.
    """
    from bench import book

    book.restore(report.book)
    bank = Bank(lines=count, on=report.book.as_of + timedelta(days=1))
    bank.make()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "statement.xml"
        bank.write(path)
        loaded = manage("load", "bank-statement", path, "--json")
    told = json.loads(loaded.output)
    if told["created"] != len(bank.lines) or told["refused"]:
        raise RuntimeError(told)
    bank.found()
    connection.close()
    began = time.perf_counter()
    # Two processes share the parts of one round, as two workers do.
    with ThreadPoolExecutor(2) as pool:
        children = list(pool.map(lambda _: child([sys.executable, "manage.py", "match", "--json"]), range(2)))
    return bank.lines, loaded.seconds + time.perf_counter() - began, [loaded, *children]


def _lump(report: Report) -> None:
    """A lump sum over sixty open items: the slowest of many is what counts, in time of a core."""
    from random import Random

    from o2c.invoicing.matching import sums

    dice, slowest, solved = Random(3), 0.0, 0
    for turn in range(40):
        amounts = [dice.randint(1_000, (50_000, 500_000, 5_000_000)[turn % 3]) for _ in range(60)]
        target = sum(dice.sample(amounts, dice.choice((2, 10, 30, 58))))
        began = time.process_time()
        with suppress(sums.Ambiguous):
            solved += sums.choose(amounts, target) is not None
        slowest = max(slowest, time.process_time() - began)
    detail = f"of a core; slowest of 40, {solved} with one answer"
    report.limit("a lump sum over 60 items", slowest * 1000, "ms", LUMP_SECONDS * 1000, detail)


def _right(line: Paid, got: dict[int, int], receipt: int, settled_by: dict[int, int]) -> bool:
    if line.guessed and any(settled_by.get(item, receipt + 1) > receipt for item in line.alike - set(got)):
        return False  # right by luck: the other one was still open
    if got == line.truth:
        return bool(line.truth)
    return not line.guessed and list(got.values()) == list(line.truth.values()) and set(got) <= line.alike


def _judge(report: Report, lines: list[Paid]) -> None:
    """Compare what was applied with the truth, kind by kind."""
    got: dict[int, dict[int, Decimal]] = defaultdict(dict)
    state: dict[int, str] = {}
    order: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.line_id, s.item_id, (s.amount * 100)::bigint, p.receipt_id FROM invoicing_matchproposal p"
            " LEFT JOIN invoicing_matchsplit s ON s.proposal_id = p.id WHERE p.state = 'applied'"
        )
        for line_id, item_id, cents, receipt_id in cursor.fetchall():
            state[line_id] = "applied"
            order[line_id] = receipt_id
            if item_id:
                got[line_id][item_id] = cents
        cursor.execute("SELECT DISTINCT line_id FROM invoicing_matchproposal WHERE state = 'open'")
        for (line_id,) in cursor.fetchall():
            state.setdefault(line_id, "proposed")
    settled_by = {item: order[line_id] for line_id, items in got.items() for item in items}
    # Of two payments of one invoice either may be the first.
    right_once: set[tuple] = set()
    table: dict[str, Counter] = defaultdict(Counter)
    wrong_lines = []
    for line in sorted(lines, key=lambda line: line.id):
        what = state.get(line.id, "left")
        if what == "applied":
            key = tuple(sorted(got[line.id].items()))
            right = key not in right_once and _right(line, got[line.id], order[line.id], settled_by)
            what = "right" if right else "wrong"
            if right:
                right_once.add(key)
            else:
                wrong_lines.append((line, got[line.id]))
        table[line.kind][what] += 1
    total = Counter()
    print("  What became of the lines, by what the bank made of them:")
    print(f"  {'kind':18}{'lines':>8}{'right':>8}{'wrong':>7}{'proposed':>10}{'left':>7}")
    for kind, counts in sorted(table.items()):
        total += counts
        print(
            f"  {kind:18}{sum(counts.values()):8,}{counts['right']:8,}{counts['wrong']:7,}{counts['proposed']:10,}"
            f"{counts['left']:7,}"
        )
    for line, applied in wrong_lines[:10]:
        print(f"  wrong: {line.kind}: {line.cents} {line.text!r} {line.name!r} {line.truth} but {applied}")
    applied = total["right"] + total["wrong"]
    report.limit(
        "lines not applied by themselves", 1 - applied / len(lines), "", 1 - APPLIED, f"{applied:,} of {len(lines):,}"
    )
    report.limit(
        "wrong applications", total["wrong"] / len(lines), "", WRONG, f"{total['wrong']:,} of {len(lines):,} lines"
    )
