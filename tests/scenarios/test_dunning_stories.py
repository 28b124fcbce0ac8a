"""Dunning as it goes from day to day: what a customer is told, and why not more."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine

from o2c.collections import dunning
from o2c.collections.models import (
    Decision,
    Dispute,
    DunningLevel,
    DunningPolicy,
    DunningRun,
    DunningSettings,
    Hold,
    LevelMinimum,
    Notice,
    NoticeLine,
    PromisedItem,
    PromiseToPay,
)
from o2c.core.actors import SYSTEM
from o2c.invoicing import cash
from o2c.invoicing.models import Allocation, OpenItem
from o2c.orders.models import LegalEntity
from tests.given import Given

DUE = date(2026, 3, 2)


def late(days: int) -> date:
    """The day on which what was due on DUE is so many days late."""
    return DUE + timedelta(days=days)


class Story:
    """One legal entity's dunning, day by day; the past is replayed, so nothing goes out."""

    def __init__(self, given: Given):
        self.given = given
        self.entity = given.entity()

    def run(self, day: date) -> dict[str, int]:
        """Dun on a day: which document was noticed at which level."""
        run = dunning.run_day(self.entity, day, actor=SYSTEM, replay=True)
        assert run.state == "done"
        assert run.considered == run.items_noticed + sum(run.skipped.values())
        lines = NoticeLine.objects.filter(notice__run=run, dropped_because="").select_related("item")
        return {line.item.number: line.level for line in lines}

    def told(self, item: OpenItem, until: int, every: int = 1) -> list[tuple[int, int]]:
        """Dun every day until it is so many days late: (days late, level) of each time the item was noticed."""
        told = []
        for days in range(0, until + 1, every):
            level = self.run(late(days)).get(item.number)
            if level:
                told.append((days, level))
        return told

    def why(self, item: OpenItem, day: date) -> str:
        decision = Decision.objects.filter(item_id=item.pk, as_of=day).order_by("-run_id").first()
        return decision.reason if decision else "not overdue"

    def promise(self, item: OpenItem, *, on: date, by: date) -> PromiseToPay:
        promise = PromiseToPay.objects.create(
            entity=self.entity,
            customer=item.customer,
            payer_id=item.payer_id,
            currency=item.currency,
            amount=item.open_amount,
            promised_on=on,
            pay_by=by,
            actor="test",
        )
        PromisedItem.objects.create(promise=promise, item=item, amount=item.open_amount)
        return promise


@pytest.fixture
def story(given):
    return Story(given)


def test_an_unpaid_item_gets_each_level_once_on_its_day(story, given):
    item = given.open_item("1000.00 EUR", due=DUE)
    assert story.told(item, 60) == [(3, 1), (14, 2), (25, 3), (40, 4)]
    assert story.why(item, late(0)) == "not overdue"
    assert story.why(item, late(2)) == "not_yet"
    assert story.why(item, late(60)) == "last_level"


def test_nothing_is_chased_once_it_is_paid(story, given):
    item = given.open_item("1000.00 EUR", due=DUE)
    assert story.run(late(3)) == {item.number: 1}
    given.pay(item, on=late(10))
    assert story.run(late(14)) == {}
    assert story.why(item, late(14)) == "not overdue"


def test_after_a_part_payment_the_rest_is_chased_at_the_next_level(story, given):
    item = given.open_item("1000.00 EUR", due=DUE)
    story.run(late(3))
    given.pay(item, "400.00 EUR", on=late(8))
    assert story.run(late(14)) == {item.number: 2}
    assert NoticeLine.objects.get(level=2).open_amount == Decimal("600.00")
    assert Notice.objects.get(level=2).total == Decimal("600.00")


