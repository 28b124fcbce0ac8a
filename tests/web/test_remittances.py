"""Pages of remittance advice: sending a file, what waits, joining it by hand; and the workbench that shows it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from o2c.core.models import Role
from o2c.invoicing.matching import running
from o2c.invoicing.models import BankLine, RemittanceAdvice
from o2c.invoicing.proof import proof
from tests.invoicing.remittances.advices import advice
from tests.invoicing.remittances.samples import CSV, REMADV, UBL


@pytest.fixture(autouse=True)
def apart(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def clerk(given, client):
    given.customer("C1", name="Acme GmbH")
    client.force_login(given.user("clerk", Role.CASH_CLERK))
    return client


def send(client, content: bytes, **more):
    facts = {"file": SimpleUploadedFile("advice.csv", content), **more}
    return client.post(reverse("load_remittance"), facts)


@pytest.mark.parametrize("content", [CSV, UBL.encode(), REMADV])
def test_a_file_that_is_sent_is_kept_and_shown(clerk, content, tmp_path):
    answer = send(clerk, content)
    assert answer.status_code == 200
    (row, *_) = RemittanceAdvice.objects.order_by("pk")
    assert reverse("remittance", args=[row.pk]) in answer.content.decode()
    assert row.loaded_by == "clerk"
    page = clerk.get(reverse("remittance", args=[row.pk])).content.decode()
    assert "Acme GmbH" in page
    assert "INV-1001" in page
    assert clerk.get(reverse("remittance_file", args=[row.pk])).content == content
    assert "known already" in send(clerk, content).content.decode()
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []


def test_a_file_that_is_refused_says_where_and_why(clerk, tmp_path):
    answer = send(clerk, UBL.encode()[:-200])
    assert answer.status_code == 422
    assert "The XML is damaged or cut off" in answer.content.decode()
    assert not RemittanceAdvice.objects.exists()
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []
    assert send(clerk, b"x" * (9 << 20)).status_code == 413


def test_how_a_table_is_written_can_be_said(clerk):
    table = b"Invoice number,Invoice date,Amount paid,Currency\nA-10001,01/02/2026,10.00,EUR\n"
    assert "date_format" in send(clerk, table).content.decode()
    assert send(clerk, table, date_format="%d/%m/%Y").status_code == 200


def test_an_unclear_one_is_joined_by_hand_and_the_workbench_shows_it(clerk, given):
    item = given.open_item("300.00 EUR", number="INV-10003")
    lines = [given.bank_line("300.00 EUR", name=item.customer.name) for _ in range(2)]
    found = advice("INV-10003 300.00", payer=item.customer.name)
    running.match(given.entity())
    assert "Unclear" in clerk.get(reverse("remittances"), {"show": "unclear"}).content.decode()
    page = clerk.get(reverse("remittance", args=[found.pk])).content.decode()
    assert f'value="{lines[0].pk}"' in page
    clerk.post(reverse("join_remittance", args=[found.pk]), {"line": lines[1].pk})
    found.refresh_from_db()
    assert (found.state, found.line) == ("joined", lines[1])
    assert "says what it is for" in clerk.get(reverse("match_line", args=[lines[1].pk])).content.decode()
    clerk.post(reverse("part_remittance", args=[found.pk]))
    clerk.post(reverse("drop_remittance", args=[found.pk]))
    found.refresh_from_db()
    assert (found.state, found.line) == ("dropped", None)
    clerk.post(reverse("take_up_remittance", args=[found.pk]))
    found.refresh_from_db()
    assert found.state == "waiting"
    assert proof() == []


def test_a_line_that_one_does_not_see_is_not_joined(clerk, given, client):
    given.rate("USD", "1.10")
    other = given.entity("US1", currency="USD")
    line = given.bank_line("300.00 USD", statement=given.bank_statement(entity=other, currency="USD"))
    found = advice("INV-10003 300.00", payer="X", entity="DE1")
    client.force_login(given.user("limited", Role.CASH_CLERK, entities=[given.entity()]))
    client.post(reverse("join_remittance", args=[found.pk]), {"line": line.pk})
    found.refresh_from_db()
    assert found.state == "waiting"
    assert BankLine.objects.filter(advice__isnull=False).count() == 0
