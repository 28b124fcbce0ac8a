"""The pages of persistent late payers: the list with its filters, what follows by whom may, and the rule."""

from datetime import timedelta

import pytest
from django.urls import reverse

from o2c.collections.late_payers import consequences, listing, rules
from o2c.collections.late_payers.rules import Wanted
from o2c.collections.models import LatePayer, LatePayerRule
from o2c.core import clock, formats
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.orders import customers
from o2c.orders.models import Account, PaymentTerms

LIST = "/late-payers/"


@pytest.fixture
def entity(given):
    return given.entity(time_zone="UTC")


@pytest.fixture
def manager(given, client, entity):
    client.force_login(given.user("maria", Role.FINANCE_MANAGER))
    return client


@pytest.fixture
def net7():
    return PaymentTerms.objects.create(code="L7", name="7 days", days=7)


@pytest.fixture
def entry(given, entity, net7) -> LatePayer:
    today = clock.today("UTC")
    rule = Wanted(least_invoices=1, least_share=None, terms=net7, holds=True)
    rules.change(entity, rule, on=today, actor=SYSTEM)
    customer = given.customer(name="Slow Ltd")
    given.open_item("1000.00 EUR", customer=customer, due=today - timedelta(days=30), number="LATE-1")
    listing.review(entity, today)
    return LatePayer.objects.select_related("customer", "entity").get()


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_without_a_rule_nobody_is_on_the_list_and_a_rule_can_be_written(manager, entity):
    page = text(manager.get(LIST))
    assert "Nobody is on the list" in page
    assert "Keeps no list" in page
    assert f'href="{reverse("late_payer_rule", args=[entity.pk])}">Write one' in page


def test_the_list_says_who_why_and_what_follows_and_is_filtered(manager, entry):
    page = text(manager.get(LIST))
    assert "Slow Ltd" in page
    assert "1 of 1 invoice was more than 10 days late within 12 months (100 %): 1,000.00 EUR" in page
    assert "Credit hold?" in page
    assert "Slow Ltd" in text(manager.get(LIST, {"follows": "proposed", "customer": "slow", "entity": "DE1"}))
    for asked in ({"show": "release"}, {"show": "released"}, {"follows": "hold"}, {"customer": "quick"}):
        page = text(manager.get(LIST, asked))
        assert "Slow Ltd" not in page, asked
        assert "Nobody fits" in page


def test_a_consequence_is_applied_and_ended_on_the_page_with_what_was_before(manager, entry, net7):
    page = text(manager.get(f"{LIST}{entry.pk}/"))
    assert "LATE-1" in page
    row = entry.consequences.get(kind="terms")
    answer = manager.post(reverse("apply_consequence", args=[row.pk]), follow=True)
    assert "Shorter payment terms holds for Slow Ltd from now on." in text(answer)
    account = Account.objects.get(customer=entry.customer)
    assert account.terms == net7
    assert "7 days, before: none" in text(answer)
    again = manager.post(reverse("apply_consequence", args=[row.pk]), follow=True)
    assert "It was applied by maria" in text(again)
    ended = manager.post(reverse("end_consequence", args=[row.pk]), follow=True)
    assert "Shorter payment terms ended; what was there before counts again." in text(ended)
    account.refresh_from_db()
    assert account.terms is None


def test_what_was_changed_meanwhile_is_said_where_it_is_ended(manager, entry, net7):
    row = entry.consequences.get(kind="hold")
    manager.post(reverse("apply_consequence", args=[row.pk]))
    customers.change_account(Account.objects.get(customer=entry.customer), standing="open", actor=SYSTEM)
    page = text(manager.post(reverse("end_consequence", args=[row.pk]), follow=True))
    assert "Credit hold: The account was opened meanwhile." in page
    assert "Left as it was" in page


def test_a_release_says_what_ends_with_it_and_wants_a_reason(manager, entry):
    manager.post(reverse("apply_consequence", args=[entry.consequences.get(kind="hold").pk]))
    address = reverse("release_late_payer", args=[entry.pk])
    assert "It ends with it, unless it was changed meanwhile: credit hold." in text(manager.get(address))
    assert manager.post(address, {"reason": ""}).status_code == 422
    page = text(manager.post(address, {"reason": "Pays by debit"}, follow=True))
    assert "Slow Ltd is off the list." in page
    assert "Released by maria" in page
    assert Account.objects.get(customer=entry.customer).standing == "open"
    assert "Pays by debit (maria)" in text(manager.get(LIST, {"show": "released"})).replace(
        '<span class="muted">', ""
    ).replace("</span>", "")
    assert manager.post(address, {"reason": "Again"}).status_code == 422


