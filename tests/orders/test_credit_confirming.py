"""Confirming under a limit, releasing by one or two, and letting go of what became good."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import OutboxEvent, Role
from o2c.core.states import IllegalMove
from o2c.orders import confirming, customers
from o2c.orders.confirming import CreditRefused
from o2c.orders.credit import holding, limits, policies
from o2c.orders.credit.exposing import positions
from o2c.orders.credit.holding import FourEyes
from o2c.orders.models import Account, CreditDecision, Order, OrderLine
from o2c.wiring import handle_events
from tests.at_once import at_once
from tests.orders.credit_makers import TODAY, order

DAY = timedelta(days=1)
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
pytestmark = pytest.mark.django_db


@pytest.fixture
def account(given):
    return Account.objects.select_related("entity", "customer").get(customer=given.customer("C1"))


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel("2026-03-10 12:00", tick=False):
        yield


def limit(account, amount, until=None):
    limits.say(account, Decimal(amount), valid_from=TODAY, valid_until=until, today=TODAY, actor=SYSTEM)


def confirm(ordered):
    made = confirming.confirm(ordered, actor=SYSTEM)
    ordered.refresh_from_db()
    return ordered.state, [reason["code"] for reason in made.reasons]


def exposure(account):
    found = positions(account.entity, [account.customer_id], TODAY)[account.customer_id].exposure
    return tuple(f"{part:.2f}" for part in (found.open_items, found.delivered, found.confirmed))


# --- Exposure


def test_its_parts_are_what_is_open_delivered_and_confirmed(given, account):
    item = given.open_item("1000.00 EUR", customer=account.customer)
    given.open_item("-100.00 EUR", customer=account.customer)
    given.receipt("50.00 EUR", customer=account.customer)
    given.pay(item, "300.00 EUR")
    confirmed = order(account, "400.00", state="confirmed")
    order(account, "999.00")
    order(account, "999.00", state="on_hold")
    order(account, "999.00", state="cancelled", reason="x")
    assert exposure(account) == ("550.00", "0.00", "400.00")
    first, second = confirmed.lines.order_by("position")
    # of 100: half delivered, and two tenths of it invoiced; of 300: a tenth given up, two tenths paid ahead
    OrderLine.objects.filter(pk=first.pk).update(delivered=5, invoiced=2)
    OrderLine.objects.filter(pk=second.pk).update(closed=1, invoiced=2)
    Order.objects.filter(pk=confirmed.pk).update(state="partly_delivered")
    assert exposure(account) == ("550.00", "30.00", "260.00")
    OrderLine.objects.filter(order=confirmed).update(delivered=10, invoiced=10, closed=0)
    assert exposure(account) == ("550.00", "0.00", "0.00")


def test_it_is_valued_in_the_base_currency_and_says_what_it_cannot_value(given, account):
    given.open_item("125.00 USD", customer=account.customer)
    order(account, "100.00", state="confirmed", base=None)
    found = positions(account.entity, [account.customer_id], TODAY)[account.customer_id]
    assert found.exposure.unvalued == ("EUR", "USD")
    given.rate("USD", "1.25", TODAY)
    assert exposure(account) == ("100.00", "0.00", "0.00")


def test_what_it_knows_of_paying(given, account):
    given.open_item("100.00 EUR", customer=account.customer, due=TODAY - 61 * DAY)
    given.open_item("50.00 EUR", customer=account.customer, due=TODAY - DAY)
    given.open_item("50.00 EUR", customer=account.customer, due=TODAY)
    facts = positions(account.entity, [account.customer_id], TODAY)[account.customer_id].facts
    assert (facts.oldest_days, facts.overdue, facts.level, facts.broken) == (61, Decimal("150.00"), 0, 0)
    assert confirm(order(account, "1.00")) == ("on_hold", ["overdue_days"])


def test_many_take_as_many_statements_as_one(given, account, django_assert_num_queries):
    limit(account, "100")
    for _ in range(12):
        other = Account.objects.select_related("entity", "customer").get(customer=given.customer())
        order(other, "10.00", state="confirmed")
        given.open_item("10.00 EUR", customer=other.customer)
        limit(other, "100")
    for asked in ([account.customer_id], list(Account.objects.values_list("customer_id", flat=True))):
        with django_assert_num_queries(5):
            assert len(positions(account.entity, asked, TODAY)) == len(asked)


# --- Confirming


def test_within_the_limit_it_is_confirmed_and_counts_for_the_next(account):
    limit(account, "1000")
    first, second, third = (order(account, amount) for amount in ("600.00", "400.01", "400.00"))
    assert confirm(first) == ("confirmed", [])
    assert confirm(second) == ("on_hold", ["limit_exceeded"])
    assert confirm(third) == ("confirmed", [])
    held = CreditDecision.objects.get(order=second)
    assert (held.outcome, held.confirmed, held.order_amount, held.credit_limit, held.exposure) == (
        "held", Decimal("600.00"), Decimal("400.01"), Decimal("1000.00"), Decimal("1000.01"),
    )  # fmt: skip
    told = OutboxEvent.objects.filter(kind__in=["orders.confirmed", "orders.on_hold"]).order_by("pk")
    assert [(event.kind, event.payload["number"]) for event in told] == [
        ("orders.confirmed", first.number), ("orders.on_hold", second.number), ("orders.confirmed", third.number),
    ]  # fmt: skip


def test_twice_is_once(account):
    ordered = order(account, "600.00")
    assert confirm(ordered) == confirm(ordered) == ("confirmed", [])
    assert CreditDecision.objects.count() == 1
    with pytest.raises(IllegalMove):
        confirm(order(account, "1.00", state="draft"))


def test_a_blocked_account_an_expired_limit_and_none_at_all(account):
    assert confirm(order(account, "1.00")) == ("confirmed", [])
    policies.change(account.entity, without_limit="nothing", actor=SYSTEM)
    assert confirm(order(account, "1.00")) == ("on_hold", ["no_limit"])
    limit(account, "500", until=TODAY)
    assert confirm(order(account, "1.00")) == ("confirmed", [])
    customers.change_account(account, standing="blocked", standing_reason="Insolvent", actor=SYSTEM)
    with time_machine.travel("2026-03-11 12:00"):
        assert confirm(order(account, "1.00")) == ("on_hold", ["account_blocked", "limit_expired"])


@pytest.mark.django_db(transaction=True)
def test_two_hundred_at_once_never_exceed_the_limit(given, account):
    """More than may be confirmed, by fifty people at once: what is confirmed is exactly as many as fit."""
    limit(account, "10000")
    given.open_item("500.00 EUR", customer=account.customer, due=TODAY)
    orders = [order(account, "130.00") for _ in range(200)]

    def work(mine):
        return lambda: [confirm(each) for each in mine]

    done = at_once(*[work(orders[place::50]) for place in range(50)], refusals=())
    states = [state for each in done for state, _ in each]
    confirmed = Order.objects.filter(state="confirmed")
    assert (states.count("confirmed"), states.count("on_hold")) == (73, 127)
    assert confirmed.aggregate(total=Sum("base_total"))["total"] == Decimal("9490.00")
    assert exposure(account) == ("500.00", "0.00", "9490.00")
    assert CreditDecision.objects.filter(outcome="held").count() == 127
    assert CreditDecision.objects.filter(outcome="confirmed").count() == 73


def test_many_are_confirmed_in_a_constant_number_of_statements(given, account, django_assert_num_queries):
    limit(account, "1000")
    few, many = ([order(account, "10.00") for _ in range(times)] for times in (2, 40))
    for rows in (few, many):
        with django_assert_num_queries(13):
            confirming.confirm_many(account.entity, [each.pk for each in rows], actor=SYSTEM)
    assert Order.objects.filter(state="confirmed").count() == 42


@pytest.mark.django_db(transaction=True)
def test_an_order_that_is_validated_while_many_wait_for_an_account_is_left(given, account):
    """Nobody has its customer's account, so somebody else may be deciding about that customer."""
    other = Account.objects.select_related("entity", "customer").get(customer=given.customer("C2"))
    limit(account, "1000")
    limit(other, "1000")
    waiting, late = order(account, "10.00"), order(other, "10.00", state="draft")
    held, wanted = threading.Event(), [waiting.pk, late.pk]

    def hold():
        with transaction.atomic(), connection.cursor() as cursor:
            confirming.lock_accounts(account.entity_id, [account.customer_id])
            held.set()
            waits = 0
            while not waits:
                cursor.execute(WAITING)
                (waits,) = cursor.fetchone()
            Order.objects.filter(pk=late.pk).update(state="validated")

    def confirm_all():
        assert held.wait(60)
        return confirming.confirm_many(account.entity, wanted, actor=SYSTEM)

    _, made = at_once(hold, confirm_all, refusals=())
    assert [(each.order_id, each.outcome) for each in made] == [(waiting.pk, "confirmed")]
    assert Order.objects.get(pk=late.pk).state == "validated"


