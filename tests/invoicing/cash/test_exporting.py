"""Files for the bank: what the standard wants, once for each refund, and settled by the line that pays."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from lxml import etree

from o2c.core.models import Role
from o2c.invoicing import cash
from o2c.invoicing.cash import exporting, refunds
from o2c.invoicing.models import BankAccount, Refund, RefundExport
from tests.given import DAY
from tests.invoicing.cash.conftest import OURS, THEIRS

NS = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


@pytest.fixture
def approved(given, bank, clerk, manager):
    rows = []
    customer = given.customer(name="Müller & Söhne <GmbH>")
    for amount in ("10.05", "0.07", "1234.50"):
        receipt = bank.receipt(f"{amount} EUR", customer=customer)
        asked = refunds.ask(receipt.item, Decimal(amount), iban=THEIRS, reason="x", on=DAY, actor=clerk)
        rows.append(refunds.approve(asked, on=DAY, actor=manager))
    return rows


def test_the_file_says_who_is_paid_how_much_by_which_reference(bank, approved, boss):
    made = exporting.export(bank.account, pay_on=DAY + timedelta(days=1), today=DAY, actor=boss)
    root = etree.fromstring(bytes(made.file.content))
    assert root.findtext(".//p:PmtInf/p:DbtrAcct/p:Id/p:IBAN", namespaces=NS) == OURS
    assert root.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=NS) == "1244.62"
    assert root.findtext(".//p:ReqdExctnDt/p:Dt", namespaces=NS) == "2026-03-03"
    paid = [
        (
            each.findtext("p:PmtId/p:EndToEndId", namespaces=NS),
            each.findtext("p:Amt/p:InstdAmt", namespaces=NS),
            each.findtext("p:CdtrAcct/p:Id/p:IBAN", namespaces=NS),
            each.findtext("p:Cdtr/p:Nm", namespaces=NS),
        )
        for each in root.iterfind(".//p:CdtTrfTxInf", namespaces=NS)
    ]
    assert paid == [
        (row.reference, amount, THEIRS, "Muller & Sohne <GmbH>")
        for row, amount in zip(approved, ("10.05", "0.07", "1234.50"), strict=True)
    ]
    assert (made.count, made.total) == (3, Decimal("1244.62"))
    assert set(Refund.objects.values_list("state", flat=True)) == {"exported"}
    with pytest.raises(cash.CashRefused, match="No approved refund waits"):
        exporting.export(bank.account, pay_on=DAY + timedelta(days=1), today=DAY, actor=boss)


def test_a_file_of_another_legal_entity_has_none_of_them(given, bank, approved, boss):
    from o2c.core.actors import SYSTEM
    from o2c.invoicing import banks

    other = given.entity("AT1")
    theirs = banks.open_account(other, name="Main", currency="EUR", iban="AT611904300234573201", actor=SYSTEM)
    for account, day in ((theirs, DAY), (bank.account, DAY - timedelta(days=1))):
        with pytest.raises(cash.CashRefused):
            exporting.export(account, pay_on=day, today=DAY, actor=boss)
    assert RefundExport.objects.count() == 0
    assert BankAccount.objects.count() == 2


def test_the_page_makes_the_file_and_gives_it_again(given, bank, approved):
    client = Client()
    client.force_login(given.user("payer", Role.FINANCE_MANAGER))
    shown = client.get(reverse("approvals") + "?show=to_pay").content.decode()
    assert all(row.reference in shown for row in approved)
    from o2c.core import clock

    answer = client.post(reverse("export_refunds"), {"account": bank.account.pk, "pay_on": clock.today().isoformat()})
    assert answer.status_code == 302, answer.content
    made = RefundExport.objects.get()
    file = client.get(reverse("refund_file", args=[made.pk]))
    assert file.content == bytes(made.file.content)
    assert "attachment" in file["Content-Disposition"]


def test_the_line_that_pays_a_file_pays_each_of_its_refunds(bank, approved, clerk, boss):
    exporting.export(bank.account, pay_on=DAY, today=DAY, actor=boss)
    one = bank.line("-10.05 EUR", end_to_end_id=approved[0].reference)
    assert refunds.recognise(one, actor=clerk) == [approved[0]]
    assert refunds.recognise(one, actor=clerk) == []
    whole = bank.line("-1234.57 EUR")
    assert refunds.recognise(whole, actor=clerk) == []
    assert Refund.objects.filter(state="paid").count() == 1


def test_a_line_of_the_whole_file_pays_them_all(bank, approved, clerk, boss):
    exporting.export(bank.account, pay_on=DAY, today=DAY, actor=boss)
    whole = bank.line("-1244.62 EUR")
    assert refunds.recognise(whole, actor=clerk) == approved
    assert set(Refund.objects.values_list("state", flat=True)) == {"paid"}
    whole.refresh_from_db()
    assert whole.open_amount == 0
