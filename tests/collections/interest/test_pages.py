"""Interest in the browser: what is owed, charging the chosen, what was agreed, packs and their rates."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from o2c.collections.interest import packs
from o2c.collections.models import InterestAgreement, InterestNote, InterestPack, InterestRules
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Message, Role
from o2c.orders.models import Customer

UNTIL = "2025-01-10"


@pytest.fixture
def item(given):
    """3,650.00 that has been late since 17 December 2024, with the directive's rules: 29.53 up to 10 January."""
    packs.rule(
        given.entity(), pack=InterestPack.objects.get(code="eu"), begins_on=date(2024, 1, 1), minimum=Decimal(0),
        after_payment=True, compensates=False, days_to_pay=14, actor=SYSTEM,
    )  # fmt: skip
    return given.open_item("3650.00 EUR", due=date(2024, 12, 16), number="LATE-1")


@pytest.fixture
def manager(client, given):
    client.force_login(given.user("manager", Role.FINANCE_MANAGER))
    return client


def said(page) -> str:
    return page.content.decode()


def test_what_is_owed_is_shown_with_its_days_and_the_chosen_are_charged(manager, given, item):
    listed = said(manager.get(reverse("interest"), {"until": UNTIL}))
    assert "29.53" in listed
    assert item.customer.name in listed
    shown = said(manager.get(reverse("interest_of", args=[item.customer_id, "EUR"]), {"entity": "DE1", "until": UNTIL}))
    assert "12.25" in shown
    assert "11.15" in shown
    key = f"{item.customer_id}-EUR"
    page = manager.post(reverse("charge_interest"), {"entity": "DE1", "until": UNTIL, "chosen": [key]}, follow=True)
    note = InterestNote.objects.get()
    assert note.total == Decimal("29.53")
    assert note.number in said(page)
    assert "LATE-1" in said(manager.get(reverse("interest_note", args=[note.pk])))
    assert "Nobody owes interest" in said(manager.get(reverse("interest"), {"until": UNTIL}))
    again = manager.post(reverse("charge_interest"), {"entity": "DE1", "until": UNTIL, "chosen": [key]}, follow=True)
    assert "Nothing was charged" in said(again)
    assert InterestNote.objects.count() == 1


def test_what_is_chosen_wrongly_or_lies_ahead_is_refused(manager, item):
    ahead = (clock.today() + timedelta(days=2)).isoformat()
    for wrong in (
        {"entity": "DE1", "until": UNTIL, "chosen": ["nobody"]},
        {"entity": "DE1", "until": "someday", "chosen": [f"{item.customer_id}-EUR"]},
        {"entity": "DE1", "until": ahead, "chosen": [f"{item.customer_id}-EUR"]},
        {"entity": "NONE", "until": UNTIL},
        {"entity": "DE1", "until": UNTIL, "chosen": ["99999999999999999999-EUR"]},
    ):
        assert manager.post(reverse("charge_interest"), wrong).status_code == 302
    assert InterestNote.objects.count() == 0


def test_a_note_is_waived_with_a_reason(manager, item):
    key = f"{item.customer_id}-EUR"
    manager.post(reverse("charge_interest"), {"entity": "DE1", "until": UNTIL, "chosen": [key]})
    note = InterestNote.objects.get()
    assert manager.post(reverse("waive_interest", args=[note.pk]), {"reason": " "}).status_code == 422
    manager.post(reverse("waive_interest", args=[note.pk]), {"reason": "Goodwill"})
    note.refresh_from_db()
    assert (note.state, note.reason, note.item.open_amount) == ("waived", "Goodwill", 0)
    assert "Goodwill" in said(manager.get(reverse("interest_note", args=[note.pk])))


