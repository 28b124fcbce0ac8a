"""Statements of account by the API: runs are begun and read, statements listed, their papers taken."""

from datetime import timedelta

import pytest

from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.invoicing.models import Statement, StatementRun
from o2c.invoicing.statements import runs


@pytest.fixture
def owing(given):
    today = clock.today(given.entity().time_zone)
    customer = given.customer("C1")
    given.open_item("100.00 EUR", customer=customer, due=today - timedelta(days=3), number="I-1")
    given.open_item("500 JPY", customer=customer, due=today + timedelta(days=3), number="I-2")
    return customer


def post(api, body: dict, key: str = "k"):
    return api.post("/statement-runs", {"entity": "DE1", **body}, Idempotency_Key=key)


def test_a_run_is_begun_read_and_its_statements_listed(api, owing):
    begun = post(api, {"channel": "none"})
    assert begun.status_code == 201, begun.content
    run = StatementRun.objects.get()
    assert begun["Location"] == f"/api/v1/statement-runs/{run.pk}"
    assert (begun.json()["state"], begun.json()["made"]) == ("making", 0)
    again = post(api, {"channel": "none"})
    assert (again.json(), again["Idempotent-Replayed"]) == (begun.json(), "true")
    runs.finish(run)
    read = api.get(f"/statement-runs/{run.pk}").json()
    assert {name: read[name] for name in ("state", "made", "mailed", "no_address", "left_out", "by_schedule")} == {
        "state": "done", "made": 1, "mailed": 0, "no_address": 0, "left_out": 0, "by_schedule": False,
    }  # fmt: skip
    assert read["totals"] == [
        {
            "total": {"amount": "100.00", "currency": "EUR"},
            "overdue": {"amount": "100.00", "currency": "EUR"},
            "customers": 1,
        },
        {"total": {"amount": "500", "currency": "JPY"}, "overdue": {"amount": "0", "currency": "JPY"}, "customers": 1},
    ]
    (listed,) = api.get(f"/statements?customer={owing.pk}&run={run.pk}&state=made").json()["data"]
    assert listed == api.get(f"/statements/{listed['id']}").json()
    assert (listed["kind"], listed["as_of"], listed["language"], listed["has_document"]) == (
        "open_items", run.as_of.isoformat(), "en", True,
    )  # fmt: skip
    assert listed["totals"][0] == {
        "total": {"amount": "100.00", "currency": "EUR"},
        "overdue": {"amount": "100.00", "currency": "EUR"},
        "opening": None,
        "lines": 1,
    }
    assert api.get(f"/statements?customer={owing.pk + 1}").json()["data"] == []
    assert api.get("/statements?state=mailed").json()["data"] == []


def test_the_paper_is_taken_as_it_was_made(api, owing):
    run = runs.finish(runs.begin(entity=owing.accounts.get().entity, as_of=clock.today(), channel="none", actor=SYSTEM))
    kept = Statement.objects.get(run=run)
    path = f"/statements/{kept.pk}/document"
    for accept in ("*/*", "application/pdf", None):
        taken = api.get(path, Accept=accept)
        assert (taken.status_code, taken["Content-Type"]) == (200, "application/pdf")
        assert taken.content == bytes(kept.document.content)
    assert api.get(path, If_None_Match=taken["ETag"]).status_code == 304
    missing = api.get(f"/statements/{kept.pk + 1}/document", Accept="application/pdf")
    assert (missing.status_code, missing["Content-Type"]) == (404, "application/problem+json")
    Statement.objects.update(document=None)
    gone = api.get(path)
    assert (gone.status_code, gone.json()["type"]) == (404, "/problems/not-found")
    assert api.get(f"/statements/{kept.pk}").json()["has_document"] is False


def test_an_activity_says_what_was_owed_before(api, owing):
    today = clock.today()
    run_id = post(
        api, {"channel": "none", "kind": "activity", "from_on": (today - timedelta(days=1)).isoformat()}
    ).json()
    runs.finish(StatementRun.objects.get(pk=run_id["id"]))
    (listed,) = api.get("/statements").json()["data"]
    assert listed["totals"][0]["opening"] == {"amount": "100.00", "currency": "EUR"}
    assert listed["from_on"] == (today - timedelta(days=1)).isoformat()


def test_what_cannot_be_made_is_refused_at_its_field(api, owing):
    today = clock.today()
    cases = {
        "/as_of": {"as_of": (today + timedelta(days=2)).isoformat()},
        "/from_on": {"from_on": today.isoformat()},
        "/segment": {"segment": "none"},
        "/kind": {"kind": "all"},
        "/entity": {"entity": "XX1"},
    }
    for number, (pointer, body) in enumerate(cases.items()):
        refused = post(api, body, key=f"k{number}")
        assert refused.status_code == 400, refused.content
        assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert StatementRun.objects.count() == 0


def test_what_went_out_goes_out_again_only_where_that_is_said(api, owing):
    runs.finish(StatementRun.objects.get(pk=post(api, {}).json()["id"]))
    refused = post(api, {}, key="k2")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict")
    assert post(api, {"again": True}, key="k3").status_code == 201
    assert StatementRun.objects.count() == 2
