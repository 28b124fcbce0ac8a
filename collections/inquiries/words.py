"""What an answer says: its wording, filled with what is known of the account on the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, Sum

from o2c.collections import texts
from o2c.collections.texts import LONGEST_SUBJECT, Text
from o2c.core import formats
from o2c.core.mail import one_line
from o2c.invoicing.models import OpenItem, Receipt
from o2c.orders.models import Customer, LegalEntity


@dataclass(frozen=True)
class Asked:
    """What is answered, to whom, by whom, and what goes along."""

    subject: str
    asked_on: date
    contact: str = ""
    me: str = ""
    invoices: Sequence[str] = ()
    documents: Sequence[str] = ()


def values(entity: LegalEntity, customer: Customer, asked: Asked, *, on: date, language: str) -> dict[str, str]:
    """The fields that an answer may name (`texts.ANSWER_FIELDS`)."""
    owed = OpenItem.objects.filter(entity=entity, customer=customer).exclude(open_amount=0).values("currency")
    late = Q(due_on__lt=on, open_amount__gt=0)
    sums = list(owed.annotate(sum=Sum("open_amount"), late=Sum("open_amount", filter=late)).order_by("currency"))
    last = (
        Receipt.objects.filter(entity=entity, customer=customer, reversed_on=None, received_on__lte=on)
        .order_by(F("received_on").desc(), "-id")
        .first()
    )
    with formats.written_for(language):
        numbers = [one_line(number) for number in asked.invoices]
        return {
            "contact": one_line(asked.contact),
            "customer": one_line(customer.name),
            "customer_number": one_line(customer.number),
            "subject": one_line(asked.subject),
            "asked_on": formats.day(asked.asked_on),
            "invoices": texts.invoices("invoices", language, numbers) if numbers else "",
            "documents": "\n".join(one_line(name) for name in asked.documents),
            "balance": _listed((row["sum"], row["currency"]) for row in sums)
            or f"{formats.amount(0, entity.base_currency)} {entity.base_currency}",
            "overdue": _listed((row["late"], row["currency"]) for row in sums if row["late"]),
            "payment": f"{formats.amount(last.amount, last.currency)} {last.currency}" if last else "",
            "payment_on": formats.day(last.received_on) if last else "",
            "me": one_line(asked.me),
            "on": formats.day(on),
            "entity": one_line(entity.name),
            "phone": one_line(entity.phone),
            "email": one_line(entity.email),
        }


def filled(text: Text, known: dict[str, str]) -> Text:
    """A wording with its fields filled, its subject no longer than subjects are."""
    done = text.filled(known)
    subject = one_line(done.subject)
    subject = subject if len(subject) <= LONGEST_SUBJECT else subject[: LONGEST_SUBJECT - 1] + "…"
    return Text(subject, done.opening)


def _listed(amounts) -> str:
    return ", ".join(f"{formats.amount(amount, currency)} {currency}" for amount, currency in amounts)
