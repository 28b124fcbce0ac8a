"""Netting on pages: suggested, changed by hand, asked for, decided by others, told to the vendor ledger, undone."""

import csv
import io
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from o2c.collections.netting import agreeing, asking, deciding
from o2c.core import clock
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import AccessRecord, Role
from o2c.invoicing.cash import waiting
from o2c.invoicing.models import Netting, NettingAgreement, OpenItem, Payable
from o2c.invoicing.proof import proof

ROLES = [*([role] for role in Role), list(Role)]
IDS = [*(str(role) for role in Role), "all of them"]


class Office:
    def __init__(self, given):
        self.given = given
        self.entity = given.entity("DE1")
        self.today = clock.today(self.entity.time_zone)
        self.customer = given.customer("ACME")
        self.agreement = agreeing.agree(entity=self.entity, customer=self.customer, since=self.today, actor=SYSTEM)

    def payable(self, key: str, amount: str, **facts) -> Payable:
        day = self.today - timedelta(days=5)
        return Payable.objects.create(
            **{
                "entity": self.entity, "customer": self.customer, "source": "erp", "external_id": key, "number": key,
                "issued_on": day, "due_on": day, "currency": "EUR", "amount": Decimal(amount),
                "source_open": Decimal(amount), "as_of": self.today, **facts,
            }
        )  # fmt: skip

    def ask(self, by: Actor) -> Netting:
        """100 of an item and a payable."""
        item = self.given.open_item("100.00 EUR", customer=self.customer)
        owed = {self.payable(f"P{item.pk}", "100.00").pk: Decimal(100)}
        return asking.ask(
            self.agreement, "EUR", items={item.pk: Decimal(100)}, owed=owed, reason="Set off", on=self.today, actor=by
        )


@pytest.fixture
def office(given):
    return Office(given)


def signed_in(person) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


@pytest.fixture
def clerk(given):
    return signed_in(given.user("clerk", Role.CASH_CLERK))


@pytest.fixture
def boss(given):
    return signed_in(given.user("boss", Role.FINANCE_MANAGER))


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", answer.content.decode()))


def test_agreed_suggested_changed_asked_for_and_approved(office, given, clerk, boss):
    NettingAgreement.objects.all().delete()
    paper = SimpleUploadedFile("signed.pdf", b"%PDF-1.7 signed")
    facts = {"entity": "DE1", "since": "2026-01-01", "until": "", "nets": "due", "reference": "C-7", "paper": paper}
    assert boss.post(reverse("agree_netting", args=[office.customer.pk]), facts).status_code == 302
    agreement = NettingAgreement.objects.get()
    told = boss.get(reverse("netting_paper", args=[agreement.pk]))
    assert (told.content, told["Content-Type"]) == (b"%PDF-1.7 signed", "application/pdf")
    again = boss.post(reverse("agree_netting", args=[office.customer.pk]), {**facts, "paper": ""})
    assert again.status_code == 422
    assert "Another agreement counts on some of these days already." in words(again)

    old = given.open_item("300.00 EUR", customer=office.customer, number="I-OLD", due=date(2026, 1, 5))
    new = given.open_item("500.00 EUR", customer=office.customer, number="I-NEW", due=date(2026, 2, 5))
    office.payable("P-1", "450.00")
    office.payable("P-2", "99.00", blocked=True)
    address = reverse("new_netting", args=[agreement.pk, "EUR"])
    assert address in clerk.get(reverse("customer_payables", args=[office.customer.pk])).content.decode()
    page = clerk.get(address)
    content = page.content.decode()
    assert f'name="item-{old.pk}" value="300.00"' in content
    assert f'name="item-{new.pk}" value="150.00"' in content
    assert "Payment blocked" in content
    assert "Both come to 450.00 EUR." in words(page)

    owed = Payable.objects.get(number="P-1")
    typed = {f"item-{old.pk}": "300.00", f"item-{new.pk}": "", f"payable-{owed.pk}": "450.00", "reason": "By contract"}
    page = clerk.post(address, {**typed, "and": "sum"})
    assert page.status_code == 200
    assert "What we owe comes to 150.00 EUR more." in words(page)
    page = clerk.post(address, {**typed, "and": "ask"})
    assert page.status_code == 422
    assert "The payables come to 150.00 EUR more than the other side." in words(page)
    assert not Netting.objects.exists()
    answer = clerk.post(address, {**typed, f"payable-{owed.pk}": "300.00", "and": "ask"})
    asked = Netting.objects.get()
    assert answer["Location"] == reverse("netting", args=[asked.pk])
    assert (asked.amount, asked.reason, asked.asker, asked.state) == (300, "By contract", "clerk", "asked")

    waits = boss.get(reverse("approvals"))
    assert asked.reference in words(waits)
    assert reverse("approve_netting", args=[asked.pk]) in waits.content.decode()
    assert reverse("approve_netting", args=[asked.pk]) not in clerk.get(reverse("approvals")).content.decode()
    assert boss.post(reverse("approve_netting", args=[asked.pk]), {"note": "Fine"}).status_code == 302
    asked.refresh_from_db()
    assert (asked.state, asked.note, asked.decided_by.username) == ("netted", "Fine", "boss")
    assert OpenItem.objects.get(pk=old.pk).open_amount == 0
    receipt = boss.get(reverse("receipt", args=[asked.receipt_id]))
    assert asked.reference in words(receipt)
    assert reverse("reverse_receipt", args=[asked.receipt_id]) not in receipt.content.decode()
    assert boss.post(
        reverse("reverse_receipt", args=[asked.receipt_id]), {"on": str(office.today)}
    ).status_code == 422  # fmt: skip
    assert proof() == []


