"""Interest notes over the API: charged once, waived and reversed."""

from datetime import date, timedelta
from decimal import Decimal

from o2c.collections import dunning
from o2c.collections.interest import packs
from o2c.collections.models import DunningLevel, InterestPack, InterestRules, LevelFee, Notice
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Message
from tests.api.test_conventions import is_problem

DUE = date(2024, 12, 16)


def test_a_customer_is_charged_once_and_sees_how_it_was_worked_out(given, api):
    entity = given.entity()
    item = given.open_item("3650.00 EUR", due=DUE)
    body = {
        "entity": entity.code, "customer": {"id": item.customer_id}, "currency": "EUR", "until": "2025-01-10",
    }  # fmt: skip
    refused = api.post("/interest-notes", body, Idempotency_Key="a")
    assert is_problem(refused, 409, "conflict")
    assert "choose a pack" in refused.json()["detail"]
    packs.rule(
        entity, pack=InterestPack.objects.get(code="eu"), begins_on=date(2024, 1, 1), minimum=Decimal(0),
        after_payment=True, compensates=True, days_to_pay=14, actor=SYSTEM,
    )  # fmt: skip
    made = api.post("/interest-notes", body, Idempotency_Key="b")
    assert made.status_code == 201, made.content
    said = made.json()
    assert said["total"] == {"amount": "69.53", "currency": "EUR"}  # 15 × 1.225 and 10 × 1.115, and 40.00
    (charge,) = said["charges"]
    assert (charge["item"], charge["pack"], charge["interest"], charge["compensation"]) == (
        item.pk, "eu", "29.53", "40.00",
    )  # fmt: skip
    assert charge["spans"][1] == {
        "first": "2025-01-01", "last": "2025-01-10", "owed": "3650.0000", "percent": "11.150", "interest": "11.150000",
    }  # fmt: skip
    assert api.post("/interest-notes", body, Idempotency_Key="b").json() == said
    assert is_problem(api.post("/interest-notes", body, Idempotency_Key="c"), 409, "conflict")
    tomorrow = body | {"until": "2199-01-01"}
    assert is_problem(api.post("/interest-notes", tomorrow, Idempotency_Key="d"), 409, "conflict")
    assert [row["id"] for row in api.get("/interest-notes?state=charged").json()["data"]] == [said["id"]]


def test_a_note_is_reversed_or_waived_with_a_reason(given, api):
    entity = given.entity()
    item = given.open_item("3650.00 EUR", due=DUE)
    InterestRules.objects.create(entity=entity, pack=InterestPack.objects.get(code="eu"), begins_on=date(2024, 1, 1))
    body = {"entity": "DE1", "customer": {"id": item.customer_id}, "currency": "EUR", "until": "2025-01-10"}
    first = api.post("/interest-notes", body, Idempotency_Key="a").json()
    assert is_problem(api.post(f"/interest-notes/{first['id']}/waive", {"reason": ""}), 400, "validation", "/reason")
    gone = api.post(f"/interest-notes/{first['id']}/reverse", {"reason": "Wrong"}, Idempotency_Key="b").json()
    assert (gone["state"], gone["reason"]) == ("reversed", "Wrong")
    again = api.post("/interest-notes", body, Idempotency_Key="c").json()
    assert again["total"] == first["total"]
    waived = api.post(f"/interest-notes/{again['id']}/waive", {"reason": "Goodwill"}, Idempotency_Key="d").json()
    assert waived["state"] == "waived"
    assert is_problem(api.post("/interest-notes", body, Idempotency_Key="e"), 409, "conflict")
    twice = api.post(f"/interest-notes/{again['id']}/waive", {"reason": "Again"}, Idempotency_Key="f")
    assert is_problem(twice, 409, "conflict")


def test_its_paper_is_read_and_mailed_once(given, api):
    entity = given.entity()
    customer = given.customer(email="ap@acme.example")
    given.open_item("3650.00 EUR", customer=customer, due=DUE)
    InterestRules.objects.create(entity=entity, pack=InterestPack.objects.get(code="eu"), begins_on=date(2024, 1, 1))
    body = {"entity": "DE1", "customer": {"id": customer.pk}, "currency": "EUR", "until": "2025-01-10"}
    note = api.post("/interest-notes", body, Idempotency_Key="a").json()
    address = f"/interest-notes/{note['id']}"
    paper = api.get(f"{address}/document")
    assert (paper.status_code, paper["Content-Type"], paper.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert api.get(f"{address}/document", If_None_Match=paper["ETag"]).status_code == 304
    assert is_problem(
        api.post(f"{address}/send", {"contact": 999999}, Idempotency_Key="b"), 400, "validation", "/contact"
    )
    sent = api.post(f"{address}/send", {}, Idempotency_Key="c")
    assert (sent.status_code, sent.json()["state"]) == (200, "queued")
    assert "ap@acme.example" in sent.json()["recipient"]
    assert bytes(Message.objects.get().attachments.get().document.content) == paper.content
    assert is_problem(api.post(f"{address}/send", {}, Idempotency_Key="d"), 409, "conflict")
    assert api.post(f"{address}/send", {"again": True}, Idempotency_Key="e").status_code == 200


def test_what_a_notice_cost_is_found_by_it(given, api):
    entity = given.entity()
    LevelFee.objects.create(level=DunningLevel.objects.get(number=1), currency="EUR", amount=Decimal(5))
    given.open_item("100.00 EUR", due=clock.today(entity.time_zone) - timedelta(days=4))
    run = dunning.propose(entity, clock.today(entity.time_zone), actor=SYSTEM)
    dunning.approve(run, actor=SYSTEM)
    dunning.send(run, actor=SYSTEM)
    notice = Notice.objects.get(run=run)
    (said,) = api.get(f"/interest-notes?kind=fee&notice={notice.pk}").json()["data"]
    assert (said["kind"], said["notice"], said["total"]) == ("fee", notice.pk, {"amount": "5.00", "currency": "EUR"})
    assert said["charges"] == []
    assert api.get("/interest-notes?kind=interest").json()["data"] == []
    assert is_problem(api.get("/interest-notes?kind=gift"), 400, "validation")
