"""The set-up as a file: applied as a whole, once, with mistakes named by their place; and written out again."""

import json
from datetime import date, time
from decimal import Decimal

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from o2c.collections.models import (
    Agency,
    ChronicRules,
    DunningSettings,
    LatePayerRule,
    NoticeLimit,
    Pilot,
    Target,
    Team,
)
from o2c.core import clock, numbering
from o2c.core.models import Role, User
from o2c.invoicing.models import BankAccount, LedgerAccount
from o2c.orders.models import CreditPolicy, LegalEntity, PaymentTerms
from o2c.web.setup import document
from o2c.web.setup.asking import ask_all

SETUP = {
    "o2c_setup": 1,
    "queues": [{"code": "large", "name": "Large customers"}],
    "terms": [
        {
            "code": "S2", "name": "30 days, 2 % within 10", "kind": "net", "days": 30,
            "discounts": [{"days": 10, "percent": 2}],
            "instalments": [{"percent": 50}, {"percent": "50", "extra_days": 30}],
        }
    ],
    "entities": [
        {
            "code": "DE1", "name": "Muster GmbH", "country": "DE", "subdivision": "BY", "weekend": [6, 7],
            "base_currency": "EUR", "time_zone": "Europe/Berlin", "address": "Hauptstraße 1", "vat_id": "DE136695976",
            "registration_number": "HRB 1", "eori": "DE7654321", "email": "ar@muster.example", "phone": "+49 30 1",
            "books_kept_by": "erp", "cash_applied_by": "o2c", "queue": "large",
            "closing_days": [{"day": "2099-12-24", "name": "Christmas Eve"}],
            "bank_accounts": [
                {"name": "Main", "currency": "EUR", "iban": "DE89370400440532013000", "is_main": True},
                {"name": "Dollars", "currency": "USD", "account_number": "000123", "bank": "021000021"},
            ],
            "agencies": [
                {
                    "code": "NORD", "name": "Nordinkasso", "kind": "agency", "email": "auftrag@nord.example",
                    "reference": "K-1", "format": "xlsx", "with_papers": False, "fee_percent": "12.5",
                },
                {"code": "BRANDT", "name": "Brandt", "kind": "lawyer"},
            ],
            "numbering": {"receipt": {"prefix": "ZE", "year_digits": 4, "separator": "-", "width": 5, "next": 100}},
            "chart": {"receivables": "1200", "cash": "1460", "revenue": "8400"},
            "dunning": {
                "proposes_at": "06:30", "approves_itself": True, "letters_without_email": True,
                "fees_from_consumers": True,
                "limits": {"EUR": "10000.00", "JPY": "900000"}, "pilot": True,
                "plan_days": 5, "plan_percent": "1.50", "reminds_before": 4,
                "strategy": {
                    "least": "50.00",
                    "rules": [{"fact": "oldest", "comparison": "at_least", "value": "60", "points": 40}],
                    "escalates_after": 7, "escalates_queue": "large",
                },
            },
            "inquiries": {
                "opens": "08:30", "closes": "16:00",
                "rules": {
                    "copy": {"target_hours": 3, "escalate_after": 5, "queue": "large", "escalate_queue": "large"},
                },
            },
            "late_payers": {
                "months": 6, "days_late": 15, "minimum": "100.00", "least_invoices": 2, "least_share": None,
                "terms": "S2", "holds": True, "pack": "eu",
            },
            "early_offers": {
                "kind": "steps", "steps": "20: 2; 10: 1", "rate": None, "budget": "500.00",
                "segments": {"wholesale": {"kind": "dynamic", "rate": "9.5", "unasked": True}},
            },
            "chronic": {"overdue_days": 120, "minimum": "50.00", "exit_days": None},
            "credit": {"without_limit": "nothing", "max_overdue": "750.50", "dunning_level": None},
        }
    ],
    "people": [
        {
            "username": "jana", "first_name": "Jana", "last_name": "Novak", "email": "jana@muster.example",
            "roles": ["administrator", "collector"], "all_entities": True,
        },
        {"username": "tomas", "email": "tomas@muster.example", "roles": ["collector"], "entities": ["DE1"]},
    ],
    "teams": [{"code": "north", "name": "North", "lead": "jana", "members": ["tomas"], "queues": ["large"]}],
    "targets": [
        {"person": "tomas", "what": "tasks", "amount": 20},
        {"team": "north", "what": "collected", "entity": "DE1", "amount": "50000.00", "from_on": "2099-01-01"},
    ],
}  # fmt: skip