def test_a_credit_note_that_covers_everything_stops_dunning_before_it_is_applied(story, given):
    item = given.open_item("1000.00 EUR", due=DUE)
    story.run(late(3))
    credit = given.open_item("-1000.00 EUR", customer=item.customer, issued=late(10), due=late(10))
    assert story.run(late(14)) == {}
    assert story.why(item, late(14)) == "net_credit"
    cash.apply(credit, [cash.Split(item, Decimal(1000))], on=late(15), actor=SYSTEM)
    assert story.run(late(25)) == {}
    assert story.why(item, late(25)) == "not overdue"


def test_a_credit_note_that_covers_a_part_does_not_stop_dunning(story, given):
    item = given.open_item("1000.00 EUR", due=DUE)
    given.open_item("-999.99 EUR", customer=item.customer, issued=DUE, due=DUE)
    assert story.run(late(3)) == {item.number: 1}


def test_a_promise_holds_dunning_until_it_is_broken(story, given):
    item = given.open_item("1000.00 EUR", due=DUE)
    story.run(late(3))
    story.promise(item, on=late(10), by=late(20))
    assert story.run(late(14)) == {}
    assert story.why(item, late(14)) == "promise_open"
    assert story.run(late(21)) == {}, "a day of grace"
    assert story.run(late(22)) == {item.number: 2}


def test_a_promise_taken_back_holds_nothing(story, given):
    item = given.open_item("1000.00 EUR", due=DUE)
    promise = story.promise(item, on=late(1), by=late(30))
    assert story.run(late(5)) == {}
    PromiseToPay.objects.filter(pk=promise.pk).update(withdrawn_on=late(6))
    assert story.run(late(6)) == {item.number: 1}


def test_a_disputed_item_is_left_out_and_the_others_are_not(story, given):
    disputed = given.open_item("1000.00 EUR", due=DUE)
    other = given.open_item("50.00 EUR", due=DUE, customer=disputed.customer)
    dispute = Dispute.objects.create(
        item=disputed,
        entity=story.entity,
        customer=disputed.customer,
        payer_id=disputed.payer_id,
        reason="Wrong price",
        opened_on=late(2),
        actor="test",
    )
    assert story.run(late(3)) == {other.number: 1}
    assert story.why(disputed, late(3)) == "disputed"
    Dispute.objects.filter(pk=dispute.pk).update(state="resolved", closed_on=late(20))
    assert story.run(late(19)) == {other.number: 2}
    assert story.run(late(20)) == {disputed.number: 1}
    assert story.run(late(27)) == {disputed.number: 2, other.number: 3}


def test_what_the_source_calls_disputed_counts_from_that_day(story, given):
    item = given.open_item("1000.00 EUR", due=DUE)
    OpenItem.objects.filter(pk=item.pk).update(disputed_on=late(10))
    assert story.run(late(3)) == {item.number: 1}
    assert story.run(late(14)) == {}
    assert story.why(item, late(14)) == "disputed"


@pytest.mark.parametrize("which", ["customer", "customer and entity", "item"])
def test_a_hold_stops_dunning_from_its_first_to_its_last_day(story, given, which):
    item = given.open_item("1000.00 EUR", due=DUE)
    Hold.objects.create(
        customer=item.customer,
        payer_id=item.payer_id,
        entity=story.entity if which == "customer and entity" else None,
        item=item if which == "item" else None,
        reason="Talks with the board",
        from_on=late(2),
        until=late(9),
        actor="test",
    )
    assert story.run(late(3)) == {}
    assert story.run(late(9)) == {}
    assert story.why(item, late(9)) == "hold"
    assert story.run(late(10)) == {item.number: 1}


def test_a_hold_with_another_legal_entity_holds_nothing_here(story, given):
    item = given.open_item("1000.00 EUR", due=DUE)
    other = given.entity("UK1", "GBP")
    Hold.objects.create(
        customer=item.customer, payer_id=item.payer_id, entity=other, reason="x", from_on=DUE, actor="test"
    )
    assert story.run(late(3)) == {item.number: 1}


def test_an_account_without_reminders_gets_none(story, given):
    customer = given.customer(channel="none")
    item = given.open_item("1000.00 EUR", due=DUE, customer=customer)
    assert story.told(item, 30, every=10) == []
    assert story.why(item, late(30)) == "no_reminders"


