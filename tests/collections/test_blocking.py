"""A level that blocks: who owes what its notice tells of is blocked when it goes out, once, and by a reason."""

from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.test import Client
from django.urls import reverse

from o2c.collections import backtesting, composing, dunning, policies
from o2c.collections.models import Activity, DunningLevel, DunningPolicy, NoticeLine
from o2c.core import leases
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Message, OutboxEvent, Role
from o2c.orders import customers
from o2c.orders.models import Account, Customer
from tests.collections.test_dunning_sending import NOON, overdue, proposed
from tests.given import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def blocking(given, **facts):
    given.entity()
    DunningLevel.objects.filter(number=1).update(blocks=True)
    if facts:
        DunningPolicy.objects.update(**facts)


def standing(customer: Customer) -> tuple[str, str]:
    return Account.objects.values_list("standing", "standing_reason").get(customer=customer)


def test_who_is_told_is_blocked_with_its_reason_and_others_are_not(given):
    blocking(given)
    item, other = overdue(given), given.open_item("5.00 EUR")
    boss = Actor.of(given.user("boss", Role.FINANCE_MANAGER))
    run = dunning.propose(given.entity(), DAY, actor=SYSTEM)
    assert standing(item.customer) == ("open", "")
    dunning.approve(run, actor=boss)
    dunning.send(run, actor=SYSTEM)
    notice = NoticeLine.objects.get().notice_id
    reason = f"Overdue: level 1, Friendly reminder, told on 2 Mar 2026 (notice {notice})"
    assert standing(item.customer) == ("blocked", reason)
    assert standing(other.customer) == ("open", "")
    said = Activity.objects.get()
    assert (said.customer, said.kind, said.actor) == (item.customer, "hold", "boss")
    assert said.text == f"Blocked for new business with DE1. {reason}"
    assert [event.payload["accounts"] for event in OutboxEvent.objects.filter(kind="accounts.blocked")] == [1]
    event = apps.get_model("orders", "AccountEvent").objects.get(standing="blocked")
    assert event.pgh_context.metadata["actor"] == "boss"
    client = Client()
    client.force_login(given.user("reader", Role.COLLECTOR))
    assert reason in client.get(reverse("customer", args=[item.customer_id])).content.decode()


def test_it_is_set_once_and_one_that_is_not_open_keeps_its_reason(given):
    blocking(given)
    item = overdue(given)
    account = Account.objects.get(customer=item.customer)
    customers.change_account(account, standing="closed", standing_reason="Gone", actor=SYSTEM)
    dunning.send(proposed(given.entity()), actor=SYSTEM)
    assert standing(item.customer) == ("closed", "Gone")
    assert Message.objects.count() == 1
    assert not Activity.objects.exists()


def test_a_person_opens_it_and_the_next_notice_of_the_level_blocks_again(given):
    blocking(given, repeats_after=3)
    DunningLevel.objects.filter(number__gt=1).delete()
    item = overdue(given)
    dunning.send(proposed(given.entity()), actor=SYSTEM)
    account = Account.objects.get(customer=item.customer)
    customers.change_account(account, standing="open", actor=SYSTEM)
    assert standing(item.customer) == ("open", "")
    for days, state in ((1, "open"), (3, "blocked")):
        with time_machine.travel(NOON + timedelta(days=days), tick=False):
            day = DAY + timedelta(days=days)
            run = dunning.propose(given.entity(), day, actor=SYSTEM)
            dunning.approve(run, actor=SYSTEM)
            dunning.send(run, actor=SYSTEM)
        assert standing(item.customer)[0] == state, days


def test_what_was_paid_before_it_went_out_blocks_nobody(given):
    blocking(given)
    item = overdue(given)
    run = proposed(given.entity())
    given.pay(item, on=DAY)
    dunning.send(run, actor=SYSTEM)
    assert standing(item.customer) == ("open", "")


def test_of_a_head_offices_notice_the_branches_at_such_a_level_are_blocked(given):
    blocking(given, notice_for="payer")
    DunningLevel.objects.filter(number=1).update(blocks=False)
    DunningLevel.objects.filter(number=2).update(blocks=True, days_past_due=4)
    DunningPolicy.objects.update(climbs="severe")
    house = given.customer()
    far, near = given.customer(parent=house), given.customer(parent=house)
    overdue(given, days=5, customer=far)
    overdue(given, days=3, customer=near)
    dunning.send(proposed(given.entity()), actor=SYSTEM)
    assert {line.notice.customer for line in NoticeLine.objects.all()} == {house}
    assert [standing(each)[0] for each in (house, far, near)] == ["open", "blocked", "open"]


def test_a_replay_and_a_backtest_block_nobody(given):
    blocking(given)
    item = overdue(given, days=8)
    dunning.run_day(given.entity(), DAY - timedelta(days=4), actor=SYSTEM, replay=True)
    played = backtesting.play(given.entity(), policies.in_force("standard", DAY), DAY - timedelta(days=9), DAY)
    assert played.notices > 0
    assert standing(item.customer) == ("open", "")


def test_a_part_that_breaks_blocks_nobody_and_done_again_blocks_once(given, monkeypatch):
    blocking(given)
    item = overdue(given)
    run = proposed(given.entity())
    dunning.begin_sending(run, actor=SYSTEM)
    lease = leases.take(dunning.SEND, subject_id=run.pk)
    with monkeypatch.context() as broken:
        broken.setattr(composing.leases, "done", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            dunning.do_part(lease)
    assert standing(item.customer) == ("open", "")
    assert not Activity.objects.exists()
    assert dunning.finish_here(run).state == "done"
    dunning.go_on(run.pk)
    assert standing(item.customer)[0] == "blocked"
    assert Activity.objects.count() == 1


def test_a_part_takes_as_many_statements_for_many_as_for_one(given, django_assert_max_num_queries):
    blocking(given)
    for _ in range(12):
        overdue(given)
    run = proposed(given.entity())
    dunning.begin_sending(run, actor=SYSTEM)
    lease = leases.take(dunning.SEND, subject_id=run.pk)
    with django_assert_max_num_queries(40):
        dunning.do_part(lease)
    assert Account.objects.filter(standing="blocked").count() == 12
