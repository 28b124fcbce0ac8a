"""What speaks against a refund is found by facts, and only there; what is held is let go of by somebody else."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from o2c.core import clock
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import OutboxEvent, Role, User
from o2c.invoicing import cash
from o2c.invoicing.cash import details, exporting, refunds, transfers
from o2c.invoicing.cash.refunds import RefundHeld
from o2c.invoicing.guarding import checks, paid_back, quarantine, words
from o2c.invoicing.guarding.checks import Rule
from o2c.invoicing.guarding.quarantine import QuarantineRefused
from o2c.invoicing.models import BankDetailChange, Check, Level, PaymentFinding, Quarantine, Refund
from o2c.orders import customers
from o2c.orders.models import CustomerBankAccount
from tests.at_once import at_once
from tests.given import DAY
from tests.invoicing.cash.conftest import STRANGERS, THEIRS

FRENCH = "FR1420041010050500013M02606"
pytestmark = pytest.mark.django_db


def days(count: int):
    return timedelta(days=count)


def ask(credit, amount="50.00", *, actor, iban=THEIRS, on=DAY) -> Refund:
    item = getattr(credit, "item", credit)
    return refunds.ask(item, Decimal(amount), iban=iban, reason="Paid twice", on=on, actor=actor)


def found(refund: Refund) -> dict[str, str]:
    return dict(PaymentFinding.objects.filter(refund=refund).values_list("check_code", "level"))


def confirm(given, customer, iban=STRANGERS, way="letter", age: int = 0) -> BankDetailChange:
    """An account of the customer's that three people have confirmed, so many days ago."""
    names = iter("abc")
    one, two, three = (Actor.of(given.user(f"{next(names)}-{customer.number}-{iban[-4:]}")) for _ in range(3))
    change = details.ask(customer, iban=iban, way=way, reason="New bank", actor=one)
    details.call_back(change, details.numbers_on_file(change)[0], spoke_with="Mrs Bank", actor=two)
    change.refresh_from_db()
    details.approve(change, actor=three)
    BankDetailChange.objects.filter(pk=change.pk).update(decided_at=clock.now() - days(age))
    return change


@pytest.fixture
def old(given, bank):
    """Money that came long ago from the account that is paid back to."""
    return bank.receipt("250.00 EUR", customer=given.customer(), on=DAY - days(60))


# --- What is found


def test_an_ordinary_refund_has_nothing_against_it(old, clerk, manager):
    asked = ask(old, actor=clerk)
    assert found(asked) == {}
    assert not paid_back.is_held(asked)
    assert refunds.approve(asked, on=DAY, actor=manager).state == "approved"
    assert not Quarantine.objects.exists()


def test_money_that_has_just_come_in_is_noted_on_its_way_back(given, bank, clerk):
    customer = given.customer()
    near = bank.receipt("10.00 EUR", customer=customer, on=DAY - days(30))
    far = bank.receipt("20.00 EUR", customer=customer, on=DAY - days(31))
    asked = ask(near, "10.00", actor=clerk)
    assert found(asked) == {"round_trip": "note"}
    assert PaymentFinding.objects.get().facts == {"receipt": near.number, "on": (DAY - days(30)).isoformat()}
    assert found(ask(far, "20.00", actor=clerk)) == {}
    assert not Quarantine.objects.exists()


def test_money_that_has_just_come_in_is_held_on_its_way_to_another_account(given, bank, clerk):
    customer = given.customer()
    bank.receipt("10.00 EUR", customer=customer, party_iban=STRANGERS, on=DAY - days(90))
    near = bank.receipt("70.00 EUR", customer=customer, on=DAY - days(5))
    asked = ask(near, "70.00", iban=STRANGERS, actor=clerk)
    assert found(asked) == {"round_trip_elsewhere": "quarantine"}
    assert PaymentFinding.objects.get().facts["paid_from"] == THEIRS
    assert paid_back.is_held(asked)


def test_where_the_bank_named_no_account_it_is_not_said_to_be_another(given, bank, clerk):
    customer = given.customer()
    bank.receipt("10.00 EUR", customer=customer, on=DAY - days(90))
    cheque = given.receipt("70.00 EUR", customer=customer)
    assert found(ask(cheque, "70.00", actor=clerk)) == {"round_trip": "note"}


def test_money_that_was_moved_to_another_customer_is_known_by_where_it_came_from(given, bank, clerk):
    payer, sister = given.customer(), given.customer()
    bank.receipt("10.00 EUR", customer=sister, party_iban=STRANGERS, on=DAY - days(90))
    came = bank.receipt("70.00 EUR", customer=payer, on=DAY - days(5))
    (moved,) = transfers.move(came.item, [transfers.Share(sister, Decimal(70))], reason="Theirs", on=DAY, actor=SYSTEM)
    asked = ask(moved.in_item, "70.00", iban=STRANGERS, actor=clerk)
    assert found(asked) == {"round_trip_elsewhere": "quarantine"}