# --- Releasing


@pytest.fixture
def people(given):
    return [Actor.of(given.user(name, Role.CREDIT_ANALYST, Role.FINANCE_MANAGER)) for name in ("ada", "bob", "cy")]


def held(account, amount="100.00"):
    limit(account, "1")
    ordered = order(account, amount)
    assert confirm(ordered) == ("on_hold", ["limit_exceeded"])
    return ordered


def test_one_releases_what_is_small(account, people):
    ordered = held(account)
    for reason in ("", "  "):
        with pytest.raises(CreditRefused):
            holding.release(ordered, reason=reason, actor=people[0])
    made = holding.release(ordered, reason="Paid in advance", actor=people[0])
    ordered.refresh_from_db()
    assert (ordered.state, made.outcome, made.note, made.decided_by) == (
        "confirmed",
        "released",
        "Paid in advance",
        "ada",
    )
    assert [reason["code"] for reason in made.reasons] == ["limit_exceeded"]
    with pytest.raises(IllegalMove):
        holding.release(ordered, reason="Again", actor=people[1])


def test_two_release_what_is_large_and_never_the_same(account, people):
    ada, bob, _ = people
    policies.change(account.entity, two_people_from=Decimal(100), actor=SYSTEM)
    ordered = held(account)
    with pytest.raises(FourEyes):
        holding.release(ordered, reason="A program", actor=Actor("key", key_id=1))
    assert holding.release(ordered, reason="Fine", actor=ada).outcome == "first_yes"
    ordered.refresh_from_db()
    assert ordered.state == "on_hold"
    for again in range(2):
        with pytest.raises(FourEyes, match="You said yes already"):
            holding.release(ordered, reason=f"Fine {again}", actor=ada)
    made = holding.release(ordered, reason="Fine too", actor=bob)
    ordered.refresh_from_db()
    assert (ordered.state, made.outcome, made.first_by_id, made.decided_by_user_id) == (
        "confirmed", "released", ada.user_id, bob.user_id,
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="credit_decision_by_two"), transaction.atomic():
        CreditDecision.objects.filter(pk=made.pk).update(first_by=bob.user_id)