@pytest.fixture
def file(tmp_path):
    def write(told) -> str:
        path = tmp_path / "setup.json"
        path.write_text(told if isinstance(told, str) else json.dumps(told))
        return str(path)

    return write


def applied(path: str, capsys) -> dict:
    call_command("setup", "--file", path, "--json")
    return json.loads(capsys.readouterr().out)


def expected() -> list[tuple]:
    """Every target: of whom, what, whose money, how much, from which day."""
    return [
        (
            row.user.username if row.user else row.team.code,
            row.what,
            row.entity and row.entity.code,
            row.amount,
            row.from_on,
        )
        for row in Target.objects.order_by("id")
    ]


def fingerprint() -> dict[str, str]:
    """Every table of ours, the audit trail too."""
    tables = [name for name in connection.introspection.table_names() if name.startswith(("core_", "orders_"))]
    tables += [
        name for name in connection.introspection.table_names() if name.startswith(("invoicing_", "collections_"))
    ]
    with connection.cursor() as cursor:
        found = {}
        for table in tables:
            cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t")
            found[table] = cursor.fetchone()[0]
    return found


@pytest.mark.django_db
def test_a_file_sets_an_empty_installation_up_and_again_changes_nothing(file, capsys):
    done = applied(file(SETUP), capsys)
    assert done["changed"] == [
        "/entities/0/closing_days", "/entities/0/numbering/receipt", "/entities/0/chart", "/entities/0/dunning",
        "/entities/0/inquiries", "/entities/0/late_payers", "/entities/0/early_offers",
        "/entities/0/chronic",
        "/entities/0/credit",
    ]  # fmt: skip
    assert {
        "/queues/0", "/terms/0", "/entities/0", "/people/0", "/people/1", "/teams/0", "/targets/0", "/targets/1",
    } <= set(done["created"])  # fmt: skip
    assert set(done["links"]) == {"jana", "tomas"}
    entity = LegalEntity.objects.get()
    assert (entity.subdivision, entity.books_kept_by, entity.cash_applied_by) == ("BY", "erp", "o2c")
    settings = DunningSettings.objects.get(entity=entity)
    assert settings.queue.code == "large"
    assert (settings.proposes_at, settings.paused, settings.approves_itself, settings.letters_without_email) == (
        time(6, 30), False, True, True,
    )  # fmt: skip
    limits = NoticeLimit.objects.order_by("currency").values_list("currency", "amount")
    assert list(limits) == [("EUR", 10000), ("JPY", 900000)]
    assert settings.fees_from_consumers
    rule = LatePayerRule.objects.get(entity=entity)
    assert (rule.version, rule.lists, rule.months, rule.days_late, rule.minimum, rule.least_share) == (
        1, True, 6, 15, 100, None,
    )  # fmt: skip
    chronic = ChronicRules.objects.get(entity=entity)
    credit = CreditPolicy.objects.get(entity=entity)
    assert (credit.without_limit, credit.max_overdue, credit.dunning_level, credit.max_oldest_days) == (
        "nothing", Decimal("750.50"), None, 60,
    )  # fmt: skip
    assert (chronic.overdue_days, chronic.minimum, chronic.unpaid_days, chronic.exit_days) == (120, 50, 60, None)
    assert (rule.terms.code, rule.prepayment, rule.holds, rule.pack.code) == ("S2", None, True, "eu")
    assert Pilot.objects.get().ended_at is None
    assert {account.name: account.is_main for account in BankAccount.objects.all()} == {"Main": True, "Dollars": True}
    assert numbering.pattern("DE1", "receipt").text(2026, 100) == "ZE2026-00100"
    assert LedgerAccount.objects.get(role="cash").company_code == "1460"
    nord, brandt = Agency.objects.order_by("-code")
    assert (nord.format, nord.with_papers, nord.fee_percent, nord.in_use) == ("xlsx", False, Decimal("12.5"), True)
    assert (brandt.kind, brandt.format, brandt.with_papers, brandt.fee_percent) == ("lawyer", "csv", True, None)
    assert [str(user) for user in Team.objects.get().members.order_by("username")] == ["Jana Novak", "tomas"]
    assert expected() == [
        ("tomas", "tasks", None, 20, clock.today()), ("north", "collected", "DE1", 50000, date(2099, 1, 1)),
    ]  # fmt: skip
    assert not User.objects.get(username="tomas").has_usable_password()

    before = fingerprint()
    again = applied(file(SETUP), capsys)
    assert (again["created"], again["changed"], again["links"]) == ([], [], {})
    assert again["unchanged"] > 8
    assert fingerprint() == before