def test_an_account_that_never_paid_is_noted(given, old, clerk):
    confirm(given, old.customer, age=15)
    assert found(ask(old, iban=STRANGERS, actor=clerk)) == {"refund_never_paid": "note"}
    assert found(ask(old, "10.00", actor=clerk)) == {}


def test_an_account_that_paid_for_somebody_else_has_never_paid_for_them(given, bank, old, clerk):
    bank.receipt("10.00 EUR", customer=given.customer(), party_iban=STRANGERS, on=DAY - days(90))
    confirm(given, old.customer, age=15)
    assert "refund_never_paid" in found(ask(old, iban=STRANGERS, actor=clerk))


@pytest.mark.parametrize(
    ("way", "age", "expected"),
    [
        ("letter", 13, {"details_new": "note"}),
        ("letter", 15, {}),
        ("email", 13, {"details_new": "note", "details_by_email": "quarantine"}),
        ("email", 15, {}),
    ],
)
def test_an_account_that_was_confirmed_lately(given, bank, old, clerk, way, age, expected):
    bank.receipt("5.00 EUR", customer=old.customer, party_iban=STRANGERS, on=DAY - days(90))
    confirm(given, old.customer, way=way, age=age)
    asked = ask(old, iban=STRANGERS, actor=clerk)
    assert found(asked) == expected
    assert paid_back.is_held(asked) is ("details_by_email" in expected)
    assert found(ask(old, "10.00", actor=clerk)) == {}  # to the account of before


def test_an_account_of_another_group_is_held_also_where_it_was_confirmed_as_theirs(given, old, clerk):
    other = given.customer("OTHER")
    CustomerBankAccount.objects.create(customer=other, iban=THEIRS)
    CustomerBankAccount.objects.create(customer=old.customer, iban=THEIRS)
    asked = ask(old, actor=clerk)
    assert found(asked) == {"refund_others": "quarantine"}
    assert PaymentFinding.objects.get().facts == {"iban": THEIRS, "customer": "OTHER"}


def test_an_account_of_the_same_group_is_not_anothers(given, bank, clerk):
    parent = given.customer()
    branch = given.customer(parent=parent)
    CustomerBankAccount.objects.create(customer=parent, iban=THEIRS)
    assert found(ask(bank.receipt("50.00 EUR", customer=branch, on=DAY - days(60)), actor=clerk)) == {}


def test_a_country_is_unexpected_until_a_branch_or_another_account_is_there(given, bank, clerk):
    customer = given.customer()
    came = bank.receipt("150.00 EUR", customer=customer, party_iban=FRENCH, on=DAY - days(60))
    CustomerBankAccount.objects.create(customer=customer, iban=FRENCH)
    assert found(ask(came, "1.00", iban=FRENCH, actor=clerk)) == {"refund_country": "note"}
    given.customer(country="FR", parent=customer)
    assert found(ask(came, "2.00", iban=FRENCH, actor=clerk)) == {}


def test_nothing_is_paid_back_to_a_blocked_customer_by_one_person_alone(given, old, clerk, manager):
    refund = ask(old, actor=clerk)
    customers.change_account(
        old.customer.accounts.get(), standing="blocked", standing_reason="Insolvent.", actor=manager
    )
    assert refunds.approve(refund, actor=manager, on=DAY).state == "asked"
    with pytest.raises(RefundHeld):
        refunds.approve(refund, actor=manager, on=DAY)
    assert found(refund) == {"refund_not_open": Level.QUARANTINE}
    assert words.sentence(refund.findings.get()) == f"{old.customer.name} is blocked: Insolvent."


def test_the_second_of_two_alike_is_held_and_the_first_is_not(given, old, clerk, manager):
    first = ask(old, "30.00", actor=clerk)
    assert found(ask(old, "30.01", actor=clerk)) == {}
    second = ask(old, "30.00", actor=clerk)
    assert found(second) == {"refund_twice": "quarantine"}
    facts = PaymentFinding.objects.get().facts
    assert (facts["refund"], facts["customer"]) == (first.reference, old.customer.number)
    assert refunds.approve(first, on=DAY, actor=manager).state == "approved"
    with pytest.raises(RefundHeld):
        refunds.approve(second, on=DAY, actor=manager)