def test_who_is_to_be_released_is_found_and_told(manager, entry):
    today = clock.today("UTC")
    LatePayer.objects.update(lapsed_on=today - timedelta(days=92), release_from=today)
    assert "To be released" in text(manager.get(LIST, {"show": "release"}))
    assert "To be released since" in text(manager.get(f"{LIST}{entry.pk}/"))
    form = manager.get(reverse("release_late_payer", args=[entry.pk])).context["form"]
    assert form.initial["reason"] == "The rule does not hold any more."


def test_the_customers_page_says_that_it_is_listed(manager, entry):
    page = text(manager.get(reverse("customer", args=[entry.customer_id])))
    assert "Persistent late payer with DE1 since" in page
    assert formats.sentence(entry.why) in page
    consequences.release(entry, reason="x", on=clock.today("UTC"), actor=SYSTEM)
    assert "Persistent late payer with DE1" not in text(manager.get(reverse("customer", args=[entry.customer_id])))


def test_only_who_may_set_it_by_hand_applies_it(given, client, entry):
    client.force_login(given.user("credit", Role.CREDIT_ANALYST))
    hold, terms = (entry.consequences.get(kind=kind).pk for kind in ("hold", "terms"))
    assert client.post(reverse("apply_consequence", args=[terms])).status_code == 403
    assert client.post(reverse("apply_consequence", args=[hold])).status_code == 302
    assert "by who may set it" in text(client.get(f"{LIST}{entry.pk}/"))
    client.force_login(given.user("tomas", Role.COLLECTOR))
    assert client.post(reverse("end_consequence", args=[hold])).status_code == 403
    assert client.get(reverse("release_late_payer", args=[entry.pk])).status_code == 403
    assert client.get(LIST).status_code == 200
    manager = given.user("boss", Role.FINANCE_MANAGER)
    client.force_login(manager)
    client.post(reverse("apply_consequence", args=[terms]))
    client.force_login(given.user("credit2", Role.CREDIT_ANALYST))
    assert client.post(reverse("release_late_payer", args=[entry.pk]), {"reason": "x"}).status_code == 403
    assert LatePayer.objects.get().state == "listed"


def test_another_legal_entitys_is_not_there(given, client, entry):
    client.force_login(given.user("eva", Role.FINANCE_MANAGER, entities=[given.entity("FR1")]))
    row = entry.consequences.get(kind="hold").pk
    assert "Slow Ltd" not in text(client.get(LIST))
    for address in (f"{LIST}{entry.pk}/", reverse("late_payer_rule", args=[entry.entity_id])):
        assert client.get(address).status_code == 404
    assert client.post(reverse("apply_consequence", args=[row])).status_code == 404


RULE = {
    "lists": "on", "months": "6", "days_late": "15", "minimum": "0", "least_invoices": "1", "least_share": "",
    "least_average": "", "release_months": "2", "terms": "L7", "prepayment": "", "holds": "on", "pack": "",
}  # fmt: skip


def test_a_rule_is_tried_before_it_counts(given, manager, entity, net7):
    given.open_item("1000.00 EUR", due=clock.today("UTC") - timedelta(days=16))
    address = reverse("late_payer_rule", args=[entity.pk])
    page = text(manager.post(address, RULE | {"seen": "0", "and": "preview"}))
    assert "<strong>1 customer</strong> would be on the list today." in page
    assert "At least 1 invoice was more than 15 days late within the last 6 months." in page
    assert not LatePayerRule.objects.exists()
    answer = manager.post(address, RULE | {"seen": "0", "and": "save"})
    assert (answer.status_code, answer["Location"]) == (302, "/late-payers/?entity=DE1")
    rule = LatePayerRule.objects.get()
    assert (rule.version, rule.months, rule.terms, rule.holds, rule.written_by) == (1, 6, net7, True, "maria")
    assert "more than 15 days late" in text(manager.get(LIST))


def test_what_is_wrong_with_a_rule_is_said_at_its_field_and_who_typed_over_a_later_one_is_told(manager, entity, net7):
    address = reverse("late_payer_rule", args=[entity.pk])
    answer = manager.post(address, RULE | {"seen": "0", "months": "0", "least_share": "120"})
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"months", "least_share"})
    answer = manager.post(address, RULE | {"seen": "0", "prepayment": "L7"})
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"prepayment"})
    rules.change(entity, Wanted(), on=clock.today("UTC"), actor=SYSTEM)
    answer = manager.post(address, RULE | {"seen": "0"})
    assert answer.status_code == 422
    assert "system has changed it meanwhile: look again." in text(answer)
    assert LatePayerRule.objects.count() == 1
