"""Disputes over the API: opened once, changed in the version that was read, ended once, and their files."""

from datetime import timedelta
from decimal import Decimal

import pytest

from o2c.collections import disputes
from o2c.collections.models import Dispute, IncomingMail
from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.models import Message, Role
from o2c.invoicing.invoices import crediting
from o2c.invoicing.models import CreditRequest, Invoice, OpenItem
from o2c.orders.models import Contact
from o2c.wiring import handle_events
from tests.api.test_conventions import is_problem
from tests.given import DAY


def euro(amount: str) -> dict:
    return {"amount": amount, "currency": "EUR"}


@pytest.fixture
def item(given) -> OpenItem:
    return OpenItem.objects.get(entry=given.invoice("100.00 EUR").entry_id)


@pytest.fixture
def case(api, item) -> dict:
    body = {"item": item.pk, "code": "price", "reason": "Too dear", "amount": euro("23.80"), "opened_on": str(DAY)}
    made = api.post("/disputes", body, Idempotency_Key="open")
    assert made.status_code == 201, made.content
    return made.json() | {"etag": made["ETag"]}


def test_a_dispute_is_opened_once_and_says_who_has_it_by_when(api, item, case):
    body = {"item": item.pk, "code": "price", "reason": "Too dear", "amount": euro("23.80"), "opened_on": str(DAY)}
    assert (case["state"], case["contested"], case["whole"], case["code"]) == ("open", euro("23.80"), False, "price")
    assert (case["owner"], case["queue"], case["due_on"], case["closed_on"]) == (
        None,
        "collections",
        "2026-03-16",
        None,
    )
    assert [each["text"] for each in case["said"]] == [f"{item.number} disputed, 23.80 EUR of it: Too dear"]
    assert api.post("/disputes", body, Idempotency_Key="open").json()["id"] == case["id"]
    assert is_problem(api.post("/disputes", body, Idempotency_Key="again"), 409, "conflict")
    assert is_problem(api.post("/disputes", body), 400, "idempotency-key")
    assert [row["id"] for row in api.get(f"/disputes?item={item.pk}&code=price&state=open").json()["data"]] == [
        case["id"]
    ]
    assert api.get("/disputes?state=resolved").json()["data"] == []
    assert Dispute.objects.count() == 1


def test_what_cannot_be_opened_is_refused_at_its_place(api, given, item):
    body = {"item": item.pk, "reason": "Too dear"}
    tomorrow = clock.today(item.entity.time_zone) + timedelta(days=1)
    wrong = {
        "/item": body | {"item": 999_999},
        "/code": body | {"code": "nonsense"},
        "/amount/currency": body | {"amount": {"amount": "1.00", "currency": "USD"}},
        "/amount/amount": body | {"amount": euro("0.00")},
        "/mail": body | {"mail": 999_999},
        "/reason": {"item": item.pk, "reason": ""},
        "/opened_at": body | {"opened_at": "2026-03-02"},
    }
    for number, (pointer, sent) in enumerate(wrong.items()):
        assert is_problem(api.post("/disputes", sent, Idempotency_Key=f"k{number}"), 400, "validation", pointer)
    for number, sent in enumerate([body | {"amount": euro("119.01")}, body | {"opened_on": str(tomorrow)}]):
        assert is_problem(api.post("/disputes", sent, Idempotency_Key=f"c{number}"), 409, "conflict")
    assert not Dispute.objects.exists()


def test_a_change_of_another_version_than_was_read_is_refused(api, given, case):
    given.user("anna", Role.COLLECTOR)
    path = f"/disputes/{case['id']}"
    changed = api.put(path, {"cause": "pricing", "owner": "anna", "due_on": "2026-04-01"}, If_Match=case["etag"])
    assert changed.status_code == 200, changed.content
    said = changed.json()
    assert (said["cause"], said["owner"], said["queue"], said["due_on"]) == ("pricing", "anna", None, "2026-04-01")
    assert is_problem(api.put(path, {"cause": "carrier"}, If_Match=case["etag"]), 412, "precondition")
    resolve = {"how": "rejected", "note": "No"}
    late = api.post(f"{path}/resolve", resolve, Idempotency_Key="r", If_Match=case["etag"])
    assert is_problem(late, 412, "precondition")
    whole = api.put(path, {"amount": None}, If_Match=changed["ETag"]).json()
    assert (whole["whole"], whole["contested"]) == (True, euro("119.00"))
    for pointer, sent in (("/owner", {"owner": "x"}), ("/queue", {"queue": "x"}), ("/code", {"code": "x"})):
        assert is_problem(api.put(path, sent), 400, "validation", pointer)
    assert is_problem(api.put(path, {"amount": euro("500.00")}), 409, "conflict")
    assert is_problem(api.put(path, {"owner": "anna", "queue": "collections"}), 400, "validation")
    assert api.get(path, If_None_Match=api.get(path)["ETag"]).status_code == 304


