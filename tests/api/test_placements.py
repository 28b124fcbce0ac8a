"""Debts handed over by API: once for a key, refused with its reason, read with what came of it, taken back."""

from datetime import timedelta
from decimal import Decimal

from o2c.collections import agencies, claims, dunning, placements
from o2c.collections.models import DunningLevel, DunningPolicy, Placement
from o2c.core import clock
from o2c.core.actors import SYSTEM
from tests.api.test_conventions import is_problem


def test_a_debt_is_handed_over_once_and_recalled(given, api):
    entity = given.entity()
    today = clock.today(entity.time_zone)
    agency = agencies.add(entity, "NORD", name="Nordinkasso", fee_percent=Decimal("12.50"), actor=SYSTEM)
    item = given.open_item("1000.00 EUR", due=today - timedelta(days=60))
    (said,) = api.get("/agencies?entity=DE1").json()["data"]
    assert (said["id"], said["code"], said["kind"], said["fee_percent"]) == (agency.pk, "NORD", "agency", "12.5")
    body = {"agency": agency.pk, "items": [item.pk], "reason": "No answer"}
    assert is_problem(api.post("/placements", body), 400, "idempotency-key")
    made = api.post("/placements", body, Idempotency_Key="a")
    assert made.status_code == 201, made.content
    said = made.json()
    assert made["Location"] == f"/api/v1/placements/{said['id']}"
    assert (said["state"], said["claimed"], said["paid"]) == (
        "placed", {"amount": "1000.00", "currency": "EUR"}, {"amount": "0.00", "currency": "EUR"},
    )  # fmt: skip
    assert said["items"] == [{"item": item.pk, "amount": "1000.00"}]
    assert (said["placed_on"], said["has_file"], said["customer"]) == (today.isoformat(), False, item.customer_id)
    assert api.post("/placements", body, Idempotency_Key="a").json() == said
    refused = api.post("/placements", body, Idempotency_Key="b")
    assert is_problem(refused, 409, "conflict")
    assert f"{item.number} is with Nordinkasso since" in refused.json()["detail"]
    given.pay(item, "400.00 EUR", on=today)
    assert is_problem(api.get(f"/placements/{said['id']}/file"), 404, "not-found")
    claims.work(said["id"])
    file = api.get(f"/placements/{said['id']}/file")
    assert (file.status_code, file["Content-Type"], file.content[:2]) == (200, "application/zip", b"PK")
    assert file["Content-Disposition"].startswith("attachment;")
    (row,) = api.get("/placements?state=placed").json()["data"]
    assert (row["paid"]["amount"], row["otherwise"]["amount"], row["has_file"]) == ("400.00", "0.00", True)
    gone = api.post(f"/placements/{said['id']}/recall", {"reason": "They pay"}, Idempotency_Key="c").json()
    assert (gone["state"], gone["end_reason"], gone["ended_on"]) == ("recalled", "They pay", today.isoformat())
    twice = api.post(f"/placements/{said['id']}/give-back", {"reason": "x"}, Idempotency_Key="d")
    assert is_problem(twice, 409, "conflict")


def test_what_is_not_there_is_said_at_its_place(given, api):
    entity = given.entity()
    agency = agencies.add(entity, "NORD", name="Nordinkasso", actor=SYSTEM)
    body = {"agency": agency.pk, "items": [4711], "reason": "x"}
    assert is_problem(api.post("/placements", body, Idempotency_Key="a"), 400, "validation", "/items")
    body = {"agency": 4711, "items": [given.open_item().pk], "reason": "x"}
    assert is_problem(api.post("/placements", body, Idempotency_Key="b"), 400, "validation", "/agency")
    body = {"agency": agency.pk, "items": [], "reason": "x"}
    assert is_problem(api.post("/placements", body, Idempotency_Key="c"), 400, "validation", "/items")


def test_the_list_says_the_same_figures_as_the_page(given):
    entity = given.entity()
    today = clock.today(entity.time_zone)
    agency = agencies.add(entity, "NORD", name="Nordinkasso", actor=SYSTEM)
    due = today - timedelta(days=60)
    one = given.open_item("1000.00 EUR", due=due)
    two = given.open_item("500.00 EUR", due=due, customer=one.customer)
    bare = given.open_item("30.00 EUR", due=due)
    given.pay(one, "10.00 EUR", on=today)
    first = placements.place(agency, [one.pk, two.pk], reason="x", on=today, actor=SYSTEM)
    placements.place(agency, [bare.pk], reason="x", on=today, actor=SYSTEM)
    given.pay(one, "200.00 EUR", on=today)
    given.pay(two, "50.00 EUR", on=today)
    found = placements.figures(Placement.objects.all())
    listed = placements.with_figures(Placement.objects.all())
    assert {row.pk: (row.claimed, row.paid, row.otherwise) for row in listed} == {
        pk: (became.claimed, became.paid, became.otherwise) for pk, became in found.items()
    }
    assert found[first.pk].paid == 250


def test_what_should_be_handed_over_is_listed_as_it_can_be_placed(given, api, key):
    entity = given.entity()
    today = clock.today(entity.time_zone)
    agency = agencies.add(entity, "NORD", name="Nordinkasso", actor=SYSTEM)
    customer = given.customer("C1")
    items = [given.open_item("700.00 EUR", customer=customer, due=today - timedelta(days=40 + n)) for n in range(2)]
    given.open_item("5.00 EUR", customer=customer, due=today - timedelta(days=1))
    listed = "/placements/recommended?entity=DE1"
    assert api.get(listed).json() == {"entity": "DE1", "as_of": today.isoformat(), "data": []}
    DunningLevel.objects.filter(number__gt=1).delete()
    DunningPolicy.objects.update(hands_over_after=10)
    dunning.run_day(entity, today - timedelta(days=20), actor=SYSTEM, replay=True)
    (row,) = api.get(listed).json()["data"]
    assert row == {
        "customer": customer.pk, "number": "C1", "name": customer.name,
        "total": {"amount": "1400.00", "currency": "EUR"}, "items": sorted(item.pk for item in items),
        "days_late": 41, "last_notice_on": (today - timedelta(days=20)).isoformat(),
        "since": (today - timedelta(days=10)).isoformat(), "broken_promises": 0, "disputes": 0, "placed_before": 0,
    }  # fmt: skip
    body = {"agency": agency.pk, "items": row["items"], "reason": "No answer"}
    assert api.post("/placements", body, Idempotency_Key="a").status_code == 201
    assert api.get(listed).json()["data"] == []
    other = key(entities=[given.entity("GB1")])
    assert is_problem(other.get(listed), 400, "validation")
    assert is_problem(api.get("/placements/recommended"), 400, "validation")
