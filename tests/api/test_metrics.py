"""Metrics and the days that are kept, in the API and by the command."""

import json
from datetime import date
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from o2c.analytics.metrics import keeping
from o2c.analytics.models import Snapshot
from o2c.analytics.snapshots import taking
from tests.given import DAY

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def book(given):
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE analytics_agingsnapshot")
    entity = given.entity()
    customer = given.customer("LARGE", segment="trade")
    given.open_item("3000.00 EUR", customer=customer, issued=date(2026, 2, 10), due=date(2026, 3, 12))
    given.pay(given.open_item("600.00 EUR", customer=customer, issued=date(2026, 1, 10), due=date(2026, 2, 1)), on=DAY)
    return entity


def told(*arguments) -> dict:
    out = StringIO()
    call_command("snapshot", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_metrics_month_by_month_and_of_parts(api, book):
    with time_machine.travel("2026-04-05T10:00:00Z", tick=False):
        taking.take_due()
        keeping.refresh(book, date(2026, 4, 5))
        found = api.get("/metrics?entity=DE1&months=3").json()
        one = api.get("/metrics?entity=DE1&months=2&metric=overdue&by=segment").json()
        wrong = api.get("/metrics?entity=DE1&by=segment")
    assert (found["entity"], found["currency"], found["parts"]) == ("DE1", "EUR", [])
    by_code = {each["code"]: each for each in found["metrics"]}
    assert by_code["receivables"]["values"] == [
        {"month": "2026-02-01", "as_of": "2026-02-28", "value": "3600.00"},
        {"month": "2026-03-01", "as_of": "2026-03-31", "value": "3000.00"},
        {"month": "2026-04-01", "as_of": "2026-04-04", "value": "3000.00"},
    ]
    # January to March 3,600 were sold in 90 days
    assert by_code["dso"]["values"][1]["value"] == "75.00"
    assert by_code["days_late"]["values"][1]["value"] == "29.00"
    assert by_code["cost_to_collect"]["unit"] == "money"
    assert [each["code"] for each in one["metrics"]] == ["overdue"]
    assert one["parts"] == [{"part": "trade", "month_before": "3000.00", "this_month": "3000.00"}]
    unknown = api.get("/metrics?entity=XX")
    assert wrong.json()["errors"][0]["parameter"] == "by"
    assert (unknown.status_code, unknown.json()["errors"][0]["parameter"]) == (400, "entity")


def test_the_days_that_are_kept(api, book, given):
    assert told("--since", "2026-03-01", "--until", "2026-03-03") == {"kept": 3}
    rows = api.get("/snapshots?entity=DE1&day=2026-03-01").json()["data"]
    assert [(row["entity"], row["day"], row["customers"]) for row in rows] == [("DE1", "2026-03-01", 1)]
    given.open_item("5.00 EUR", issued=date(2026, 2, 1), due=date(2026, 3, 3))
    assert api.get(f"/snapshots/{rows[0]['id']}").json()["buckets"] == [
        {"currency": "EUR", "bucket": 0, "then": "3000.00", "now": "3005.00"},
        {"currency": "EUR", "bucket": 1, "then": "600.00", "now": "600.00"},
    ]


def test_the_command_keeps_checks_and_says_what_is_wrong(book):
    assert told("--since", "2026-03-01", "--until", "2026-03-02") == {"kept": 2}
    assert told("--since", "2026-03-01", "--until", "2026-03-02") == {"kept": 0}
    assert told("--check") == {"checked": 2, "differences": []}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE analytics_agingsnapshot SET items = 7 WHERE day = '2026-03-01' AND bucket = 0")
    with pytest.raises(SystemExit) as ended:
        told("--check")
    assert ended.value.code == 1
    for wrong, said in (
        (["--entity", "X"], "no legal entity X"),
        (["--since", "2026-03-01"], "both"),
        (["--since", "2026-03-02", "--until", "2026-03-01"], "ends before"),
        (["--since", "2199-03-02", "--until", "2199-03-02"], "not over"),
    ):
        with pytest.raises(CommandError, match=said):
            told(*wrong)
    assert Snapshot.objects.count() == 2
