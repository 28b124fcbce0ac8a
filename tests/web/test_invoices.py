"""Invoices on their pages: found, written, judged as they are typed, issued, credited, cancelled, refused."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.invoicing.invoices import correcting, drafts, issuing
from o2c.invoicing.invoices.drafts import Draft, Line
from o2c.invoicing.models import Entry, Invoice, InvoiceLine, OpenItem
from o2c.invoicing.proof import proof
from o2c.orders.models import LegalEntity, PaymentTerms

TODAY = clock.today("Europe/Berlin")


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def customer(given):
    terms = PaymentTerms.objects.create(code="N30", name="30 days", days=30)
    entity = given.entity(vat_id="DE123456789")
    return given.customer("C1", entity=entity, terms=terms, name="Acme Ltd")


@pytest.fixture
def boss(given, customer):
    return browser(given.user("boss", Role.FINANCE_MANAGER))


@pytest.fixture
def write(given, customer):
    def make(*prices: str, issue: bool = False, on: date = TODAY, rate: int = 19, **facts) -> Invoice:
        lines = tuple(Line(f"Work {price}", Decimal(2), Decimal(price), rate=Decimal(rate)) for price in prices)
        made = drafts.write(Draft(given.entity(), customer, "EUR", on, lines, **facts), actor=SYSTEM)
        return issuing.issue(made, actor=SYSTEM) if issue else made

    return make


def sheet(*lines: dict, parts: tuple = (), **head) -> dict:
    """What a browser sends of the page of a draft."""
    sent = {"customer": "C1", "entity": "DE1", "currency": "EUR", "issued_on": TODAY.isoformat()}
    sent |= {"lines": len(lines), "adjustments": len(parts), "act": "save", **head}
    for kind, rows in (("line", lines), ("adjustment", parts)):
        for place, row in enumerate(rows):
            usual = {"unit": "C62", "category": "S", "rate": "19"}
            sent |= {f"{kind}{place}-{name}": value for name, value in (usual | row).items()}
    return sent


WORK = {"description": "Work", "quantity": "2", "price": "50"}
BOOK = {"description": "Book", "quantity": "1", "price": "10.50", "rate": "7"}
NEW = "/invoices/new/"


# --- The list


def test_the_tabs_and_filters_show_what_they_say(boss, write, given):
    draft, issued, gone = write("10.00"), write("20.00", issue=True), write("30.00", issue=True)
    note = correcting.cancel(gone, actor=SYSTEM)
    old = write("40.00", issue=True, on=TODAY - timedelta(days=60))
    month = f"since={TODAY - timedelta(days=9)}&until={TODAY}"
    cases = {
        "": {draft, issued, gone, note, old}, "show=drafts": {draft}, "show=issued": {issued, old},
        "show=cancelled": {gone}, "show=credits": {note}, f"number={issued.number}": {issued},
        f"{month}&show=issued": {issued}, "customer=C1&show=issued": {issued, old}, "customer=C9": set(),
        "entity=DE1&show=cancelled": {gone},
    }  # fmt: skip
    for query, wanted in cases.items():
        page = boss.get(f"/invoices/?{query}")
        assert {row.pk for row in page.context["page"]} == {row.pk for row in wanted}, query
    assert [row.pk for row in boss.get("/invoices/").context["page"]][-1] == old.pk


def test_what_is_listed_is_summed_up_by_currency(boss, write):
    for price in ("100.00", "50.00"):
        write(price, issue=True)
    taken = write("10.00", issue=True)
    correcting.cancel(taken, actor=SYSTEM)
    totals = boss.get("/invoices/?customer=C1").context["totals"]
    assert totals == [("EUR", 4, Decimal("357.0000"))]


def test_too_much_is_not_summed_up(boss, write, monkeypatch):
    from o2c.invoicing.invoices import listing

    write("1.00"), write("2.00")
    monkeypatch.setattr(listing, "MOST_SUMMED", 1)
    assert boss.get("/invoices/").context["totals"] is None


def test_a_list_asks_no_more_for_more_invoices(boss, write):
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert boss.get("/invoices/").status_code == 200
        return len(caught)

    write("1.00", issue=True)
    queries()  # what is counted once a minute for the shell
    few = queries()
    for _ in range(6):
        write("1.00", issue=True)
    assert queries() == few <= 12


def test_a_page_of_many_lines_asks_no_more(boss, write):
    def queries(pk: int) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert boss.get(f"/invoices/{pk}/").status_code == 200
        return len(caught)

    one, many = write("1.00", issue=True), write(*["1.00"] * 12, issue=True)
    queries(one.pk)  # what is counted once a minute for the shell
    assert queries(one.pk) == queries(many.pk) <= 16


def test_an_invoice_is_found_by_its_number_and_from_its_open_item(boss, write):
    invoice = write("10.00", issue=True)
    found = boss.get(f"/customers/?q={invoice.number}").content.decode()
    assert reverse("invoice", args=[invoice.pk]) in found
    item = OpenItem.objects.get(entry=invoice.entry_id)
    assert reverse("invoice", args=[invoice.pk]) in boss.get(f"/items/{item.pk}/").content.decode()


# --- Writing


def test_a_draft_is_saved_as_it_was_typed(boss):
    part = {"sign": "allowance", "line": "0", "reason": "Loyal", "percent": "10"}
    own = {"sign": "charge", "line": "2", "reason": "Wrapping", "amount": "1.50"}
    answer = boss.post(NEW, sheet(WORK, BOOK, parts=(part, own), note="Thanks", order_reference="PO-7"))
    made = Invoice.objects.get()
    assert answer.url == reverse("invoice", args=[made.pk])
    assert (made.state, made.note, made.order_reference, made.created_by) == ("draft", "Thanks", "PO-7", "boss")
    # 100.00 less 10 percent, taxed at 19; 10.50 and 1.50, taxed at 7
    assert (made.net_total, made.tax_total, made.gross_total) == (
        Decimal("102.00"),
        Decimal("17.94"),
        Decimal("119.94"),
    )
    assert Entry.objects.count() == 0
    page = boss.get(answer.url).content.decode()
    for words in ("Thanks", "PO-7", "Loyal", "Wrapping", "119.94"):
        assert words in page


def test_empty_lines_do_not_count(boss):
    boss.post(NEW, sheet(WORK, {"quantity": "1"}))
    assert InvoiceLine.objects.count() == 1


def test_buttons_add_move_and_remove_lines_and_keep_what_is_typed(boss):
    on_book = {"sign": "allowance", "line": "2", "reason": "Worn", "amount": "1"}

    def lines(press: str, *rows: dict, parts=()) -> tuple[list, list]:
        page = boss.post(NEW, sheet(*rows, parts=parts, act=press, note="kept"))
        assert page.status_code == 200
        shown = page.context["sheet"]
        assert shown.head["note"].value() == "kept"
        return (
            [form["description"].value() for form in shown.lines],
            [(form["reason"].value(), form["line"].value()) for form in shown.adjustments],
        )

    assert lines("next", WORK) == (["Work", None], [])
    assert lines("next", WORK, {"quantity": "1"}) == (["Work", ""], [])
    assert lines("line", WORK, BOOK) == (["Work", "Book", None], [])
    assert lines("up-line-1", WORK, BOOK, parts=(on_book,)) == (["Book", "Work"], [("Worn", "1")])
    assert lines("down-line-0", WORK, BOOK) == (["Book", "Work"], [])
    assert lines("drop-line-0", WORK, BOOK, parts=(on_book,)) == (["Book"], [("Worn", "1")])
    assert lines("drop-line-1", WORK, BOOK, parts=(on_book,)) == (["Work"], [])
    assert lines("adjustment", WORK) == (["Work"], [(None, "0")])
    assert lines("drop-adjustment-0", WORK, BOOK, parts=(on_book,)) == (["Work", "Book"], [])
    assert Invoice.objects.count() == 0


def test_a_new_line_is_taxed_as_the_one_before(boss):
    page = boss.post(NEW, sheet(BOOK | {"unit": "HUR"}, act="line"))
    added = page.context["sheet"].lines[1]
    assert (added["rate"].value(), added["unit"].value(), added["quantity"].value()) == ("7", "HUR", "1")


def test_totals_are_live_and_leave_no_trace(boss):
    answer = boss.post(f"{NEW}?live=1", sheet(WORK, BOOK, act=""), headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "130.24" in page  # 110.50 net, 19.00 and 0.74 tax
    assert '<output class="net" id="net1" hx-swap-oob="true">10.50</output>' in page
    assert "<html" not in page
    assert (Invoice.objects.count(), InvoiceLine.objects.count()) == (0, 0)


def test_totals_appear_before_anybody_is_named_and_of_what_is_complete(boss):
    half = {"description": "Unfinished", "quantity": "", "price": "1"}
    page = boss.post(f"{NEW}?live=1", sheet(WORK, half, BOOK, customer="", act="")).content.decode()
    assert "130.24" in page
    assert 'id="net1" hx-swap-oob="true">–<' in page
    assert "Say who buys." in page


def test_what_keeps_it_from_being_issued_is_said_while_it_is_typed(boss, given):
    LegalEntity.objects.update(vat_id="")
    page = boss.post(f"{NEW}?live=1", sheet(WORK | {"rate": "0"}, act="")).content.decode()
    assert "Line 1: The standard rate of tax is more than 0 %." in page
    assert "DE1 has no VAT id" in page


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"price": ""}, "price"),
        ({"quantity": "many"}, "quantity"),
        ({"description": ""}, "description"),
        ({"price": "-1"}, "price"),
        ({"price": "1.1234567"}, "price"),
        ({"rate": "100"}, "rate"),
        ({"price_per": "0"}, "price_per"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(boss, row, field):
    answer = boss.post(NEW, sheet(BOOK, WORK | row))
    assert answer.status_code == 422
    form = answer.context["sheet"].lines[1]
    assert form.errors.get(field), form.errors
    assert f'id="id_line1-{field}_error"' in answer.content.decode()
    assert not answer.context["sheet"].lines[0].errors
    assert Invoice.objects.count() == 0


def test_what_is_wrong_with_an_allowance_is_said_there(boss):
    both = {"sign": "allowance", "line": "1", "reason": "Less", "percent": "5", "amount": "1"}
    answer = boss.post(NEW, sheet(WORK, parts=(both,)))
    assert answer.status_code == 422
    assert "one of the two" in str(answer.context["sheet"].adjustments[0].errors["amount"])


def test_a_customer_is_found_by_number_or_by_a_name_that_is_one(boss, given, customer):
    given.customer("C2", name="Acme Inc")
    assert "Several fit" in str(boss.post(NEW, sheet(WORK, customer="acme")).context["sheet"].head.errors["customer"])
    assert "No customer fits" in boss.post(NEW, sheet(WORK, customer="zzz")).content.decode()
    assert boss.post(NEW, sheet(WORK, customer="acme l")).status_code == 302
    assert Invoice.objects.get().customer == customer
    choices = boss.get("/invoices/customers/?customer=acme").content.decode()
    assert '<option value="C1">' in choices
    assert '<option value="C2">' in choices


def test_a_draft_is_changed_by_who_has_seen_its_last_version(boss, write):
    draft = write("10.00")
    url = f"/invoices/{draft.pk}/edit/"
    seen = boss.get(url).context["seen"]
    assert boss.post(url, sheet(WORK, seen=seen)).status_code == 302
    draft.refresh_from_db()
    assert draft.gross_total == Decimal("119.00")
    late = boss.post(url, sheet(BOOK, seen=seen))
    assert late.status_code == 422
    assert "Somebody changed this draft meanwhile" in late.content.decode()
    assert "Book" in late.content.decode()
    draft.refresh_from_db()
    assert draft.gross_total == Decimal("119.00")


# --- Issuing


def test_saving_and_issuing_is_one_step_or_none(boss):
    answer = boss.post(NEW, sheet(WORK, act="issue"))
    made = Invoice.objects.get()
    assert answer.url == reverse("invoice", args=[made.pk])
    assert (made.state, made.issued_by) == ("issued", "boss")
    refused = boss.post(NEW, sheet(WORK | {"rate": "0"}, act="issue"))
    assert refused.status_code == 422
    assert "more than 0" in str(refused.context["sheet"].lines[0].errors["rate"])
    assert Invoice.objects.count() == 1
    assert proof() == []


def test_a_draft_is_issued_from_its_page(boss, write):
    draft = write("10.00")
    assert boss.post(f"/invoices/{draft.pk}/issue/").status_code == 302
    draft.refresh_from_db()
    assert draft.state == "issued"
    for act in ("issue", "discard"):
        assert boss.post(f"/invoices/{draft.pk}/{act}/").status_code == 409
    assert boss.get(f"/invoices/{draft.pk}/edit/").status_code == 409
    assert OpenItem.objects.count() == 1


def test_many_are_issued_and_the_faulty_are_named(boss, write):
    good, wrong, other = write("10.00"), write("20.00", rate=0), write("30.00")
    answer = boss.post("/invoices/issue/", {"chosen": [good.pk, wrong.pk]})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "1 is issued" in page
    assert "The standard rate of tax is more than 0 %." in page
    states = dict(Invoice.objects.values_list("pk", "state"))
    assert states == {good.pk: "issued", wrong.pk: "draft", other.pk: "draft"}
    assert boss.post("/invoices/issue/", {"chosen": [other.pk, good.pk]}).status_code == 302
    assert boss.post("/invoices/issue/", {}).status_code == 302
    assert OpenItem.objects.count() == 2


def test_a_draft_is_thrown_away(boss, write):
    draft = write("10.00")
    assert boss.post(f"/invoices/{draft.pk}/discard/").status_code == 302
    assert Invoice.objects.count() == 0


# --- Correcting


def test_a_credit_note_is_drafted_cut_down_and_issued(boss, write):
    invoice = write("50.00", "10.00", issue=True)
    answer = boss.post(f"/invoices/{invoice.pk}/credit/", {"on": TODAY.isoformat(), "note": "Came back"})
    note = Invoice.objects.get(kind="credit_note")
    assert answer.url == reverse("edit_invoice", args=[note.pk])
    page = boss.get(answer.url)
    assert page.context["left"] == Decimal("142.80")
    half = {"description": "Work 50.00", "quantity": "1", "price": "50"}
    said = sheet(half, seen=page.context["seen"], act="issue", customer="C9", currency="USD")
    assert boss.post(answer.url, said).status_code == 302
    note.refresh_from_db()
    assert (note.state, note.gross_total, note.customer_id, note.currency) == (
        "issued", Decimal("59.50"), invoice.customer_id, "EUR",
    )  # fmt: skip
    assert OpenItem.objects.get(entry=invoice.entry_id).open_amount == Decimal("83.30")
    page = boss.get(f"/invoices/{invoice.pk}/").content.decode()
    assert note.number in page
    assert reverse("cancel_invoice", args=[invoice.pk]) not in page
    assert proof() == []


def test_more_than_is_left_is_not_credited(boss, write):
    invoice = write("50.00", issue=True)
    boss.post(f"/invoices/{invoice.pk}/credit/", {"on": TODAY.isoformat(), "note": "x"})
    note = Invoice.objects.get(kind="credit_note")
    url = reverse("edit_invoice", args=[note.pk])
    much = {"description": "Work", "quantity": "3", "price": "50"}
    answer = boss.post(url, sheet(much, seen=boss.get(url).context["seen"], act="issue"))
    assert answer.status_code == 422
    assert "left to credit" in answer.content.decode()
    note.refresh_from_db()
    assert (note.state, note.gross_total) == ("draft", Decimal("119.00"))


def test_cancelling_wants_a_reason_and_takes_all_back(boss, write, given):
    invoice = write("50.00", issue=True)
    url = f"/invoices/{invoice.pk}/cancel/"
    assert boss.post(url, {"on": TODAY.isoformat(), "note": ""}).status_code == 422
    early = (TODAY - timedelta(days=1)).isoformat()
    assert "before the invoice" in boss.post(url, {"on": early, "note": "x"}).content.decode()
    assert boss.post(url, {"on": TODAY.isoformat(), "note": "Wrong customer"}).status_code == 302
    invoice.refresh_from_db()
    assert invoice.state == "cancelled"
    assert Invoice.objects.get(corrects=invoice).note == "Wrong customer"
    assert "cancelled already" in boss.post(url, {"on": TODAY.isoformat(), "note": "x"}).content.decode()
    paid = write("10.00", issue=True)
    given.pay(OpenItem.objects.get(entry=paid.entry_id), "1.00 EUR", on=TODAY)
    refused = boss.post(f"/invoices/{paid.pk}/cancel/", {"on": TODAY.isoformat(), "note": "x"})
    assert "undo that first" in refused.content.decode()
    assert proof() == []


def test_an_order_clerk_issues_invoices_and_no_credit_notes(given, write, boss):
    invoice = write("50.00", issue=True)
    boss.post(f"/invoices/{invoice.pk}/credit/", {"on": TODAY.isoformat(), "note": "x"})
    note = Invoice.objects.get(kind="credit_note")
    clerk = browser(given.user("clerk", Role.ORDER_CLERK))
    assert clerk.post(f"/invoices/{note.pk}/issue/").status_code == 403
    seen = clerk.get(f"/invoices/{note.pk}/edit/").context["seen"]
    assert clerk.post(f"/invoices/{note.pk}/edit/", sheet(WORK, seen=seen, act="issue")).status_code == 403
    assert "no credit notes" in clerk.post("/invoices/issue/", {"chosen": [note.pk]}).content.decode()
    note.refresh_from_db()
    assert note.state == "draft"
    assert clerk.post(NEW, sheet(WORK, act="issue")).status_code == 302


# --- What is shown of one


def test_a_page_tells_what_was_agreed_paid_and_corrected(boss, write, given):
    invoice = write("50.00", issue=True)
    receipt = given.pay(OpenItem.objects.get(), "19.00 EUR", on=TODAY)
    page = boss.get(f"/invoices/{invoice.pk}/").content.decode()
    for words in (invoice.number, "Partly settled", "100.00", receipt.number, "Issued as", "30 days"):
        assert words in page, words


def test_the_document_is_shown_safely_and_a_drafts_is_a_draft(boss, write):
    invoice, draft = write("50.00", issue=True), write("10.00")
    answer = boss.get(f"/invoices/{invoice.pk}/document.pdf")
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert f"{invoice.number}.pdf" in answer["Content-Disposition"]
    assert boss.get(f"/invoices/{invoice.pk}/document.pdf").content == answer.content
    assert boss.get(f"/invoices/{draft.pk}/document.pdf").content[:5] == b"%PDF-"
    draft.refresh_from_db()
    assert draft.document_id is None


# --- Closing books


def test_books_are_closed_and_opened_again(boss, given):
    entity = given.entity()
    url = reverse("close_books", args=[entity.pk])
    refused = boss.post(url, {"until": TODAY.isoformat()})
    assert "has not passed yet" in refused.content.decode()
    before = TODAY - timedelta(days=1)
    assert boss.post(url, {"until": before.isoformat()}).url == reverse("journal")
    assert LegalEntity.objects.get(pk=entity.pk).closed_until == before
    closed = boss.post(NEW, sheet(WORK, issued_on=before.isoformat(), act="issue"))
    assert "are closed until" in str(closed.context["sheet"].head.errors["issued_on"])
    assert Invoice.objects.count() == 0
    assert boss.post(url, {"until": ""}).status_code == 302
    assert LegalEntity.objects.get(pk=entity.pk).closed_until is None
