"""Remittance advice over the API: a file sent, read, joined and taken off."""

from o2c.core.models import Role
from o2c.invoicing.models import RemittanceAdvice
from tests.api.conftest import Caller
from tests.invoicing.remittances.samples import CSV


def send(caller, content: bytes = CSV, path: str = "/remittance-advices", **headers):
    return caller.call("POST", path, raw=content, Content_Type="text/csv", **headers)


def test_a_file_is_sent_as_it_is_and_again_without_harm(api, given):
    given.entity()
    first = send(api)
    assert first.status_code == 200, first.content
    told = first.json()
    assert (told["format"], told["created"], told["unchanged"], told["refused"]) == ("csv", 2, 0, [])
    assert told["remittances"][0] == {
        "entity": "DE1",
        "payer": "Acme GmbH",
        "number": "",
        "reference": "E2E-4711",
        "paid_on": "2026-03-02",
        "total": {"amount": "1616.20", "currency": "EUR"},
        "lines": 2,
        "flags": [],
        "outcome": "created",
    }
    again = send(api).json()
    assert (again["created"], again["unchanged"], again["new"]) == (0, 2, [])


def test_what_is_refused_says_where_and_how_a_table_is_written_can_be_said(api, given):
    given.entity()
    table = b"Invoice number,Invoice date,Amount paid,Currency\nA-10001,01/02/2026,10.00,EUR\n"
    refused = send(api, table)
    assert refused.status_code == 400
    assert "date_format" in refused.content.decode()
    assert send(api, table, "/remittance-advices?date_format=%25d/%25m/%25Y").status_code == 200
    assert RemittanceAdvice.objects.get().lines.get().document_on.isoformat() == "2026-02-01"


def test_read_joined_and_taken_off(api, given):
    line = given.bank_line("999.00 EUR")
    first, second = send(api).json()["new"]
    shown = api.get(f"/remittance-advices/{first}").json()
    assert (shown["state"], shown["bank_line"], shown["total"]) == (
        "waiting", None, {"amount": "1616.20", "currency": "EUR"},
    )  # fmt: skip
    assert [row["document"] for row in shown["lines"]] == ["INV-1001", "INV-1002"]
    assert shown["lines"][1]["deduction"] == {"amount": "50.00", "currency": "EUR"}
    joined = api.post(f"/remittance-advices/{first}/join", {"bank_line": line.pk})
    assert (joined.status_code, joined.json()["bank_line"]) == (200, line.pk)
    assert api.get(f"/remittance-advices?bank_line={line.pk}").json()["data"][0]["id"] == first
    other = api.post(f"/remittance-advices/{second}/join", {"bank_line": line.pk})
    assert (other.status_code, other.json()["type"]) == (409, "/problems/conflict")
    assert api.post(f"/remittance-advices/{first}/part", {}).json()["state"] == "waiting"
    assert api.post(f"/remittance-advices/{second}/join", {"bank_line": 0}).status_code == 400


def test_a_person_needs_the_right(given, client):
    given.entity()
    client.force_login(given.user("collector", Role.COLLECTOR))
    assert send(Caller(None, client=client)).status_code == 403
