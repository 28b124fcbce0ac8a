"""Papers: a one-page invoice with its code, a statement of forty lines, an invoice of sixty; each of another customer.

As written by one process on one core; workers render side by side.
"""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from bench.report import Report
from o2c.invoicing.papers import facts
from o2c.invoicing.papers.rendering import render
from tests.invoicing.papers.examples import DAY, invoice, line, statement

BOOK = False
INVOICE_MS, STATEMENT_MS, SIXTY_MS = 50, 120, 250


def measure(report: Report) -> None:
    dice = random.Random(20261102)

    def word() -> str:
        return "".join(dice.choice("abcdefghijklmnop ") for _ in range(dice.randint(8, 30))).strip() or "x"

    def amount() -> Decimal:
        return Decimal(dice.randint(100, 10**7)) / 100

    def buyer() -> facts.Party:
        return facts.Party(word(), (word(), word()), "DE", str(dice.randint(1, 10**6)))

    def an_invoice(lines: int) -> facts.InvoicePaper:
        made = [replace(line(place), description=f"{word()}\n{word()}", net=amount()) for place in range(1, lines + 1)]
        return invoice(made, number=f"INV2026-{dice.randint(1, 10**6):06}", buyer=buyer())

    def a_statement() -> facts.StatementPaper:
        items = tuple(
            facts.OpenLine(
                f"INV2026-{dice.randint(1, 10**6):06}", "invoice", DAY, DAY + timedelta(days=30 - late), late, due, due
            )
            for late, due in ((dice.randint(-30, 90), amount()) for _ in range(40))
        )
        example = statement("en")
        return replace(example, customer=buyer(), parts=(replace(example.parts[0], items=items),))

    for name, make, count, at_most in (
        ("a one-page invoice", lambda: an_invoice(2), 200, INVOICE_MS),
        ("a statement of 40 lines", a_statement, 100, STATEMENT_MS),
        ("an invoice of 60 lines", lambda: an_invoice(60), 30, SIXTY_MS),
    ):
        count = count // 10 if report.small else count
        spent, size = _each(make, count)
        report.limit(f"{name} as PDF: processor time", spent, "ms", at_most, f"of {count}; {size / 1024:.0f} KiB each")


def _each(make: Callable[[], facts.InvoicePaper | facts.StatementPaper], count: int) -> tuple[float, float]:
    """Milliseconds and bytes a paper, the first one aside: it reads the fonts."""
    papers = [make() for _ in range(count)]
    render(make())
    started = time.process_time()
    size = sum(len(render(paper)) for paper in papers)
    return (time.process_time() - started) / count * 1000, size / count
