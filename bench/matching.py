"""Matching 100,000 bank lines of a synthetic bank against the book, and how often it was right."""

import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

from django.db import connection

from bench.bank import Bank, Paid
from bench.report import Report, child, timed

LINES = 100_000
SECONDS, MEGABYTES = 60.0, 600.0
APPLIED, WRONG = 0.90, 0.0001
LUMP_SECONDS = 0.05


def measure(report: Report) -> None:
    from bench import book

    _lump(report)
    count = 2_000 if report.small else LINES
    times = {}
    for lines in (count // 10, count):
        if times:
            book.restore(report.book)
        bank = Bank(lines=lines, on=report.book.as_of + timedelta(days=1))
        bank.make()
        loading = timed(bank.write)
        began = time.perf_counter()
        # Two processes share the parts of one round, as two workers do.
        with ThreadPoolExecutor(2) as pool:
            children = list(pool.map(lambda _: _match(), range(2)))
        seconds = time.perf_counter() - began
        times[lines] = loading + seconds
    few, many = times
    detail = f"{many / times[many]:,.0f} a second; writing the lines {loading:.1f} s, matching {seconds:.1f} s"
    report.limit(f"{len(bank.lines):,} bank lines written and matched", times[many], "s", SECONDS, detail)
    report.limit(
        "memory of a matching process", max(c.megabytes for c in children), "MB", MEGABYTES, "the larger of two"
    )
    growth = times[many] / times[few] / (many / few)
    report.limit(f"growth from {few:,} lines, 1 is linear", growth, "x", 1.5, f"{times[few]:.1f} s")
    _judge(report, bank.lines)


def _match():
    return child([sys.executable, "manage.py", "match", "--json"])


def _lump(report: Report) -> None:
    """A lump sum over sixty open items: the slowest of many is what counts."""
    from random import Random

    from o2c.invoicing.matching import sums

    dice, slowest, solved = Random(3), 0.0, 0
    for turn in range(40):
        amounts = [dice.randint(1_000, (50_000, 500_000, 5_000_000)[turn % 3]) for _ in range(60)]
        target = sum(dice.sample(amounts, dice.choice((2, 10, 30, 58))))

        def solve(amounts=amounts, target=target) -> None:
            nonlocal solved
            with suppress(sums.Ambiguous):
                solved += sums.choose(amounts, target) is not None

        slowest = max(slowest, timed(solve))
    report.limit("a lump sum over 60 items", slowest, "s", LUMP_SECONDS, f"slowest of 40, {solved} with one answer")


def _judge(report: Report, lines: list[Paid]) -> None:
    """Compare what was applied with the truth, kind by kind."""
    got: dict[int, dict[int, Decimal]] = defaultdict(dict)
    state: dict[int, str] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.line_id, s.item_id, (s.amount * 100)::bigint FROM invoicing_matchproposal p"
            " LEFT JOIN invoicing_matchsplit s ON s.proposal_id = p.id WHERE p.state = 'applied'"
        )
        for line_id, item_id, cents in cursor.fetchall():
            state[line_id] = "applied"
            if item_id:
                got[line_id][item_id] = cents
        cursor.execute("SELECT DISTINCT line_id FROM invoicing_matchproposal WHERE state = 'open'")
        for (line_id,) in cursor.fetchall():
            state.setdefault(line_id, "proposed")
    # Of two payments of one invoice either may be the first.
    right_once: set[tuple] = set()
    table: dict[str, Counter] = defaultdict(Counter)
    wrong_lines = []
    for line in sorted(lines, key=lambda line: line.id):
        what = state.get(line.id, "left")
        if what == "applied":
            key = tuple(sorted(got[line.id].items()))
            twice = key in right_once
            right = got[line.id] == line.truth and not twice and line.truth
            what = "right" if right else "wrong"
            if right:
                right_once.add(key)
            else:
                wrong_lines.append((line, got[line.id]))
        table[line.kind][what] += 1
    total = Counter()
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