def test_its_paper_is_shown_and_mailed_to_who_is_chosen(manager, given):
    entity, customer = given.entity(), given.customer(email="ap@acme.example")
    InterestRules.objects.create(entity=entity, pack=InterestPack.objects.get(code="eu"), begins_on=date(2024, 1, 1))
    given.open_item("3650.00 EUR", customer=customer, due=date(2024, 12, 16))
    chosen = {"entity": "DE1", "until": UNTIL, "chosen": [f"{customer.pk}-EUR"]}
    manager.post(reverse("charge_interest"), chosen)
    note = InterestNote.objects.get()
    paper = manager.get(reverse("interest_document", args=[note.pk]))
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    address = reverse("send_interest", args=[note.pk])
    assert "ap@acme.example" in said(manager.get(address))
    assert manager.post(address, {"contact": 999999}).status_code == 422
    contact = customer.contacts.get().pk
    assert "is on its way to" in said(manager.post(address, {"contact": contact}, follow=True))
    assert "It was sent to" in said(manager.get(address))
    assert manager.post(address, {"contact": contact}).status_code == 422
    manager.post(address, {"contact": contact, "again": "on"})
    assert Message.objects.filter(key__startswith=f"interest-note:{note.pk}:").count() == 2
    assert bytes(InterestNote.objects.get().document.content) == paper.content


def test_where_nobody_can_be_written_to_the_page_says_so(manager, item):
    item.customer.contacts.all().delete()
    manager.post(reverse("charge_interest"), {"entity": "DE1", "until": UNTIL, "chosen": [f"{item.customer_id}-EUR"]})
    shown = said(manager.get(reverse("send_interest", args=[InterestNote.objects.get().pk])))
    assert "has no contact with an e-mail address" in shown


def test_a_rate_is_entered_once_for_its_half_year(manager):
    pack = InterestPack.objects.get(code="eu")
    address = reverse("enter_interest_rate", args=[pack.pk])
    for wrong in (
        {"begins_on": "2030-02-01", "percent": "2"},
        {"begins_on": "2030-01-01", "percent": "51"},
        {"begins_on": "2025-01-01", "percent": "3"},
        {"begins_on": "2030-01-01", "percent": "much"},
    ):
        assert manager.post(address, wrong).status_code == 422
    manager.post(address, {"begins_on": "2030-01-01", "percent": "2.5"})
    assert pack.rates.get(begins_on=date(2030, 1, 1)).percent == Decimal("2.5")


def test_a_pack_of_ones_own_names_its_source(manager):
    facts = {"code": "own", "name": "Own", "source": "Contract 7", "points": "9", "year": "360"}
    address = reverse("new_interest_pack")
    for wrong in ({"source": ""}, {"points": "51"}, {"code": "eu"}, {"compensation": "40"}, {"year": "366"}):
        assert manager.post(address, facts | wrong).status_code == 422
    manager.post(address, facts | {"compensation": "40", "currency": "eur"})
    pack = InterestPack.objects.get(code="own")
    assert (pack.points, pack.year, pack.has_reference, pack.shipped) == (9, 360, False, False)
    assert [(each.amount, each.currency) for each in pack.compensations.all()] == [(40, "EUR")]


def test_who_charges_and_what_was_agreed_with_a_customer(manager, given, item):
    entity = item.entity
    pack = InterestPack.objects.get(code="de")
    address = reverse("interest_rules", args=[entity.pk])
    facts = {"pack": pack.pk, "minimum": "5", "days_to_pay": "30", "begins_on": "2024-06-01"}
    assert manager.post(address, facts | {"begins_on": ""}).status_code == 422
    manager.post(address, facts)
    own = InterestRules.objects.get(entity=entity)
    assert (own.pack, own.minimum, own.days_to_pay, own.after_payment) == (pack, 5, 30, False)
    manager.post(reverse("agree_interest", args=[item.customer_id]), {"entity": "DE1", "reason": "Frame contract"})
    agreed = InterestAgreement.objects.get()
    assert agreed.pack is None
    assert "Agreed: no interest." in said(manager.get(reverse("interest"), {"until": UNTIL}))
    assert "Frame contract" in said(manager.get(reverse("interest_packs")))
    manager.post(reverse("forget_interest", args=[agreed.pk]))
    assert InterestAgreement.objects.count() == 0
    manager.post(address, {**facts, "pack": ""})
    assert InterestRules.objects.count() == 0
    assert "charges no interest" in said(manager.get(reverse("interest")))


def test_the_list_asks_as_often_for_forty_customers_as_for_one(manager, given, item, django_assert_max_num_queries):
    for _ in range(39):
        given.open_item("3650.00 EUR", due=date(2024, 12, 16))
    manager.get(reverse("interest"))
    with django_assert_max_num_queries(14):
        assert said(manager.get(reverse("interest"), {"until": UNTIL})).count("29.53") >= 40
    assert Customer.objects.count() == 40
