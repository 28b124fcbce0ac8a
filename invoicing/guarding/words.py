"""What was found, as sentences."""

from datetime import date
from decimal import Decimal

from o2c.core import formats
from o2c.invoicing.models import Check, PaymentFinding


def sentence(finding: PaymentFinding) -> str:
    """Why somebody should look at it, with the facts."""
    facts = finding.facts
    match finding.check_code:
        case Check.INVALID_IBAN:
            return f"{facts['iban']} is no IBAN: its check digits are wrong."
        case Check.OTHERS_ACCOUNT:
            return f"{facts['iban']} is known as an account of customer {facts['customer']}."
        case Check.BANK_REPEATS:
            on = formats.day(date.fromisoformat(facts["on"]))
            return f"The same payment, end-to-end id {facts['end_to_end_id']}, came on {on} already."
        case Check.LIKE_ANOTHER:
            on = formats.day(date.fromisoformat(facts["on"]))
            return f"The same amount came on {on}: receipt {facts['receipt'] or 'of the history'}."
        case Check.NEW_ACCOUNT:
            return f"{finding.customer.name} has never paid from {facts['iban']}."
        case Check.FOREIGN_COUNTRY:
            return f"The account is in {facts['country']}, where the customer has neither seat nor account."
        case Check.FAR_ABOVE_HABIT:
            largest = formats.amount(Decimal(str(facts["largest"])), facts["currency"])
            return f"The largest payment of the last two years was {largest} {facts['currency']}."
        case Check.NO_ACCOUNT_HERE:
            return f"{finding.customer.name} is no customer of this legal entity."
    raise ValueError(finding.check_code)
