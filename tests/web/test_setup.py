"""Setting a company up on its pages: from the token to the checklist, and everything that is refused on the way."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from o2c.collections.models import DunningSettings, Queue, Team
from o2c.core import clock, firstperson, numbering
from o2c.core.actors import SYSTEM
from o2c.core.models import Role, User
from o2c.core.numbering import Pattern
from o2c.invoicing.chart import STANDARD
from o2c.invoicing.models import BankAccount, DirectDebitRules, JournalExport, LedgerAccount
from o2c.orders import agreements
from o2c.orders.models import LegalEntity, PaymentTerms
from o2c.orders.terms import Share, Terms, Tier, due_date
from o2c.web.setup import checklist, steps

PASSWORD = "a few words are good"
ENTITY = {
    "code": "de1", "name": "Muster GmbH", "country": "DE", "base_currency": "EUR", "time_zone": "Europe/Berlin",
    "address": "Hauptstraße 1", "vat_id": "DE 136 695 976", "registration_number": "HRB 1", "eori": "de 7654321",
    "email": "ar@muster.example", "phone": "+49 30 1",
}  # fmt: skip


@pytest.fixture
def admin(given):
    client = Client()
    client.force_login(given.user("admin", Role.ADMINISTRATOR))
    return client


def errors(answer) -> dict:
    assert answer.status_code == 422, answer.status_code
    return {name: " ".join(said) for name, said in answer.context["form"].errors.items()}


# --- The first administrator


def test_a_visitor_is_led_to_the_first_administrator_while_there_is_none(client, db):
    assert client.get("/setup/").url == "/setup/first/"
    page = client.get("/setup/first/")
    assert page.status_code == 200
    assert b"Set-up token" in page.content


def test_the_printed_address_makes_the_first_administrator_and_signs_in(client, db):
    token = firstperson.new_token()
    page = client.get(f"/setup/first/?token={token}")
    assert f'type="hidden" name="token" value="{token}"' in page.content.decode()
    facts = {"username": "jana", "email": "jana@muster.example", "password": PASSWORD, "again": PASSWORD}
    wrong = client.post("/setup/first/", {**facts, "token": "guessed"})
    assert "not the token" in errors(wrong)["token"]
    weak = client.post("/setup/first/", {**facts, "token": token, "password": "short", "again": "short"})
    assert "too short" in errors(weak)["password"]
    differ = client.post("/setup/first/", {**facts, "token": token, "again": "other"})
    assert errors(differ)["again"] == "The two passwords differ."
    assert not User.objects.exists()
    assert client.post("/setup/first/", {**facts, "token": token}).url == "/setup/entities/new/"
    assert client.get("/setup/entities/new/").status_code == 200
    other = Client()
    assert other.get("/setup/first/").url == "/setup/"
    assert other.post("/setup/first/", {**facts, "username": "eve", "token": token}).url == "/setup/"
    assert other.get("/setup/").url.startswith("/login/")
    assert User.objects.get().username == "jana"


# --- Legal entities


def test_a_company_is_set_up_step_by_step_and_one_may_leave_in_the_middle(admin):
    assert steps.next_step(steps.steps(User.objects.get())).title == "Legal entities"
    assert admin.post("/setup/entities/new/", ENTITY).status_code == 302
    entity = LegalEntity.objects.get()
    assert (entity.code, entity.vat_id, entity.weekend) == ("DE1", "DE136695976", [6, 7])
    assert entity.eori == "DE7654321"
    assert LedgerAccount.objects.filter(entity=entity).count() == len(STANDARD)
    assert DunningSettings.objects.filter(entity=entity).exists()
    # back another day: the overview knows where to go on
    page = admin.get("/setup/")
    assert page.context["next"].title == "Bank accounts"
    bank = {"name": "Main", "currency": "EUR", "iban": "DE89 3704 0044 0532 0130 00", "is_main": "on"}
    admin.post(page.context["next"].href + "new/", bank)
    assert admin.get("/setup/").context["next"].title == "Chart of accounts"
    codes = {role: f"{number}" for number, role in enumerate(STANDARD, 1000)}
    chart = reverse("chart", args=[entity.pk])
    assert admin.post(chart, {**codes, "and": "next"}).url == reverse("keepers", args=[entity.pk])
    keep = {"books_kept_by": "o2c", "cash_applied_by": "erp", "queue": ""}
    rules = reverse("cash_rules", args=[entity.pk])
    assert admin.post(reverse("keepers", args=[entity.pk]), {**keep, "and": "next"}).url == rules
    offered = admin.get(rules).context["form"].initial
    debits, matching = (reverse(name, args=[entity.pk]) for name in ("direct_debit_rules", "matching_rules"))
    assert admin.post(rules, {**offered, "and": "next"}).url == debits
    # who collects nothing leaves it empty
    offered = admin.get(debits).context["form"].initial
    assert admin.post(debits, {**offered, "and": "next"}).url == matching
    assert not DirectDebitRules.objects.exists()
    offered = admin.get(matching).context["form"].initial
    assert admin.post(matching, {**offered, "and": "next"}).url == "/setup/"
    terms = {"code": "N30", "name": "30 days net", "kind": "net", "days": "30"}
    assert admin.post("/setup/terms/new/", terms).url == "/setup/terms/"
    assert admin.get("/setup/").context["next"].title == "People"
    entity.refresh_from_db()
    assert (entity.books_kept_by, entity.cash_applied_by) == ("o2c", "erp")


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"time_zone": "Europe/Berln"}, "time_zone", "not one of the available choices"),
        ({"country": "XX"}, "country", "not one of the available choices"),
        ({"base_currency": "EUX"}, "base_currency", "not one of the available choices"),
        ({"code": "D 1"}, "code", "letters, figures and hyphens"),
        ({"vat_id": "DE136695977"}, "vat_id", "no VAT id of DE"),
        ({"eori": "7654321"}, "eori", "An EORI number is two letters"),
        ({"email": "nobody"}, "email", "valid email"),
        ({"name": ""}, "name", "required"),
    ],
)
def test_what_is_no_legal_entity_is_refused_at_its_field(admin, change, field, says):
    said = errors(admin.post("/setup/entities/new/", {**ENTITY, **change}))
    assert set(said) == {field}
    assert says in said[field]
    assert not LegalEntity.objects.exists()


def test_a_code_is_there_once(admin, given):
    given.entity("DE1")
    assert errors(admin.post("/setup/entities/new/", ENTITY))["code"] == "There is a legal entity DE1 already."


def test_the_base_currency_stays_once_anything_is_posted(admin, given):
    entity = given.entity("DE1")
    url = reverse("entity", args=[entity.pk])
    facts = {**ENTITY, "base_currency": "CHF"}
    assert admin.post(url, facts).status_code == 302
    entity.refresh_from_db()
    assert (entity.base_currency, entity.code) == ("CHF", "DE1")
    admin.post(url, {**facts, "base_currency": "EUR"})
    given.open_item("10.00 EUR")
    said = errors(admin.post(url, facts))
    assert said == {"base_currency": "DE1 has entries in EUR; its base currency stays."}
    entity.refresh_from_db()
    assert entity.base_currency == "EUR"


def test_who_opens_an_entity_sees_it_where_only_some_are_given(given):
    client = Client()
    client.force_login(given.user("some", Role.ADMINISTRATOR, entities=[]))
    client.post("/setup/entities/new/", ENTITY)
    assert client.get(reverse("entity", args=[LegalEntity.objects.get().pk])).status_code == 200


# --- Bank accounts, calendar, numbering, chart


def test_a_wrong_iban_is_refused_at_its_field_and_the_main_account_moves(admin, given):
    entity = given.entity()
    new = reverse("new_bank_account", args=[entity.pk])
    wrong = admin.post(new, {"name": "A", "currency": "EUR", "iban": "DE89370400440532013001"})
    assert errors(wrong) == {"iban": "This is no IBAN: a digit is wrong or missing."}
    assert "iban" in errors(admin.post(new, {"name": "A", "currency": "EUR"}))
    for name, iban in (("A", "DE89370400440532013000"), ("B", "DE02120300000000202051")):
        assert admin.post(new, {"name": name, "currency": "EUR", "iban": iban, "is_main": "on"}).status_code == 302
    assert dict(BankAccount.objects.values_list("name", "is_main")) == {"A": False, "B": True}
    twice = admin.post(new, {"name": "C", "currency": "EUR", "iban": "DE02120300000000202051"})
    assert errors(twice)["iban"] == "DE1 has this account already."


def test_regions_and_closing_days_are_kept(admin, given):
    entity = given.entity(country="DE")
    calendar = reverse("entity_calendar", args=[entity.pk])
    assert admin.post(calendar, {"subdivision": "BY", "weekend": ["7"]}).status_code == 302
    entity.refresh_from_db()
    assert (entity.subdivision, entity.weekend) == ("BY", [7])
    assert "subdivision" in errors(admin.post(calendar, {"subdivision": "XX", "weekend": ["7"]}))
    closed = {"subdivision": "", "weekend": [str(day) for day in range(1, 8)]}
    assert "At least one day" in errors(admin.post(calendar, closed))["weekend"]
    day = clock.today() + timedelta(days=9)
    admin.post(reverse("new_closing_day", args=[entity.pk]), {"day": day.isoformat(), "name": "Works outing"})
    assert b"Works outing" in admin.get(calendar).content
    admin.post(reverse("remove_closing_day", args=[entity.closing_days.get().pk]))
    assert not entity.closing_days.exists()


def test_numbers_are_arranged_until_the_first_is_taken(admin, given):
    entity = given.entity()
    url = reverse("number_series", args=[entity.pk, "receipt"])
    facts = {"prefix": "ZE", "year_digits": "2", "separator": "/", "width": "4", "next": "100"}
    assert "prefix" in errors(admin.post(url, {**facts, "prefix": "Z%"}))
    assert admin.post(url, facts).status_code == 302
    receipt = given.receipt("10.00 EUR", customer=given.customer(), on=clock.today())
    assert receipt.number == f"ZE{clock.today().year % 100}/0100"
    assert "have numbers already" in errors(admin.post(url, {**facts, "prefix": "X"}))["__all__"]
    assert numbering.pattern("DE1", "receipt") == Pattern("ZE", 2, "/", 4)
    assert admin.get(reverse("number_series", args=[entity.pk, "nothing"])).status_code == 404


def test_an_account_of_ones_own_chart_is_letters_and_figures(admin, given):
    entity = given.entity()
    said = errors(admin.post(reverse("chart", args=[entity.pk]), {"cash": "=1+1", "revenue": "8400"}))
    assert set(said) == {"cash"}
    assert not LedgerAccount.objects.exclude(company_code="").exists()


# --- Payment terms


TERMS = {"code": "T", "name": "T", "kind": "net", "days": "30"}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            {
                "discount_1_days": "7", "discount_1_percent": "2", "discount_2_days": "14", "discount_2_percent": "3",
            },
            "a later discount is smaller",
        ),
        (
            {
                "discount_1_days": "7", "discount_1_percent": "2", "discount_2_days": "7", "discount_2_percent": "1",
            },
            "Two discounts end on the same day",
        ),
        ({"discount_1_days": "40", "discount_1_percent": "2"}, "would end after the 30 days"),
        ({"discount_1_days": "10"}, "more than nothing"),
        ({"part_1_percent": "50", "part_2_percent": "49.9"}, "do not add up to 100"),
        (
            {"part_1_percent": "50", "part_1_days": "30", "part_2_percent": "50", "part_2_days": "0"},
            "in the order in which they fall due",
        ),
        ({"day_of_month": "15"}, "only with it"),
        ({"kind": "day_of_month"}, "A day of the month is said"),
    ],
)  # fmt: skip
def test_terms_that_contradict_themselves_are_refused(admin, db, more, says):
    assert says in errors(admin.post("/setup/terms/new/", {**TERMS, **more}))["__all__"]
    assert not PaymentTerms.objects.exists()


def test_the_example_shows_what_is_typed_before_it_is_saved(admin, given):
    given.entity()
    typed = {
        **TERMS, "discount_1_days": "10", "discount_1_percent": "2", "part_1_percent": "40", "part_2_percent": "60",
        "part_2_days": "30", "and": "example",
    }  # fmt: skip
    page = admin.post("/setup/terms/new/", typed)
    assert page.status_code == 200
    assert not PaymentTerms.objects.exists()
    example = page.context["example"]["of"]
    today = clock.today()
    assert example.discounts == [(today + timedelta(days=10), Decimal(2), Decimal("980.00"))]
    assert example.due == [
        (today + timedelta(days=30), Decimal("400.00")),
        (today + timedelta(days=60), Decimal("600.00")),
    ]
    assert b"980.00" in page.content


def test_terms_are_changed_for_what_is_to_come_and_duplicated_for_some(admin, given):
    terms = agreements.create(
        "N30", agreements.Agreement("30 days", "net", 30, tiers=(Tier(10, Decimal(2)),)), actor=SYSTEM
    )
    item = given.open_item("10.00 EUR", customer=given.customer(terms=terms), due=date(2026, 4, 1))
    page = admin.get(reverse("edit_terms", args=[terms.pk]))
    assert "1 account with these terms" in page.content.decode()
    changed = {"name": "14 days", "kind": "net", "days": "14"}
    assert admin.post(reverse("edit_terms", args=[terms.pk]), changed).status_code == 302
    item.refresh_from_db()
    assert item.due_on == date(2026, 4, 1)
    terms.refresh_from_db()
    assert due_date(date(2026, 3, 2), Terms.of(terms)) == date(2026, 3, 16)
    assert not terms.discounts.exists()
    like = admin.get(f"/setup/terms/new/?like={terms.pk}")
    assert like.context["form"].initial["days"] == 14
    assert "There are terms N30" in errors(admin.post("/setup/terms/new/", {**changed, "code": "N30"}))["code"]


def test_instalments_are_read_back_as_they_were_typed(admin, db):
    typed = {**TERMS, "part_1_percent": "33.333", "part_2_percent": "66.667", "part_2_days": "30"}
    assert admin.post("/setup/terms/new/", typed).status_code == 302
    terms = PaymentTerms.objects.get()
    assert Terms.of(terms).shares == (Share(Decimal("33.333"), 0), Share(Decimal("66.667"), 30))
    page = admin.get(reverse("edit_terms", args=[terms.pk]))
    assert 'value="33.333"' in page.content.decode()
    assert b"333.33" in page.content


# --- Teams, journal


def test_teams_and_queues_are_made_changed_and_dissolved(admin, given):
    given.entity()
    given.user("eva", Role.COLLECTOR), given.user("audit", Role.AUDITOR)
    admin.post("/setup/queues/new/", {"code": "large", "name": "Large"})
    assert errors(admin.post("/setup/queues/new/", {"code": "large", "name": "x"}))["code"]
    facts = {"code": "north", "name": "North", "lead": "eva", "members": [], "queues": ["large"]}
    assert "members" in errors(admin.post("/setup/teams/new/", {**facts, "members": ["audit"]}))
    assert admin.post("/setup/teams/new/", facts).status_code == 302
    team = Team.objects.get()
    assert [user.username for user in team.members.all()] == ["eva"]
    assert b"North" in admin.get("/setup/teams/").content
    admin.post(reverse("team", args=[team.pk]), {"name": "Nord", "members": ["eva"], "queues": []})
    assert (Team.objects.get().name, Team.objects.get().lead) == ("Nord", None)
    admin.post(reverse("dissolve_team", args=[team.pk]))
    assert not Team.objects.exists()
    assert Queue.objects.filter(code="large").exists()


def test_the_lead_sees_the_teams_tasks_on_the_worklist(admin, given):
    from o2c.collections import teams, worklist
    from o2c.collections.models import Task

    entity = given.entity()
    lead, eva = given.user("lead", Role.COLLECTOR), given.user("eva", Role.COLLECTOR)
    teams.create("north", name="North", lead=lead, members=[eva], queues=[], actor=SYSTEM)
    worklist.create(
        entity=entity, customer=given.customer(name="Evas customer"), kind=Task.Kind.MANUAL, why="Call",
        due_on=clock.today(), assignee=eva, actor=SYSTEM,
    )  # fmt: skip
    for person, sees in ((lead, True), (eva, False)):
        client = Client()
        client.force_login(person)
        page = client.get("/worklist/?show=team")
        assert (b"My team" in page.content) is sees
        assert (b"Evas customer" in page.content) or not sees


def test_the_journal_is_exported_and_downloaded_on_its_page(given):
    entity = given.entity()
    client = Client()
    client.force_login(given.user("boss", Role.FINANCE_MANAGER))
    given.receipt("970.00 EUR", customer=given.customer())
    asked = {"entity": "DE1", "first": "2026-03-01", "last": "2026-03-31"}
    assert "have no account in your own chart yet" in errors(client.post("/journal/", asked))["__all__"]
    LedgerAccount.objects.filter(entity=entity).update(company_code="1")
    assert client.post("/journal/", asked).status_code == 302
    made = JournalExport.objects.get()
    for form, start in (("csv", b"entry,day,kind"), ("json", b'{"export"')):
        answer = client.get(reverse("journal_file", args=[made.pk, form]))
        assert b"".join(answer.streaming_content).startswith(start)
        assert f"journal-DE1-{made.pk}.{form}" in answer["Content-Disposition"]
    assert client.get(reverse("journal_file", args=[made.pk, "xml"])).status_code == 404
    assert b"nothing to export" in client.post("/journal/", asked, follow=True).content


# --- The checklist


def keys() -> set[str]:
    return {line.key for line in checklist.lines()}


def test_what_is_missing_goes_away_when_it_is_mended(admin, given, settings):
    settings.O2C_SMTP = None
    assert {"entity", "mail_server", "backup", "second_administrator", "no_terms", "role:collector"} <= keys()
    entity = given.entity(email="")
    assert "entity" not in keys()
    assert {"bank:DE1", "sender:DE1", "chart:DE1", "customers"} <= keys()
    customer = given.customer(email="")
    given.open_item("10.00 USD", customer=customer)
    found = keys()
    assert "customers" not in found
    assert {"contact", "terms", "collector", "rates"} <= found
    page = admin.get("/setup/checklist/").content.decode()
    assert "1 customer has no contact with an e-mail address" in page
    assert "There is no exchange rate of USD" in page
    BankAccount.objects.create(entity=entity, name="x", currency="EUR", account_number="1", is_main=True)
    LedgerAccount.objects.update(company_code="1")
    given.user("second", Role.ADMINISTRATOR, Role.COLLECTOR, Role.FINANCE_MANAGER)
    found = keys()
    assert not {"bank:DE1", "chart:DE1", "second_administrator", "role:collector"} & found
    assert "bank_currency:DE1" in found


def test_a_policy_that_does_not_work_is_on_the_list(given):
    given.entity()
    assert "policy:DE1" not in keys()
    DunningSettings.objects.update(policy="nothing")
    assert "policy:DE1" in keys()
    DunningSettings.objects.all().delete()
    assert "policy:DE1" in keys()


def test_a_queue_that_nobody_can_work_is_on_the_list(given):
    from o2c.collections import teams

    given.entity()
    eva = given.user("eva", Role.COLLECTOR)
    teams.create("n", name="N", lead=None, members=[eva], queues=Queue.objects.all(), actor=SYSTEM)
    assert "queue:collections" not in keys()
    User.objects.filter(pk=eva.pk).update(is_active=False)
    assert "queue:collections" in keys()


def test_the_list_is_of_the_entities_one_sees(given):
    mine = given.entity("DE1")
    given.entity("UK9")
    user = given.user("some", Role.ADMINISTRATOR, entities=[mine])
    found = {line.key for line in checklist.lines(user)}
    assert "bank:DE1" in found
    assert not {key for key in found if "UK9" in key}


def test_a_dialogs_form_leads_on_to_a_page_and_not_into_the_dialog(admin, given):
    """What htmx has sent is answered with where to go, as everywhere: a redirect would land inside the dialog."""
    entity = given.entity()
    day = (clock.today() + timedelta(days=3)).isoformat()
    given.user("eva", Role.COLLECTOR)
    sent = {
        reverse("new_bank_account", args=[entity.pk]): {"name": "A", "currency": "EUR", "account_number": "1"},
        reverse("new_closing_day", args=[entity.pk]): {"day": day, "name": "x"},
        reverse("number_series", args=[entity.pk, "invoice"]): {
            "prefix": "X", "year_digits": "4", "separator": "-", "width": "4", "next": "1",
        },
        reverse("new_queue"): {"code": "q", "name": "Q"},
        reverse("new_team"): {"code": "t", "name": "T", "members": ["eva"]},
    }  # fmt: skip
    for url, facts in sent.items():
        answer = admin.post(url, facts, headers={"HX-Request": "true"})
        assert (answer.status_code, answer["HX-Redirect"][:7]) == (204, "/setup/"), url
    changed = {
        reverse("bank_account", args=[BankAccount.objects.get().pk]): {
            "name": "B", "currency": "EUR", "account_number": "1", "in_use": "on",
        },
        reverse("team", args=[Team.objects.get().pk]): {"name": "T2", "members": ["eva"]},
    }  # fmt: skip
    for url, facts in changed.items():
        assert admin.post(url, facts, headers={"HX-Request": "true"}).status_code == 204, url


def test_the_overview_and_the_checklist_ask_no_more_for_more_customers(admin, given, django_assert_max_num_queries):
    """They look everything up, which takes some queries, but always the same."""
    entity = given.entity()
    admin.get("/setup/")  # what a session asks for once
    counts = {}
    for customers in (1, 9):
        for _ in range(customers):
            given.open_item("10.00 USD", customer=given.customer(entity=entity))
        for url in ("/setup/", "/setup/checklist/"):
            with django_assert_max_num_queries(60) as asked:
                admin.get(url)
            counts.setdefault(url, set()).add(len(asked))
    assert {url: len(found) for url, found in counts.items()} == {"/setup/": 1, "/setup/checklist/": 1}


def test_who_set_something_up_stands_in_the_audit_trail(admin, db):
    """Also where the opening fills in holidays, which nobody does."""
    admin.post("/setup/entities/new/", ENTITY)
    entity = LegalEntity.objects.get()
    bank = {"name": "Main", "currency": "EUR", "iban": "DE89 3704 0044 0532 0130 00"}
    admin.post(reverse("new_bank_account", args=[entity.pk]), bank)
    admin.post(reverse("chart", args=[entity.pk]), {"cash": "1460"})
    admin.post("/setup/terms/new/", TERMS)
    admin.post(reverse("number_series", args=[entity.pk, "invoice"]), {
        "prefix": "X", "year_digits": "4", "separator": "-", "width": "4", "next": "1",
    })  # fmt: skip
    tables = {
        "orders_legalentityevent", "invoicing_bankaccountevent", "invoicing_ledgeraccountevent",
        "orders_paymenttermsevent", "core_numberpatternevent",
    }  # fmt: skip
    for table in tables:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT c.metadata->>'actor'"
                f" FROM {table} e JOIN pghistory_context c ON c.id = e.pgh_context_id"
            )
            assert cursor.fetchall() == [("admin",)], table