def test_a_first_yes_waits_for_a_few_days_and_for_the_same_reasons(given, account, people):
    ada, bob, cy = people
    policies.change(account.entity, two_people_from=Decimal(100), yes_days=3, actor=SYSTEM)
    ordered = held(account)
    holding.release(ordered, reason="Fine", actor=ada)
    with time_machine.travel("2026-03-14 12:00"):
        assert holding.release(ordered, reason="Fine", actor=bob).outcome == "first_yes"
        given.open_item("5.00 EUR", customer=account.customer, due=TODAY - 90 * DAY)
        holding.recheck(account.entity)
        assert holding.release(ordered, reason="Fine", actor=cy).outcome == "first_yes"
        assert holding.release(ordered, reason="Fine", actor=ada).outcome == "released"


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_is_first_and_one_second(given, account, people):
    policies.change(account.entity, two_people_from=Decimal(100), actor=SYSTEM)
    ordered = held(account)
    done = at_once(
        *[lambda who=who: holding.release(ordered, reason="Fine", actor=who).outcome for who in people * 3],
        refusals=(FourEyes, IllegalMove),
    )
    assert sorted(each for each in done if isinstance(each, str)) == ["first_yes", "released"]


def test_rejected_it_is_cancelled_or_a_draft_again(account, people):
    cancelled, changed = held(account), order(account, "50.00", state="on_hold")
    holding.reject(cancelled, reason="Insolvent", cancel=True, actor=people[0])
    holding.reject(changed, reason="Order less", cancel=False, actor=people[0])
    cancelled.refresh_from_db()
    changed.refresh_from_db()
    assert (cancelled.state, cancelled.reason, changed.state) == ("cancelled", "Insolvent", "draft")
    assert CreditDecision.objects.filter(outcome="rejected").count() == 2


# --- Becoming good


def test_what_is_paid_lets_go_of_what_waited_the_oldest_first(given, account):
    limit(account, "1000")
    item = given.open_item("900.00 EUR", customer=account.customer, due=TODAY)
    first, second, third = (order(account, amount) for amount in ("500.00", "600.00", "300.00"))
    assert [confirm(each)[0] for each in (first, second, third)] == ["on_hold"] * 3
    handle_events()
    assert Order.objects.filter(state="on_hold").count() == 3
    given.pay(item)
    handle_events()
    for each, state in ((first, "confirmed"), (second, "on_hold"), (third, "confirmed")):
        each.refresh_from_db()
        assert each.state == state
    assert CreditDecision.objects.filter(order=first).latest("pk").note == "Nothing speaks against it any more."
    decisions = CreditDecision.objects.count()
    assert holding.recheck_all() == holding.recheck_all() == {"confirmed": 0}
    assert CreditDecision.objects.count() == decisions


def test_a_new_limit_and_a_new_policy_let_go_too(account):
    ordered, other = held(account), order(account, "50.00")
    assert confirm(other)[0] == "on_hold"
    limit(account, "120")
    handle_events()
    ordered.refresh_from_db()
    other.refresh_from_db()
    assert (ordered.state, other.state) == ("confirmed", "on_hold")
    limits.end(account.limits.get(), last_day=TODAY - DAY, today=TODAY, actor=SYSTEM)
    handle_events()
    other.refresh_from_db()
    assert other.state == "confirmed"


def test_it_takes_as_many_statements_for_many(given, django_assert_num_queries):
    accounts = [Account.objects.select_related("entity", "customer").get(customer=given.customer()) for _ in range(8)]
    for each in accounts:
        limit(each, "1")
        confirm(order(each, "10.00"))
    limit(accounts[0], "10")
    with django_assert_num_queries(14):
        assert holding.recheck(accounts[0].entity) == {"looked_at": 8, "confirmed": 1}
    for each in accounts[1:]:
        limit(each, "10")
    with django_assert_num_queries(14):
        assert holding.recheck(accounts[0].entity) == {"looked_at": 7, "confirmed": 7}
