"""Notices put into words: the wording of their level, filled with what is owed. Nothing here touches the database.

The table of items, how to pay and who writes stand in the language's `layout.txt` and `layout.html`; the wording, a
legal entity's own or a standard one, is a matter of `texts`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from django.template.loader import get_template
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

from o2c.collections import texts
from o2c.collections.texts import FOLDER, LANGUAGES, LONGEST_SUBJECT, Text
from o2c.core import formats, segments
from o2c.core.mail import one_line


@dataclass(frozen=True)
class Owed:
    """One item of a letter."""

    number: str
    due_on: date
    days_late: int
    level: int
    amount: Decimal
    customer: str = ""  # whose it is, where another is told
    payment: bool = False  # money on account, which has a day and no number of ours


@dataclass(frozen=True)
class Cost:
    """What a notice says that late payment costs: a note of interest up to a day, or of the notice's own fee."""

    is_fee: bool
    number: str
    amount: Decimal
    until: date
    customer: str = ""  # whose it is, where another is told


@dataclass(frozen=True)
class Letter:
    """What a notice says, before it is put into words. `items` in the order in which they stand in the table.

    `also` is what else is open, and not asked for: due, not due, and credits, whose amounts are negative; `costs` are
    what was charged with the notice.
    """

    language: str
    template: str
    customer: str
    customer_number: str
    entity: str
    entity_email: str
    entity_phone: str
    entity_address: str
    entity_registration: str
    entity_vat_id: str
    iban: str
    bic: str
    account_number: str
    bank: str
    currency: str
    total: Decimal
    on: date
    items: tuple[Owed, ...]
    pay_by: date | None = None
    also: tuple[Owed, ...] = ()
    costs: tuple[Cost, ...] = ()

    @property
    def credits(self) -> tuple[Owed, ...]:
        return tuple(item for item in self.also if item.amount < 0)

    @property
    def left_to_pay(self) -> Decimal:
        """What is asked for, after credits: nothing where they cover it."""
        return max(Decimal(0), self.total + sum(item.amount for item in self.credits))

    @property
    def to_pay(self) -> Decimal:
        """All of it: what is asked for and what it costs, after credits."""
        asked = self.total + sum(cost.amount for cost in self.costs)
        return max(Decimal(0), asked + sum(item.amount for item in self.credits))


@dataclass(frozen=True)
class Words:
    """A letter in words: whole, as text and as HTML, and what stands in it before and after what is owed; and what
    a text message says in its place, however long that is.
    """

    subject: str
    text: str
    html: str
    opening: str
    closing: str
    sms: str


def language(*wished: str) -> str:
    """The first language we write, of those wished for; English where there is none."""
    for wish in wished:
        if wish and wish[:2].lower() in LANGUAGES:
            return wish[:2].lower()
    return "en"


@lru_cache(maxsize=16)
def _layout(language: str, ending: str):
    return get_template(f"{FOLDER}/{language}/layout.{ending}")


def write(letter: Letter, wording: Text | None = None) -> Words:
    """Put a letter into words, as plain text and as simple HTML; amounts and days as its language writes them.

    By the standard wording of its template, unless there is one of its own.
    """
    with formats.written_for(letter.language):
        rows = [_row(item, letter) for item in letter.items]
        due = [_row(item, letter) for item in letter.also if item.amount > 0 and item.days_late > 0]
        not_due = [_row(item, letter) for item in letter.also if item.amount > 0 and item.days_late <= 0]
        credits = [_row(item, letter) for item in letter.credits]
        facts = {
            "customer": letter.customer,
            "customer_number": letter.customer_number,
            "entity": letter.entity,
            "entity_email": letter.entity_email,
            "entity_phone": letter.entity_phone,
            "entity_address": ", ".join(line.strip() for line in letter.entity_address.splitlines() if line.strip()),
            "entity_registration": letter.entity_registration,
            "entity_vat_id": letter.entity_vat_id,
            "account": _in_fours(letter.iban) or letter.account_number,
            "bank": letter.bank,
            "bic": letter.bic,
            "currency": letter.currency,
            "total": formats.amount(letter.total, letter.currency),
            "on": formats.day(letter.on),
            "pay_by": formats.day(letter.pay_by) if letter.pay_by else "",
            "items": rows,
            "due": due,
            "not_due": not_due,
            "credits": credits,
            "left_to_pay": formats.amount(letter.left_to_pay, letter.currency),
            "costs": [_cost(cost, letter) for cost in letter.costs],
            "interest": _sum((cost for cost in letter.costs if not cost.is_fee), letter.currency),
            "fee": _sum((cost for cost in letter.costs if cost.is_fee), letter.currency),
            "to_pay": formats.amount(letter.to_pay, letter.currency),
            "count": len(rows),
            "first": rows[0],
        }
    wording = (wording or texts.standard(letter.language, letter.template)).filled(_values(facts, letter))
    subject = one_line(wording.subject)
    if len(subject) > LONGEST_SUBJECT:
        subject = subject[: LONGEST_SUBJECT - 1] + "…"
    facts |= {"opening": wording.opening, "closing": wording.closing}
    tables = {"table": _table(rows), "due": _table(due), "not_due": _table(not_due), "credits": _table(credits)}
    text = _layout(letter.language, "txt").render(facts | tables)
    paragraphs = {"opening": _paragraphs(facts["opening"]), "closing": _paragraphs(facts["closing"])}
    html = _layout(letter.language, "html").render(facts | paragraphs | {"subject": subject})
    return Words(subject, text.strip() + "\n", html, wording.opening, wording.closing, segments.plain(wording.sms))


