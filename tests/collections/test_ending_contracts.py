"""Contracts that end soon: one task each, done when the contract is renewed or ended."""

from datetime import date, timedelta

import pytest

from o2c import wiring
from o2c.collections import ending_contracts
from o2c.collections.models import Task
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.orders.contracts import keeping
from o2c.orders.models import Account
from tests.at_once import at_once
from tests.orders.makers import TODAY, activate, active, contract

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def of(given):
    account = Account.objects.select_related("entity", "customer").get(customer=given.customer("C1"))
    return account.entity, account.customer


def told():
    return list(Task.objects.order_by("pk").values_list("kind", "why", "due_on", "state"))


def soon(of, number="C-1", **facts):
    return active(*of, number, ends_on=TODAY + 20 * DAY, notice_days=20, **facts)


def remind(of, on=TODAY):
    return ending_contracts.remind(of[0], on)


def test_it_is_told_once_and_to_who_looks_after_the_account(given, of):
    collector = given.user("anna", Role.COLLECTOR)
    Account.objects.update(collector=collector)
    soon(of)
    contract(*of, "draft", ends_on=TODAY)
    active(*of, "later")
    active(*of, "open", ends_on=None)
    assert (remind(of, TODAY - DAY), remind(of), remind(of), remind(of, TODAY + DAY)) == (0, 1, 0, 0)
    assert told() == [("contract", "Contract C-1 ends on 2026-03-30: renew it, or let it end", TODAY, "open")]
    assert Task.objects.get().assignee == collector


def test_one_that_was_ended_by_notice_needs_no_task(of):
    keeping.end(soon(of), last_day=TODAY + DAY, reason="Sold", today=TODAY, actor=SYSTEM)
    assert remind(of) == 0


@pytest.mark.parametrize("how", ["renewed", "ended"])
def test_the_task_is_done_when_the_contract_is_renewed_or_ended(of, how):
    agreed, other = soon(of), soon(of, "C-2")
    assert remind(of) == 2
    if how == "renewed":
        activate(keeping.renew(agreed, number="C-1/2", begins_on=TODAY + 21 * DAY, actor=SYSTEM))
    else:
        keeping.end(agreed, last_day=TODAY, reason="Sold", today=TODAY, actor=SYSTEM)
    wiring.handle_events()
    states = dict(Task.objects.values_list("key", "state"))
    assert states == {f"contract:{agreed.pk}": "done", f"contract:{other.pk}": "open"}
    assert Task.objects.get(state="done").outcome == how
    wiring.handle_events()
    assert remind(of) == 0


def test_the_day_brings_it_by_itself(given, of):
    today = clock.today(of[0].time_zone)
    active(*of, begins_on=date(2020, 1, 1), ends_on=today + 3 * DAY)
    wiring.beat()
    wiring.beat()
    assert [task[0] for task in told()] == ["contract"]


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_make_one_task(given):
    account = Account.objects.select_related("entity", "customer").get(customer=given.customer("C1"))
    of = (account.entity, account.customer)
    soon(of)
    assert sorted(at_once(*(lambda: remind(of) for _ in range(4)))) == [0, 0, 0, 1]
    assert Task.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_ended_while_it_is_told_nothing_is_left_to_do(given):
    account = Account.objects.select_related("entity", "customer").get(customer=given.customer("C1"))
    of = (account.entity, account.customer)
    agreed = soon(of)
    at_once(
        lambda: remind(of),
        lambda: keeping.end(agreed, last_day=TODAY, reason="Sold", today=TODAY, actor=SYSTEM),
    )
    wiring.handle_events()
    assert not Task.objects.exclude(state="done").exists()