def test_one_that_was_refused_or_is_older_is_not_alike(given, old, clerk, manager):
    refunds.refuse(ask(old, "30.00", actor=clerk), note="No", actor=manager)
    about = {"entity": old.entity, "customer": old.customer, "credit_item": old.item, "iban": THEIRS, "holder": "x"}
    for age in (31, 29):
        Refund.objects.create(**about, currency="EUR", amount=20 + age, asked_at=clock.now() - days(age))
    assert found(ask(old, "30.00", actor=clerk)) == {}
    assert found(ask(old, "51.00", actor=clerk)) == {}
    assert found(ask(old, "49.00", actor=clerk)) == {"refund_twice": "quarantine"}


def test_the_same_amount_to_the_same_account_for_another_customer_is_held(given, bank, old, clerk):
    other = bank.receipt("50.00 EUR", customer=given.customer("OTHER"), on=DAY - days(60))
    ask(other, "50.00", actor=clerk)
    asked = ask(old, "50.00", actor=clerk)
    assert found(asked) == {"refund_twice": "quarantine", "refund_others": "quarantine"}
    findings = PaymentFinding.objects.filter(refund=asked)
    assert [finding.facts["customer"] for finding in findings] == ["OTHER", "OTHER"]


def test_far_above_habit_leaves_out_what_is_paid_back_and_needs_a_habit(given, bank, clerk):
    customer = given.customer()
    for day in range(4):
        given.receipt("100.00 EUR", customer=customer, on=DAY - days(100 + day))
    came = bank.receipt("9000.00 EUR", customer=customer, on=DAY - days(60))
    assert found(ask(came, "1000.00", actor=clerk)) == {}
    given.receipt("100.00 EUR", customer=customer, on=DAY - days(99))
    assert found(ask(came, "300.00", actor=clerk)) == {}
    assert found(ask(came, "300.01", actor=clerk)) == {"refund_above_habit": "note"}
    assert PaymentFinding.objects.get().facts == {"largest": 100, "currency": "EUR"}


def test_a_legal_entity_sets_what_is_looked_at(given, bank, clerk):
    customer = given.customer()
    near = bank.receipt("50.00 EUR", customer=customer, on=DAY - days(9))
    checks.arrange(near.entity, {Check.ROUND_TRIP: Rule(Level.OFF)}, actor=SYSTEM)
    assert found(ask(near, "10.00", actor=clerk)) == {}
    checks.arrange(near.entity, {Check.ROUND_TRIP: Rule(Level.QUARANTINE, Decimal(9))}, actor=SYSTEM)
    assert found(ask(near, "11.00", actor=clerk)) == {"round_trip": "quarantine"}
    checks.arrange(near.entity, {Check.ROUND_TRIP: Rule(Level.QUARANTINE, Decimal(8))}, actor=SYSTEM)
    assert found(ask(near, "12.00", actor=clerk)) == {}


def test_any_number_of_refunds_is_looked_at_in_as_many_queries(old, clerk, django_assert_num_queries):
    asked = [ask(old, f"{amount}.00", actor=clerk) for amount in range(1, 11)]
    for rows in (asked[:1], asked):
        with django_assert_num_queries(20):
            paid_back.look([row.pk for row in rows], on=DAY)
    assert not PaymentFinding.objects.exists()


# --- What is held


@pytest.fixture
def held(old, clerk) -> Refund:
    ask(old, "30.00", actor=clerk)
    return ask(old, "30.00", actor=clerk)


def let_go(refund: Refund, one: Actor, other: Actor) -> None:
    quarantine.ask(Quarantine.objects.get(refund=refund, state="held"), why="Two deliveries", actor=one)
    quarantine.release(Quarantine.objects.get(refund=refund, state="asked"), decision="Seen both", actor=other)


def test_a_held_refund_is_approved_once_a_second_person_has_released_it(held, bank, clerk, manager):
    with pytest.raises(RefundHeld, match="quarantine"):
        refunds.approve(held, on=DAY, actor=manager)
    before = Refund.objects.get(pk=held.pk)
    assert (before.state, before.item) == ("asked", None)
    let_go(held, clerk, manager)
    assert OutboxEvent.objects.get(kind="refunds.released").payload["refund_id"] == held.pk
    assert not OutboxEvent.objects.filter(kind="bank.released").exists()
    assert Refund.objects.get(pk=held.pk).updated_at > before.updated_at
    assert refunds.approve(held, on=DAY, actor=manager).state == "approved"
    assert exporting.export(bank.account, pay_on=DAY, today=DAY, actor=manager).count == 1