def test_a_mixed_notice_takes_the_highest_level_and_tells_each_items_own(story, given):
    old = given.open_item("1000.00 EUR", due=DUE)
    story.run(late(3))
    young = given.open_item("200.00 EUR", due=late(10), customer=old.customer)
    foreign = given.open_item("300.00 USD", due=late(1), customer=old.customer)
    assert story.run(late(14)) == {old.number: 2, young.number: 1, foreign.number: 1}
    mixed = Notice.objects.get(as_of=late(14), currency="EUR")
    assert (mixed.level, mixed.items, mixed.total) == (2, 2, Decimal("1200.00"))
    assert Notice.objects.get(as_of=late(14), currency="USD").level == 1


def test_an_item_is_noticed_again_only_after_the_interval_and_holds_no_other_back(story, given):
    first = given.open_item("1000.00 EUR", due=DUE)
    second = given.open_item("200.00 EUR", due=late(2), customer=first.customer)
    assert story.run(late(12)) == {first.number: 1, second.number: 1}
    third = given.open_item("50.00 EUR", due=late(11), customer=first.customer)
    assert story.run(late(14)) == {third.number: 1}
    assert story.why(first, late(14)) == "interval"
    assert story.run(late(18)) == {}
    assert story.run(late(19)) == {first.number: 2, second.number: 2}


def test_a_total_below_the_levels_minimum_is_not_worth_a_notice(story, given):
    LevelMinimum.objects.create(level=DunningLevel.objects.get(number=1), currency="EUR", amount=50)
    item = given.open_item("49.99 EUR", due=DUE)
    assert story.run(late(3)) == {}
    assert story.why(item, late(3)) == "below_minimum"
    other = given.open_item("0.01 EUR", due=late(5), customer=item.customer)
    assert story.run(late(6)) == {item.number: 1}, "together they are worth it"
    assert story.why(other, late(6)) == "not_yet"


def test_an_item_opened_again_starts_a_new_cycle(story, given):
    item = given.open_item("1000.00 EUR", due=DUE)
    story.run(late(3))
    story.run(late(14))
    given.pay(item, on=late(20))
    assert story.run(late(25)) == {}
    cash.unapply(Allocation.objects.get(amount__gt=0), on=late(30), actor=SYSTEM)
    receipt = OpenItem.objects.get(amount__lt=0)
    assert story.run(late(31)) == {}
    assert story.why(item, late(31)) == "net_credit", "the money is still there, on account"
    other = given.open_item("1.00 EUR", due=late(60), customer=item.customer)
    cash.apply(receipt, [cash.Split(other, Decimal(1))], on=late(31), actor=SYSTEM)
    given.open_item("2000.00 EUR", due=late(60), issued=late(31), customer=item.customer)
    assert story.run(late(32)) == {item.number: 1}
    assert NoticeLine.objects.get(as_of=late(32)).cycle == 2
    assert Decision.objects.get(as_of=late(32), item_id=item.pk).cycle == 2


def test_days_without_a_run_are_caught_up_one_level_at_a_time(story, given):
    item = given.open_item("1000.00 EUR", due=DUE)
    assert story.run(late(20)) == {item.number: 1}
    assert story.run(late(26)) == {}
    assert story.why(item, late(26)) == "interval"
    assert story.run(late(27)) == {item.number: 2}
    assert story.run(late(45)) == {item.number: 3}
    assert story.run(late(52)) == {item.number: 4}


