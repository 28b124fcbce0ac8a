"""Invoices through the API: exact amounts, every refusal, and that what was refused did nothing."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.invoicing import banks, closing
from o2c.invoicing.einvoices.read import read
from o2c.invoicing.models import Entry, Invoice, InvoiceLine, OpenItem
from o2c.invoicing.proof import proof
from o2c.orders.models import PaymentTerms
from tests.api.conftest import Caller

DAY = date(2026, 3, 2)
IBAN = "DE89370400440532013000"


def eur(amount: str) -> dict:
    return {"amount": amount, "currency": "EUR"}


def pointers(answer) -> dict:
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/validation"), answer.content
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


def conflict(answer) -> str:
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict"), answer.content
    return answer.json()["detail"]


@pytest.fixture
def customer(given):
    entity = given.entity(vat_id="DE123456789")
    banks.open_account(entity, name="Main", currency="EUR", iban=IBAN, actor=SYSTEM)
    terms = PaymentTerms.objects.create(code="N30", name="30 days", days=30)
    return given.customer("C1", terms=terms)


@pytest.fixture
def body(customer):
    def make(**changed):
        lines = [
            {"description": "Work", "quantity": "2.5", "unit": "HUR", "price": "100", "rate": "19"},
            {"description": "Book", "quantity": "1", "price": "50.00", "rate": "7"},
        ]
        return {
            "entity": "DE1", "customer": {"number": "C1"}, "currency": "EUR", "issued_on": "2026-03-02",
            "lines": lines, **changed,
        }  # fmt: skip

    return make


@pytest.fixture
def issued(api, body):
    return api.post("/invoices", body(issue=True), Idempotency_Key="given").json()


def test_a_draft_is_written_with_what_it_comes_to(api, body):
    made = api.post("/invoices", body(), Idempotency_Key="a")
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["state"], told["number"], told["kind"]) == ("draft", "", "invoice")
    assert [line["net"] for line in told["lines"]] == [eur("250.00"), eur("50.00")]
    assert (told["net"], told["tax"], told["gross"], told["payable"]) == (
        eur("300.00"), eur("51.00"), eur("351.00"), eur("351.00"),
    )  # fmt: skip
    assert [(tax["rate"], tax["taxable"], tax["tax"]) for tax in told["taxes"]] == [
        ("19", eur("250.00"), eur("47.50")), ("7", eur("50.00"), eur("3.50")),
    ]  # fmt: skip
    assert (told["items"], told["seller"], told["agreed"]) == ([], None, None)
    read = api.get(made["Location"])
    assert (read.json(), read["ETag"]) == (told, made["ETag"])
    assert Entry.objects.count() == 0


def test_issued_at_once_it_is_numbered_and_owed(api, body, issued):
    assert (issued["state"], issued["number"], issued["reference"]) == ("issued", "INV2026-000001", "RF94INV2026000001")
    assert (issued["due_on"], issued["seller"]["vat_id"]) == ("2026-04-01", "DE123456789")
    assert issued["agreed"]["pay_to"]["iban"] == IBAN
    item = OpenItem.objects.get(pk=issued["items"][0])
    assert (item.amount, item.open_amount) == (Decimal(351), Decimal(351))
    assert proof() == []


def test_a_due_date_that_was_agreed_stands(api, body):
    told = api.post("/invoices", body(due_on="2026-03-09", issue=True), Idempotency_Key="a").json()
    assert told["due_on"] == "2026-03-09"
    assert OpenItem.objects.get().due_on == date(2026, 3, 9)


def test_a_draft_is_issued_by_an_act_of_its_own_once(api, body):
    path = api.post("/invoices", body(), Idempotency_Key="a")["Location"]
    assert api.post(f"{path}/issue", None).json()["type"] == "/problems/idempotency-key"
    done = api.post(f"{path}/issue", None, Idempotency_Key="b")
    assert (done.status_code, done.json()["number"]) == (200, "INV2026-000001")
    again = api.post(f"{path}/issue", None, Idempotency_Key="b")
    assert (again["Idempotent-Replayed"], again.content) == ("true", done.content)
    conflict(api.post(f"{path}/issue", None, Idempotency_Key="c"))
    assert OpenItem.objects.count() == 1


def test_what_breaks_a_rule_is_not_issued_and_told_with_the_rule(api, body):
    wrong = body(lines=[{"description": "Work", "quantity": "1", "price": "1", "category": "AE"}], issue=True)
    assert pointers(api.post("/invoices", wrong, Idempotency_Key="a")) == {"/customer": "BR-AE-2"}
    assert pointers(api.post("/invoices", body(lines=[], issue=True), Idempotency_Key="a")) == {"/lines": "BR-16"}
    zero = body(lines=[{"description": "Work", "quantity": "1", "price": "1"}], issue=True)
    assert pointers(api.post("/invoices", zero, Idempotency_Key="a")) == {"/lines/0/rate": "BR-S-5"}
    assert Invoice.objects.count() == 0
    draft = api.post("/invoices", body(lines=[]), Idempotency_Key="b")
    assert draft.status_code == 201
    assert pointers(api.post(f"{draft['Location']}/issue", None, Idempotency_Key="c")) == {"/lines": "BR-16"}
    assert Invoice.objects.get().state == "draft"


def test_closed_books_take_no_invoice(api, body, given):
    closing.close(given.entity(), date(2026, 3, 31), actor=SYSTEM)
    assert pointers(api.post("/invoices", body(issue=True), Idempotency_Key="a")) == {"/issued_on": "closed"}
    assert Invoice.objects.count() == 0


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"currency": "XQQ"}, "/currency"),
        ({"issued_on": "2026-02-30"}, "/issued_on"),
        ({"customer": {"number": "none"}}, "/customer"),
        ({"terms": "none"}, "/terms"),
        ({"corrects": 99}, "/corrects"),
        ({"prepaid": {"amount": "1.00", "currency": "USD"}}, "/prepaid/currency"),
        ({"totals": {"net": {"amount": "300.00", "currency": "USD"}}}, "/totals/net/currency"),
        ({"deliver_to_country": "Germany"}, "/deliver_to_country"),
        ({"deliver_to_country": "de"}, "/deliver_to_country"),
        ({"nubmer": "1"}, "/nubmer"),
    ],
)
def test_what_is_wrong_is_said_where(api, body, changed, pointer):
    assert pointer in pointers(api.post("/invoices", body(**changed), Idempotency_Key="a"))
    assert Invoice.objects.count() == 0


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"quantity": 1}, "/lines/0/quantity"),
        ({"quantity": "1e3"}, "/lines/0/quantity"),
        ({"quantity": "1.0000001"}, "/lines/0/quantity"),
        ({"price": "-1"}, "/lines/0/price"),
        ({"price": "9999999999999", "quantity": "9999999999999"}, "/lines"),
        ({"price_per": "0"}, "/lines/0/price_per"),
        ({"rate": "100"}, "/lines/0/rate"),
        ({"category": "X"}, "/lines/0/category"),
        ({"unit": "XXX"}, "/lines/0/unit"),
        ({"description": ""}, "/lines/0/description"),
        ({"net": eur("249.99")}, "/lines/0/net"),
        ({"adjustments": [{"reason": "Less"}]}, "/lines/0/adjustments/0/amount"),
        ({"adjustments": [{"reason": "Less", "percent": "5", "amount": eur("1.00")}]}, "/lines/0/adjustments/0/amount"),
        ({"adjustments": [{"reason": "", "percent": "5"}]}, "/lines/0/adjustments/0/reason"),
        ({"adjustments": [{"reason": "Less", "percent": "1000.5"}]}, "/lines/0/adjustments/0/percent"),
        ({"adjustments": [{"reason": "Less", "percent": "5", "rate": "19"}]}, "/lines/0/adjustments/0/rate"),
    ],
)
def test_what_is_wrong_in_a_line_is_said_where(api, body, changed, pointer):
    wrong = body()
    wrong["lines"][0] |= changed
    assert pointer in pointers(api.post("/invoices", wrong, Idempotency_Key="a"))
    assert Invoice.objects.count() == 0


def test_allowances_and_charges_count_and_come_back(api, body):
    said = body(
        adjustments=[
            {"reason": "Loyal", "percent": "10", "rate": "19"},
            {"reason": "Freight", "is_charge": True, "amount": eur("5.00"), "rate": "7"},
        ]
    )
    said["lines"][0]["adjustments"] = [{"reason": "Late", "amount": eur("50.00")}]
    told = api.post("/invoices", said, Idempotency_Key="a").json()
    assert (told["lines"][0]["net"], told["allowance_total"], told["charge_total"]) == (
        eur("200.00"), eur("20.00"), eur("5.00"),
    )  # fmt: skip
    assert (told["net"], told["tax"], told["gross"]) == (eur("235.00"), eur("38.05"), eur("273.05"))
    assert told["lines"][0]["adjustments"] == [
        {"reason": "Late", "is_charge": False, "percent": None, "amount": eur("50.00")}
    ]
    assert told["adjustments"][0] == {
        "reason": "Loyal", "is_charge": False, "percent": "10", "amount": eur("20.00"), "category": "S", "rate": "19",
    }  # fmt: skip


def test_declared_totals_must_be_what_we_work_out(api, body):
    totals = {"net": eur("300.00"), "tax": eur("51.00"), "gross": eur("351.00"), "payable": eur("351.00")}
    assert api.post("/invoices", body(totals=totals), Idempotency_Key="a").status_code == 201
    wrong = totals | {"tax": eur("51.01"), "gross": eur("351.01")}
    assert pointers(api.post("/invoices", body(totals=wrong), Idempotency_Key="b")) == {
        "/totals/tax": "BR-CO-14", "/totals/gross": "BR-CO-15",
    }  # fmt: skip
    assert Invoice.objects.count() == 1


# --- Changing drafts


def test_a_draft_is_said_anew_by_who_has_seen_it(api, body):
    made = api.post("/invoices", body(), Idempotency_Key="a")
    change = {name: value for name, value in body(note="Thanks").items() if name != "entity"}
    change["lines"] = change["lines"][:1]
    changed = api.put(made["Location"], change, If_Match=made["ETag"])
    assert (changed.status_code, changed.json()["note"], changed.json()["gross"]) == (200, "Thanks", eur("297.50"))
    assert InvoiceLine.objects.count() == 1
    assert api.put(made["Location"], change, If_Match=made["ETag"]).status_code == 412
    same = api.put(made["Location"], change)
    assert (same.status_code, same["ETag"]) == (200, changed["ETag"])


def test_a_draft_is_discarded_and_an_issued_one_is_not(api, body, issued):
    made = api.post("/invoices", body(), Idempotency_Key="a")
    assert api.call("DELETE", made["Location"], If_Match='"x"').status_code == 412
    gone = api.call("DELETE", made["Location"], If_Match=made["ETag"])
    assert (gone.status_code, gone.content) == (204, b"")
    assert api.get(made["Location"]).status_code == 404
    path = f"/invoices/{issued['id']}"
    conflict(api.call("DELETE", path))
    change = {name: value for name, value in body().items() if name != "entity"}
    conflict(api.put(path, change))
    assert api.get(path).json() == issued


# --- By the key elsewhere


def test_an_external_invoice_is_written_changed_issued_and_then_stays(api, body):
    path = "/invoices/external/sap/RE/1"
    first = api.put(path, body())
    assert (first.status_code, first.json()["state"]) == (201, "draft")
    again = api.put(path, body())
    assert (again.status_code, again["ETag"]) == (200, first["ETag"])
    changed = api.put(path, body(note="x"))
    assert (changed.status_code, changed.json()["note"]) == (200, "x")
    done = api.put(path, body(note="x", issue=True))
    assert (done.status_code, done.json()["number"]) == (200, "INV2026-000001")
    for said in (body(note="x", issue=True), body(note="x")):
        same = api.put(path, said)
        assert (same.status_code, same.json(), same["ETag"]) == (200, done.json(), done["ETag"])
    assert "credit it" in conflict(api.put(path, body(note="y", issue=True)))
    assert pointers(api.put(path, body(note="x", totals={"gross": eur("1.00")}))) == {"/totals/gross": "BR-CO-15"}
    assert api.put(path, body(), If_None_Match="*").status_code == 412
    assert api.get(path).json() == done.json()
    assert Invoice.objects.count() == OpenItem.objects.count() == 1
    assert pointers_of_parameter(api.put("/invoices/external/o2c/1", body())) == {"source": "reserved"}


def pointers_of_parameter(answer) -> dict:
    return {error["parameter"]: error["code"] for error in answer.json()["errors"]}


def test_a_number_of_the_other_system_is_kept(api, body):
    done = api.put("/invoices/external/sap/1", body(number="RE-77", issue=True)).json()
    assert (done["number"], done["reference"]) == ("RE-77", "RF27RE77")
    assert api.put("/invoices/external/sap/2", body(number="RE-77", issue=True)).status_code == 409
    assert Invoice.objects.count() == 1


# --- Correcting


def test_a_credit_note_over_some_lines_is_drafted_or_issued(api, issued):
    path = f"/invoices/{issued['id']}/credit"
    parts = {"lines": [{"position": 1, "quantity": "0.5"}], "on": "2026-03-05", "note": "Too much"}
    drafted = api.post(path, parts, Idempotency_Key="a")
    assert drafted.status_code == 201, drafted.content
    told = drafted.json()
    assert (told["state"], told["kind"], told["corrects"], told["gross"]) == (
        "draft", "credit_note", issued["id"], eur("59.50"),
    )  # fmt: skip
    assert [(line["description"], line["quantity"]) for line in told["lines"]] == [("Work", "0.5")]
    done = api.post(path, parts | {"issue": True}, Idempotency_Key="b").json()
    assert (done["number"], done["note"], done["issued_on"]) == ("CN2026-000001", "Too much", "2026-03-05")
    assert OpenItem.objects.get(pk=issued["items"][0]).open_amount == Decimal("291.50")
    assert api.get(f"/invoices/{issued['id']}").json()["corrections"] == [told["id"], done["id"]]
    over = api.post(path, {"issue": True}, Idempotency_Key="c")
    assert "over-credited" in pointers(over).values()
    assert proof() == []


def test_fixed_allowances_are_credited_in_proportion(api, body):
    said = body(issue=True, adjustments=[{"reason": "Loyal", "amount": eur("25.00"), "rate": "19"}])
    said["lines"][0]["adjustments"] = [{"reason": "Late", "amount": eur("50.00")}]
    made = api.post("/invoices", said, Idempotency_Key="a").json()
    assert made["net"] == eur("225.00")
    parts = {"lines": [{"position": 1, "quantity": "1"}], "issue": True}
    note = api.post(f"/invoices/{made['id']}/credit", parts, Idempotency_Key="b").json()
    assert note["lines"][0]["adjustments"][0]["amount"] == eur("20.00")
    assert (note["lines"][0]["net"], note["adjustments"][0]["amount"]) == (eur("80.00"), eur("10.00"))
    assert (note["net"], note["gross"]) == (eur("70.00"), eur("83.30"))
    rest = {"lines": [{"position": 1, "quantity": "1.5"}, {"position": 2}], "issue": True}
    last = api.post(f"/invoices/{made['id']}/credit", rest, Idempotency_Key="c").json()
    assert last["net"] == eur("155.00")
    assert proof() == []


@pytest.mark.parametrize(
    ("lines", "pointer"),
    [
        ([{"position": 3}], "/lines/0/position"),
        ([{"position": 1}, {"position": 1}], "/lines/1/position"),
        ([{"position": 1, "quantity": "3"}], "/lines/0/quantity"),
        ([{"position": 1, "quantity": "0"}], "/lines/0/quantity"),
        ([{"position": 1, "quantity": "-1"}], "/lines/0/quantity"),
        ([], "/lines"),
    ],
)
def test_what_the_invoice_does_not_have_is_not_credited(api, issued, lines, pointer):
    refused = api.post(f"/invoices/{issued['id']}/credit", {"lines": lines}, Idempotency_Key="a")
    assert pointer in pointers(refused)
    assert Invoice.objects.count() == 1


def test_cancelling_takes_all_back_once(api, issued):
    path = f"/invoices/{issued['id']}/cancel"
    done = api.post(path, {"on": "2026-03-06", "note": "Wrong customer"}, Idempotency_Key="a")
    assert (done.status_code, done.json()["number"], done.json()["cancels"]) == (201, "CN2026-000001", True)
    assert done["Location"] == f"/api/v1/invoices/{done.json()['id']}"
    assert api.get(f"/invoices/{issued['id']}").json()["state"] == "cancelled"
    assert OpenItem.objects.get(pk=issued["items"][0]).open_amount == 0
    assert "already" in conflict(api.post(path, {}, Idempotency_Key="b"))
    assert proof() == []


def test_what_is_paid_or_a_draft_is_not_cancelled(api, body, issued, given):
    given.pay(OpenItem.objects.get(), "1.00 EUR")
    assert "settled" in conflict(api.post(f"/invoices/{issued['id']}/cancel", {}, Idempotency_Key="a"))
    draft = api.post("/invoices", body(), Idempotency_Key="b").json()
    for act in ("cancel", "credit"):
        conflict(api.post(f"/invoices/{draft['id']}/{act}", {}, Idempotency_Key=act))
    early = api.post(f"/invoices/{issued['id']}/credit", {"on": "2026-03-01"}, Idempotency_Key="d")
    assert pointers(early) == {"/on": "range"}
    assert Invoice.objects.count() == 2


# --- Reading


def test_lists_narrow_by_every_filter(api, body, issued, given):
    draft = api.put("/invoices/external/sap/1", body(issued_on="2026-04-01")).json()
    note = api.post(f"/invoices/{issued['id']}/cancel", {}, Idempotency_Key="n").json()
    cases = {
        "state=draft": [draft], "state=cancelled": [issued], "kind=credit_note": [note], "source=sap": [draft],
        "number=INV2026-000001": [issued], "number=INV2026": [], "issued_from=2026-04-01&state=draft": [draft],
        "issued_until=2026-03-31": [issued], f"customer={issued['customer']}": [issued, draft, note],
        "customer=99": [], "entity=DE1&state=issued": [note],
    }  # fmt: skip
    for query, wanted in cases.items():
        found = api.get(f"/invoices?{query}").json()["data"]
        assert [row["id"] for row in found] == [row["id"] for row in wanted], query
    assert "lines" not in found[0]


def test_the_document_is_a_pdf_and_stays_the_same(api, body, issued):
    path = f"/invoices/{issued['id']}/document"
    first = api.get(path)
    assert (first.status_code, first["Content-Type"], first.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert "INV2026-000001.pdf" in first["Content-Disposition"]
    assert api.get(path, Accept="application/pdf").content == first.content
    assert api.get(path, If_None_Match=first["ETag"]).status_code == 304
    draft = api.post("/invoices", body(), Idempotency_Key="a").json()
    for accept in ("application/pdf", "application/json"):
        none = api.get(f"/invoices/{draft['id']}/document", Accept=accept)
        assert (none.status_code, none["Content-Type"]) == (404, "application/problem+json")
        assert none.json()["type"] == "/problems/not-found"


@pytest.mark.parametrize(
    ("syntax", "media_type", "file"),
    [
        ("ubl", "application/xml", "INV2026-000001.ubl.xml"),
        ("cii", "application/xml", "INV2026-000001.cii.xml"),
        ("facturx", "application/pdf", "INV2026-000001.facturx.pdf"),
    ],
)
def test_an_invoice_is_read_as_an_e_invoice(api, body, issued, syntax, media_type, file):
    path = f"/invoices/{issued['id']}/{syntax}"
    first = api.get(path)
    assert (first.status_code, first["Content-Type"]) == (200, media_type)
    assert file in first["Content-Disposition"]
    found = read(first.content)
    assert (found.syntax, found.problems, found.invoice.number) == (syntax, (), "INV2026-000001")
    assert (found.invoice.totals.net, found.invoice.totals.payable) == (Decimal("300.00"), Decimal("351.00"))
    assert api.get(path, Accept=media_type).content == first.content
    assert api.get(path, If_None_Match=first["ETag"]).status_code == 304
    draft = api.post("/invoices", body(), Idempotency_Key="a").json()
    none = api.get(f"/invoices/{draft['id']}/{syntax}", Accept=media_type)
    assert (none.status_code, none.json()["type"]) == (404, "/problems/not-found")


def test_what_would_be_refused_as_an_e_invoice_is_said(api, body, given, customer):
    given.customer("C2", terms=PaymentTerms.objects.get(), country="")
    nowhere = api.post("/invoices", body(customer={"number": "C2"}, issue=True), Idempotency_Key="a").json()
    assert "(BR-10)" in conflict(api.get(f"/invoices/{nowhere['id']}/ubl"))


def test_changes_are_followed(api, issued):
    since = issued["updated_at"]
    api.post(f"/invoices/{issued['id']}/cancel", {}, Idempotency_Key="n")
    changed = api.get(f"/invoices?updated_since={since}").json()
    assert {row["state"] for row in changed["data"]} == {"cancelled", "issued"}


# --- People


def test_a_person_issues_and_corrects_by_their_role(given, body, issued):
    client = Client(raise_request_exception=False)
    client.force_login(given.user("orders", Role.ORDER_CLERK))
    clerk = Caller(None, client=client)
    assert clerk.post("/invoices", body(issue=True), Idempotency_Key="a").status_code == 201
    for act in ("cancel", "credit"):
        assert clerk.post(f"/invoices/{issued['id']}/{act}", {}, Idempotency_Key=act).status_code == 403
    note = body(kind="credit_note", corrects=issued["id"])
    assert clerk.post("/invoices", note | {"issue": True}, Idempotency_Key="n").status_code == 403
    drafted = clerk.post("/invoices", note, Idempotency_Key="n").json()
    assert clerk.post(f"/invoices/{drafted['id']}/issue", None, Idempotency_Key="i").status_code == 403
    client.force_login(given.user("cash", Role.CASH_CLERK))
    assert clerk.post("/invoices", body(), Idempotency_Key="b").status_code == 403
    assert clerk.get(f"/invoices/{issued['id']}").status_code == 200
    assert sorted(Invoice.objects.values_list("kind", "state")) == [
        ("credit_note", "draft"),
        ("invoice", "issued"),
        ("invoice", "issued"),
    ]