def test_the_database_lets_no_held_refund_through(held, manager):
    for state in ("approved", "exported", "paid"):
        with pytest.raises(IntegrityError, match="is held"), transaction.atomic():
            Refund.objects.filter(pk=held.pk).update(state=state)
    assert Refund.objects.get(pk=held.pk).state == "asked"


def test_what_is_found_at_the_approval_holds_it_and_stays_found(given, old, clerk, manager):
    asked = ask(old, actor=clerk)
    CustomerBankAccount.objects.create(customer=given.customer("OTHER"), iban=THEIRS)
    assert refunds.approve(asked, on=DAY, actor=manager).state == "asked"
    assert found(asked) == {"refund_others": "quarantine"}
    with pytest.raises(RefundHeld):
        refunds.approve(asked, on=DAY, actor=manager)


def test_what_is_new_holds_again_and_what_was_released_does_not(given, held, old, clerk, manager):
    let_go(held, clerk, manager)
    assert paid_back.look([held.pk], on=DAY) == set()
    CustomerBankAccount.objects.create(customer=given.customer("OTHER"), iban=THEIRS)
    assert refunds.approve(held, on=DAY, actor=manager).state == "asked"
    assert found(held) == {"refund_twice": "quarantine", "refund_others": "quarantine"}
    let_go(held, manager, Actor.of(given.user("third", Role.FINANCE_MANAGER)))
    assert refunds.approve(held, on=DAY, actor=manager).state == "approved"


def test_a_level_that_was_raised_since_holds(old, clerk, manager):
    checks.arrange(old.entity, {Check.REFUND_TWICE: Rule(Level.NOTE)}, actor=SYSTEM)
    ask(old, "30.00", actor=clerk)
    asked = ask(old, "30.00", actor=clerk)
    assert not paid_back.is_held(asked)
    checks.arrange(old.entity, {Check.REFUND_TWICE: Rule(Level.QUARANTINE)}, actor=SYSTEM)
    assert refunds.approve(asked, on=DAY, actor=manager).state == "asked"
    assert paid_back.is_held(asked)


def test_neither_who_asked_for_the_refund_nor_for_its_release_releases_it(given, held, clerk, manager):
    quarantine.ask(Quarantine.objects.get(), why="Two deliveries", actor=manager)
    for person, why, refusal in (
        (manager, "this release", "quarantine_released_by_a_second"),
        (clerk, "this refund", "does not release it"),
    ):
        with pytest.raises(QuarantineRefused, match=f"You asked for {why}"):
            quarantine.release(Quarantine.objects.get(), decision="ok", actor=person)
        with pytest.raises(IntegrityError, match=refusal), transaction.atomic():
            Quarantine.objects.update(
                state="released", decided_by=person.user_id, decided_at=clock.now(), decision="ok"
            )
    assert Quarantine.objects.get().state == "asked"


@pytest.mark.parametrize("role", [*Role, "all"])
def test_no_page_releases_ones_own_refund(given, old, role):
    user = given.user("one", *(Role if role == "all" else [role]))
    ask(old, "30.00", actor=Actor.of(user))
    mine = ask(old, "30.00", actor=Actor.of(user))
    waiting = Quarantine.objects.get(refund=mine)
    quarantine.ask(waiting, why="ok", actor=Actor.of(given.user("another")))
    browser = Client()
    browser.force_login(user)
    answer = browser.post(reverse("release_quarantine", args=[waiting.pk]), {"why": "mine"})
    assert answer.status_code in (403, 422)
    waiting.refresh_from_db()
    assert waiting.state == "asked"
    listed = browser.get(reverse("quarantines") + "?which=asked")
    assert reverse("release_quarantine", args=[waiting.pk]) not in listed.content.decode()


def test_what_nobody_wants_any_more_is_not_released_nor_listed(given, held, clerk, manager):
    waiting = Quarantine.objects.get()
    refunds.withdraw(held, actor=clerk)
    with pytest.raises(QuarantineRefused, match="withdrawn"):
        quarantine.ask(waiting, why="ok", actor=manager)
    assert not quarantine.current(Quarantine.objects.all()).exists()


def test_a_finding_and_a_quarantine_are_of_one_thing(given, held):
    line = given.bank_line()
    finding, waiting = PaymentFinding.objects.filter(refund=held), Quarantine.objects.filter(refund=held)
    for change in ({"line": line}, {"refund": None}):
        with pytest.raises(IntegrityError, match="payment_finding_of_one"), transaction.atomic():
            finding.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            waiting.update(**change)
    about = {"entity": line.entity, "customer": held.customer}
    for subject in ({}, {"line": line, "refund": held}):
        with pytest.raises(IntegrityError, match="quarantine_of_one"), transaction.atomic():
            Quarantine.objects.create(**about, **subject)


# --- Pages


