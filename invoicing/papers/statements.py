"""A statement of account put into words: the sheet that the template sets. Nothing here computes an amount."""

from collections.abc import Sequence

from o2c.core import formats
from o2c.invoicing.papers import epc
from o2c.invoicing.papers.facts import ACTIVITY, Bucket, CurrencyPart, Movement, OpenLine, StatementPaper
from o2c.invoicing.papers.wording import (
    Words,
    account_details,
    clean,
    clean_lines,
    collected,
    frame,
    money,
)

# How much of a cell's text stands on one line, in letters as wide as a figure; the template says how wide a column is.
ROOM = {True: (10, 14, 14, 10, 10, 10), False: (20, 10, 10, 7, 9.5, 9.5)}
WIDE, NARROW = frozenset("MWmw@%&"), frozenset(".,:/'-Iijlt \u202f\u00a0")


def sheet(paper: StatementPaper) -> dict:
    """All texts of the paper, in its language and in its places."""
    words = Words(paper.language)
    with formats.written_for(words.language):
        as_of = words("as_of", day=words.day(paper.as_of))
        activity = paper.kind == ACTIVITY
        span = (
            words("from_to", first=words.day(paper.from_on), last=words.day(paper.as_of))
            if paper.from_on and activity
            else as_of
        )
        heading = words("statement")
        accounts = list(dict.fromkeys(part.pay_to for part in paper.parts if part.pay_to))
        facts = [
            ("date", words.day(paper.as_of)),
            ("customer_number", clean(paper.customer.number)),
            ("your_vat_id", clean(paper.customer.vat_id)),
            ("contact", clean(paper.entity.contact)),
        ]
        return frame(
            words,
            sender=paper.entity,
            to=paper.customer,
            heading=heading,
            subheading=span,
            called=f"{heading} · {span}",
            facts=facts,
            accounts=accounts[:1],
        ) | {
            "note": clean_lines(paper.note),
            "parts": [_part(paper, part, words) for part in paper.parts],
            "empty": "" if paper.parts else words("nothing_open"),
            "closing": [words("statement_check")],
        }


def _part(paper: StatementPaper, part: CurrencyPart, words: Words) -> dict:
    activity = paper.kind == ACTIVITY
    in_favour = part.total < 0
    rows = (
        [_movement(movement, part, words) for movement in part.movements]
        if activity
        else [_item(item, part, words) for item in part.items]
    )
    return {
        "currency": part.currency,
        "title": f"{words('activity' if activity else 'open_items')} {part.currency}",
        "panel": {
            "label": words("credit_balance" if in_favour else "balance" if activity else "total_open"),
            "amount": formats.amount(abs(part.total), part.currency),
            "currency": part.currency,
            "due": [words("overdue"), money(part.overdue, part.currency)] if part.overdue > 0 else [],
            "details": account_details(part.pay_to, part.reference, words)
            if part.pay_to and part.total > 0 and not part.collected
            else [],
            "sentence": collected(part.collected, words, words("collected_when_due"))
            if part.collected and part.total > 0
            else "",
            "qr": _code(part, words),
            "plan": None,
            "early": None,
        },
        "ageing": [[_bucket(bucket, words), formats.amount(bucket.amount, part.currency)] for bucket in part.ageing],
        "activity": activity,
        "columns": _columns(activity, words),
        "fits": all(_fits(_figures(row["cells"], activity), _figures(ROOM[activity], activity)) for row in rows),
        "opening": [words("opening_balance"), formats.amount(part.opening, part.currency)] if activity else [],
        "rows": rows,
        "closing": [
            words("closing_balance" if activity else "total_open"),
            formats.amount(part.total, part.currency),
        ],
    }


def _columns(activity: bool, words: Words) -> list[str]:
    keys = (
        ("date", "entry", "document", "debit", "credit", "balance")
        if activity
        else ("document", "issued", "due", "days_late", "amount", "open")
    )
    return [words(key) for key in keys]


def _kind(kind: str, words: Words) -> str:
    return words(f"kind.{kind}") if words.has(f"kind.{kind}") else clean(kind)


def _item(item: OpenLine, part: CurrencyPart, words: Words) -> dict:
    cells = [
        clean(item.number),
        words.short_day(item.issued_on),
        words.short_day(item.due_on),
        str(item.days_late) if item.days_late > 0 else "",
        formats.amount(item.amount, part.currency),
        formats.amount(item.open, part.currency),
    ]
    kind = _kind(item.kind, words) if item.kind != "invoice" else ""
    flag = words("disputed") if item.disputed else ""
    return {
        "cells": cells,
        "kind": kind,
        "flag": flag,
        "late": item.days_late > 0 and item.open > 0,
        "fits": _fits([" ".join(filter(None, (cells[0], kind, flag))), *cells[1:]], ROOM[False]),
    }


def _movement(movement: Movement, part: CurrencyPart, words: Words) -> dict:
    cells = [
        words.short_day(movement.on),
        _kind(movement.kind, words),
        clean(movement.number),
        formats.amount(movement.debit, part.currency) if movement.debit else "",
        formats.amount(movement.credit, part.currency) if movement.credit else "",
        formats.amount(movement.balance, part.currency),
    ]
    return {"cells": cells, "kind": "", "flag": "", "late": False, "fits": _fits(cells, ROOM[True])}


def _fits(cells: Sequence[str], rooms: Sequence[float]) -> bool:
    """Whether each text stands on one line of its column: rather too often no than once too often yes."""
    return all(_room(text) <= room for text, room in zip(cells, rooms, strict=True))


def _figures(cells: Sequence, activity: bool) -> Sequence:
    """The days and amounts of a row, which never break over lines; what an entry is and its document's number may."""
    return [cells[0], *cells[3:]] if activity else cells[1:]


def _room(text: str) -> float:
    """The room of a text in letters as wide as a figure."""
    return sum(1.5 if sign in WIDE else 0.5 if sign in NARROW else 1 for sign in text)


def _bucket(bucket: Bucket, words: Words) -> str:
    if bucket.first is None:
        return words("not_due")
    if bucket.last is None:
        return words("days_older", first=str(bucket.first - 1))
    return words("days_range", first=str(bucket.first), last=str(bucket.last))


def _code(part: CurrencyPart, words: Words) -> dict | None:
    """The code to pay what is overdue with; without a reference the bank line could not be found again."""
    if part.collected or not part.pay_to or not part.reference or part.overdue <= 0 or part.overdue > part.total:
        return None
    account = part.pay_to
    drawn = epc.svg(
        epc.Transfer(account.holder, account.iban, part.overdue, part.reference, account.bic), part.currency
    )
    if drawn is None:
        return None
    caption = f"{words('scan_overdue')} {money(part.overdue, part.currency)}"
    return {"svg": drawn, "caption": caption, "alt": caption}
