"""Papers of what a mandate collects: nobody is asked to pay it, and it is said from where and by what it is taken."""

from __future__ import annotations

from decimal import Decimal

import pytest

from o2c.invoicing.direct_debit import mandates
from o2c.invoicing.models import Mandate
from o2c.invoicing.papers import invoices, statements
from o2c.invoicing.papers.facts import Collected
from o2c.invoicing.papers.reading import papers
from o2c.invoicing.statements import making
from o2c.invoicing.statements.figures import read as figures_of
from o2c.orders.terms import Share, Tier
from tests.invoicing.direct_debit.given import CREDITOR, Debits
from tests.invoicing.invoices.conftest import DAY, IBAN, line
from tests.invoicing.papers.test_invoices import plain

pytestmark = pytest.mark.django_db


@pytest.fixture
def debits(given, invoicing) -> Debits:
    return Debits(given, invoicing.seller())


@pytest.fixture
def mandate(invoicing, debits) -> Mandate:
    return debits.mandate(invoicing.buyer("K-1", language="de"))


def panel_of(invoice) -> dict:
    return plain(invoices.sheet(papers([invoice.pk])[invoice.pk]))["panel"]


def test_an_invoice_says_from_where_by_what_and_when_it_is_collected(invoicing, mandate):
    panel = panel_of(invoicing.issue(customer=mandate.customer))
    assert panel["sentence"] == (
        "Bitte nicht überweisen: Wir ziehen diesen Betrag am 1. April 2026 oder am nächsten Bankarbeitstag per"
        f" SEPA-Lastschrift von Ihrem Konto mit den letzten Ziffern 6199 ein. Mandat {mandate.reference},"
        f" Gläubiger-Identifikationsnummer {CREDITOR}."
    )
    assert (panel["qr"], panel["details"]) == (None, [])


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "on 1 April 2026, or on the next banking day, by SEPA direct debit from your account ending in 6199."),
        ("fr", "le 1er avril 2026, ou le jour ouvrable bancaire suivant, par prélèvement SEPA sur votre compte"),
    ],
)
def test_it_says_so_in_the_customers_language(invoicing, debits, language, says):
    made = debits.mandate(invoicing.buyer("K-1", language=language))
    sentence = panel_of(invoicing.issue(customer=made.customer))["sentence"]
    assert says in sentence
    assert made.reference in sentence
    assert CREDITOR in sentence


def test_instalments_are_collected_when_each_is_due(invoicing, debits):
    terms = invoicing.terms("P", shares=(Share(Decimal(50), 10), Share(Decimal(50), 40)))
    made = debits.mandate(invoicing.buyer("K-1", terms=terms))
    panel = panel_of(invoicing.issue(customer=made.customer))
    assert "we collect this amount when it is due by SEPA" in panel["sentence"]
    assert len(panel["plan"]["rows"]) == 2
    assert panel["qr"] is None


def test_no_discount_is_offered_for_paying_what_is_collected_in_full(invoicing, debits):
    terms = invoicing.terms("T", tiers=(Tier(10, Decimal(3)),))
    collected = debits.mandate(invoicing.buyer("K-1", terms=terms)).customer
    assert panel_of(invoicing.issue(customer=collected))["early"] is None
    assert len(panel_of(invoicing.issue(customer=invoicing.buyer("K-2", terms=terms)))["early"]["rows"]) == 1


def test_what_was_issued_keeps_how_it_is_paid(invoicing, debits, mandate):
    collected = invoicing.issue(customer=mandate.customer)
    before = panel_of(collected)
    mandates.cancel(mandate, reason="Wished", on=debits.today, actor=debits.clerk)
    assert panel_of(collected) == before
    later = panel_of(invoicing.issue(customer=mandate.customer))
    assert (later["sentence"], bool(later["qr"])) == ("", True)
    assert any(IBAN[-2:] in value for _, value in later["details"])


def test_only_what_such_a_mandate_collects_is_said_to_be_collected(given, invoicing, debits, mandate):
    draft = debits.mandate(invoicing.buyer(), active=False)
    once = debits.mandate(invoicing.buyer(), one_off=True)
    assert mandates.collected(debits.entity, [m.customer_id for m in (mandate, draft, once)]) == {
        mandate.customer_id: Collected(mandate.reference, CREDITOR, "6199")
    }
    given.rate("USD", "1.25", DAY)
    for issued in (
        invoicing.issue(customer=draft.customer),
        invoicing.issue(customer=once.customer),
        invoicing.issue(customer=mandate.customer, currency="USD"),
    ):
        issued.refresh_from_db()
        assert issued.agreed["collected"] is None


def test_a_statement_asks_for_no_transfer_of_what_is_collected(invoicing, debits, mandate):
    invoicing.issue(line("100.00"), customer=mandate.customer)
    other = invoicing.buyer("K-2")
    invoicing.issue(line("100.00"), customer=other)

    def panel(customer) -> dict:
        told = making.Told.of(debits.entity, "open_items", debits.today, None)
        parts = figures_of([customer.pk], [debits.entity.pk], told.as_of, bounds=told.bounds)[customer.pk]
        to = making.correspondents.of([customer.pk])[customer.pk]
        paper = making.paper(told, to, parts, making.Paid.of(told, [customer.pk], {"EUR"}))
        [part] = plain(statements.sheet(paper))["parts"]
        return part["panel"]

    taken = panel(mandate.customer)
    assert taken["sentence"].startswith("Bitte nicht überweisen: Wir ziehen diesen Betrag bei Fälligkeit per")
    assert "6199" in taken["sentence"]
    assert (taken["qr"], taken["details"]) == (None, [])
    paid = panel(other)
    assert paid["sentence"] == ""
    assert paid["details"]
    assert paid["qr"] is not None
