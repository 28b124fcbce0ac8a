"""The pages of early-payment offers: the list with what it costs, the run to approve, one offer, and the rule."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from o2c.collections.offers import deciding, proposing, rules
from o2c.collections.offers.rules import Wanted
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Message, Role
from o2c.invoicing.cash import conceding
from o2c.invoicing.cash.conceding import Part
from o2c.invoicing.models import EarlyOffer, EarlyOfferRule, EarlyOfferRun

LIST = "/early-offers/"
TYPED = {
    "offers": "on", "kind": "steps", "rate": "", "steps": "20: 2; 10: 1", "least_percent": "0.1", "most_percent": "3",
    "least_discount": "5", "minimum": "500", "least_days": "10", "pause_days": "14", "budget": "", "seen": "0",
}  # fmt: skip


@pytest.fixture
def entity(given):
    return given.entity(time_zone="UTC")


@pytest.fixture
def manager(given, client, entity):
    client.force_login(given.user("maria", Role.FINANCE_MANAGER))
    return client


@pytest.fixture
def run(given, entity) -> EarlyOfferRun:
    """1,000.00 due in thirty days: 2 % until twenty days before, which cost 24.8 % a year on the first day."""
    today = clock.today("UTC")
    rules.change(entity, Wanted(kind="steps", steps="20: 2; 10: 1", rate=None), on=today, actor=SYSTEM)
    customer = given.customer(name="Early Ltd", email="ap@early.example", segment="wholesale")
    given.open_item("1000.00 EUR", customer=customer, due=today + timedelta(days=30), issued=today, number="EARLY-1")
    return proposing.propose(entity, today, actor=SYSTEM)


def text(answer) -> str:
    """What is on the page; amounts as they are read."""
    page = answer.content.decode().replace('<span class="currency">', "").replace('<span class="money">', "")
    return " ".join(page.replace("</span>", "").split())


def test_without_a_rule_nothing_is_offered_and_one_can_be_written(manager, entity):
    page = text(manager.get(LIST))
    assert "Nothing is offered yet" in page
    assert "Offers nothing" in page
    assert f'href="{reverse("offer_rule", args=[entity.pk])}">Write one' in page


def test_a_run_is_looked_through_and_approved(manager, run):
    assert "1 offer to 1 customer of DE1 waits for approval" in text(manager.get(LIST))
    page = text(manager.get(reverse("offer_run", args=[run.pk])))
    for says in ("EARLY-1", "Early Ltd", "20.00 EUR", "24.8 %", "Waits for approval"):
        assert says in page
    answer = manager.post(reverse("approve_offers", args=[run.pk]), follow=True)
    assert "It is offered, and the customers are written to." in text(answer)
    assert (EarlyOffer.objects.get().state, Message.objects.count()) == ("open", 1)
    answer = manager.post(reverse("approve_offers", args=[run.pk]), follow=True)
    assert "The run is offered already by maria" in text(answer)
    page = text(manager.get(LIST))
    assert "Open offers" in page
    assert "at most 20.00 EUR less" in page
    assert "2 % 20 days early costs 37.2 % a year." in page


def test_one_is_left_out_and_the_run_cancelled(manager, run):
    offer = EarlyOffer.objects.get()
    answer = manager.post(reverse("withdraw_offer", args=[offer.pk]), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("offer_run", args=[run.pk])
    assert "The offer of EARLY-1 is not offered." in text(answer)
    manager.post(reverse("cancel_offers", args=[run.pk]))
    run.refresh_from_db()
    assert (run.state, run.decided_by, Message.objects.count()) == ("cancelled", "maria", 0)


def test_an_offer_says_what_is_paid_until_when_and_what_became_of_it(manager, given, run):
    """20.00 of 1,000.00 for thirty days cost 2 / 98 x 365 / 30 = 24.8 % a year."""
    today = clock.today("UTC")
    deciding.approve(run, on=today, actor=SYSTEM)
    offer = EarlyOffer.objects.select_related("item__customer").get()
    page = text(manager.get(reverse("early_offer", args=[offer.pk])))
    for says in ("980.00 EUR", "990.00 EUR", "37.2 %", "36.9 %", ">Withdraw<"):
        assert says in page
    assert "A discount for early payment is offered until" in text(manager.get(reverse("item", args=[offer.item_id])))
    receipt = given.receipt("980.00 EUR", customer=offer.customer, on=today)
    shown = text(manager.get(reverse("receipt", args=[receipt.pk])))
    assert "grants 20.00" in shown
    conceding.apply_parts(receipt, [Part(offer.item, Decimal(980), discount=Decimal(20))], on=today, actor=SYSTEM)
    deciding.follow(offer.entity, today)
    page = text(manager.get(reverse("early_offer", args=[offer.pk])))
    assert "20.00 EUR less for 30 days, which cost 24.8 % a year." in page
    assert ">Withdraw<" not in page
    page = text(manager.get(LIST, {"state": "taken", "customer": "early"}))
    assert "EARLY-1" in page
    assert "24.8 %" in page
    assert "No offer fits" in text(manager.get(LIST, {"state": "lapsed"}))


def test_it_is_proposed_now_or_said_why_not(manager, given, entity, run):
    deciding.cancel(run, on=clock.today("UTC"), actor=SYSTEM)
    answer = manager.post(reverse("propose_offers", args=[entity.pk]), follow=True)
    assert "Waits for approval" in text(answer)
    other = given.entity("UK1")
    answer = manager.post(reverse("propose_offers", args=[other.pk]), follow=True)
    assert "No rule of UK1 offers anything." in text(answer)


def test_a_rule_is_tried_with_its_cost_before_it_counts(manager, entity, run):
    deciding.cancel(run, on=clock.today("UTC"), actor=SYSTEM)
    address = reverse("offer_rule", args=[entity.pk])
    page = text(manager.post(address, TYPED | {"seen": "1", "steps": "25: 1.5", "and": "preview"}))
    assert "<strong>1 item</strong> of 1 customer would be offered one today: 1,000.00 EUR, at most 15.00 EUR" in page
    assert "1.5 % 25 days early costs 22.2 % a year." in page
    assert EarlyOfferRule.objects.count() == 1
    manager.post(address, TYPED | {"seen": "1", "steps": "25: 1.5", "and": "save"})
    assert EarlyOfferRule.objects.order_by("-version").first().steps == "25: 1.5"


def test_a_segment_has_a_rule_of_its_own(manager, entity, run):
    address = reverse("offer_rule", args=[entity.pk])
    assert "?segment=wholesale" in text(manager.get(address))
    assert manager.get(f"{address}?segment=nobody").status_code == 404
    manager.post(f"{address}?segment=wholesale", TYPED | {"kind": "dynamic", "rate": "12", "and": "save"})
    rule = EarlyOfferRule.objects.get(segment="wholesale")
    assert (rule.version, rule.rate, rule.steps) == (1, 12, "")
    assert "12 % a year for each day before due" in text(manager.get(LIST))


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("steps", "20", "is not days and percent"),
        ("most_percent", "60", "less than or equal to 50"),
        ("least_days", "0", "greater than or equal to 1"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_at_its_field(manager, entity, name, typed, says):
    answer = manager.post(reverse("offer_rule", args=[entity.pk]), TYPED | {name: typed, "and": "save"})
    assert answer.status_code == 422
    assert says in text(answer)
    assert not EarlyOfferRule.objects.exists()


def test_who_typed_over_a_later_one_is_told(manager, entity, run):
    answer = manager.post(reverse("offer_rule", args=[entity.pk]), TYPED | {"least_days": "12", "and": "save"})
    assert "has changed it meanwhile: look again." in text(answer)


def test_another_legal_entitys_is_not_there(given, client, entity, run):
    client.force_login(given.user("other", Role.FINANCE_MANAGER, entities=[given.entity("UK1")]))
    offer = EarlyOffer.objects.get()
    assert "EARLY-1" not in text(client.get(LIST))
    for name, pk in (("early_offer", offer.pk), ("offer_run", run.pk), ("offer_rule", entity.pk)):
        assert client.get(reverse(name, args=[pk])).status_code == 404
    for name, pk in (("approve_offers", run.pk), ("withdraw_offer", offer.pk), ("propose_offers", entity.pk)):
        assert client.post(reverse(name, args=[pk])).status_code == 404
    offer.refresh_from_db()
    assert offer.state == "proposed"