def test_the_file_for_the_vendor_ledger_has_each_until_it_is_taken_over(office, boss, given):
    netting = office.ask(Actor("erp"))
    deciding.approve(netting, on=office.today, actor=Actor.of(given.user("second", Role.FINANCE_MANAGER)))

    def rows() -> list[tuple]:
        answer = boss.get(reverse("nettings_file"))
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        return [
            (row["netting"], row["act"], row["customer"], row["number"], row["amount"], row["currency"])
            for row in csv.DictReader(io.StringIO(answer.content.decode()))
        ]

    number = Payable.objects.get().number
    assert rows() == [(netting.reference, "book", "ACME", number, "100.00", "EUR")]
    assert boss.post(reverse("netting_taken_over", args=[netting.pk]), {"on": "2020-01-01"}).status_code == 422
    done = boss.post(reverse("netting_taken_over", args=[netting.pk]), {"on": str(office.today)})
    assert done.status_code == 302
    assert rows() == []
    assert boss.post(reverse("undo_netting", args=[netting.pk]), {"because": ""}).status_code == 422
    assert boss.post(reverse("undo_netting", args=[netting.pk]), {"because": "Not theirs"}).status_code == 302
    assert rows() == [(netting.reference, "reverse", "ACME", number, "100.00", "EUR")]
    assert "Not theirs" in words(boss.get(reverse("netting", args=[netting.pk])))
    assert boss.post(reverse("netting_taken_back", args=[netting.pk]), {"on": str(office.today)}).status_code == 302
    assert rows() == []
    assert AccessRecord.objects.filter(what="Nettings to take over").count() == 4
    assert proof() == []


@pytest.mark.parametrize("roles", ROLES, ids=IDS)
def test_ones_own_netting_is_never_approved_whatever_roles_one_has(office, given, roles):
    person = given.user("person", *roles)
    asked = office.ask(Actor.of(person))
    client = signed_in(person)
    page = client.post(reverse("approve_netting", args=[asked.pk]), {"note": "Fine"})
    assert page.status_code == (422 if Role.FINANCE_MANAGER in roles else 403)
    if Role.FINANCE_MANAGER in roles:
        assert "somebody else decides it" in words(page)
        assert waiting.count(person) == 0
    said = client.post(
        f"/api/v1/nettings/{asked.pk}/approve", "{}", content_type="application/json", headers={"Idempotency-Key": "x"}
    )
    assert said.status_code == 403
    change = reverse("admin:invoicing_netting_change", args=[asked.pk])
    assert client.post(change, {"state": "netted", "decided_by": person.pk}).status_code in (302, 403)
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by, asked.first_by, asked.receipt) == ("asked", None, None, None)


def test_refused_or_taken_back_on_the_page(office, boss, clerk, given):
    asker = Actor.of(type(given.user("x", Role.CASH_CLERK)).objects.get(username="clerk"))
    first, second = office.ask(asker), office.ask(asker)
    assert waiting.count(type(given.user("y")).objects.get(username="boss")) == 2
    assert boss.post(reverse("refuse_netting", args=[first.pk]), {"note": "Not now"}).status_code == 302
    assert clerk.post(reverse("withdraw_netting", args=[second.pk])).status_code == 302
    assert [row.state for row in Netting.objects.order_by("pk")] == ["refused", "withdrawn"]
    decided = words(boss.get(reverse("approvals") + "?show=decided"))
    assert "“Not now”" in decided
    listed = clerk.get(reverse("nettings") + "?state=refused&customer=acme").content.decode()
    assert reverse("netting", args=[first.pk]) in listed
    assert reverse("netting", args=[second.pk]) not in listed


def test_lists_show_what_is_left_and_whom_we_net_with(office, clerk):
    office.payable("P-1", "450.00")
    office.payable("P-2", "99.00", source_open=0)
    left = words(clerk.get(reverse("payables")))
    assert ("P-1" in left, "P-2" in left) == (True, False)
    assert "P-2" in words(clerk.get(reverse("payables") + "?show=all&customer=ACME"))
    agreements = clerk.get(reverse("netting_agreements")).content.decode()
    assert reverse("new_netting", args=[office.agreement.pk, "EUR"]) not in agreements  # it owes nothing
    assert reverse("end_netting_agreement", args=[office.agreement.pk]) not in agreements


def test_an_agreement_is_changed_and_ended(office, boss):
    change = reverse("change_netting_agreement", args=[office.agreement.pk])
    assert boss.post(change, {"nets": "open", "until": "2199-01-01", "reference": "New"}).status_code == 302
    found = NettingAgreement.objects.get()
    assert (found.nets, found.until, found.reference) == ("open", date(2199, 1, 1), "New")
    end = reverse("end_netting_agreement", args=[found.pk])
    assert boss.post(end, {"on": str(office.today)}).status_code == 302
    assert NettingAgreement.objects.get().until == office.today - timedelta(days=1)
    assert boss.post(end, {"on": str(office.today)}).status_code == 422
    page = boss.get(reverse("new_netting", args=[found.pk, "EUR"]))
    assert "The agreement does not count today" in words(page)
    assert boss.get(reverse("new_netting", args=[found.pk, "XYZ"])).status_code == 404
