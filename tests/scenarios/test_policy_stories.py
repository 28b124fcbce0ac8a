"""What each rule of a policy does from day to day: before the due day, deadlines, found payments, groups, and more."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from o2c.collections import disputes, dunning
from o2c.collections.models import (
    Activity,
    DunningLevel,
    DunningPolicy,
    DunningSettings,
    LevelMinimum,
    Notice,
    NoticeLine,
    PolicyChoice,
)
from o2c.core.actors import SYSTEM
from o2c.core.models import Message
from o2c.invoicing.models import MatchProposal, MatchSplit
from o2c.orders import customers
from o2c.orders.models import Account
from tests.scenarios.test_dunning_stories import DUE, Story, late


@pytest.fixture
def story(given):
    return Story(given)


def policy(code: str = "ours", levels: str = "1 10 20", **rules) -> DunningPolicy:
    """A policy with levels on these days past due."""
    made = DunningPolicy.objects.create(
        code=code, name=code.title(), effective_on=date(2020, 1, 1), **{"interval_days": 5, **rules}
    )
    for number, days in enumerate(levels.split(), start=1):
        DunningLevel.objects.create(
            policy=made, number=number, name=f"Level {number}", days_past_due=int(days), template="reminder"
        )
    return made


def by(code: str) -> None:
    DunningSettings.objects.update(policy=code)


def called(item, day: date, outcome: str = "reached") -> None:
    Activity.objects.create(
        entity=item.entity, customer=item.customer, payer_id=item.payer_id, kind=Activity.Kind.CALL, outcome=outcome,
        actor="test", happened_at=datetime.combine(day, time(9), UTC),
    )  # fmt: skip


def proposed(given, item, money: str, day: date) -> MatchProposal:
    line = given.bank_line(money, on=day, entity=item.entity)
    proposal = MatchProposal.objects.create(
        entity=item.entity, line=line, customer=item.customer, payer_id=item.payer_id, amount=line.amount, score=1,
        made_at=datetime.combine(day, time(9), UTC),
    )  # fmt: skip
    MatchSplit.objects.create(proposal=proposal, item=item, amount=line.amount)
    return proposal


def test_a_courtesy_reminder_goes_out_before_the_due_day_and_what_is_paid_then_gets_none(story, given):
    made = policy(levels="-5 3 14")
    by("ours")
    DunningLevel.objects.filter(policy=made, number=1).update(template="upcoming")
    item = given.open_item("1000.00 EUR", due=DUE)
    assert story.run(late(-6)) == {}
    assert story.why(item, late(-6)) == "not overdue", "no policy looks at it yet"
    assert story.run(late(-5)) == {item.number: 1}
    text = Message.objects.get().text
    assert "soon be due" in text
    assert "not due yet" in text
    assert "days late" not in text
    assert story.run(late(0)) == {}
    assert story.why(item, late(0)) == "not_yet"
    assert story.run(late(3)) == {item.number: 2}
    paid = given.open_item("70.00 EUR", due=late(20), issued=DUE, customer=item.customer)
    given.pay(paid, on=late(10))
    assert paid.number not in story.run(late(15))


def test_a_courtesy_reminder_is_worth_its_minimum_by_the_item_itself(story, given):
    made = policy(levels="-5 3")
    by("ours")
    LevelMinimum.objects.create(level=made.levels.get(number=1), currency="EUR", amount=50)
    small, large = given.open_item("49.99 EUR", due=DUE), given.open_item("50.00 EUR", due=DUE)
    assert story.run(late(-5)) == {large.number: 1}
    assert story.why(small, late(-5)) == "below_minimum"


def test_money_may_be_on_its_way_for_the_days_of_the_bank(story, given):
    policy(levels="1 10", bank_days=3)
    by("ours")
    item = given.open_item("1000.00 EUR", due=DUE)
    assert story.told(item, 15) == [(4, 1), (13, 2)]
    assert story.why(item, late(1)) == "grace"
    assert story.why(item, late(9)) == "not_yet"


def test_a_deadline_that_a_notice_sets_stands_in_it_and_is_kept_to(story, given):
    made = policy(levels="1 5 9", bank_days=2, interval_days=1)
    by("ours")
    DunningLevel.objects.filter(policy=made, number=1).update(days_to_pay=10)
    item = given.open_item("1000.00 EUR", due=DUE)
    assert story.told(item, 30) == [(3, 1), (16, 2), (17, 3)]
    assert story.why(item, late(15)) == "deadline_running"
    assert Notice.objects.get(level=1).pay_by == late(13)
    assert "Please pay by 15 Mar 2026." in Message.objects.order_by("pk").first().text


def test_a_mixed_notice_sets_one_deadline_for_all_its_items(story, given):
    made = policy(levels="1 10", interval_days=1)
    by("ours")
    DunningLevel.objects.filter(policy=made, number=2).update(days_to_pay=20)
    old = given.open_item("1000.00 EUR", due=DUE)
    story.run(late(1))
    young = given.open_item("10.00 EUR", due=late(9), customer=old.customer)
    assert story.run(late(10)) == {old.number: 2, young.number: 1}
    assert set(NoticeLine.objects.filter(as_of=late(10)).values_list("pay_by", flat=True)) == {late(30)}
    assert story.run(late(30)) == {}
    assert story.why(young, late(30)) == "deadline_running"
    assert story.run(late(31)) == {young.number: 2}


def test_a_level_may_wait_longer_than_the_policy_after_the_last_notice(story, given):
    made = policy(levels="1 2 3", interval_days=1)
    by("ours")
    DunningLevel.objects.filter(policy=made, number=3).update(wait_days=9)
    item = given.open_item("1000.00 EUR", due=DUE)
    assert story.told(item, 20) == [(1, 1), (2, 2), (11, 3)]
    assert story.why(item, late(10)) == "interval"


def test_the_level_that_the_lateness_says_against_one_level_at_a_time(story, given):
    policy("steep", levels="1 10 20", climbs="severe")
    policy("steps", levels="1 10 20")
    steep, steps = (
        given.open_item("9.00 EUR", due=DUE, customer=given.customer(policy=code)) for code in ("steep", "steps")
    )
    assert story.run(late(12)) == {steep.number: 2, steps.number: 1}
    assert story.run(late(25)) == {steep.number: 3, steps.number: 2}
    assert story.run(late(30)) == {steps.number: 3}
    assert story.why(steep, late(30)) == "last_level"


def test_the_last_level_comes_again_where_the_policy_repeats_it(story, given):
    policy(levels="1 5", repeats_after=10, interval_days=3)
    by("ours")
    item = given.open_item("1000.00 EUR", due=DUE)
    assert story.told(item, 36) == [(1, 1), (5, 2), (15, 2), (25, 2), (35, 2)]
    assert list(NoticeLine.objects.filter(level=2).order_by("as_of").values_list("repeat", flat=True)) == [0, 1, 2, 3]
    assert story.why(item, late(20)) == "interval"
    assert story.run(late(35)) == {}, "once a day"


def test_who_was_just_spoken_with_gets_no_letter(story, given):
    policy(contact_days=4)
    by("ours")
    item = given.open_item("1000.00 EUR", due=DUE)
    other = given.open_item("5.00 EUR", due=DUE)
    called(item, late(0))
    called(other, late(0), "no_answer")
    assert story.run(late(1)) == {other.number: 1}
    assert story.why(item, late(1)) == "in_contact"
    assert story.run(late(3)) == {}
    assert story.run(late(4)) == {item.number: 1}
    story.promise(
        given.open_item("8.00 EUR", due=late(40), issued=DUE, customer=item.customer), on=late(11), by=late(60)
    )
    assert story.run(late(12)) == {other.number: 2}
    assert story.why(item, late(12)) == "in_contact", "a promise about another item"


def test_what_a_payment_on_account_covers_is_not_chased(story, given):
    policy(heeds_payments=True)
    by("ours")
    item = given.open_item("100.00 EUR", due=DUE)
    newer = given.open_item("60.00 EUR", due=late(1), customer=item.customer)
    given.receipt("100.00 EUR", customer=item.customer, on=late(1))
    assert story.run(late(2)) == {newer.number: 1}
    assert story.why(item, late(2)) == "payment_found"
    assert story.run(late(1)) == {}


def test_what_a_line_of_the_bank_may_pay_is_not_chased_until_that_is_decided(story, given):
    policy(heeds_payments=True)
    by("ours")
    item, short = given.open_item("100.00 EUR", due=DUE), given.open_item("100.00 EUR", due=DUE)
    proposal = proposed(given, item, "100.00 EUR", late(0))
    proposed(given, short, "40.00 EUR", late(0))
    assert story.run(late(1)) == {short.number: 1}
    assert story.why(item, late(1)) == "payment_found"
    MatchProposal.objects.filter(pk=proposal.pk).update(
        state="rejected", decided_at=datetime.combine(late(3), time(9), UTC)
    )
    assert story.run(late(2)) == {}
    assert story.run(late(3)) == {item.number: 1}


def test_the_standard_policy_heeds_no_payment_but_one_that_covers_everything(story, given):
    item = given.open_item("100.00 EUR", due=DUE)
    given.open_item("60.00 EUR", due=late(60), issued=DUE, customer=item.customer)
    given.receipt("100.00 EUR", customer=item.customer, on=late(1))
    assert story.run(late(3)) == {item.number: 1}


def test_of_an_item_half_disputed_the_other_half_is_chased(story, given):
    item = given.open_item("1000.00 EUR", due=DUE)
    disputes.open(item, reason="Two pallets broken", amount=Decimal("400.00"), on=DUE, actor=SYSTEM)
    assert story.run(late(3)) == {item.number: 1}
    assert NoticeLine.objects.get().open_amount == Decimal("600.00")
    assert Notice.objects.get().total == Decimal("600.00")
    assert "600.00 EUR" in Message.objects.get().text
    given.pay(item, "600.00 EUR", on=late(5))
    assert story.run(late(14)) == {}
    assert story.why(item, late(14)) == "disputed", "all that is left is contested"


def test_a_head_office_is_told_of_what_its_branches_owe(story, given):
    policy(notice_for="payer")
    by("ours")
    office = given.customer("HQ")
    north, south = (given.customer(number, email="") for number in ("NORTH", "SOUTH"))
    for branch in (north, south):
        customers.move(branch, parent=office, actor=SYSTEM)
    one = given.open_item("100.00 EUR", due=DUE, customer=north)
    two = given.open_item("30.00 EUR", due=late(1), customer=south)
    assert story.run(late(2)) == {one.number: 1, two.number: 1}
    notice = Notice.objects.get()
    assert (notice.customer, notice.items, notice.total) == (office, 2, Decimal("130.00"))
    message = Message.objects.get()
    assert "ap@hq.example" in message.recipient
    assert "Customer NORTH" in message.text
    assert "Customer SOUTH" in message.text


def test_money_of_the_head_office_counts_for_its_branches(story, given):
    policy(notice_for="payer")
    by("ours")
    office, branch = given.customer("HQ"), given.customer("NORTH")
    customers.move(branch, parent=office, actor=SYSTEM)
    item = given.open_item("100.00 EUR", due=DUE, customer=branch)
    given.receipt("100.00 EUR", customer=office, on=late(1))
    assert story.run(late(2)) == {}
    assert story.why(item, late(2)) == "net_credit"
    Account.objects.filter(customer=office).update(channel="none")
    given.open_item("500.00 EUR", due=late(2), customer=branch)
    assert story.run(late(4)) == {}
    assert story.why(item, late(4)) == "no_reminders"


def test_each_item_by_itself(story, given):
    policy(notice_for="item")
    by("ours")
    first = given.open_item("100.00 EUR", due=DUE)
    second = given.open_item("30.00 EUR", due=DUE, customer=first.customer)
    assert story.run(late(1)) == {first.number: 1, second.number: 1}
    assert set(Notice.objects.values_list("item", "total")) == {(first.pk, 100), (second.pk, 30)}
    assert Message.objects.count() == 2
    again = dunning.run_day(story.entity, late(1), actor=SYSTEM, replay=True)
    assert again.notices_made == 0


def test_minimums_are_of_a_currency_each(story, given):
    made = policy()
    by("ours")
    for currency, amount in (("EUR", 100), ("USD", 20)):
        LevelMinimum.objects.create(level=made.levels.get(number=1), currency=currency, amount=amount)
    euro = given.open_item("99.00 EUR", due=DUE)
    dollar = given.open_item("21.00 USD", due=DUE, customer=euro.customer)
    assert story.run(late(1)) == {dollar.number: 1}
    assert story.why(euro, late(1)) == "below_minimum"


def test_the_most_specific_policy_stands(story, given):
    for number, code in enumerate(("entitys", "segments", "accounts", "items"), start=1):
        policy(code, levels=str(number))
    by("entitys")
    PolicyChoice.objects.create(entity=story.entity, segment="large", policy="segments")
    plain = given.customer()
    large = given.customer(segment="large")
    own = given.customer(segment="large", policy="accounts")
    made = [given.open_item("10.00 EUR", due=DUE, customer=customer) for customer in (plain, large, own, own)]
    PolicyChoice.objects.create(entity=story.entity, item=made[3], policy="items")
    for number, item in enumerate(made, start=1):
        assert story.run(late(number)) == {item.number: 1}


def test_another_policy_that_is_named_in_mid_cycle_takes_over_at_once(story, given):
    policy("strict", levels="1 4", interval_days=1)
    item = given.open_item("1000.00 EUR", due=DUE)
    assert story.run(late(3)) == {item.number: 1}
    Account.objects.update(policy="strict")
    assert story.run(late(4)) == {item.number: 2}


def test_a_draft_is_in_force_for_nobody(story, given):
    policy("standard", levels="1", version=2, activated_at=None)
    item = given.open_item("1000.00 EUR", due=DUE)
    assert story.run(late(2)) == {}
    assert story.why(item, late(2)) == "not_yet"


def test_a_version_that_a_run_has_used_stays_as_it_was(story, given):
    made = policy()
    DunningLevel.objects.filter(policy=made, number=1).update(days_past_due=2)
    by("ours")
    given.open_item("1000.00 EUR", due=DUE)
    assert story.run(late(1)) == {}
    level = made.levels.get(number=1)
    changes = [
        lambda: DunningPolicy.objects.filter(pk=made.pk).update(interval_days=1),
        lambda: DunningLevel.objects.filter(pk=level.pk).update(days_past_due=1),
        lambda: DunningLevel.objects.create(policy=made, number=4, name="x", days_past_due=40, template="final"),
        lambda: LevelMinimum.objects.create(level=level, currency="EUR", amount=1),
        lambda: made.delete(),
    ]
    for change in changes:
        with pytest.raises(IntegrityError, match="in use and"), transaction.atomic():
            change()
    made.refresh_from_db()
    assert (made.used, made.interval_days, made.levels.count()) == (True, 5, 3)


def test_a_promise_is_judged_by_the_grace_of_the_segments_policy(story, given):
    from o2c.collections import promises

    policy("patient", promise_grace_days=9)
    PolicyChoice.objects.create(entity=story.entity, segment="large", policy="patient")
    item = given.open_item("1000.00 EUR", due=DUE, customer=given.customer(segment="large"))
    promise = story.promise(item, on=late(1), by=late(3))
    promises.recompute(customer_ids=[item.customer_id], as_of=late(12))
    promise.refresh_from_db()
    assert promise.state == "open"
    promises.recompute(customer_ids=[item.customer_id], as_of=late(3) + timedelta(days=10))
    promise.refresh_from_db()
    assert promise.state == "broken"
