"""Handing debts over: whole or not at all, to one at a time, and what it does to reminders, tasks and interest."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction

from o2c.collections import chores, dunning, handing_over, placements, worklist
from o2c.collections.interest import packs
from o2c.collections.interest.working_out import work_out
from o2c.collections.models import (
    Agency,
    DunningLevel,
    DunningPolicy,
    InterestPack,
    NoticeLine,
    PaymentPlan,
    PlacedItem,
    Placement,
    Task,
)
from o2c.collections.placements import HandOverRefused
from o2c.collections.plans import agreeing
from o2c.collections.plans.schedules import PlanRefused, Step
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Message, OutboxEvent, Partition
from o2c.invoicing import cash
from tests.at_once import at_once
from tests.collections.test_dunning_sending import NOON, overdue, proposed
from tests.given import DAY, Given

BOSS = Actor("boss")


@pytest.fixture(autouse=True)
def noon(request):
    mark = request.node.get_closest_marker("django_db")
    if mark and mark.kwargs.get("transaction"):
        yield
        return
    with time_machine.travel(NOON, tick=False):
        yield


def place(agency, *items, on=DAY) -> Placement:
    return placements.place(agency, [item.pk for item in items], reason="Never answers", on=on, actor=BOSS)


def test_chosen_items_of_a_customer_are_with_the_agency_from_the_day_on(given, agency):
    one = overdue(given, 50, "100.00 EUR")
    other = overdue(given, 40, "60.00 EUR", customer=one.customer)
    kept = overdue(given, 3, "5.00 EUR", customer=one.customer)
    placement = place(agency, one, other)
    assert (placement.state, placement.placed_by, placement.reason) == ("placed", "boss", "Never answers")
    assert (placement.currency, placement.customer, placement.fee_percent) == ("EUR", one.customer, Decimal("12.50"))
    rows = PlacedItem.objects.order_by("item_id").values_list("item_id", "amount", "from_on", "until")
    assert list(rows) == [(one.pk, Decimal(100), DAY, None), (other.pk, Decimal(60), DAY, None)]
    assert OutboxEvent.objects.filter(kind="debts.placed").count() == 1
    assert Partition.objects.get(work=placements.WORK).subject_id == placement.pk
    run = dunning.propose(given.entity(), DAY, actor=SYSTEM)
    assert run.skipped == {"handed_over": 2}
    assert [line.item for line in NoticeLine.objects.all()] == [kept]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("nothing", "Choose what"),
        ("no reason", "Say why"),
        ("two customers", "one customer"),
        ("two currencies", "one currency"),
        ("another entity's", "collects for Company DE1 only"),
        ("paid", "not overdue"),
        ("not due", "not overdue"),
        ("a credit", "not overdue"),
        ("out of use", "not in use"),
        ("with somebody", "is with Nordinkasso since 2026-03-02"),
    ],
)
def test_what_cannot_be_handed_over_is_refused_and_nothing_happens(given, agency, what, said):
    item = overdue(given, 50)
    items, reason, before = [item], "Because", 0
    if what == "nothing":
        items = []
    elif what == "no reason":
        reason = "  "
    elif what == "two customers":
        items.append(overdue(given, 50))
    elif what == "two currencies":
        items.append(overdue(given, 50, "9.00 GBP", customer=item.customer))
    elif what == "another entity's":
        items = [overdue(given, 50, entity=given.entity("UK1", "GBP"))]
    elif what == "paid":
        given.pay(item)
    elif what == "not due":
        items.append(overdue(given, 0, customer=item.customer))
    elif what == "a credit":
        items.append(overdue(given, 50, "-5.00 EUR", customer=item.customer))
    elif what == "out of use":
        type(agency).objects.update(in_use=False)
    elif what == "with somebody":
        place(agency, item)
        before = 1
    with pytest.raises(HandOverRefused, match=said):
        placements.place(agency, [each.pk for each in items], reason=reason, on=DAY, actor=BOSS)
    assert Placement.objects.count() == before
    assert PlacedItem.objects.count() == before


def test_the_database_itself_lets_nobody_place_an_item_twice(given, agency):
    item = overdue(given, 50)
    placement = place(agency, item)
    second = Placement.objects.create(
        entity=agency.entity, customer=item.customer, payer_id=item.payer_id, agency=agency, currency="EUR",
        placed_on=DAY, placed_by="x", reason="x",
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="placed_item_with_one"), transaction.atomic():
        PlacedItem.objects.create(placement=second, item=item, amount=1, from_on=DAY)
    placements.recall(placement, reason="Pays after all", on=DAY, actor=BOSS)
    PlacedItem.objects.create(placement=second, item=item, amount=1, from_on=DAY)


def test_what_is_handed_over_between_proposal_and_sending_does_not_go_out(given, agency):
    item = overdue(given)
    run = proposed(item.entity)
    place(agency, item)
    dunning.send(run, actor=SYSTEM)
    assert NoticeLine.objects.get().dropped_because == "handed_over"
    assert not Message.objects.exists()


def test_a_letter_that_lists_all_that_is_open_leaves_out_what_an_agency_has(given, agency):
    DunningPolicy.objects.update(lists="open")
    item = overdue(given, 3, "100.00 EUR")
    gone = overdue(given, 30, "60.00 EUR", customer=item.customer)
    also = given.open_item("7.00 EUR", due=DAY + timedelta(days=9), customer=item.customer)
    place(agency, gone)
    dunning.send(proposed(item.entity), actor=SYSTEM)
    text = Message.objects.get().text
    assert item.number in text
    assert also.number in text
    assert gone.number not in text


def test_tasks_about_nothing_else_are_closed_and_the_others_stay(given, agency):
    DunningLevel.objects.update(opens_task=True)
    gone, kept = overdue(given, 3), overdue(given, 3)
    stays = overdue(given, 3, customer=kept.customer)
    dunning.send(proposed(gone.entity), actor=SYSTEM)
    place(agency, gone)
    place(agency, kept)
    tasks = {task.customer_id: task for task in Task.objects.all()}
    assert (tasks[gone.customer_id].state, tasks[gone.customer_id].outcome) == ("done", "handed_over")
    assert tasks[kept.customer_id].state == "open"
    assert tasks[kept.customer_id].at_risk == stays.open_amount, "what an agency collects is no collector's"


def test_money_at_risk_is_a_collectors_again_when_it_is_recalled(given, agency):
    item = overdue(given, 50)
    task = worklist.create(
        entity=item.entity, customer=item.customer, kind=Task.Kind.MANUAL, why="x", due_on=DAY, actor=SYSTEM
    )
    placement = place(agency, item)
    task.refresh_from_db()
    assert (task.state, task.at_risk) == ("open", 0)
    placements.recall(placement, reason="They called", on=DAY, actor=BOSS)
    task.refresh_from_db()
    assert task.at_risk == Decimal(100)


def test_what_was_paid_since_is_worked_out_and_so_is_the_agencys_share(given, agency):
    item = overdue(given, 50, "1000.00 EUR")
    given.pay(item, "100.00 EUR")
    placement = place(agency, item)
    paid = given.receipt("301.01 EUR", customer=item.customer, on=DAY + timedelta(days=5))
    (row,) = cash.apply(paid.item, [cash.Split(item, paid.amount)], on=DAY + timedelta(days=5), actor=SYSTEM)
    credit = given.open_item("-50.00 EUR", customer=item.customer, due=DAY)
    cash.apply(credit, [cash.Split(item, Decimal(50))], on=DAY + timedelta(days=6), actor=SYSTEM)
    found = placements.figures([placement])[placement.pk]
    assert (found.claimed, found.paid, found.otherwise, found.left) == (900, Decimal("301.01"), 50, Decimal("548.99"))
    assert found.cost == Decimal("37.63")
    cash.unapply(row, on=DAY + timedelta(days=7), actor=SYSTEM)
    found = placements.figures([placement])[placement.pk]
    assert (found.paid, found.left, found.cost) == (0, 850, 0)


def test_what_is_paid_after_the_end_is_not_the_agencys(given, agency):
    item = overdue(given, 50, "1000.00 EUR")
    placement = place(agency, item)
    given.pay(item, "200.00 EUR", on=DAY + timedelta(days=5))
    placements.give_back(placement, reason="Cannot be found", on=DAY + timedelta(days=9), actor=BOSS)
    given.pay(item, on=DAY + timedelta(days=10))
    placement.refresh_from_db()
    found = placements.figures([placement])[placement.pk]
    assert (placement.state, found.paid, found.left, found.cost) == ("returned", 200, 800, 25)


def test_a_placement_of_which_all_is_settled_closes_itself_once(given, agency):
    item, other = overdue(given, 50), overdue(given, 50)
    placement, open_one = place(agency, item), place(agency, other)
    given.pay(item)
    chores.receivables_changed([{"entity_id": item.entity_id, "customer_id": item.customer_id}] * 2)
    chores.look_again(item.entity)
    placement.refresh_from_db()
    open_one.refresh_from_db()
    assert (placement.state, placement.ended_on, placement.ended_by) == ("closed", DAY, "system")
    assert PlacedItem.objects.get(item=item).until == DAY
    assert open_one.state == "placed"
    assert placements.figures([placement])[placement.pk].paid == 100


def test_it_ends_once_with_a_reason_and_not_before_it_began(given, agency):
    placement = place(agency, overdue(given, 50))
    for reason, on, said in (("", DAY, "Say why"), ("x", DAY - timedelta(days=1), "later than")):
        with pytest.raises(HandOverRefused, match=said):
            placements.recall(placement, reason=reason, on=on, actor=BOSS)
    assert PlacedItem.objects.get().until is None
    placements.recall(placement, reason="They pay", on=DAY, actor=BOSS)
    with pytest.raises(HandOverRefused, match="recalled on 2026-03-02 already"):
        placements.give_back(placement, reason="Too late", on=DAY, actor=BOSS)
    placement.refresh_from_db()
    assert (placement.state, placement.end_reason) == ("recalled", "They pay")


def test_we_charge_no_interest_of_what_an_agency_claims_and_all_of_it_after_a_recall(given, agency):
    item = overdue(given, 60, "1000.00 EUR")
    packs.rule(
        given.entity(), pack=InterestPack.objects.get(code="eu"), begins_on=DAY - timedelta(days=90),
        minimum=Decimal(0), after_payment=True, compensates=False, days_to_pay=14, actor=SYSTEM,
    )  # fmt: skip
    (before,) = work_out(given.entity(), DAY)
    placement = place(agency, item)
    (due,) = work_out(given.entity(), DAY)
    assert before.total > 0
    assert (due.total, due.items[0].because) == (0, "Handed over: the agency or lawyer claims it.")
    placements.recall(placement, reason="They pay", on=DAY, actor=BOSS)
    (after,) = work_out(given.entity(), DAY)
    assert after.total == before.total


@pytest.mark.django_db(transaction=True)
def test_of_two_who_hand_the_same_over_at_once_one_wins_and_the_other_is_told():
    given = Given()
    item = overdue(given, 50)
    shared = overdue(given, 40, customer=item.customer)
    houses = [Agency.objects.create(entity=item.entity, code=code, name=f"Agency {code}") for code in ("A", "B")]
    answers = at_once(
        lambda: place(houses[0], item, shared),
        lambda: place(houses[1], shared, item),
        refusals=(HandOverRefused,),
    )
    (won,) = [answer for answer in answers if isinstance(answer, Placement)]
    (lost,) = [answer for answer in answers if isinstance(answer, HandOverRefused)]
    assert f"is with {won.agency.name} since" in str(lost)
    assert PlacedItem.objects.count() == 2
    assert Placement.objects.get() == won


@pytest.mark.django_db(transaction=True)
def test_recalled_and_given_back_at_once_it_ends_once():
    given = Given()
    item = overdue(given, 50)
    agency = Agency.objects.create(entity=item.entity, code="A", name="A")
    placement = place(agency, item)
    answers = at_once(
        lambda: placements.recall(placement, reason="r", on=DAY, actor=BOSS),
        lambda: placements.give_back(placement, reason="g", on=DAY, actor=BOSS),
        refusals=(HandOverRefused,),
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["HandOverRefused", "Placement"]
    placement.refresh_from_db()
    assert (placement.state, placement.end_reason) in {("recalled", "r"), ("returned", "g")}


# --- Payment plans


def planned(item) -> PaymentPlan:
    steps = [Step(DAY + timedelta(days=30 * nth), item.open_amount / 2) for nth in (1, 2)]
    return agreeing.agree(
        customer=item.customer, entity=item.entity, items=[item], steps=steps, agreed_on=DAY, actor=SYSTEM
    )


@pytest.mark.django_db
def test_what_is_paid_in_instalments_is_not_handed_over_until_its_plan_is_withdrawn_or_broken(given, agency):
    item = overdue(given, 50, "100.00 EUR")
    plan = planned(item)
    with pytest.raises(HandOverRefused, match="withdraw that first"):
        place(agency, item)
    assert not Placement.objects.exists()
    (candidate,) = handing_over.may_be_chosen(item.customer, item.entity, "EUR", DAY)
    assert (candidate.blocked, candidate.may_be_chosen) == ("plan_kept", False)
    agreeing.withdraw(plan, reason="Asked for it", on=DAY, actor=SYSTEM)
    assert place(agency, item).state == "placed"
    other = overdue(given, 50, "100.00 EUR")
    planned(other)
    broken = DAY + timedelta(days=40)  # nothing was paid by the thirtieth day and three more
    assert place(agency, other, on=broken).state == "placed"
    (task,) = Task.objects.filter(kind="broken_plan")
    assert (task.state, task.outcome) == ("done", "handed_over"), "the agency's now, and no collector's"


@pytest.mark.django_db
def test_no_plan_is_agreed_over_what_is_with_an_agency(given, agency):
    item = overdue(given, 50, "100.00 EUR")
    place(agency, item)
    with pytest.raises(PlanRefused, match="handed over"):
        planned(item)
    assert not PaymentPlan.objects.exists()
