"""A note of interest on late payment, or of a fee, put on paper: how each part was worked out, and how to pay it."""

from decimal import Decimal

from o2c.core import formats
from o2c.core.money import minor_unit
from o2c.invoicing.papers.facts import BornBy, InterestPaper
from o2c.invoicing.papers.wording import (
    Words,
    account_details,
    clean,
    frame,
    money,
    percent,
)


def sheet(paper: InterestPaper) -> dict:
    """All texts of the paper, in its language and in its places."""
    words = Words(paper.language)
    with formats.written_for(words.language):
        facts = [
            ("number", clean(paper.number)),
            ("date", words.day(paper.on)),
            ("customer_number", clean(paper.customer.number)),
            ("phone", clean(paper.entity.phone)),
            ("email", clean(paper.entity.email)),
        ]
        kind = words("interest_fee_note" if paper.is_fee else "interest_note")
        return frame(
            words,
            sender=paper.entity,
            to=paper.customer,
            heading=f"{kind} {clean(paper.number)}",
            subheading="" if paper.is_fee else words("interest_until", day=words.day(paper.until)),
            facts=facts,
            accounts=[paper.pay_to] if paper.pay_to else [],
        ) | {
            "note": [],
            "opening": [[_opening(paper, words)]],
            "panel": {
                "label": words("amount_due"),
                "amount": formats.amount(paper.total, paper.currency),
                "currency": paper.currency,
                "due": [words("due_by"), words.day(paper.pay_by)],
                "details": account_details(paper.pay_to, paper.number, words) if paper.pay_to else [],
                "sentence": "",
                "qr": None,
                "plan": None,
                "early": None,
            },
            "columns": [words(key) for key in ("interest_period", "interest_days", "interest_owed", "interest_rate",
                                               "interest_amount")],
            "items": [_item(each, paper, words) for each in paper.items],
            "total": [words("gross_total"), formats.amount(paper.total, paper.currency)],
            "currency": paper.currency,
            "method": words("interest_method", year=str(paper.year)) if paper.items else "",
            "sources": _sources(paper, words),
            "closing": [[words("regards")], [clean(paper.entity.name)]],
        }  # fmt: skip


def _opening(paper: InterestPaper, words: Words) -> str:
    if paper.is_fee:
        return words("interest_fee_opening", day=words.day(paper.on))
    return words("interest_opening")


def _item(each: BornBy, paper: InterestPaper, words: Words) -> dict:
    """An invoice with its periods, then what was charged before, and the compensation."""
    more = []
    if each.before:
        more.append([words("interest_before"), f"−{formats.amount(each.before, paper.currency)}"])
    if each.compensation:
        more.append([words("interest_compensation"), formats.amount(each.compensation, paper.currency)])
    return {
        "title": words(
            "interest_of", number=clean(each.number), amount=money(each.amount, paper.currency),
            day=words.short_day(each.due_on),
        ),
        "rows": [
            [
                words("from_until", first=words.short_day(span.first), last=words.short_day(span.last)),
                formats.number(Decimal(span.days)),
                formats.amount(span.owed, paper.currency),
                percent(span.percent),
                formats.number(span.interest, minor_unit(paper.currency) + 2),
            ]
            for span in each.spans
        ],
        "more": more,
        "sum": [words("interest_sum"), formats.amount(each.total, paper.currency)],
    }  # fmt: skip


def _sources(paper: InterestPaper, words: Words) -> list[str]:
    """By which law or contract, and where the reference rates come from; each once."""
    return [words("interest_source", name=clean(name), source=clean(source)) for name, source in paper.sources]
