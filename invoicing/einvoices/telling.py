"""What was read of an e-invoice, told as JSON and to people."""

from decimal import Decimal

from o2c.core.money import MoneyError, exact, plain
from o2c.invoicing.bank.statements import Refused
from o2c.invoicing.einvoices.model import EInvoice, Problem
from o2c.invoicing.einvoices.read import ReadInvoice

UNREADABLE = "unreadable"


def amount(value: Decimal | None, currency: str) -> str | None:
    """At the currency's own scale; what is finer, or of an unknown currency, as it stands."""
    if value is None:
        return None
    try:
        return plain(exact(value, currency), currency)
    except MoneyError:
        return f"{value:f}"


def as_json(read: ReadInvoice) -> dict:
    return _told(read.invoice, read.problems)


def refused_whole(refused: Refused) -> dict:
    """The answer where nothing of a file can be read."""
    return _told(EInvoice(), (problem_of(refused),))


def problem_of(refused: Refused) -> Problem:
    return Problem(UNREADABLE, refused.where, refused.reason)


def _told(invoice: EInvoice, problems: tuple[Problem, ...]) -> dict:
    totals = invoice.totals
    return {
        "number": invoice.number or None,
        "issued_on": invoice.issued_on.isoformat() if invoice.issued_on else None,
        "due_on": invoice.due_on.isoformat() if invoice.due_on else None,
        "currency": invoice.currency or None,
        "seller": invoice.seller.name or None,
        "buyer": invoice.buyer.name or None,
        "net": amount(totals.net, invoice.currency),
        "tax": amount(totals.tax, invoice.currency),
        "gross": amount(totals.gross, invoice.currency),
        "payable": amount(totals.payable, invoice.currency),
        "lines": len(invoice.lines),
        "problems": [{"rule": each.rule, "where": each.where, "text": each.text} for each in problems],
    }


def in_words(read: ReadInvoice) -> str:
    invoice, totals = read.invoice, read.invoice.totals

    def money(value: Decimal | None) -> str:
        return f"{amount(value, invoice.currency) or '–'} {invoice.currency}".strip()

    kind = "Credit note" if invoice.is_credit_note else "Invoice"
    lines = [
        f"{kind} {invoice.number or 'without a number'} ({read.syntax}) of {invoice.issued_on or 'no day'}",
        f"  from   {invoice.seller.name or '–'}",
        f"  to     {invoice.buyer.name or '–'}",
        *(
            f"  {line.id or '–':<6} {line.name or '–'}: {money(line.net)}"
            for line in invoice.lines
        ),
        f"  net    {money(totals.net)}",
        f"  tax    {money(totals.tax)}",
        f"  gross  {money(totals.gross)}",
        f"  to pay {money(totals.payable)}" + (f" until {invoice.due_on}" if invoice.due_on else ""),
    ]  # fmt: skip
    return "\n".join(lines)


def problem_in_words(problem: Problem) -> str:
    where = f"{problem.where}: " if problem.where else ""
    return f"{where}{problem.text} ({problem.rule})"
