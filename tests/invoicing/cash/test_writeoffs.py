"""Letting go of money: alone within one's limit, else by somebody else's word."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from o2c.core import states
from o2c.core.actors import SYSTEM, Actor
from o2c.core.api import keys
from o2c.core.models import OutboxEvent, Role
from o2c.invoicing import cash
from o2c.invoicing.cash import foureyes, writeoffs
from o2c.invoicing.models import Allocation, CashRules, OpenItem, WriteOff
from o2c.orders.models import LegalEntity
from tests.given import DAY
from tests.invoicing.cash.conftest import balance, open_of

LATER = DAY + timedelta(days=3)
SMALL, BAD = WriteOff.Kind.SMALL, WriteOff.Kind.BAD_DEBT


def let_go(item, amount, actor, kind=SMALL):
    return writeoffs.write_off(item, Decimal(amount), kind=kind, reason="Rounded", on=DAY, actor=actor)


@pytest.mark.parametrize(
    ("money", "amount", "open"), [("100.00 EUR", "4.00", "96.00"), ("-100.00 EUR", "4.00", "-96.00")]
)
def test_a_small_difference_either_way_is_booked_at_once(given, clerk, money, amount, open):
    item = given.open_item(money)
    made = let_go(item, amount, clerk)
    assert (made.state, made.decided_by) == ("booked", None)
    assert open_of(item, made.opposite) == [Decimal(open), 0]
    assert balance("write_off") == (Decimal(amount) if item.amount > 0 else -Decimal(amount))


def test_each_role_lets_go_of_its_own_limit_and_no_more(given, clerk, manager):
    items = [given.open_item("500.00 EUR") for _ in range(4)]
    states_of = [
        let_go(items[0], "5.00", clerk).state,
        let_go(items[1], "5.01", clerk).state,
        let_go(items[2], "100.00", manager).state,
        let_go(items[3], "100.01", manager).state,
    ]
    assert states_of == ["booked", "asked", "booked", "asked"]
    assert open_of(*items) == [Decimal("495.00"), Decimal("500.00"), Decimal("400.00"), Decimal("500.00")]


def test_nobody_goes_by_steps(given, clerk):
    item = given.open_item("500.00 EUR")
    assert [let_go(item, "3.00", clerk).state for _ in range(3)] == ["booked", "asked", "asked"]
    assert open_of(item) == [Decimal("497.00")]


def test_limits_are_settable_and_in_the_base_currency(given, clerk):
    entity = given.entity()
    given.rate("USD", "2.0")
    CashRules.objects.create(entity=entity, clerk_lets_go=10, manager_lets_go=20)
    assert let_go(given.open_item("500.00 USD"), "20.00", clerk).state == "booked"
    assert let_go(given.open_item("500.00 USD"), "20.01", clerk).state == "asked"
    # what nobody can value needs somebody else
    assert let_go(given.open_item("500.00 GBP"), "0.01", clerk).state == "asked"


def test_bad_debt_always_needs_somebody_else(given, manager, boss):
    item = given.open_item("50.00 EUR")
    asked = let_go(item, "50.00", manager, kind=BAD)
    assert open_of(item) == [Decimal("50.00")]
    writeoffs.approve(asked, on=LATER, actor=boss, note="Insolvent")
    asked.refresh_from_db()
    assert (asked.state, asked.booked_on, asked.note) == ("booked", LATER, "Insolvent")
    assert open_of(item) == [0]
    assert (balance("bad_debt"), balance("write_off")) == (Decimal("50.00"), 0)


def test_large_amounts_need_two_others(given, clerk, manager, boss):
    item = given.open_item("20000.00 EUR")
    asked = let_go(item, "10000.00", clerk, kind=BAD)
    first = writeoffs.approve(asked, on=DAY, actor=manager)
    assert (first.state, first.first_by_id) == ("asked", manager.user_id)
    assert open_of(item) == [Decimal("20000.00")]
    with pytest.raises(foureyes.FourEyes):
        writeoffs.approve(asked, on=DAY, actor=manager)
    assert writeoffs.approve(asked, on=DAY, actor=boss).state == "booked"
    assert open_of(item) == [Decimal("10000.00")]


def test_what_was_paid_meanwhile_is_not_written_off(given, clerk, manager):
    item = given.open_item("100.00 EUR")
    asked = let_go(item, "80.00", clerk)
    given.pay(item, "50.00 EUR")
    with pytest.raises(cash.OverApplied):
        writeoffs.approve(asked, on=DAY, actor=manager)
    asked.refresh_from_db()
    assert asked.state == "asked"
    assert open_of(item) == [Decimal("50.00")]


def test_a_refusal_needs_a_reason_and_somebody_else(given, clerk, manager):
    asked = let_go(given.open_item("100.00 EUR"), "80.00", clerk)
    with pytest.raises(cash.CashRefused):
        writeoffs.refuse(asked, note=" ", actor=manager)
    with pytest.raises(foureyes.FourEyes):
        writeoffs.refuse(asked, note="No", actor=clerk)
    writeoffs.refuse(asked, note="They will pay", actor=manager)
    with pytest.raises(states.IllegalMove):
        writeoffs.approve(asked, on=DAY, actor=manager)
    assert WriteOff.objects.get().state == "refused"


def test_only_who_asked_takes_it_back(given, clerk, manager):
    asked = let_go(given.open_item("100.00 EUR"), "80.00", clerk)
    with pytest.raises(foureyes.FourEyes):
        writeoffs.withdraw(asked, actor=manager)
    writeoffs.withdraw(asked, actor=clerk)
    assert WriteOff.objects.get().state == "withdrawn"


def test_a_write_off_is_taken_back_once(given, clerk, manager):
    item = given.open_item("100.00 EUR")
    made = let_go(item, "4.00", clerk)
    writeoffs.reverse(made, on=LATER, actor=manager)
    assert open_of(item, made.opposite) == [Decimal("100.00"), 0]
    assert balance("write_off") == 0
    with pytest.raises(states.IllegalMove):
        writeoffs.reverse(made, on=LATER, actor=manager)
    # and then counts no more for what the clerk may
    assert let_go(item, "4.00", clerk).state == "booked"


@pytest.mark.parametrize(
    ("amount", "kind", "error"),
    [
        ("0", SMALL, cash.CashRefused),
        ("-1.00", SMALL, cash.CashRefused),
        ("100.01", SMALL, cash.OverApplied),
        ("0.001", SMALL, ValueError),
    ],
)
def test_what_cannot_be_written_off(given, clerk, amount, kind, error):
    item = given.open_item("100.00 EUR")
    with pytest.raises(error):
        let_go(item, amount, clerk, kind=kind)
    assert (WriteOff.objects.count(), Allocation.objects.count()) == (0, 0)


def test_what_we_owe_is_no_bad_debt(given, clerk):
    with pytest.raises(cash.CashRefused):
        let_go(given.open_item("-100.00 EUR"), "1.00", clerk, kind=BAD)


def test_nobody_asks_by_a_program_and_then_approves(given):
    person = given.user("both", *Role)
    key = keys.create(name="mine", scopes=["receipts:write"], all_entities=True, actor=Actor.of(person)).key
    program = keys.actor_of(key)
    asked = let_go(given.open_item("100.00 EUR"), "80.00", program)
    for actor in (program, SYSTEM, Actor.of(person)):
        with pytest.raises(foureyes.FourEyes):
            writeoffs.approve(asked, on=DAY, actor=actor)
    assert OpenItem.objects.get().open_amount == 100


# --- Several items at once


def let_go_of_all(amounts, actor, kind=SMALL):
    return writeoffs.write_off_all(amounts, kind=kind, reason="Rounded", on=DAY, actor=actor)


def test_of_several_items_each_is_judged_alone(given, clerk):
    items = [given.open_item(money) for money in ("4.00 EUR", "500.00 EUR", "-3.00 EUR")]
    made = let_go_of_all({items[0].pk: None, items[1].pk: Decimal("5.01"), items[2].pk: None}, clerk)
    assert [(row.item_id, row.state, row.amount) for row in made] == [
        (items[0].pk, "booked", 4), (items[1].pk, "asked", Decimal("5.01")), (items[2].pk, "booked", 3),
    ]  # fmt: skip
    assert open_of(*items) == [0, Decimal("500.00"), 0]
    assert balance("write_off") == Decimal("1.00")
    booked = list(WriteOff.objects.filter(state="booked").order_by("pk").values_list("booked_on", "opposite__amount"))
    assert booked == [(DAY, Decimal(-4)), (DAY, Decimal(3))]
    assert list(Allocation.objects.order_by("pk").values_list("amount", "effective_on", "known_on")) == (
        [(Decimal(4), DAY, DAY), (Decimal(3), DAY, DAY)]
    )
    assert events("approvals.asked") == [{"subject": "writeoff", "id": made[1].pk, "entity_id": items[0].entity_id}]
    assert [each["customer_id"] for each in events("items.settled")] == [items[0].customer_id, items[2].customer_id]


def test_many_items_take_as_many_statements_as_one(given, clerk):
    customer = given.customer()
    items = [given.open_item("4.00 EUR", customer=customer) for _ in range(9)]
    with CaptureQueriesContext(connection) as one:
        let_go_of_all({items[0].pk: None}, clerk)
    with CaptureQueriesContext(connection) as many:
        let_go_of_all(dict.fromkeys(item.pk for item in items[1:]), clerk)
    assert len(many) == len(one)
    assert open_of(*items) == [0] * 9


def test_of_several_items_all_or_none_is_let_go_of(given, clerk):
    fits, settled = given.open_item("4.00 EUR"), given.open_item("4.00 EUR")
    abroad = given.open_item("4.00 EUR", entity=given.entity("FR1"))
    let_go(settled, "4.00", clerk)
    before = WriteOff.objects.count()
    for others, said in (
        ({settled.pk: None}, f"Nothing is open of {settled.number}"),
        ({abroad.pk: None}, "one legal entity at a time"),
        ({fits.pk: Decimal("4.01")}, f"Only {fits.open_money} are open of {fits.number}"),
    ):
        with pytest.raises(cash.CashRefused, match=re.escape(said)), transaction.atomic():
            let_go_of_all({fits.pk: None, **others}, clerk)
    assert (open_of(fits), WriteOff.objects.count()) == ([Decimal("4.00")], before)


def test_nothing_is_written_off_on_a_closed_day(given, clerk):
    item = given.open_item("4.00 EUR")
    LegalEntity.objects.filter(pk=item.entity_id).update(closed_until=DAY)
    with pytest.raises(cash.CashRefused, match="closed until"), transaction.atomic():
        let_go(item, "4.00", clerk)
    assert not WriteOff.objects.exists()


def events(kind: str) -> list[dict]:
    return list(OutboxEvent.objects.filter(kind=kind).order_by("pk").values_list("payload", flat=True))
