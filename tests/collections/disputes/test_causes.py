"""What is contested again and again: counted, suggested once, decided by a person, and measured after."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from o2c.collections import disputes
from o2c.collections.disputes import DisputeRefused, causes
from o2c.collections.models import Dispute, DisputeSuggestion
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing.invoices import drafts, issuing
from o2c.invoicing.invoices.drafts import Draft, Line
from o2c.invoicing.models import OpenItem, ReasonCode
from tests.given import DAY

SINCE = DAY - timedelta(days=89)


@pytest.fixture
def contested(given):
    """Opens a dispute on its day; so many of the customer's items."""

    def contested(customer, code="price", *, on=DAY, money="50.00 EUR", amount=None, cause="", entity=None) -> Dispute:
        item = given.open_item(money, customer=customer, entity=entity or given.entity())
        dispute = disputes.open(
            item, code=ReasonCode.objects.get(code=code), reason="x", on=on, amount=amount, actor=SYSTEM
        )  # fmt: skip
        return disputes.change(dispute, cause=cause, actor=SYSTEM)

    return contested


def product_invoice(given, products: dict[str, str], customer=None) -> OpenItem:
    """An invoice with so much net of each product, at 19 percent."""
    first = given.invoice("1.00 EUR", customer=customer)
    lines = tuple(
        Line(description=name, product=name, quantity=Decimal(1), price=Decimal(net), rate=Decimal(19))
        for name, net in products.items()
    )
    draft = Draft(first.entity, first.customer, "EUR", DAY, lines, terms=first.terms)
    invoice = issuing.issue(drafts.write(draft, actor=SYSTEM), actor=SYSTEM, today=DAY)
    return OpenItem.objects.get(entry=invoice.entry_id)


def found(by: str, **facts) -> list[tuple]:
    ids = list(Dispute.objects.values_list("entity", flat=True).distinct())
    rows = causes.causes(by, facts.get("since", SINCE), facts.get("until", DAY), ids)
    return [(row.subject, row.code, row.cause, row.currency, row.disputes, row.contested, row.given) for row in rows]


def test_counts_and_amounts_by_reason_and_cause(given, contested):
    one, two = given.customer("C-1"), given.customer("C-2")
    contested(one, amount=Decimal("20.00"), cause="pricing")
    contested(two, cause="pricing")
    written = contested(two, "quality")
    disputes.resolve(written, "written_off", note="x", amount=Decimal("4.00"), on=DAY, actor=SYSTEM)
    withdrawn = contested(one)
    disputes.withdraw(withdrawn, on=DAY, actor=SYSTEM)
    contested(one, on=SINCE - timedelta(days=1))
    assert found("reason") == [
        ("", "price", "pricing", "EUR", 2, Decimal("70.00"), 0),
        ("", "quality", "", "EUR", 1, Decimal("50.00"), Decimal("4.00")),
    ]
    assert found("customer") == [
        ("Customer C-2", "price", "pricing", "EUR", 1, Decimal("50.00"), 0),
        ("Customer C-2", "quality", "", "EUR", 1, Decimal("50.00"), Decimal("4.00")),
        ("Customer C-1", "price", "pricing", "EUR", 1, Decimal("20.00"), 0),
    ]
    assert [row[0] for row in found("entity")] == ["DE1", "DE1"]
    assert found("reason", until=SINCE - timedelta(days=2), since=SINCE - timedelta(days=9)) == []


def test_a_dispute_of_several_products_counts_for_each_with_its_share(given):
    """Screws for 75.00 and bolts for 25.00 net, 119.00 with tax: of 40.00 contested 30.00 are the screws'."""
    item = product_invoice(given, {"Screws": "75.00", "Bolts": "25.00"})
    price = ReasonCode.objects.get(code="price")
    disputes.open(item, code=price, reason="x", amount=Decimal("40.00"), on=DAY, actor=SYSTEM)
    assert found("product") == [
        ("Screws", "price", "", "EUR", 1, Decimal("30.00"), 0),
        ("Bolts", "price", "", "EUR", 1, Decimal("10.00"), 0),
    ]


# --- Suggested


def test_three_of_a_kind_are_suggested_once_and_two_are_not(given, contested):
    customer = given.customer("C-1")
    contested(customer, cause="pricing", on=DAY - timedelta(days=10))
    contested(customer, cause="pricing", on=DAY - timedelta(days=5))
    contested(given.customer("C-2"))
    rejected = contested(customer)
    disputes.resolve(rejected, "rejected", note="x", on=DAY, actor=SYSTEM)
    assert causes.propose(given.entity(), DAY) == 0, "two, and one that was rejected"
    third = contested(customer)
    assert causes.propose(given.entity(), DAY) == 1
    assert causes.propose(given.entity(), DAY) == 0
    row = DisputeSuggestion.objects.get()
    assert (row.customer, row.product, row.code.code, row.cause) == (customer, "", "price", "pricing")
    assert (row.state, len(row.disputes), row.disputes[-1]) == ("open", 3, third.pk)
    assert (row.first_on, row.last_on) == (DAY - timedelta(days=10), DAY)
    assert row.says == (
        "Orders for Customer C-1: check the price against the offer or the contract, before it is invoiced."
    )


