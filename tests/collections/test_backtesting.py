"""What a policy would have done over the past: the same as its runs would have, and nothing of it stays."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from o2c.collections import backtesting, backtests, dunning, policies
from o2c.collections.backtesting import Month, Workload
from o2c.collections.models import Backtest, DunningPolicy, DunningRun, Notice, NoticeLine
from o2c.collections.policy_rules import Rules, Step
from o2c.core import clock
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing import cash
from o2c.invoicing.models import Allocation, Entry
from o2c.orders import business_days, customers
from o2c.orders.models import Account
from tests.at_once import at_once

FIRST, UNTIL = date(2026, 1, 1), date(2026, 2, 28)
TWO = Rules("Two", (Step("First", 5, "reminder"), Step("Call", 20, "second", opens_task=True)), interval_days=7)

pytestmark = pytest.mark.django_db


def version(rules: Rules = TWO, code: str = "standard") -> DunningPolicy:
    return policies.draft(code, rules, effective_on=clock.today() + timedelta(days=1), actor=SYSTEM)


def play(given, rules: Rules = TWO, until: date = UNTIL):
    return backtesting.play(given.entity(), version(rules), FIRST, until)


def test_an_item_that_nobody_pays_is_told_of_once_a_level(given):
    given.open_item("50.00 EUR", customer=given.customer("C1"), due=date(2026, 1, 7))
    played = play(given)
    # 12 January is a Monday, five days past due; the 27th is a Tuesday, twenty days past due
    assert (played.notices, played.messages, played.tasks, played.lines) == (2, 2, 1, 2)
    assert played.months == [Month("2026-01", {"1": 1, "2": 1})]
    assert (played.soon, played.credited) == (0, 0)
    assert played.collectors == [Workload("", 1, 0.1, 1)]


def test_fees_are_those_of_who_would_have_been_written_to(given):
    """Two notices in writing of two euro and of three, and a call; a private person is charged nothing."""
    rules = Rules(
        "Fees",
        (
            Step("First", 5, "reminder", fees=(("EUR", Decimal(2)),)),
            Step("Second", 20, "second", fees=(("EUR", Decimal(3)),)),
        ),
    )
    for facts in ({}, {"is_consumer": True}):
        given.open_item("50.00 EUR", customer=given.customer(**facts), due=date(2026, 1, 7))
    called = given.customer()
    Account.objects.filter(customer=called).update(channel="phone")
    given.open_item("50.00 EUR", customer=called, due=date(2026, 1, 7))
    assert play(given, rules).fees == {"EUR": "5.00"}
    assert play(given).fees == {}


def test_what_was_paid_within_three_days_or_credited_later_was_told_of_in_vain(given):
    soon, late, credited, paid = (
        given.open_item("50.00 EUR", customer=given.customer(f"C{number}"), due=date(2026, 1, 7)) for number in range(4)
    )
    given.pay(soon, on=date(2026, 1, 15))  # told of on the 12th
    given.pay(late, on=date(2026, 1, 16))
    note = given.open_item("-50.00 EUR", customer=credited.customer, issued=date(2026, 1, 20), due=date(2026, 1, 20))
    cash.apply(note, [cash.Split(credited, Decimal(50))], on=date(2026, 1, 20), actor=SYSTEM)
    given.pay(paid, on=date(2026, 1, 9))  # before anything was said
    played = play(given)
    assert (played.notices, played.lines, played.soon, played.credited) == (3, 3, 1, 1)


def test_what_another_legal_entity_was_paid_changes_nothing_and_nothing_is_left_of_the_play(given):
    def owed(entity):
        customer = given.customer(entity=entity)
        item = given.open_item("50.00 EUR", customer=customer, entity=entity, due=date(2026, 1, 7))
        given.pay(item, on=date(2026, 1, 15))

    owed(given.entity())
    alone = play(given)
    other = given.entity("DE2")
    owed(other)
    before = list(Allocation.objects.values_list("pk", flat=True))
    assert backtesting.play(given.entity(), DunningPolicy.objects.get(activated_at=None), FIRST, UNTIL) == alone
    assert (alone.notices, alone.soon) == (1, 1)
    assert list(Allocation.objects.values_list("pk", flat=True)) == before
    assert len(before) == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pg_temp.invoicing_allocation'), current_setting('enable_nestloop')")
        assert cursor.fetchone() == (None, "on")


def test_no_day_knows_what_came_later(given):
    """A payment of late February is not known in January, whatever day it is of."""
    item = given.open_item("50.00 EUR", customer=given.customer(), due=date(2026, 1, 7))
    given.pay(item, on=date(2026, 2, 20))
    assert play(given).notices == 2


def test_days_without_business_are_left_out(given):
    given.open_item("50.00 EUR", customer=given.customer(), due=date(2026, 1, 5))  # five days past due on a Saturday
    entity = given.entity()
    assert backtesting.play(entity, version(), FIRST, date(2026, 1, 11)).notices == 0
    assert backtesting.play(entity, version(), FIRST, date(2026, 1, 12)).notices == 1


def test_a_phone_customer_is_called_and_the_collector_has_the_work(given):
    collector = given.user("cora", Role.COLLECTOR)
    customer = given.customer("C1", channel="phone", collector=collector)
    given.open_item("50.00 EUR", customer=customer, due=date(2026, 1, 7))
    played = play(given)
    assert (played.messages, played.tasks) == (0, 2)
    assert [(row.collector, row.tasks, row.most) for row in played.collectors] == [("cora", 2, 1)]


def test_who_is_chased_by_another_policy_is_not_by_this_one(given):
    customer = given.customer("C1")
    customers.change_account(customer.accounts.get(), policy="other", actor=SYSTEM)
    given.open_item("50.00 EUR", customer=customer, due=date(2026, 1, 7))
    assert play(given).notices == 0
    other = version(code="other")
    assert backtesting.play(given.entity(), other, FIRST, UNTIL).notices == 2


def test_it_plays_as_the_runs_of_those_days_would_have(given):
    """The standard policy played by itself, and by real runs of the same days: the same notices, level by level."""
    for number, (due, amount) in enumerate([(7, "50.00"), (9, "20.00"), (20, "70.00")]):
        item = given.open_item(f"{amount} EUR", customer=given.customer(f"C{number}"), due=date(2026, 1, due))
        if number == 1:
            given.pay(item, "5.00 EUR", on=date(2026, 2, 2))
    entity = given.entity()
    standard = policies.in_force("standard", clock.today())
    played = backtesting.play(entity, standard, FIRST, UNTIL)
    days = [FIRST + timedelta(days=past) for past in range((UNTIL - FIRST).days + 1)]
    for day in days:
        if business_days.is_business_day(entity, day):
            dunning.run_day(entity, day, actor=SYSTEM, replay=True, inline=True)
    ran: dict[str, dict[str, int]] = {}
    for on, level in Notice.objects.filter(as_of__in=days).values_list("as_of", "level"):
        month = ran.setdefault(f"{on:%Y-%m}", {})
        month[str(level)] = month.get(str(level), 0) + 1
    assert {month.month: month.notices for month in played.months} == ran


def test_nothing_of_it_stays(given):
    given.open_item("50.00 EUR", customer=given.customer(), due=date(2026, 1, 7))
    tried = version()
    before = [list(table.objects.values_list()) for table in (DunningPolicy, DunningRun, Notice, NoticeLine, Entry)]
    backtesting.play(given.entity(), tried, FIRST, UNTIL)
    backtesting.today(given.entity(), tried, UNTIL)
    assert [list(t.objects.values_list()) for t in (DunningPolicy, DunningRun, Notice, NoticeLine, Entry)] == before


def test_a_day_is_two_statements_however_many_items_there_are(given):
    entity, tried = given.entity(), version()

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            backtesting.play(entity, tried, FIRST, date(2026, 1, 16))
        return len(queries)

    given.open_item("50.00 EUR", customer=given.customer("C1"), due=date(2026, 1, 7))
    one = count()
    for number in range(5):
        given.open_item("50.00 EUR", customer=given.customer(f"D{number}"), due=date(2026, 1, 7))
    assert count() == one


def test_today_says_who_would_be_told_and_why_others_are_not(given):
    for number, due in enumerate([date(2026, 3, 1), date(2026, 3, 20), date(2026, 3, 30)]):
        customer = given.customer(f"C{number}", name=f"Customer {number}")
        given.open_item(f"{number + 1}0.00 EUR", customer=customer, due=due)
    told = backtesting.today(given.entity(), version(), date(2026, 3, 31))
    assert told["levels"] == [{"level": 1, "name": "First", "notices": 2, "items": 2}]
    assert told["reasons"] == {"not_yet": 1}
    assert [(row["number"], Decimal(row["total"]), row["level"]) for row in told["customers"]] == [
        ("C1", Decimal(20), 1),
        ("C0", Decimal(10), 1),
    ]


# --- Asked for


@pytest.fixture
def manager(given):
    return given.user("manager", Role.FINANCE_MANAGER)


def test_a_draft_is_played_beside_the_version_in_force(given, manager):
    asked = backtests.ask(given.entity(), version(), months=3, actor=Actor.of(manager))
    assert (asked.beside.code, asked.beside.version, asked.state) == ("standard", 1, "waiting")
    assert asked.until == clock.today(given.entity().time_zone) - timedelta(days=1)
    assert asked.first.day == 1
    done = backtests.work(asked.pk)
    assert (done.state, set(done.result)) == ("done", {"version", "beside"})
    assert backtests.work(asked.pk) is None, "it is done"


def test_the_same_twice_gives_the_same_figures(given, manager):
    day = clock.today() - timedelta(days=50)
    given.open_item("50.00 EUR", customer=given.customer(), issued=day - timedelta(days=9), due=day)
    tried = version()
    first, second = (
        backtests.work(backtests.ask(given.entity(), tried, months=3, actor=Actor.of(manager)).pk).result
        for _ in range(2)
    )
    assert first == second
    assert first["version"]["past"]["notices"] == 2


def test_the_version_in_force_is_played_alone(given, manager):
    given.entity()
    standard = policies.in_force("standard", clock.today())
    asked = backtests.ask(given.entity(), standard, months=3, actor=Actor.of(manager))
    assert asked.beside is None
    assert set(backtests.work(asked.pk).result) == {"version"}


@pytest.mark.django_db(transaction=True)
def test_asked_for_twice_at_once_it_is_played_once(given, manager):
    entity, tried = given.entity(), version()
    one, two = at_once(*[lambda: backtests.ask(entity, tried, months=3, actor=Actor.of(manager))] * 2, refusals=())
    assert one.pk == two.pk
    played = at_once(*[lambda: backtests.work(one.pk)] * 2, refusals=())
    assert sorted(row is None for row in played) == [False, True]


def test_the_page_shows_figures_chart_and_customers(given, manager):
    today = clock.today()
    for number in range(3):
        day = today - timedelta(days=40 + number)
        given.open_item("50.00 EUR", customer=given.customer(f"C{number}", name="Kunde"), issued=day, due=day)
    client = Client()
    client.force_login(manager)
    tried = version()
    answer = client.post(reverse("ask_backtest", args=[tried.pk]), {"entity": "DE1", "months": "3"})
    asked = Backtest.objects.get()
    assert (answer.status_code, answer.url) == (302, reverse("backtest", args=[asked.pk]))
    assert "Being played" in client.get(answer.url).content.decode()
    backtests.work(asked.pk)
    page = client.get(answer.url).content.decode()
    assert page.count("<rect") > 0
    assert "Notices of standard" in page
    assert "Kunde" in page
    refused = client.post(reverse("ask_backtest", args=[tried.pk]), {"entity": "XX", "months": "5"})
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"entity", "months"}