def test_a_credit_by_a_program_waits_for_a_person(api, given, case, item):
    path = f"/disputes/{case['id']}"
    body = {"how": "credited", "note": "Price of the offer", "cause": "pricing"}
    asked = api.post(f"{path}/resolve", body, Idempotency_Key="r").json()
    assert (asked["state"], asked["asked_for"], asked["closed_on"]) == ("asked", "credited", None)
    assert api.post(f"{path}/resolve", body, Idempotency_Key="r").json() == asked
    assert is_problem(api.post(f"{path}/resolve", body, Idempotency_Key="s"), 409, "conflict")
    request = CreditRequest.objects.get()
    crediting.approve(request, on=DAY, actor=Actor.of(given.user("boss", Role.FINANCE_MANAGER)))
    handle_events()
    done = api.get(path).json()
    note = Invoice.objects.get(kind="credit_note")
    assert (done["state"], done["resolution"], done["credit_note"]) == ("resolved", "credited", note.pk)
    item.refresh_from_db()
    assert item.open_amount == Decimal("95.20")


def test_a_rejection_writes_a_letter_and_ends_the_case(api, case, item):
    contact = Contact.objects.get(customer=item.customer)
    path = f"/disputes/{case['id']}/resolve"
    body = {"how": "rejected", "note": "As agreed", "letter": "The price is as agreed.", "contact": contact.pk}
    assert is_problem(api.post(path, body | {"contact": 999}, Idempotency_Key="a"), 400, "validation", "/contact")
    assert is_problem(api.post(path, {"how": "rejected"}, Idempotency_Key="b"), 409, "conflict")
    done = api.post(path, body, Idempotency_Key="c").json()
    assert (done["resolution"], done["note"], Message.objects.count()) == ("rejected", "As agreed", 1)
    withdraw = api.post(f"/disputes/{case['id']}/withdraw", {}, Idempotency_Key="d")
    assert is_problem(withdraw, 409, "conflict")
    assert "was closed on" in withdraw.json()["detail"]


def test_withdrawn_and_noted(api, case):
    path = f"/disputes/{case['id']}"
    noted = api.post(f"{path}/notes", {"text": "They found the offer."}, Idempotency_Key="n")
    assert noted["ETag"] == case["etag"], "a note is no new version"
    done = api.post(f"{path}/withdraw", {"note": "All well"}, Idempotency_Key="w", If_Match=case["etag"]).json()
    assert (done["state"], done["resolution"]) == ("resolved", "withdrawn")
    assert [each["kind"] for each in done["said"]] == ["dispute", "note", "dispute"]
    assert is_problem(api.post(f"{path}/take-back", {}), 409, "conflict")


def test_a_request_is_taken_back_by_the_program_that_asked(api, given, case):
    path = f"/disputes/{case['id']}"
    api.post(f"{path}/resolve", {"how": "written_off", "note": "x", "kind": "bad_debt"}, Idempotency_Key="r")
    boss = Actor.of(given.user("boss", Role.FINANCE_MANAGER))
    with pytest.raises(disputes.DisputeRefused):
        disputes.take_back(Dispute.objects.get(), actor=boss)


def test_files_are_sent_as_they_are_and_told_by_their_content(api, case):
    path = f"/disputes/{case['id']}/files"
    sent = api.call("POST", f"{path}?name=proof.pdf", raw=b"%PDF-1.7", Content_Type="application/pdf")
    assert sent.status_code == 200, sent.content
    again = api.call("POST", f"{path}?name=proof.pdf", raw=b"%PDF-1.7", Content_Type="application/pdf")
    (file,) = again.json()["files"]
    assert (file["name"], file["size"], file["kept"]) == ("proof.pdf", 8, True)
    for name, content in (("proof.pdf", b"MZ"), ("..%2Fproof.pdf", b"%PDF-1"), ("", b"%PDF-1"), ("proof.pdf", b"")):
        refused = api.call("POST", f"{path}?name={name}", raw=content, Content_Type="application/octet-stream")
        assert is_problem(refused, 400, "validation"), name
    large = api.call("POST", f"{path}?name=a.pdf", raw=b"%PDF-" + bytes(10 << 20), Content_Type="application/pdf")
    assert is_problem(large, 413, "too-large")
    got = api.get(f"/dispute-files/{file['id']}")
    assert (got.content, got["Content-Disposition"]) == (b"%PDF-1.7", 'attachment; filename="proof.pdf"')
    assert (got["X-Content-Type-Options"], got["Content-Security-Policy"]) == ("nosniff", "sandbox; default-src 'none'")
    assert api.get(f"/dispute-files/{file['id']}", If_None_Match=got["ETag"]).status_code == 304
    removed = api.post(f"/dispute-files/{file['id']}/remove", {}).json()
    assert [each["kept"] for each in removed["files"]] == [False]
    assert is_problem(api.get(f"/dispute-files/{file['id']}"), 404, "not-found")
    assert is_problem(api.post(f"/dispute-files/{file['id']}/remove", {}), 409, "conflict")


def test_a_case_is_linked_with_the_mail_that_says_so(api, given, item):
    came = IncomingMail.objects.create(
        entity=item.entity, customer=item.customer, mailbox="x", digest="x", kind="letter", raw=b"x", size=1,
        subject="Wrong price", said="The price is wrong.",
    )  # fmt: skip
    made = api.post("/disputes", {"item": item.pk, "reason": "x", "mail": came.pk}, Idempotency_Key="a").json()
    assert made["mail"] == came.pk
    other = given.open_item("5.00 EUR")
    refused = api.post("/disputes", {"item": other.pk, "reason": "x", "mail": came.pk}, Idempotency_Key="b")
    assert is_problem(refused, 400, "validation", "/mail")
