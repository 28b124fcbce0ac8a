"""The pages of statements: one customer's of any day as a file, and forms that refuse what cannot be."""

import csv
from datetime import date, timedelta
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse

from o2c.core import clock
from o2c.core.models import AccessRecord, Role
from o2c.invoicing.models import StatementRun, StatementSchedule
from tests.given import DAY


@pytest.fixture
def customer(given):
    customer = given.customer("C-1")
    given.open_item("100.00 EUR", customer=customer, due=DAY - timedelta(days=60), number="OLD")
    given.pay(given.open_item("50.00 EUR", customer=customer, due=DAY, number="NEW"), on=DAY)
    given.open_item("9.00 EUR", customer=customer, entity=given.entity("FR1"), due=DAY, number="FRENCH")
    return customer


@pytest.fixture
def client(given) -> Client:
    client = Client()
    client.force_login(given.user("manager", Role.FINANCE_MANAGER))
    return client


def taken(client, name: str, customer, **query):
    return client.get(reverse(name, args=[customer.pk]), query)


def content(answer) -> str:
    return b"".join(answer.streaming_content).decode()


def test_the_activity_as_csv_runs_from_balance_to_balance(client, customer):
    answer = taken(
        client, "statement", customer, kind="activity", as_of=DAY.isoformat(), entity="DE1",
        from_on=(DAY - timedelta(days=35)).isoformat(),
    )  # fmt: skip
    rows = list(csv.reader(StringIO(content(answer), newline="")))
    assert rows[0] == ["date", "what", "number", "currency", "debit", "credit", "balance"]
    assert [row[1:] for row in rows[1:]] == [
        ["opening", "", "EUR", "", "", "100.00"],
        ["invoice", "NEW", "EUR", "50.00", "", "150.00"],
        ["receipt", "Payment", "EUR", "", "50.00", "100.00"],
        ["closing", "", "EUR", "", "", "100.00"],
    ]


def test_the_paper_of_any_day_is_of_one_legal_entity_and_recorded(client, customer):
    papers = {}
    for entity in ("DE1", "FR1"):
        answer = taken(client, "statement_paper", customer, as_of=DAY.isoformat(), entity=entity)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer["Content-Disposition"] == f'inline; filename="Statement C-1 {DAY.isoformat()}.pdf"'
        assert answer.content.startswith(b"%PDF")
        papers[entity] = answer.content
    assert papers["DE1"] != papers["FR1"]
    taken_by = AccessRecord.objects.filter(kind="exported", customer_id=customer.pk)
    assert taken_by.count() == 2
    again = taken(client, "statement_paper", customer, as_of=DAY.isoformat(), entity="DE1")
    assert again.content == papers["DE1"], "the same facts make the same paper"


@pytest.mark.parametrize(
    "query",
    [
        {"as_of": "yesterday"},
        {"as_of": "2026-02-30"},
        {"kind": "all"},
        {"entity": "XX1"},
        {"kind": "activity", "as_of": "2026-03-01", "from_on": "2026-03-02"},
        {"as_of": "0001-01-01", "kind": "activity"},
    ],
)
def test_what_cannot_be_read_is_not_there(client, customer, query):
    assert taken(client, "statement", customer, **query).status_code == 404
    assert taken(client, "statement_paper", customer, **query).status_code == 404


def test_the_dialog_leads_to_the_file(client, customer):
    url = reverse("ask_statement", args=[customer.pk])
    asked = {"entity": "FR1", "kind": "activity", "as_of": "2026-03-31", "file": "csv"}
    assert client.post(url, asked).url == (
        reverse("statement", args=[customer.pk]) + "?entity=FR1&kind=activity&as_of=2026-03-31&from_on=2026-03-01"
    )
    assert client.post(url, asked | {"kind": "open_items", "file": "pdf"}).url == (
        reverse("statement_paper", args=[customer.pk]) + "?entity=FR1&kind=open_items&as_of=2026-03-31"
    )
    refused = client.post(url, asked | {"from_on": "2026-04-01"})
    assert refused.status_code == 422


def test_a_run_that_cannot_be_is_refused_at_its_field(client, customer):
    tomorrow = clock.today() + timedelta(days=1)
    facts = {"entity": "DE1", "kind": "open_items", "who": "open", "channel": "none", "as_of": tomorrow.isoformat()}
    refused = client.post(reverse("new_statement_run"), facts)
    assert refused.status_code == 422
    assert "still to come" in refused.content.decode()
    assert not StatementRun.objects.exists()


def test_a_schedule_is_kept_changed_and_needs_its_day(client, given):
    given.entity()
    facts = {
        "entity": "DE1", "kind": "activity", "who": "all", "channel": "email", "every": "month", "at": "05:30",
        "as_of": "month_before",
    }  # fmt: skip
    refused = client.post(reverse("new_statement_schedule"), facts)
    assert (refused.status_code, "Choose the day." in refused.content.decode()) == (422, True)
    assert (
        client.post(reverse("new_statement_schedule"), facts | {"day_of_month": "2", "weekday": "3"}).status_code == 302
    )
    schedule = StatementSchedule.objects.get()
    assert (schedule.day_of_month, schedule.weekday, schedule.as_of) == (2, None, "month_before")
    url = reverse("edit_statement_schedule", args=[schedule.pk])
    assert 'value="05:30"' in client.get(url).content.decode()
    changed = facts | {"every": "week", "weekday": "7", "as_of": "same_day"}
    assert client.post(url, changed).status_code == 302
    schedule.refresh_from_db()
    assert (schedule.every, schedule.weekday, schedule.day_of_month) == ("week", 7, None)
    page = client.get(reverse("statements")).content.decode()
    assert "Weekly on Sunday at 05:30" in page
    assert isinstance(schedule.from_on, date)
