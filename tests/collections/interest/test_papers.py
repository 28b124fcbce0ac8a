"""The document of a note: how each day was worked out, in the customer's language, made once and kept."""

import hashlib
from datetime import date
from decimal import Decimal

import pytest

from o2c.collections.interest import charging, packs, papers, sending
from o2c.collections.models import InterestNote, InterestPack
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Document, Message
from o2c.invoicing import banks
from o2c.invoicing.correspondents import NotSent, SentBefore
from o2c.invoicing.papers.rendering import render
from tests.at_once import at_once
from tests.invoicing.papers.reading import pages

DUE, UNTIL = date(2024, 12, 16), date(2025, 1, 31)
MANAGER = Actor("manager")


@pytest.fixture
def note(given):
    def make(language: str = "en", **rule) -> InterestNote:
        """1,000.00 due 16 December 2024, 400.00 paid on 15 January 2025, charged up to 31 January with 40 euro.

        17 to 31 December 2024, 15 days of 1,000.00 at 4.25 + 8 = 12.25 %: 5.0342
        1 to 15 January 2025, 15 days of 1,000.00 at 3.15 + 8 = 11.15 %: 4.5822
        16 to 31 January, 16 days of 600.00 at 11.15 %: 2.9326
        Together 12.55; with the compensation 52.55.
        """
        entity = given.entity(name="Muster GmbH", country="DE")
        facts = {
            "pack": InterestPack.objects.get(code="eu"), "begins_on": date(2024, 1, 1), "minimum": Decimal(0),
            "after_payment": True, "compensates": True, "days_to_pay": 14, "actor": SYSTEM,
        }  # fmt: skip
        packs.rule(entity, **facts | rule)
        if not entity.bank_accounts.exists():
            banks.open_account(entity, name="Main", currency="EUR", iban="DE89370400440532013000", actor=SYSTEM)
        customer = given.customer(name="Acme GmbH", language=language, email="ap@acme.example")
        item = given.open_item("1000.00 EUR", customer=customer, due=DUE, number="RE-4711")
        given.pay(item, "400.00 EUR", on=date(2025, 1, 15))
        (made,) = charging.charge(entity, [(customer.pk, "EUR")], until=UNTIL, on=UNTIL, actor=SYSTEM)
        return made

    return make


def read(note: InterestNote) -> list[str]:
    return pages(bytes(papers.document_of(note).content))


ENGLISH = [
    "Interest note IN2025-000001", "Interest on late payment up to 31 January 2025", "Amount due 52.55 EUR",
    "Due by 14 February 2025", "Pay to Muster GmbH", "DE89 3704 0044 0532 0130 00", "Reference IN2025-000001",
    "Period Days Owed Rate a year Interest", "Invoice RE-4711 of 1,000.00 EUR, due on 16 Dec 2024",
    "17 Dec 2024 – 31 Dec 2024 15 1,000.00 12.25 % 5.0342", "1 Jan 2025 – 15 Jan 2025 15 1,000.00 11.15 % 4.5822",
    "16 Jan 2025 – 31 Jan 2025 16 600.00 11.15 % 2.9326", "Compensation for recovery costs 40.00",
    "Of this invoice 52.55", "Total EUR 52.55", "what was owed × rate × days / 365",
    "Rates by Directive 2011/7/EU (late payment). Source: Directive 2011/7/EU, articles 2, 3 and 6",
]  # fmt: skip
GERMAN = [
    "Zinsrechnung IN2025-000001", "Verzugszinsen bis 31. Januar 2025", "52,55 EUR", "14. Februar 2025",
    "Zeitraum Tage Offen Satz im Jahr Zinsen", "Rechnung RE-4711 über 1.000,00 EUR, fällig am 16.12.2024",
    "17.12.2024 – 31.12.2024 15 1.000,00 12,25 % 5,0342", "16.01.2025 – 31.01.2025 16 600,00 11,15 % 2,9326",
    "Pauschale für Beitreibungskosten 40,00", "Quelle: Directive 2011/7/EU",
]  # fmt: skip
FRENCH = [
    "Note d’intérêts IN2025-000001", "Intérêts de retard jusqu’au 31 janvier 2025", "14 février 2025",
    "Période Jours Dû Taux annuel Intérêts", "15 1 000,00 12,25 % 5,0342", "16 600,00 11,15 % 2,9326",
    "Indemnité pour frais de recouvrement 40,00", "52,55 EUR",
]  # fmt: skip


@pytest.mark.parametrize(("language", "says"), [("en", ENGLISH), ("de", GERMAN), ("fr", FRENCH)])
def test_the_paper_says_how_each_day_was_worked_out(note, language, says):
    (page,) = read(note(language))
    for text in says:
        assert text in page


def test_what_was_charged_before_is_taken_off(note, given):
    """Up to 30 June 150 days more of 600.00 at 11.15 %, 27.4932, in all 40.0422: 40.04, of which 12.55 was charged."""
    first = note(compensates=False)
    (second,) = charging.charge(
        first.entity, [(first.customer_id, "EUR")], until=date(2025, 6, 30), on=date(2025, 6, 30), actor=SYSTEM
    )
    (page,) = read(second)
    assert "16 Jan 2025 – 30 Jun 2025 166 600.00 11.15 % 30.4258" in page
    assert "Charged before −12.55" in page
    assert "Total EUR 27.49" in page


def test_it_is_made_once_and_stays_as_it_was(note):
    found = note()
    kept = papers.document_of(found)
    assert kept.sha256 == hashlib.sha256(bytes(kept.content)).hexdigest()
    assert (kept.name, kept.media_type, kept.language) == ("IN2025-000001.pdf", "application/pdf", "en")
    found.customer.name = "Acme Holding GmbH"
    found.customer.save()
    found.refresh_from_db()
    assert papers.document_of(found) == kept
    assert bytes(papers.document_of(found).content) == bytes(kept.content)
    paper = papers.papers([found.pk])[found.pk]
    assert paper.customer.name == "Acme Holding GmbH"
    assert render(paper) == render(paper)


@pytest.mark.django_db(transaction=True)
def test_two_who_want_it_at_once_get_the_same(note):
    found = note()
    made = at_once(*[lambda: papers.document_of(InterestNote.objects.get(pk=found.pk))] * 4, refusals=())
    assert len({each.pk for each in made}) == 1
    assert Document.objects.count() == 1


def test_the_job_makes_what_is_missing(note):
    found = note()
    assert papers.print_charged() == 1
    assert papers.print_charged() == 0
    found.refresh_from_db()
    assert found.document is not None


def test_it_is_sent_with_its_paper_once_unless_it_is_wanted_again(note):
    found = note("de")
    message = sending.send(found, actor=MANAGER)
    assert message.subject == "Zinsrechnung IN2025-000001, 52,55 EUR"
    assert "für Verzugszinsen bis 31. Januar 2025" in message.text
    assert message.attachments.get().document == papers.document_of(found)
    with pytest.raises(SentBefore, match=r"was sent to ap@acme\.example before"):
        sending.send(found, actor=MANAGER)
    sending.send(found, again=True, actor=MANAGER)
    assert Message.objects.count() == 2


def test_what_is_not_owed_any_more_is_not_sent(note):
    found = charging.waive(note(), reason="x", on=UNTIL, actor=SYSTEM)
    with pytest.raises(NotSent, match="nothing is owed by it"):
        sending.send(found, actor=MANAGER)
    assert not Message.objects.exists()
