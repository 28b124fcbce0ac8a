"""Persistent late payers over the API: read with what follows, by state and customer, and followed by their changes."""

from datetime import date

import pytest

from o2c.collections.late_payers import consequences, listing, rules
from o2c.collections.late_payers.rules import Wanted
from o2c.collections.models import LatePayer
from o2c.core.actors import Actor
from o2c.orders.models import PaymentTerms
from tests.api.test_conventions import is_problem

DAY = date(2025, 4, 1)


@pytest.fixture
def entry(given) -> LatePayer:
    entity = given.entity(time_zone="UTC")
    net7 = PaymentTerms.objects.create(code="L7", name="7 days", days=7)
    rule = Wanted(least_invoices=1, least_share=None, terms=net7, holds=True)
    rules.change(entity, rule, on=date(2025, 1, 1), actor=Actor("maria"))
    given.open_item("1000.00 EUR", due=date(2025, 3, 3))
    listing.review(entity, DAY)
    return LatePayer.objects.get()


def test_a_late_payer_is_read_with_why_and_what_follows(api, entry):
    said = api.get(f"/late-payers/{entry.pk}").json()
    follows = said.pop("consequences")
    said.pop("updated_at")
    assert said == {
        "id": entry.pk, "entity": "DE1", "customer": entry.customer_id, "state": "listed", "listed_on": "2025-04-01",
        "why": entry.why, "rule": 1, "invoices": 1, "late": 1,
        "late_amount": {"amount": "1000.00", "currency": "EUR"}, "average_days": "29", "lapsed_on": None,
        "release_from": None, "released_on": None, "released_by": "", "release_reason": "", "not_before": None,
    }  # fmt: skip
    assert [(row["kind"], row["state"], row["terms"], row["pack"]) for row in follows] == [
        ("hold", "proposed", None, None), ("terms", "proposed", "L7", None),
    ]  # fmt: skip


def test_what_follows_is_seen_by_who_follows_the_changes(api, entry):
    until = api.get("/late-payers?updated_since=2025-01-01T00:00:00Z").json()["updated_until"]
    before = LatePayer.objects.get().updated_at
    consequences.apply(entry.consequences.get(kind="hold"), on=DAY, actor=Actor("maria"))
    assert LatePayer.objects.get().updated_at > before
    (row,) = api.get(f"/late-payers?updated_since={until}").json()["data"]
    assert [(each["state"], each["applied_by"]) for each in row["consequences"]] == [
        ("applied", "maria"), ("proposed", ""),
    ]  # fmt: skip


def test_the_list_is_asked_by_state_and_customer(api, entry, given):
    other = given.customer()
    assert len(api.get("/late-payers?state=listed").json()["data"]) == 1
    assert api.get("/late-payers?state=released").json()["data"] == []
    assert api.get(f"/late-payers?customer={other.pk}").json()["data"] == []
    assert len(api.get(f"/late-payers?customer={entry.customer_id}&entity=DE1").json()["data"]) == 1
    assert is_problem(api.get("/late-payers?state=gone"), 400, "validation")
    assert is_problem(api.get("/late-payers/999999"), 404, "not-found")


def test_the_versions_of_the_rule_are_read(api, entry, given):
    (row,) = api.get("/late-payer-rules?entity=DE1").json()["data"]
    row.pop("updated_at")
    assert row == {
        "id": entry.rule_id, "entity": "DE1", "version": 1, "begins_on": "2025-01-01", "lists": True, "months": 12,
        "days_late": 10, "minimum": {"amount": "0.00", "currency": "EUR"}, "least_invoices": 1, "least_share": None,
        "least_average": None, "release_months": 3, "terms": "L7", "prepayment": None, "holds": True, "pack": None,
        "written_by": "maria",
    }  # fmt: skip


def test_programs_apply_nothing(api, entry):
    assert api.post(f"/late-payers/{entry.pk}", {}).status_code == 405
