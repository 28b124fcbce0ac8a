"""Pages in few queries however many rows there are, and with what is asked of them in them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from o2c.analytics import rollups
from o2c.collections import worklist
from o2c.collections.models import Task
from o2c.core import formats, paging
from o2c.core.actors import SYSTEM
from o2c.core.models import AccessRecord, Role
from tests.web.company import company

MOST_QUERIES = 16
COUNTED = (
    "dashboard",
    "customers",
    "customer",
    "customer_dunning",
    "timeline",
    "statement",
    "statement_paper",
    "statements",
    "statement_run",
    "new_statement_run",
    "edit_statement_schedule",
    "ask_statement",
    "items",
    "item",
    "aging",
    "receipts",
    "receipt",
    "worklist",
    "tasks",
    "board",
    "targets",
    "queue",
    "task",
    "assign_task",
    "record_promise",
    "promises",
    "inquiries",
    "inquiry",
    "inquiry_figures",
    "inquiry_rules",
    "open_inquiry",
    "disputes",
    "dispute",
    "dispute_file",
    "dispute_causes",
    "dispute_suggestion",
    "plans",
    "plan",
    "agree_plan",
    "runs",
    "run",
    "run_decisions",
    "notice",
    "messages",
    "message",
    "message_file",
    "mails",
    "mail",
    "mail_file",
    "imports",
    "entity",
    "bank_accounts",
    "entity_calendar",
    "chart",
    "keepers",
    "terms",
    "edit_terms",
    "teams",
    "journal",
    "mandates",
    "direct_debits",
    "chronic_accounts",
    "chronic_account",
    "accept_chronic",
    "early_offers",
    "early_offer",
    "offer_run",
    "offer_rule",
    "late_payers",
    "late_payer",
    "late_payer_rule",
    "hand_overs",
    "hand_over",
    "placement",
    "agencies",
    "debit_run",
    "direct_debit_rules",
    "people",
    "person",
    "api_keys",
    "edit_customer",
    "edit_account",
    "audit",
    "corrections",
    "audit_export",
)


@pytest.fixture
def shown(given):
    return company(given)


@pytest.fixture
def manager(given):
    return given.user("manager", Role.FINANCE_MANAGER, Role.CASH_CLERK, Role.ADMINISTRATOR)


@pytest.fixture
def client(manager):
    client = Client()
    client.force_login(manager)
    return client


def queries_of(client, url: str) -> int:
    """How many a request asks; not what is asked once (content types) or once a minute (that the session is used)."""

    def asked() -> int:
        with CaptureQueriesContext(connection) as caught:
            answer = client.get(url)
            assert answer.status_code == 200, url
            if answer.streaming:
                b"".join(answer.streaming_content)
        return len(caught)

    asked()
    return min(asked(), asked())


def more_of_everything(given, shown) -> None:
    """Several more customers with items, tasks and notices, and more of each at the customer that is shown."""
    for number in range(8):
        other = given.customer(f"M{number}", entity=shown.entity)
        given.open_item("10.00 EUR", customer=other, due=shown.today - timedelta(days=50))
        given.open_item("11.00 EUR", customer=shown.customer, due=shown.today - timedelta(days=number))
        receipt = given.receipt("5.00 EUR", customer=shown.customer, on=shown.today)
        assert receipt.item.open_amount == Decimal("-5.00")
        for customer in (other, shown.customer):
            worklist.create(
                entity=shown.entity,
                customer=customer,
                kind=Task.Kind.MANUAL,
                why="More",
                due_on=shown.today,
                actor=SYSTEM,
            )
        given.user(f"person{number}", Role.COLLECTOR)
    rollups.refresh(shown.entity.pk, shown.today)


def test_no_page_asks_more_as_rows_grow(given, shown, client):
    arguments = shown.arguments()
    addresses = {name: reverse(name, kwargs=arguments.get(name, {})) for name in COUNTED}
    addresses |= {
        "queue": "/worklist/?show=queue",
        "search": "/customers/?q=Shown",
        "by name": "/customers/?order=name",
        "items of a customer": f"/items/?customer={shown.customer.number}",
    }
    few = {name: queries_of(client, url) for name, url in addresses.items()}
    more_of_everything(given, shown)
    many = {name: queries_of(client, url) for name, url in addresses.items()}
    assert min(few.values()) > 2  # they were counted
    # fewer where the rows that a page shows name fewer kinds of things
    assert {name: (few[name], count) for name, count in many.items() if count > few[name]} == {}
    assert {name: count for name, count in many.items() if count > MOST_QUERIES} == {}


# --- Each figure leads to the rows behind it


def test_the_dashboards_figures_lead_to_rows_that_add_up_to_them(shown, client):
    page = client.get("/").content.decode()
    assert "1,604.00" in page  # 1000 + 350 + 60 + 70 + 80 + 44 overdue
    assert f"/items/?entity={shown.entity.code}&amp;overdue=on" in page
    answer = client.get(f"/items/?entity={shown.entity.code}&overdue=on")
    owed = [row.balance for row in answer.context["page"] if row.days_late > 0]
    assert sum(owed) == Decimal("1604.00")


@pytest.mark.parametrize(
    ("bucket", "numbers"),
    [
        ("not_due", {"Shown-not due", "Shown-debit-1", "Shown-debit-2", "Payment"}),
        ("1_30", {"Shown-paid", "Shown-contested", "Shown-promised", "Shown-held", "Shown-netted"}),
        ("31_60", {"Shown-late"}),
        ("61_90", set()),
        ("over_90", set()),
    ],
)
def test_a_bucket_leads_to_its_items(shown, client, bucket, numbers):
    rows = client.get("/items/", {"bucket": bucket, "currency": "EUR"}).context["page"]
    assert {row.number for row in rows} == numbers


def test_the_items_of_a_past_day_are_those_open_then(given, shown, client):
    item = given.open_item("30.00 EUR", customer=shown.customer, due=shown.today - timedelta(days=70))
    given.pay(item, on=shown.today - timedelta(days=5))
    then = client.get("/items/", {"as_of": (shown.today - timedelta(days=6)).isoformat()}).context["page"]
    now = client.get("/items/").context["page"]
    assert item.number in {row.number for row in then}
    assert item.number not in {row.number for row in now}


def test_ageing_as_of_a_past_day_is_that_of_the_rule(given, shown, client):
    from o2c.invoicing.aging import aging

    day = shown.today - timedelta(days=15)
    answer = client.get("/aging/", {"as_of": day.isoformat(), "by": "entity"})
    charts = {chart["currency"]: chart["total"] for chart in answer.context["charts"]}
    assert charts == aging(day).totals
    assert charts["EUR"] == Decimal("1810.00")


def test_the_customers_exposure_is_what_is_open(shown, client):
    (exposure,) = client.get(reverse("customer", args=[shown.customer.pk])).context["exposures"]
    assert (exposure.total, exposure.overdue, exposure.credits) == (
        Decimal("1424.00"),
        Decimal("1604.00"),
        Decimal("-270.00"),  # 500 received, of which 150 are applied, 30 refunded and 50 moved
    )
    assert exposure.latest == 40


def test_an_item_says_why_it_was_chased_and_why_not(shown, client):
    from o2c.invoicing.models import OpenItem

    def words(number: str) -> str:
        item = OpenItem.objects.get(number=number)
        return client.get(reverse("item", args=[item.pk])).content.decode()

    assert "nothing stood against it" in words("Shown-late")
    assert "The customer contests it" in words("Shown-contested")
    assert "promised to pay it" in words("Shown-promised")
    assert "A hold on the item or the customer" in words("Shown-held")
    assert "It is not overdue, so no run needs to." in words("Shown-not due")


def test_every_reason_of_a_run_is_said_in_words(shown, client):
    from o2c.collections.reasons import WORDS

    page = client.get(reverse("run", args=[shown.run.pk]))
    for reason, times in shown.run.skipped.items():
        assert WORDS[reason][1] in page.content.decode().replace("&#x27;", "'")
        rows = client.get(reverse("run_decisions", args=[shown.run.pk]), {"reason": reason}).context["page"]
        assert len(rows) == times
    assert set(shown.run.skipped) == {"disputed", "promise_open", "hold"}


def test_a_customer_with_more_items_than_the_page_shows_has_the_same_exposure(given, shown, client):
    for number in range(60):
        given.open_item("10.00 EUR", customer=shown.customer, due=shown.today - timedelta(days=number - 10))
    url = reverse("customer", args=[shown.customer.pk])
    page = client.get(url)
    (exposure,) = page.context["exposures"]
    assert (exposure.total, exposure.overdue) == (Decimal("2024.00"), Decimal("2094.00"))
    assert (exposure.items, exposure.latest, exposure.credits) == (69, 49, Decimal("-270.00"))
    assert len(page.context["items"]) == 50
    assert queries_of(client, url) <= MOST_QUERIES
    assert queries_of(client, reverse("task", args=[shown.task.pk])) <= MOST_QUERIES


# --- Search


@pytest.mark.parametrize(
    "text", ["shown cust", "Shown-DE1", "shown-de1", "de 811 907 980", "ap@shown", "Shown-late", "shown custmoer"]
)
def test_a_customer_is_found_by_whatever_is_at_hand(shown, client, text):
    type(shown.customer).objects.filter(pk=shown.customer.pk).update(vat_id="DE811907980")
    found = client.get("/customers/", {"q": text}).context["found"]
    assert [customer.pk for customer, _ in found] == [shown.customer.pk]


@pytest.mark.parametrize("text", ["nobody", "%", "_", "'", "\\", "x" * 500])
def test_what_fits_nobody_says_so(client, text):
    answer = client.get("/customers/", {"q": text})
    assert answer.context["found"] == []
    assert "Nothing fits" in answer.content.decode()


# --- Lists by the page


def test_a_page_knows_whether_more_follow_without_counting():
    rows = list(range(120))
    first, second, third = (paging.cut(rows, str(number)) for number in (1, 2, 3))
    assert [len(first), len(second), len(third)] == [50, 50, 20]
    assert (first.previous, first.next, third.next, second.first_row, third.last_row) == (None, 2, None, 51, 120)


@pytest.mark.parametrize("asked", [None, "", "0", "-1", "x", "²", "99999999999", "1.5"])
def test_a_page_that_is_none_is_the_first(asked):
    assert paging.cut(list(range(120)), asked).number == 1


NONSENSE = ("?page=x", "?bucket=nonsense", "?as_of=2026-99-99", "?order=;drop", "?assignee=²", "?run=²", "?state=x")


@pytest.mark.parametrize("name", ["items", "aging", "customers", "tasks", "receipts", "runs", "messages", "worklist"])
def test_a_filter_that_makes_no_sense_is_not_applied(client, name):
    for query in NONSENSE:
        assert client.get(reverse(name) + query).status_code == 200


@pytest.mark.parametrize(
    "query", ["/products/?q=%00", "/customers/?q=a%00b", "/tasks/?%00=x", "/hand-over/customers/1/1/%00/"]
)
def test_an_address_that_no_database_could_look_up_is_refused(client, query):
    answer = client.get(query)
    assert answer.status_code == 400
    assert "not one we understand" in answer.content.decode()


# --- What is said is written safely, and as the reader expects


def test_what_customers_are_called_is_never_markup(given, shown, client):
    evil = given.customer("<script>alert(1)</script>", name="<img src=x onerror=alert(1)>")
    given.open_item("5.00 EUR", customer=evil, number="<b>1</b>", due=shown.today - timedelta(days=3))
    rollups.refresh(shown.entity.pk, shown.today)
    for url in ("/", "/customers/", "/customers/?q=<img", "/items/", f"/customers/{evil.pk}/", "/aging/"):
        page = client.get(url).content.decode()
        assert "<img src" not in page, url
        assert "<b>1</b>" not in page, url
        assert "<script>alert" not in page, url


def test_the_statement_is_a_file_that_no_spreadsheet_runs(given, shown, client):
    given.open_item("5.00 EUR", customer=shown.customer, number="=1+1", due=shown.today)
    answer = client.get(reverse("statement", args=[shown.customer.pk]))
    text = b"".join(answer.streaming_content).decode()
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert f'filename="statement-Shown-DE1-{shown.today}.csv"' in answer["Content-Disposition"]
    assert "'=1+1" in text
    assert "\n=1+1" not in text


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "1,234.50 EUR"), ("de", "1.234,50 EUR"), ("fr", "1\N{NARROW NO-BREAK SPACE}234,50 EUR")],
)
def test_amounts_are_written_as_the_reader_expects(given, language, written):
    with formats.written_for(language):
        assert f"{formats.amount(Decimal('1234.5'), 'EUR')} EUR" == written


def test_amounts_have_the_places_their_currency_is_paid_in():
    assert formats.amount(Decimal("1234"), "JPY") == "1,234"
    assert formats.amount(Decimal("1.5"), "KWD") == "1.500"
    assert formats.amount(Decimal("-0.004"), "EUR") == "0.00"
    assert formats.amount(Decimal("-5"), "EUR") == "−5.00"


def test_sentences_of_the_database_are_written_for_the_reader():
    with formats.written_for("de"):
        assert formats.sentence("Promised 8299.76 GBP by 2026-11-10, paid nothing") == (
            "Promised 8.299,76 GBP by 10.11.2026, paid nothing"
        )
    assert formats.sentence("5 items of 2026-99-99 at 12 XYZ") == "5 items of 2026-99-99 at 12 XYZ"


# --- The shell


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_is_remembered(client, theme):
    answer = client.post("/theme/", {"theme": theme, "next": "/items/"})
    assert answer.url == "/items/"
    assert f'data-theme="{theme}"' in client.get("/").content.decode()
    client.post("/theme/", {"theme": "system", "next": "https://elsewhere.example/"})
    assert "data-theme" not in client.get("/").content.decode()


def test_the_theme_never_leads_elsewhere(client):
    assert client.post("/theme/", {"theme": "dark", "next": "https://elsewhere.example/"}).url == "/"


def test_pages_run_nothing_that_the_policy_forbids(shown, client):
    """No inline script, style or handler: the policy would stop them, and this finds them sooner."""
    import re

    for name in ("dashboard", "customer", "items", "aging", "worklist", "run", "people", "record_promise", "receipt"):
        url = reverse(name, kwargs=shown.arguments().get(name, {}))
        answer = client.get(url)
        page = answer.content.decode()
        assert not re.search(r"\sstyle=|\son\w+=|hx-on|javascript:|<style", page), name
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page)), name
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]


def test_every_link_that_htmx_follows_is_a_link_without_it(shown, client):
    import re

    for name in ("dashboard", "customer", "item", "worklist", "task", "run", "runs", "receipts", "tasks"):
        page = client.get(reverse(name, kwargs=shown.arguments().get(name, {}))).content.decode()
        for tag in re.findall(r"<a [^>]*hx-get=[^>]*>", page):
            assert re.search(r'href="([^"]+)"', tag)[1] == re.search(r'hx-get="([^"]+)"', tag)[1]


def test_htmx_gets_the_form_alone_and_everybody_else_the_page(shown, client):
    url = reverse("add_note", args=[shown.customer.pk])
    alone = client.get(url, headers={"HX-Request": "true"}).content.decode()
    page = client.get(url).content.decode()
    assert "<html" not in alone
    assert 'name="text"' in alone
    assert "<html" in page
    assert 'name="text"' in page


def test_what_is_not_there_is_said_to_visitors_without_the_shell(db):
    answer = Client().get("/nowhere/")
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "There is nothing here" in page
    assert "Sign out" not in page
    assert "/customers/" not in page


def test_a_fault_of_ours_says_that_nothing_was_done(rf):
    from django.views.defaults import server_error

    answer = server_error(rf.get("/"))
    assert answer.status_code == 500
    assert "What you were doing was not done" in answer.content.decode()


@pytest.mark.parametrize("url", ["/nowhere/", "/items/999999/", "/customers/999999/"])
def test_what_is_not_there_is_said_so(client, url):
    answer = client.get(url)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_a_message_lists_its_files_and_gives_them_out(given, tmp_path, settings):
    settings.O2C_RUN_DIR = tmp_path
    shown = company(given)
    client = Client()
    client.force_login(given.user("reader", Role.COLLECTOR))
    url = reverse("message_file", args=[shown.message.pk, 1])
    page = client.get(reverse("message", args=[shown.message.pk])).content.decode()
    assert url in page
    assert "Shown.txt" in page
    answer = client.get(url)
    assert answer.content == b"Shown file"
    assert answer["Content-Disposition"] == 'attachment; filename="Shown.txt"'
    assert AccessRecord.objects.get(kind="exported", facts__file="Shown.txt").facts["message"] == shown.message.pk
    assert client.get(reverse("message_file", args=[shown.message.pk, 2])).status_code == 404