@pytest.mark.django_db
def test_what_is_written_out_changes_nothing_and_sets_the_same_up_elsewhere(file, capsys):
    applied(file(SETUP), capsys)
    call_command("setup", "--export")
    written = json.loads(capsys.readouterr().out)
    before = fingerprint()
    again = applied(file(written), capsys)
    assert (again["created"], again["changed"]) == ([], [])
    assert fingerprint() == before
    assert written["terms"][0]["discounts"] == [{"days": 10, "percent": "2"}]


@pytest.mark.django_db
def test_a_changed_file_changes_what_it_names_and_leaves_the_rest(file, capsys):
    applied(file(SETUP), capsys)
    told = {
        "o2c_setup": 1,
        "entities": [
            {
                "code": "DE1", "name": "Muster AG", "closing_days": [],
                "bank_accounts": [{"currency": "EUR", "iban": "DE89370400440532013000", "name": "Commerzbank"}],
                "dunning": {"paused": True, "limits": {"EUR": "500.00"}, "pilot": False},
                "agencies": [{"code": "NORD", "fee_percent": 15}],
            }
        ],
        "people": [{"username": "tomas", "roles": ["collector", "cash_clerk"]}],
    }  # fmt: skip
    done = applied(file(told), capsys)
    assert done["created"] == []
    assert set(done["changed"]) == {
        "/entities/0", "/entities/0/closing_days", "/entities/0/bank_accounts/0", "/entities/0/agencies/0",
        "/entities/0/dunning", "/people/0",
    }  # fmt: skip
    nord = Agency.objects.get(code="NORD")
    assert (nord.name, nord.fee_percent, nord.format) == ("Nordinkasso", 15, "xlsx")
    entity = LegalEntity.objects.get()
    assert (entity.name, entity.vat_id, entity.closing_days.count()) == ("Muster AG", "DE136695976", 0)
    settings = DunningSettings.objects.get()
    assert (settings.proposes_at, settings.paused, settings.approves_itself) == (time(6, 30), True, True)
    assert list(NoticeLimit.objects.values_list("currency", "amount")) == [("EUR", 500)]
    assert Pilot.objects.get().ended_at is not None
    account = BankAccount.objects.get(currency="EUR")
    assert (account.name, account.is_main, account.bic) == ("Commerzbank", True, "COBADEFFXXX")
    tomas = User.objects.get(username="tomas")
    assert set(tomas.roles) == {Role.COLLECTOR, Role.CASH_CLERK}
    assert tomas.entity_access.count() == 1