def test_pages_show_what_holds_a_refund_and_lead_to_its_release(given, held, clerk, manager):
    by = {name: Client() for name in ("clerk", "manager")}
    for user, browser in zip((clerk, manager), by.values(), strict=True):
        browser.force_login(_user(user))
    sentence = "pays the same amount back"
    approve = reverse("approve_request", args=["refund", held.pk])
    listed = by["manager"].get(reverse("approvals")).content.decode()
    assert sentence in listed
    assert "Held back" in listed
    assert approve not in listed
    assert sentence in by["clerk"].get(reverse("item", args=[held.credit_item_id])).content.decode()
    shown = by["manager"].get(approve)
    assert sentence in shown.content.decode()
    refused = by["manager"].post(approve, {"note": ""})
    assert refused.status_code == 422
    assert "held back" in refused.content.decode()
    waiting = Quarantine.objects.get()
    assert sentence in by["clerk"].get(reverse("quarantines")).content.decode()
    by["clerk"].post(reverse("ask_release", args=[waiting.pk]), {"why": "Two deliveries came back"})
    assert by["manager"].post(reverse("release_quarantine", args=[waiting.pk]), {"why": "seen"}).status_code == 302
    assert approve in by["manager"].get(reverse("approvals")).content.decode()
    assert by["manager"].post(approve, {"note": ""}).status_code == 302
    assert Refund.objects.get(pk=held.pk).state == "approved"
    assert "seen" in by["manager"].get(reverse("quarantines") + "?which=released").content.decode()
    assert sentence in by["manager"].get(reverse("approvals") + "?show=decided").content.decode()


def test_who_asks_and_who_approves_are_told_what_holds_it(given, old, clerk, manager):
    browser, second = Client(), Client()
    browser.force_login(_user(clerk))
    second.force_login(_user(manager))
    form = {"amount": "30.00", "iban": THEIRS, "reason": "Paid twice"}
    address = reverse("refund_item", args=[old.item_id])
    first = browser.post(address, form, follow=True).content.decode()
    assert "waits for somebody else" in first
    assert "held back for what was found" in browser.post(address, form, follow=True).content.decode()
    CustomerBankAccount.objects.create(customer=given.customer("OTHER"), iban=THEIRS)
    told = second.post(
        reverse("approve_request", args=["refund", Refund.objects.earliest("id").pk]), {"note": ""}, follow=True
    )
    assert "Not approved" in told.content.decode()


def test_the_admin_changes_nothing_of_it(given, held):
    browser = Client()
    root = given.user("root", *Role)
    root.is_staff = root.is_superuser = True
    root.save()
    browser.force_login(root)
    for kind, act in (("refund", "change"), ("refund", "delete")):
        answer = browser.post(f"/admin/invoicing/{kind}/{held.pk}/{act}/", {"state": "approved", "post": "yes"})
        assert answer.status_code in (403, 404)
    assert Refund.objects.get(pk=held.pk).state == "asked"
    assert browser.get("/admin/invoicing/quarantine/").status_code in (302, 404)


def _user(actor: Actor):
    return User.objects.get(pk=actor.user_id)


# --- Two at once


@pytest.mark.django_db(transaction=True)
def test_a_refund_is_not_approved_beside_its_holding(given, bank, clerk, manager):
    """Two alike are asked for at the same moment by two people, of two credits: at most one is approved."""
    customer = given.customer()
    credits = [bank.receipt("30.00 EUR", customer=customer, on=DAY - days(60)) for _ in range(2)]
    asked = at_once(*(lambda c=c: ask(c, "30.00", actor=clerk) for c in credits), refusals=(cash.CashRefused,))
    results = at_once(
        *(lambda row=row: refunds.approve(row, on=DAY, actor=manager) for row in asked), refusals=(cash.CashRefused,)
    )
    assert sum(isinstance(result, Refund) and result.state == "approved" for result in results) == 1
    assert Refund.objects.filter(state="approved").count() == 1
    assert Quarantine.objects.exclude(state="released").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_release_at_once_release_once(given, bank, clerk, manager, boss):
    credit = bank.receipt("60.00 EUR", customer=given.customer(), on=DAY - days(60))
    ask(credit, "30.00", actor=clerk)
    ask(credit, "30.00", actor=clerk)
    waiting = Quarantine.objects.get()
    quarantine.ask(waiting, why="ok", actor=clerk)
    results = at_once(
        *(lambda who=who: quarantine.release(waiting, decision=who.name, actor=who) for who in (manager, boss)),
        refusals=(QuarantineRefused,),
    )
    assert sum(isinstance(result, QuarantineRefused) for result in results) == 1