def _row(item: Owed, letter: Letter) -> dict:
    return {
        "number": one_line(item.number),
        "due_on": _day(item.due_on, letter.language),
        "day": _day(item.due_on, letter.language),
        "payment": item.payment,
        "days_late": str(item.days_late) if item.days_late > 0 else "–",
        "late": item.days_late > 0,
        "customer": one_line(item.customer),
        "level": str(item.level),
        "amount": formats.amount(item.amount, letter.currency),
    }


def _cost(cost: Cost, letter: Letter) -> dict:
    return {
        "is_fee": cost.is_fee,
        "number": one_line(cost.number),
        "until": _day(cost.until, letter.language),
        "amount": formats.amount(cost.amount, letter.currency),
        "customer": one_line(cost.customer),
    }


def _sum(costs: Iterable[Cost], currency: str) -> str:
    """Nothing where there are none, so that a paragraph about them is left out."""
    amounts = [cost.amount for cost in costs]
    return formats.amount(sum(amounts), currency) if amounts else ""


def _values(facts: dict, letter: Letter) -> dict[str, str]:
    """The fields that a wording may name (`texts.FIELDS`)."""
    oldest = min(letter.items, key=lambda item: item.due_on)
    numbers = [one_line(item.number) for item in letter.items]
    return {
        **{field: texts.invoices(field, letter.language, numbers) for field in ("invoices", "overdue_invoices")},
        **{field: facts[field] for field in ("total", "currency", "on", "pay_by", "interest", "fee", "to_pay")},
        **{field: one_line(facts[field]) for field in ("customer", "customer_number", "entity")},
        "count": str(len(numbers)),
        "oldest": one_line(oldest.number),
        "oldest_due_on": _day(oldest.due_on, letter.language),
        "phone": one_line(letter.entity_phone),
        "email": one_line(letter.entity_email),
    }


@lru_cache(maxsize=4096)
def _day(day: date, language: str) -> str:
    with formats.written_for(language):
        return formats.day(day)


def _in_fours(iban: str) -> str:
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def _widths(rows: list[dict]) -> dict[str, int]:
    return {key: max(len(row[key]) for row in rows) for key in ("number", "due_on", "days_late", "amount")}


def _table(rows: list[dict]) -> list[dict]:
    """The rows with their cells padded, so that plain text stands in columns."""
    widths = _widths(rows) if rows else {}
    return [
        row
        | {
            "number": row["number"].ljust(widths["number"]),
            "due_on": row["due_on"].rjust(widths["due_on"]),
            "days_late": row["days_late"].rjust(widths["days_late"]),
            "amount": row["amount"].rjust(widths["amount"]),
        }
        for row in rows
    ]


def _paragraphs(text: str) -> str:
    paragraphs = [conditional_escape(part.strip()) for part in text.split("\n\n") if part.strip()]
    return mark_safe("".join(f"<p>{part}</p>\n" for part in paragraphs))  # noqa: S308 escaped a line above