def changed(path: str, value) -> dict:
    """The usual file with one place changed."""
    told = json.loads(json.dumps(SETUP))
    *way, last = [int(part) if part.isdecimal() else part for part in path.strip("/").split("/")]
    at = told
    for part in way:
        at = at[part]
    at[last] = value
    return told


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        ("/o2c_setup", 2, ": This must be 1"),
        ("/entities", {}, ": This must be a list."),
        ("/entities/0/time_zone", "Europe/Berln", ": 'Europe/Berln' is not known. Is 'Europe/Berlin' meant?"),
        ("/entities/0/timezone", "x", ": This is not known here. Is 'time_zone' meant?"),
        ("/entities/0/name", 7, ": This must be text."),
        ("/entities/0/weekend", "6", ": This must be a list."),
        ("/entities/0/weekend", [9], ": 9 is not known."),
        ("/entities/0/subdivision", "BX", ": 'BX' is not known."),
        ("/entities/0/vat_id", "DE136695977", ": This is no VAT id of DE"),
        ("/entities/0/eori", "D7654321", ": An EORI number is two letters"),
        ("/entities/0/bank_accounts/0/iban", "DE89370400440532013001", ": This is no IBAN"),
        ("/entities/0/bank_accounts/0/is_main", "yes", ": This must be true or false."),
        ("/entities/0/agencies/0/fee_percent", True, ": This must be a number."),
        ("/entities/0/agencies/0/fee_percent", "101", "less than or equal to 100"),
        ("/entities/0/agencies/0/kind", "thug", "'thug' is not known."),
        ("/entities/0/numbering/receipts", {}, ": This is not known here. Is 'receipt' meant?"),
        ("/entities/0/numbering/receipt/width", 99, ": Ensure this value is less"),
        ("/entities/0/chart/cash", "=1", ": An account is letters and figures"),
        ("/entities/0/closing_days/0/day", "24.12.2099", ": Enter a valid date."),
        ("/entities/0/books_kept_by", "sap", ": 'sap' is not known. Known are: erp, o2c."),
        ("/entities/0/dunning/proposes_at", "dawn", ": Enter a valid time."),
        ("/entities/0/dunning/paused", "no", ": This must be true or false."),
        ("/entities/0/dunning/pilot", 1, ": This must be true or false."),
        ("/entities/0/dunning/limits", ["10000 EUR"], ": This must be an object of amounts"),
        ("/entities/0/dunning/limits", {"ZZZ": "5"}, ": ZZZ is no currency"),
        ("/entities/0/dunning/limits", {"EUR": "lots"}, ": “lots EUR” is no amount"),
        ("/entities/0/dunning/plan_days", 61, ": Ensure this value is less than or equal to 60."),
        ("/entities/0/dunning/plan_percent", "lots", ": Enter a number."),
        ("/entities/0/dunning/strategy", ["oldest"], ": This must be an object of least"),
        ("/entities/0/dunning/strategy/least", "lots", ": “lots” is no amount of EUR"),
        ("/entities/0/dunning/strategy/escalates_after", "7", ": This must be a whole number of days."),
        ("/entities/0/dunning/strategy/escalates_queue", "none", ": There is no queue none."),
        ("/entities/0/dunning/strategy/escalates_queue", None, "/strategy/escalates_to: Say who gets it then."),
        ("/entities/0/dunning/strategy/rules/0", "oldest", ": This must be an object of fact"),
        ("/entities/0/dunning/strategy/rules/0/value", "old", ": Days the oldest item is overdue is compared with"),
        ("/entities/0/inquiries/closes", "08:00", ": It closes after it opens."),
        ("/entities/0/inquiries/rules", {"gossip": {}}, ": This must be an object of rules by their kind"),
        ("/entities/0/inquiries/rules/copy", [], ": This must be an object of target_hours"),
        ("/entities/0/inquiries/rules/copy/target_hours", "3", ": This must be a whole number of hours."),
        ("/entities/0/inquiries/rules/copy/target_hours", 0, ": Between 1 and 400 hours."),
        ("/entities/0/inquiries/rules/copy/queue", "none", ": There is no queue none."),
        ("/entities/0/early_offers/steps", "x", "'x' is not days and percent, such as 20: 2."),
        ("/entities/0/early_offers/most_percent", "60", ": Ensure this value is less than or equal to 50."),
        ("/entities/0/early_offers/budget", "0.00", ": More than nothing."),
        ("/entities/0/early_offers/kind", "dynamics", "is not known"),
        ("/entities/0/early_offers/segments", [], ": This must be an object of rules by segment."),
        ("/entities/0/late_payers/months", "6", ": This must be a whole number."),
        ("/entities/0/late_payers/months", 0, ": Ensure this value is greater than or equal to 1."),
        ("/entities/0/late_payers/terms", "S3", ": 'S3' is not known. Is 'S2' meant?"),
        ("/entities/0/late_payers/prepayment", "S2", ": Prepayment needs terms of its own."),
        ("/entities/0/late_payers/minimum", "1.001", ": 1.001 EUR is finer"),
        ("/entities/0/chronic/overdue_days", "120", ": This must be a whole number."),
        ("/entities/0/chronic/exit_days", 100, ": Not before the account is chronic."),
        ("/entities/0/chronic", [], ": This must be an object."),
        ("/entities/0/credit/without_limit", "all", ": 'all' is not known."),
        ("/entities/0/credit/max_overdue", "1.005", "finer"),
        ("/entities/0/credit/dunning_level", 10, ": Ensure this value is less than or equal to 9."),
        ("/entities/0/credit/manager_sets_up_to", "1.00", ": A finance manager sets no less than a credit analyst."),
        ("/entities/0/dunning/pilots", True, ": This is not known here. Is 'pilot' meant?"),
        ("/terms/0/discounts/0/percent", "two", ": This is a number"),
        ("/terms/0/instalments/0/percent", 49, "/terms/0: The instalments do not add up to 100 percent."),
        ("/terms/0/code", None, ": This is needed, and must be text."),
        ("/people/1/roles", ["collecter"], ": 'collecter' is not known. Is 'collector' meant?"),
        ("/people/1/entities", ["XX"], ": There is no legal entity XX."),
        ("/people/1/username", "JANA", ": JANA is in the list twice."),
        ("/teams/0/members", ["nobody"], ":"),
        ("/targets/0/person", "nobody", ": There is no person nobody."),
        ("/targets/0/person", 7, ": There is no person 7."),
        ("/targets/0/team", "north", "/targets/0: Name a person or a team."),
        ("/targets/0/entity", "DE1", ": Money is of a legal entity, a count is not."),
        ("/targets/0/what", "calls", ": 'calls' is not known."),
        ("/targets/0/amount", "2.5", ": A whole number up to 1000."),
        ("/targets/0/amount", "many", ": Enter a number."),
        ("/targets/0/amount", True, ": This must be a number."),
        ("/targets/1/amount", "1.001", ": 1.001 EUR is finer"),
        ("/targets/1/amount", "0", ": More than nothing"),
        ("/targets/1/team", "south", ": There is no team south."),
        ("/targets/1/entity", "DE2", ": 'DE2' is not known. Is 'DE1' meant?"),
        ("/targets/1/entity", None, ": Money is of a legal entity, a count is not."),
        ("/targets/1/from_on", "2020-01-01", ": What was expected before stays"),
        ("/targets/1/from_on", "soon", ": Enter a valid date."),
        ("/targets/1/form_on", "2099-01-01", ": This is not known here. Is 'from_on' meant?"),
        ("/targets/1", SETUP["targets"][0], ": This target is in the list twice."),
        ("/targets/1", {"team": "north", "what": "tasks"}, "/targets/1/amount: This is needed"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_its_place_and_nothing_is_changed(file, place, value, says):
    before = fingerprint()
    with pytest.raises(CommandError) as refused:
        call_command("setup", "--file", file(changed(place, value)))
    assert str(refused.value).startswith("Nothing was changed.\n")
    assert (f"{place}{says}" if says.startswith(":") else says) in str(refused.value)
    assert fingerprint() == before


@pytest.mark.django_db
def test_targets_are_changed_and_ended_from_today_and_what_is_not_named_stays(file, capsys):
    applied(file(SETUP), capsys)
    of_tomas, of_team = {"person": "TOMAS", "what": "tasks"}, {"team": "north", "what": "collected", "entity": "DE1"}
    with time_machine.travel("2099-02-01T12:00:00Z", tick=False):
        # nothing is rewritten of a day that has passed, as long as what the file says counts today
        assert applied(file({"o2c_setup": 1, "targets": SETUP["targets"]}), capsys)["unchanged"] == 2
        told = {"o2c_setup": 1, "targets": [of_tomas | {"amount": "25"}, of_team | {"amount": None}]}
        for changes in (["/targets/0", "/targets/1"], []):
            done = applied(file(told), capsys)
            assert (done["created"], done["changed"]) == ([], changes)
        assert expected()[2:] == [
            ("tomas", "tasks", None, 25, date(2099, 2, 1)), ("north", "collected", "DE1", None, date(2099, 2, 1)),
        ]  # fmt: skip
        call_command("setup", "--export")
        assert json.loads(capsys.readouterr().out)["targets"] == [{"person": "tomas", "what": "tasks", "amount": "25"}]


@pytest.mark.django_db
def test_nothing_is_expected_of_who_works_no_tasks(file, given):
    given.user("olga", Role.AUDITOR)
    told = {"o2c_setup": 1, "targets": [{"person": "olga", "what": "tasks", "amount": 5}]}
    with pytest.raises(CommandError, match="/targets/0/person: olga works no tasks"):
        call_command("setup", "--file", file(told))
    assert expected() == []


@pytest.mark.django_db
def test_of_who_works_no_tasks_any_more_no_target_is_written_out(file, capsys):
    applied(file(SETUP), capsys)
    User.objects.filter(username="tomas").update(roles=[Role.CASH_CLERK])
    call_command("setup", "--export")
    (target,) = json.loads(capsys.readouterr().out)["targets"]
    assert target == SETUP["targets"][1]


@pytest.mark.django_db
def test_every_mistake_is_named_at_once(file):
    told = changed("/entities/0/time_zone", "Nowhere")
    told["terms"][0]["kind"] = "never"
    with pytest.raises(CommandError) as refused:
        call_command("setup", "--file", file(told))
    assert "/terms/0/kind" in str(refused.value)
    assert "/entities/0/time_zone" in str(refused.value)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "This is no JSON"),
        ('{"o2c_setup": 1, "o2c_setup": 1}', "'o2c_setup' is said twice"),
        ('{"o2c_setup": NaN}', "NaN is no number"),
        ("[]", "/: This must be an object."),
        ("[" * 100_000, "This is no JSON"),
    ],
)
def test_a_file_that_is_none_is_refused(file, text, says):
    with pytest.raises(CommandError, match=says.replace("[", r"\[")):
        call_command("setup", "--file", file(text))


