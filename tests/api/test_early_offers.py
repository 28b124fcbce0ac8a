"""Early-payment offers over the API: what stands until when and what it costs, what was taken, and the rules."""

from datetime import date
from decimal import Decimal

import pytest

from o2c.collections.offers import deciding, proposing, rules
from o2c.collections.offers.rules import Wanted
from o2c.core.actors import Actor
from o2c.invoicing.cash import conceding
from o2c.invoicing.cash.conceding import Part
from o2c.invoicing.models import EarlyOffer
from tests.api.test_conventions import is_problem

DAY, DUE = date(2026, 3, 2), date(2026, 4, 1)
MARIA = Actor("maria")


@pytest.fixture
def offer(given) -> EarlyOffer:
    entity = given.entity(time_zone="UTC")
    rules.change(entity, Wanted(kind="steps", steps="20: 2; 10: 1", rate=None), on=DAY, actor=MARIA)
    customer = given.customer(email="ap@acme.example")
    given.open_item("1000.00 EUR", customer=customer, due=DUE, number="RE-1")
    deciding.approve(proposing.propose(entity, DAY, actor=MARIA), on=DAY, actor=MARIA)
    return EarlyOffer.objects.select_related("item__customer").get()


def test_an_offer_is_read_with_its_days_and_its_cost(api, offer):
    """20.00 of 1,000.00 thirty days early: 2 / 98 x 365 / 30 = 24.8 % a year."""
    said = api.get(f"/early-offers/{offer.pk}").json()
    said.pop("updated_at")
    assert said == {
        "id": offer.pk, "entity": "DE1", "customer": offer.customer_id, "item": offer.item_id, "number": "RE-1",
        "state": "open", "because": "", "amount": {"amount": "1000.00", "currency": "EUR"}, "due_on": "2026-04-01",
        "offered_on": "2026-03-02", "last_on": "2026-03-22",
        "tiers": [{"until": "2026-03-12", "percent": "2"}, {"until": "2026-03-22", "percent": "1"}],
        "best_discount": {"amount": "20.00", "currency": "EUR"}, "annual_cost": "24.8", "taken_on": None,
        "discount": None, "ended_on": None,
    }  # fmt: skip


def test_what_was_taken_is_seen_by_who_follows_the_changes(api, given, offer):
    until = api.get("/early-offers?updated_since=2025-01-01T00:00:00Z").json()["updated_until"]
    receipt = given.receipt("980.00 EUR", customer=offer.customer, on=DAY)
    conceding.apply_parts(receipt, [Part(offer.item, Decimal(980), discount=Decimal(20))], on=DAY, actor=MARIA)
    deciding.follow(offer.entity, DAY)
    (row,) = api.get(f"/early-offers?updated_since={until}").json()["data"]
    assert (row["state"], row["taken_on"], row["discount"]) == (
        "taken", "2026-03-02", {"amount": "20.00", "currency": "EUR"},
    )  # fmt: skip


def test_the_list_is_asked_by_state_and_customer(api, given, offer):
    other = given.customer()
    assert len(api.get("/early-offers?state=open").json()["data"]) == 1
    assert api.get("/early-offers?state=taken").json()["data"] == []
    assert api.get(f"/early-offers?customer={other.pk}").json()["data"] == []
    assert len(api.get(f"/early-offers?customer={offer.customer_id}&entity=DE1").json()["data"]) == 1
    assert is_problem(api.get("/early-offers?state=gone"), 400, "validation")
    assert is_problem(api.get("/early-offers/999999"), 404, "not-found")


def test_the_versions_of_the_rule_are_read_and_programs_change_nothing(api, offer):
    (row,) = api.get("/early-offer-rules?entity=DE1").json()["data"]
    row.pop("updated_at")
    assert row == {
        "id": offer.rule_id, "entity": "DE1", "segment": "", "version": 1, "begins_on": "2026-03-02", "offers": True,
        "kind": "steps", "rate": None, "steps": "20: 2; 10: 1", "least_percent": "0.1", "most_percent": "3",
        "least_discount": {"amount": "5.00", "currency": "EUR"}, "minimum": {"amount": "500.00", "currency": "EUR"},
        "least_days": 10, "pause_days": 14, "skips_late_payers": True, "unasked": False, "budget": None,
        "written_by": "maria",
    }  # fmt: skip
    assert api.post(f"/early-offers/{offer.pk}", {}).status_code == 405