def test_a_policys_new_version_counts_for_the_cycles_that_begin_from_its_day_on(story, given):
    old = DunningPolicy.objects.get()
    new = DunningPolicy.objects.create(
        code=old.code, version=2, name="Stricter", effective_on=late(8), interval_days=2, promise_grace_days=0
    )
    DunningLevel.objects.create(policy=new, number=1, name="First", days_past_due=1, template="reminder")
    DunningLevel.objects.create(policy=new, number=2, name="Last", days_past_due=9, template="final")
    begun = given.open_item("1000.00 EUR", due=DUE)
    later = given.open_item("500.00 EUR", due=late(8), customer=begun.customer)
    told = {late(days): story.run(late(days)) for days in range(50)}
    assert {day: items for day, items in told.items() if items} == {
        late(3): {begun.number: 1},
        late(9): {later.number: 1},
        late(14): {begun.number: 2},
        late(17): {later.number: 2},
        late(25): {begun.number: 3},
        late(40): {begun.number: 4},
    }
    decided = Decision.objects.filter(item_id=begun.pk)
    assert set(decided.values_list("policy_id", flat=True)) == {old.pk}
    assert set(Decision.objects.filter(item_id=later.pk).values_list("policy_id", flat=True)) == {new.pk}


def test_a_past_day_played_out_of_order_does_not_repeat_a_level(story, given):
    item = given.open_item("1000.00 EUR", due=DUE)
    assert story.run(late(14)) == {item.number: 1}
    assert story.run(late(4)) == {}
    assert story.why(item, late(4)) == "noticed_later"


def test_a_customer_that_moves_to_another_payer_keeps_its_levels(story, given):
    from o2c.orders import customers

    item = given.open_item("1000.00 EUR", due=DUE)
    story.run(late(3))
    customers.move(item.customer, parent=given.customer(), actor=SYSTEM)
    assert story.run(late(4)) == {}
    assert story.why(item, late(4)) == "not_yet"
    assert story.run(late(14)) == {item.number: 2}


UTC = ZoneInfo("UTC")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("proposes_at", "sunday", "proposed"),
    [
        (time(7), date(2026, 3, 29), ("2026-03-29T05:00", "2026-03-30T05:00")),
        (time(7), date(2026, 10, 25), ("2026-10-25T06:00", "2026-10-26T06:00")),
        (time(2, 30), date(2026, 3, 29), ("2026-03-29T01:00", "2026-03-30T00:30")),
        (time(2, 30), date(2026, 10, 25), ("2026-10-25T00:30", "2026-10-26T01:30")),
        (time(0), date(2026, 3, 29), ("2026-03-28T23:00", "2026-03-29T22:00")),
        (time(23, 55), date(2026, 10, 25), ("2026-10-25T22:55", "2026-10-26T22:55")),
    ],
    ids=["spring", "autumn", "an hour that is not", "an hour that is twice", "midnight", "the end of a long day"],
)
def test_the_days_run_is_proposed_once_when_the_clocks_change(given, proposes_at, sunday, proposed):
    """The tick of every five minutes from Saturday on, where Sundays are days of business: each day's run is proposed
    once, at the first tick after the hour. At 02:30, which is not there in spring, that is at 03:00, as the clocks
    say; in autumn it is the first of the two."""
    given.entity(time_zone="Europe/Berlin")
    LegalEntity.objects.update(weekend=[5, 6])
    DunningSettings.objects.update(proposes_at=proposes_at, approves_itself=True)
    item = given.open_item("1000.00 EUR", due=sunday - timedelta(days=3))
    tick = datetime.combine(sunday - timedelta(days=1), time(12), UTC)
    found = []
    while tick.astimezone(ZoneInfo("Europe/Berlin")).date() <= sunday + timedelta(days=1):
        with time_machine.travel(tick, tick=False):
            for run in dunning.propose_due():
                found.append((tick, run.as_of))
                dunning.finish_here(run)
        tick += timedelta(minutes=5)
    monday = sunday + timedelta(days=1)
    assert found == [(moment(proposed[0]), sunday), (moment(proposed[1]), monday)]
    assert list(DunningRun.objects.order_by("as_of").values_list("as_of", flat=True)) == [sunday, monday]
    assert list(NoticeLine.objects.filter(item=item).values_list("as_of", "level")) == [(sunday, 1)]
