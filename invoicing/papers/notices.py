"""A notice that goes by post, put on paper: its own text, what is owed, and how to pay. Computes no amount."""

from o2c.core import formats
from o2c.invoicing.papers.facts import CostLine, NoticePaper, OwedLine
from o2c.invoicing.papers.wording import (
    Words,
    account_details,
    clean,
    frame,
)


def sheet(paper: NoticePaper) -> dict:
    """All texts of the paper, in its language and in its places."""
    words = Words(paper.language)
    with formats.written_for(words.language):
        facts = [
            ("date", words.day(paper.on)),
            ("customer_number", clean(paper.customer.number)),
            ("contact", clean(paper.entity.contact)),
            ("phone", clean(paper.entity.phone)),
            ("email", clean(paper.entity.email)),
        ]
        return frame(
            words,
            sender=paper.entity,
            to=paper.customer,
            heading=clean(paper.subject),
            facts=facts,
            accounts=[paper.pay_to] if paper.pay_to else [],
        ) | {
            "note": [],
            "opening": _paragraphs(paper.opening),
            "panel": {
                "label": words("amount_due"),
                "amount": formats.amount(paper.to_pay, paper.currency),
                "currency": paper.currency,
                "due": [words("due_by"), words.day(paper.pay_by)] if paper.pay_by else [],
                "details": account_details(paper.pay_to, paper.reference, words) if paper.pay_to else [],
                "sentence": "",
                "qr": None,
                "plan": None,
                "early": None,
            },
            "columns": [words(key) for key in ("document", "due", "days_late", "open")],
            "rows": [_row(line, paper, words) for line in paper.lines],
            "more": _more(paper, words),
            "total": [words("total_open"), formats.amount(paper.total, paper.currency)],
            "currency": paper.currency,
            "closing": [*_paragraphs(paper.closing), [words("regards")], [clean(paper.entity.name)]],
        }


def _more(paper: NoticePaper, words: Words) -> list[dict]:
    """What is listed beside: credits and costs, with what is to pay after them, what is due, and what is not yet."""
    credits = [line for line in paper.also if line.open < 0]
    due = [line for line in paper.also if line.open > 0 and line.days_late > 0]
    not_due = [line for line in paper.also if line.open > 0 and line.days_late <= 0]
    left = [words("notice_left"), formats.amount(paper.left_to_pay, paper.currency)]
    to_pay = [words("notice_to_pay"), formats.amount(paper.to_pay, paper.currency)]
    parts = (
        ("notice_credits", [_beside(line, paper, words) for line in credits], left),
        ("notice_costs", [_cost(line, paper, words) for line in paper.costs], to_pay),
        ("notice_due", [_beside(line, paper, words) for line in due], []),
        ("notice_not_due", [_beside(line, paper, words) for line in not_due], []),
    )
    return [{"title": words(key), "rows": rows, "sum": total} for key, rows, total in parts if rows]


def _cost(line: CostLine, paper: NoticePaper, words: Words) -> list[str]:
    what = words("notice_fee") if line.is_fee else words("notice_interest", day=words.short_day(line.until))
    shown = " · ".join(filter(None, (clean(line.number), what, clean(line.customer))))
    return [shown, "", formats.amount(line.amount, paper.currency)]


def _beside(line: OwedLine, paper: NoticePaper, words: Words) -> list[str]:
    day = words.short_day(line.due_on)
    number = words("notice_payment", day=day) if line.payment else clean(line.number)
    shown = " · ".join(filter(None, (number, clean(line.customer))))
    return [shown, "" if line.open < 0 else day, formats.amount(line.open, paper.currency)]


def _row(line: OwedLine, paper: NoticePaper, words: Words) -> dict:
    cells = [
        clean(line.number),
        words.short_day(line.due_on),
        str(line.days_late) if line.days_late > 0 else "",
        formats.amount(line.open, paper.currency),
    ]
    return {"cells": cells, "whose": clean(line.customer), "late": line.days_late > 0}


def _paragraphs(text: str) -> list[list[str]]:
    """Each paragraph as its lines."""
    parts = text.replace("\r\n", "\n").split("\n\n")
    return [lines for part in parts if (lines := [line for each in part.splitlines() if (line := clean(each))])]