@pytest.mark.django_db
def test_what_may_not_change_is_refused(file, capsys, given):
    applied(file(SETUP), capsys)
    given.receipt("1.00 EUR", customer=given.customer(entity=given.entity("DE1")))
    with pytest.raises(CommandError, match="/entities/0/base_currency: DE1 has entries in EUR"):
        call_command("setup", "--file", file(changed("/entities/0/base_currency", "CHF")))
    with pytest.raises(CommandError, match="/entities/0/numbering/receipt: Receipts have numbers already"):
        call_command("setup", "--file", file(changed("/entities/0/numbering/receipt/prefix", "X")))
    # the number to begin with has had its effect
    assert applied(file(SETUP), capsys)["changed"] == []


@pytest.mark.django_db
def test_the_check_tells_what_is_missing_and_fails_while_something_needed_is(given, capsys):
    given.entity()
    with pytest.raises(SystemExit):
        call_command("setup", "--check", "--json")
    told = json.loads(capsys.readouterr().out)
    assert {"key", "weight", "what", "why", "mend", "href"} == set(told[0])
    assert "bank:DE1" in {line["key"] for line in told}
    with pytest.raises(SystemExit):
        call_command("setup", "--check")
    assert "Needed: DE1 has no bank account in EUR." in capsys.readouterr().out


