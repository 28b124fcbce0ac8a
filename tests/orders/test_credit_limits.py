"""Credit limits with their life: one on a day, the account's own always that of today, and who sets how much."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction

from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import OutboxEvent, Role
from o2c.orders import customers
from o2c.orders.credit import limits, policies
from o2c.orders.credit.limits import LimitRefused
from o2c.orders.models import Account, CreditLimit
from tests.at_once import at_once

TODAY = date(2026, 3, 10)
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def account(given):
    return Account.objects.select_related("entity", "customer").get(customer=given.customer("C1"))


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel("2026-03-10 12:00", tick=False):
        yield


def say(account, amount, since=TODAY, until=None, *, actor=SYSTEM, **facts):
    return limits.say(
        account, Decimal(amount), valid_from=since, valid_until=until, today=TODAY, actor=actor, **facts
    )  # fmt: skip


def life(account):
    rows = CreditLimit.objects.filter(account=account).order_by("valid_from")
    return [(f"{row.amount:.0f}", row.valid_from, row.valid_until) for row in rows]


def now(account):
    account.refresh_from_db()
    return account.credit_limit


def test_another_limit_ends_the_one_before(account):
    say(account, "1000")
    assert now(account) == 1000
    say(account, "2000", TODAY + 5 * DAY)
    assert life(account) == [("1000", TODAY, TODAY + 4 * DAY), ("2000", TODAY + 5 * DAY, None)]
    assert now(account) == 1000
    say(account, "3000")
    assert life(account) == [("3000", TODAY, None)]
    assert now(account) == 3000
    told = OutboxEvent.objects.filter(kind="credit.limits_changed").order_by("pk")
    assert [event.payload["customers"] for event in told] == [[account.customer_id]] * 2


def test_a_raise_for_a_time_gives_way_to_what_counted_before(account):
    say(account, "1000")
    say(account, "5000", TODAY + DAY, TODAY + 10 * DAY, then_back=True)
    assert life(account) == [
        ("1000", TODAY, TODAY), ("5000", TODAY + DAY, TODAY + 10 * DAY), ("1000", TODAY + 11 * DAY, None),
    ]  # fmt: skip
    say(account, "2000", TODAY + 5 * DAY, TODAY + 20 * DAY)
    assert life(account)[1:] == [
        ("5000", TODAY + DAY, TODAY + 4 * DAY), ("2000", TODAY + 5 * DAY, TODAY + 20 * DAY),
        ("1000", TODAY + 21 * DAY, None),
    ]  # fmt: skip


def test_without_that_it_runs_out(account):
    say(account, "1000")
    say(account, "5000", TODAY, TODAY + 10 * DAY)
    assert life(account) == [("5000", TODAY, TODAY + 10 * DAY)]


def test_the_day_brings_it_about_and_runs_it_out(account):
    say(account, "1000", TODAY + DAY, TODAY + 2 * DAY)
    assert now(account) is None
    with time_machine.travel("2026-03-11 12:00"):
        assert limits.turn_the_day() == {"changed": 1}
        assert limits.turn_the_day() == {"changed": 0}
        assert now(account) == 1000
    with time_machine.travel("2026-03-13 12:00"):
        assert limits.turn_the_day() == {"changed": 1}
        assert now(account) is None


def test_what_cannot_be_is_refused_and_nothing_happens(account):
    for amount, since, until, field in (
        ("-1", TODAY, None, "amount"), ("1.001", TODAY, None, "amount"), ("1", TODAY - DAY, None, "valid_from"),
        ("1", TODAY, TODAY - DAY, "valid_until"),
    ):  # fmt: skip
        with pytest.raises(LimitRefused) as refused:
            say(account, amount, since, until)
        assert refused.value.field == field
    assert life(account) == []


def test_the_database_refuses_two_on_a_day(account):
    say(account, "1000", TODAY, TODAY + 5 * DAY)
    with pytest.raises(IntegrityError, match="credit_limit_one_at_a_time"), transaction.atomic():
        CreditLimit.objects.create(
            account=account,
            entity=account.entity,
            customer=account.customer,
            amount=1,
            currency="EUR",
            valid_from=TODAY + 5 * DAY,
            decided_by="somebody",
        )


def test_ended_it_counts_for_the_last_time(account):
    said = say(account, "1000")
    limits.end(said, last_day=TODAY + DAY, today=TODAY, actor=SYSTEM)
    assert life(account) == [("1000", TODAY, TODAY + DAY)]
    said.refresh_from_db()
    limits.end(said, last_day=TODAY - DAY, today=TODAY, actor=SYSTEM)
    assert (life(account), now(account)) == ([], None)


def test_what_an_account_is_given_counts_from_today(account):
    customers.change_account(account, credit_limit=Decimal(700), actor=SYSTEM)
    assert (life(account), now(account)) == ([("700", TODAY, None)], 700)
    with time_machine.travel("2026-03-12 12:00"):
        customers.change_account(account, credit_limit=Decimal(800), actor=SYSTEM)
        customers.change_account(account, segment="small", actor=SYSTEM)
        assert life(account) == [("700", TODAY, TODAY + DAY), ("800", TODAY + 2 * DAY, None)]
        customers.change_account(account, currency="USD", credit_limit=Decimal(900), actor=SYSTEM)
        assert (life(account)[1:], now(account)) == ([("900", TODAY + 2 * DAY, None)], 900)
        assert CreditLimit.objects.get(amount=900).currency == "USD"
    with time_machine.travel("2026-03-15 12:00"):
        customers.change_account(account, credit_limit=None, actor=SYSTEM)
        assert (life(account)[1:], now(account)) == ([("900", TODAY + 2 * DAY, TODAY + 4 * DAY)], None)


def test_what_was_written_elsewhere_is_followed_in_a_constant_number_of_statements(given, django_assert_num_queries):
    accounts = [Account.objects.get(customer=given.customer()) for _ in range(5)]
    entity = accounts[0].entity
    for each in accounts[:2]:
        say(each, "100", TODAY)
    say(accounts[2], "100")
    CreditLimit.objects.filter(account=accounts[2]).update(valid_from=TODAY - 9 * DAY)
    say(accounts[3], "50", TODAY + 9 * DAY)
    Account.objects.filter(pk__in=[each.pk for each in accounts[1:]]).update(credit_limit=300)
    with django_assert_num_queries(5):
        limits.follow(entity, None, on=TODAY, by="file", reason="As a file says.")
    assert [life(each) for each in accounts] == [
        [("100", TODAY, None)],
        [("300", TODAY, None)],
        [("100", TODAY - 9 * DAY, TODAY - DAY), ("300", TODAY, None)],
        [("300", TODAY, TODAY + 8 * DAY), ("50", TODAY + 9 * DAY, None)],
        [("300", TODAY, None)],
    ]
    with django_assert_num_queries(4):
        limits.follow(entity, None, on=TODAY, by="file", reason="As a file says.")


def test_who_sets_how_much_alone(given, account):
    analyst = Actor.of(given.user("lea", Role.CREDIT_ANALYST))
    manager = Actor.of(given.user("max", Role.FINANCE_MANAGER))
    policies.change(account.entity, analyst_sets_up_to=Decimal(5000), manager_sets_up_to=Decimal(20000), actor=SYSTEM)
    say(account, "5000", actor=analyst)
    with pytest.raises(LimitRefused, match=r"Alone you set up to 5,000.00 EUR"):
        say(account, "5000.01", actor=analyst)
    with pytest.raises(LimitRefused):
        say(account, "20000.01", actor=manager)
    say(account, "20000", actor=manager)
    # less than what counts, anybody may
    say(account, "19000", actor=analyst)
    say(account, "90000", actor=manager, by_two=True)
    assert now(account) == 90000
    with pytest.raises(LimitRefused):
        customers.change_account(account, credit_limit=Decimal(95000), actor=analyst)
    assert now(account) == 90000


def test_a_limit_in_another_currency_is_measured_at_the_rate_of_the_day(given, account):
    Account.objects.filter(pk=account.pk).update(currency="USD")
    account.refresh_from_db()
    analyst = Actor.of(given.user("lea", Role.CREDIT_ANALYST))
    policies.change(account.entity, analyst_sets_up_to=Decimal(5000), actor=SYSTEM)
    with pytest.raises(LimitRefused):
        say(account, "1", actor=analyst)
    given.rate("USD", "1.25", TODAY)
    say(account, "6250", actor=analyst)
    with pytest.raises(LimitRefused):
        say(account, "6250.01", actor=analyst)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_one_on_a_day(account):
    done = at_once(*[lambda amount=amount: say(account, amount) for amount in ("100", "200", "300", "400")])
    assert not [each for each in done if isinstance(each, Exception)]
    assert len(life(account)) == 1
    assert f"{now(account):.0f}" == life(account)[0][0]