def test_three_of_one_product_are_suggested_whoever_contests_them(given):
    quality = ReasonCode.objects.get_or_create(code="quality", defaults={"name": "x"})[0]
    for _ in range(3):
        item = product_invoice(given, {"Screws": "75.00"})
        disputes.open(item, code=quality, reason="x", on=DAY, actor=SYSTEM)
    assert causes.propose(given.entity(), DAY) == 1
    row = DisputeSuggestion.objects.get()
    assert (row.customer, row.product, row.subject) == (None, "Screws", "Screws")


def test_what_was_dismissed_comes_again_by_three_new_ones_only(given, contested):
    customer, boss = given.customer("C-1"), Actor.of(given.user("boss", Role.FINANCE_MANAGER))
    for _ in range(3):
        contested(customer)
    causes.propose(given.entity(), DAY)
    row = DisputeSuggestion.objects.get()
    with pytest.raises(DisputeRefused, match="Say why"):
        causes.decide(row, "dismissed", actor=boss)
    causes.decide(row, "dismissed", note="One order, three invoices", actor=boss)
    with pytest.raises(DisputeRefused, match="boss has dismissed it already"):
        causes.decide(row, "accepted", actor=boss)
    DisputeSuggestion.objects.update(decided_on=DAY)
    later = DAY + timedelta(days=1)
    for _ in range(3):
        assert causes.propose(given.entity(), later) == 0
        contested(customer, on=later)
    assert causes.propose(given.entity(), later) == 1
    assert DisputeSuggestion.objects.get(state="open").first_on == later


def test_what_comes_after_is_measured_against_what_came_before(given, contested):
    """Three within ninety days are one in thirty: over sixty days two were to be expected; one came."""
    customer = given.customer("C-1")
    for _ in range(3):
        contested(customer)
    causes.propose(given.entity(), DAY)
    row = causes.decide(DisputeSuggestion.objects.get(), "accepted", actor=SYSTEM)
    DisputeSuggestion.objects.update(decided_on=DAY)
    row.refresh_from_db()
    contested(customer, on=DAY + timedelta(days=20))
    contested(customer, "quality", on=DAY + timedelta(days=20))
    contested(given.customer("C-2"), on=DAY + timedelta(days=20))
    assert causes.since_accepted([row], DAY + timedelta(days=60)) == {row.pk: (1, 60, Decimal("2.0"))}


# --- On pages and over the API


def test_a_manager_accepts_on_the_page_and_a_collector_looks(given, contested):
    customer = given.customer("C-1")
    for _ in range(3):
        contested(customer)
    causes.propose(given.entity(), DAY)
    row = DisputeSuggestion.objects.get()
    anna, boss = Client(), Client()
    anna.force_login(given.user("anna", Role.COLLECTOR))
    boss.force_login(given.user("boss", Role.FINANCE_MANAGER))
    page = anna.get(reverse("dispute_causes"), {"by": "customer", "since": str(DAY), "until": str(DAY)})
    assert "check the price against the offer" in page.content.decode()
    assert [cause.disputes for cause in page.context["page"]] == [3]
    assert anna.post(reverse("accept_suggestion", args=[row.pk])).status_code == 403
    boss.post(reverse("accept_suggestion", args=[row.pk]), {"note": "The order desk looks it up"})
    assert "The order desk looks it up" in anna.get(reverse("dispute_suggestion", args=[row.pk])).content.decode()
    assert "to be expected" in anna.get(reverse("dispute_causes")).content.decode()
    again = boss.post(reverse("dismiss_suggestion", args=[row.pk]), {"note": "x"})
    assert "has accepted it already" in str(again.context["form"].non_field_errors())


def test_of_other_entities_nothing_is_counted(given, contested):
    there = given.entity("UK1", "GBP")
    for _ in range(3):
        contested(given.customer(f"C-{_}", entity=there), entity=there, money="5.00 GBP")
    far = Client()
    far.force_login(given.user("far", Role.COLLECTOR, entities=[given.entity("DE1")]))
    answer = far.get(reverse("dispute_causes"), {"since": str(DAY), "until": str(DAY)})
    assert list(answer.context["page"]) == []
