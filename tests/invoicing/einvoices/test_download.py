"""E-invoices from the page of an invoice."""

import pytest
from django.urls import reverse

from o2c.core.models import Role
from o2c.invoicing.einvoices.read import read


@pytest.fixture
def clerk(client, given):
    client.force_login(given.user("clerk", Role.CASH_CLERK))
    return client


def test_the_page_gives_each_syntax(clerk, invoicing):
    invoice = invoicing.issue()
    address = reverse("invoice_einvoice", args=[invoice.pk])
    page = clerk.get(reverse("invoice", args=[invoice.pk])).content.decode()
    for syntax, ending in (("ubl", ".ubl.xml"), ("cii", ".cii.xml"), ("facturx", ".facturx.pdf")):
        assert f'href="{address}?syntax={syntax}"' in page
        file = clerk.get(address, {"syntax": syntax})
        assert f"{invoice.number}{ending}" in file["Content-Disposition"]
        found = read(file.content)
        assert (found.syntax, found.problems, found.invoice.number) == (syntax, (), invoice.number)
    assert clerk.get(address, {"syntax": "edifact"}).status_code == 404


def test_a_draft_has_none_and_offers_none(clerk, invoicing):
    draft = invoicing.write()
    assert clerk.get(reverse("invoice_einvoice", args=[draft.pk])).status_code == 404
    assert "E-invoice" not in clerk.get(reverse("invoice", args=[draft.pk])).content.decode()


def test_why_it_would_be_refused_stands_on_the_page(clerk, invoicing):
    invoice = invoicing.issue(customer=invoicing.buyer(country=""))
    page = clerk.get(reverse("invoice_einvoice", args=[invoice.pk]), follow=True).content.decode()
    assert "It would be refused as an e-invoice." in page
    assert "(BR-10)" in page
