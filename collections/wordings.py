"""A legal entity's own wordings of its notices and answers; where it has none, the standard one is sent."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count

from o2c.collections import drafting, letters, texts
from o2c.collections.inquiries import words
from o2c.collections.inquiries.words import Asked
from o2c.collections.letters import Cost, Owed, Words
from o2c.collections.models import Wording
from o2c.collections.texts import Text
from o2c.core import clock, segments
from o2c.core.actors import Actor, acting
from o2c.core.states import LostRace
from o2c.invoicing import banks
from o2c.invoicing.models import Invoice, OpenItem
from o2c.orders.models import Contact, Customer, LegalEntity

MOST_ITEMS = 20  # of a notice that is shown while its wording is typed


class WordingRefused(ValueError):
    """It cannot be sent so. `faults` are the parts and what is wrong with each."""

    def __init__(self, faults: list[tuple[str, str]]):
        super().__init__(" ".join(text for _, text in faults))
        self.faults = faults


def text_of(entity: LegalEntity, name: str, language: str) -> tuple[Text, Wording | None]:
    """What is sent, and the row that says so where it is the legal entity's own."""
    own = Wording.objects.filter(entity=entity, name=name, language=language).first()
    return (own.as_text(), own) if own else (texts.standard(language, name), None)


def save(
    entity: LegalEntity, name: str, language: str, text: Text, *, actor: Actor, seen: datetime | None = None
) -> Wording | None:
    """Say it in the legal entity's own words from now on; None where that is the standard wording.

    `seen` is when the row that was read had been changed last, None where there was none. Raises WordingRefused, and
    LostRace where somebody else has changed it since.
    """
    usual, text = texts.standard(language, name), _whole(text, name, language)
    faults = text.faults(texts.fields_of(name))
    if not faults and text != usual and not texts.is_answer(name):
        faults = too_long(sample(entity, name, language, text))
    if faults:
        raise WordingRefused(faults)
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        own = Wording.objects.filter(entity=entity, name=name, language=language).first()
        if (own.updated_at if own else None) != seen:
            raise LostRace(f"The wording {name} in {language} was changed after {seen}.")
        if text == usual:
            Wording.objects.filter(entity=entity, name=name, language=language).delete()
            return None
        if own is not None and own.as_text() == text:
            return own
        sms = "" if text.sms == usual.sms else text.sms
        facts = {"subject": text.subject, "opening": text.opening, "closing": text.closing, "sms": sms}
        return Wording.objects.update_or_create(entity=entity, name=name, language=language, defaults=facts)[0]


def _whole(text: Text, name: str, language: str) -> Text:
    return text if text.sms.strip() else replace(text, sms=texts.standard(language, name).sms)


def too_long(words: Words) -> list[tuple[str, str]]:
    """What is wrong where it would be more text messages than are sent at once."""
    found = segments.count(words.sms)
    if found <= segments.MOST:
        return []
    rare = " A sign in it that telephones have no short form of halves what fits."
    less = "" if segments.is_basic(words.sms) else rare
    return [("sms", f"It would be {found} text messages; at most {segments.MOST} are sent at once.{less}")]


def sample(entity: LegalEntity, name: str, language: str, text: Text) -> Words:
    """A notice with a value in every field, of the length that they have as a rule."""
    today = clock.today(entity.time_zone)
    items = tuple(Owed(f"RE-2026-{number:05}", today, 30, 1, Decimal("12345.67")) for number in range(3))
    costs = (Cost(False, "IN-2026-00001", Decimal("123.45"), today), Cost(True, "IN-2026-00002", Decimal(40), today))
    letter = drafting.letter_of(
        entity, None, language=language, template=name, customer="A company of middling name Ltd",
        customer_number="D-100001", currency=entity.base_currency, total=sum(item.amount for item in items), on=today,
        items=items, costs=costs, pay_by=today,
    )  # fmt: skip
    return letters.write(letter, text)


def preview(entity: LegalEntity, customer: Customer, name: str, language: str, text: Text) -> Words | None:
    """The notice as the customer would get it today over all that it owes in one currency; None where it owes nothing.
    An answer to an inquiry, as it would be with the customer's latest invoice.

    What is overdue comes first; the currency is that in which most items are.
    """
    today = clock.today(entity.time_zone)
    if texts.is_answer(name):
        return _answer(entity, customer, language, text, today)
    owed = OpenItem.objects.filter(entity=entity, customer=customer, open_amount__gt=0)
    overdue = owed.filter(due_on__lt=today)
    of = overdue if overdue.exists() else owed
    found = of.values_list("currency").annotate(count=Count("pk")).order_by("-count", "currency").first()
    if found is None:
        return None
    currency = found[0]
    items = [
        Owed(item.number, item.due_on, (today - item.due_on).days, 1, item.open_amount)
        for item in of.filter(currency=currency).order_by("due_on", "number", "pk")[:MOST_ITEMS]
    ]
    letter = drafting.letter_of(
        entity,
        banks.pay_to(entity, {currency})[currency],
        language=language,
        template=name,
        customer=customer.name,
        customer_number=customer.number,
        currency=currency,
        total=sum(item.amount for item in items),
        on=today,
        items=tuple(items),
    )
    return letters.write(letter, _whole(text, name, language))


def _answer(entity: LegalEntity, customer: Customer, language: str, text: Text, on: date) -> Words:
    latest = Invoice.objects.filter(entity=entity, customer=customer, document__isnull=False)
    numbers = list(latest.order_by("-issued_on", "-pk").values_list("number", flat=True)[:1])
    contact = Contact.objects.filter(customer=customer, in_use=True).order_by("pk").first()
    asked = Asked(
        subject="…",
        asked_on=on,
        contact=contact.name if contact else "",
        me="…",
        invoices=numbers,
        documents=[f"{number}.pdf" for number in numbers],
    )
    done = words.filled(text, words.values(entity, customer, asked, on=on, language=language))
    return Words(done.subject, done.opening, "", done.opening, "", "")
