"""What was found, as sentences."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from o2c.core import formats
from o2c.invoicing.models import Check, Level, PaymentFinding


def said(findings: Iterable[PaymentFinding]) -> list[tuple[str, str]]:
    """Level and sentence of each; what holds first."""
    rows = [(finding.level, sentence(finding)) for finding in findings]
    return sorted(rows, key=lambda row: row[0] != Level.QUARANTINE)


def sentence(finding: PaymentFinding) -> str:
    """Why somebody should look at it, with the facts."""
    facts = finding.facts
    match finding.check_code:
        case Check.INVALID_IBAN:
            return f"{facts['iban']} is no IBAN: its check digits are wrong."
        case Check.OTHERS_ACCOUNT:
            return f"{facts['iban']} is known as an account of customer {facts['customer']}."
        case Check.BANK_REPEATS:
            return f"The same payment, end-to-end id {facts['end_to_end_id']}, came on {_on(facts)} already."
        case Check.LIKE_ANOTHER:
            return f"The same amount came on {_on(facts)}: {_receipt(facts)}."
        case Check.NEW_ACCOUNT:
            return f"{finding.customer.name} has never paid from {facts['iban']}."
        case Check.FOREIGN_COUNTRY:
            return f"The account is in {facts['country']}, where the customer has neither seat nor account."
        case Check.FAR_ABOVE_HABIT:
            largest = formats.amount(Decimal(str(facts["largest"])), facts["currency"])
            return f"The largest payment of the last two years was {largest} {facts['currency']}."
        case Check.NO_ACCOUNT_HERE:
            return f"{finding.customer.name} is no customer of this legal entity."
        case Check.ACCOUNT_NOT_OPEN | Check.REFUND_NOT_OPEN:
            why = f": {facts['reason']}" if facts["reason"] else ""
            return f"{finding.customer.name} is {facts['standing']}{why.rstrip('.')}."
        case Check.REFUND_NEVER_PAID:
            return f"{finding.customer.name} has never paid us from {facts['iban']}: only a call has confirmed it."
        case Check.REFUND_OTHERS:
            return f"It would go to {facts['iban']}, an account of customer {facts['customer']}."
        case Check.REFUND_COUNTRY:
            return f"It would go to {facts['country']}, where the customer has neither seat nor another account."
        case Check.REFUND_TWICE:
            return f"{facts['refund']} of {_on(facts)} pays the same amount back to customer {facts['customer']}."
        case Check.REFUND_ABOVE_HABIT:
            largest = formats.amount(Decimal(str(facts["largest"])), facts["currency"])
            return f"Beside it the customer paid at most {largest} {facts['currency']} in the last two years."
        case Check.ROUND_TRIP:
            return f"The money came in on {_on(facts)} only: {_receipt(facts)}."
        case Check.ROUND_TRIP_ELSEWHERE:
            return (
                f"The money came in on {_on(facts)} only, from {facts['paid_from']}, and would go"
                f" to another account: {_receipt(facts)}."
            )
        case Check.DETAILS_NEW:
            return f"{facts['iban']} was confirmed as the customer's on {_on(facts)} only."
        case Check.DETAILS_BY_EMAIL:
            return f"The wish for {facts['iban']} came by e-mail; it was approved on {_on(facts)} only."
    raise ValueError(finding.check_code)


def _on(facts: dict) -> str:
    return formats.day(date.fromisoformat(facts["on"]))


def _receipt(facts: dict) -> str:
    return f"receipt {facts['receipt'] or 'of the history'}"