@pytest.mark.django_db
def test_questions_are_asked_again_until_they_are_answered(capsys):
    answers = iter(
        [
            "d 1", "DE1", "Muster GmbH", "", "", "Europe/Berln", "Europe/Berlin", "", "DE136695977", "",
            "", "", "", "", "",
            "y", "", "", "DE89370400440532013001", "DE89370400440532013000",
            "y", "", "", "", "", "",
            "jana", "", "", "jana@", "jana@muster.example",
        ]
    )  # fmt: skip
    said = []
    told = ask_all(lambda question: next(answers), said.append)
    assert list(answers) == []
    text = "\n".join(said)
    assert "no IBAN" in text
    assert "letters, figures and hyphens" in text
    from o2c.core.actors import SYSTEM
    from o2c.web.setup.applying import apply

    apply(told, actor=SYSTEM)
    assert LegalEntity.objects.get().base_currency == "EUR"
    assert PaymentTerms.objects.get().code == "N30"
    assert User.objects.get().roles == [Role.ADMINISTRATOR]
    assert document.export()["entities"][0]["bank_accounts"][0]["iban"] == "DE89370400440532013000"


@pytest.mark.django_db
def test_without_a_terminal_nothing_is_asked():
    with pytest.raises(CommandError, match="questions need a terminal"):
        call_command("setup")
