"""What a notice lists beside what it asks for: all that is open, and credits with what is left to pay."""

import re
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine

from o2c.collections import dunning, letters, policy_rules
from o2c.collections.letters import Cost, Letter, Owed
from o2c.collections.models import DunningPolicy, Notice, NoticeLine
from o2c.collections.policy_rules import Fault, Rules, Step
from o2c.core.actors import SYSTEM
from o2c.core.formats import MINUS
from o2c.core.models import Message
from tests.collections.test_dunning_sending import NOON, overdue, sent
from tests.given import DAY

LATER = DAY + timedelta(days=20)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def saying(given, **facts) -> None:
    given.entity()
    DunningPolicy.objects.update(**facts)


def message(given) -> Message:
    sent(given.entity())
    notice = Notice.objects.get()
    lines = NoticeLine.objects.filter(notice=notice, dropped_because="")
    assert notice.total == sum(line.open_amount for line in lines)
    return Message.objects.get()


@pytest.mark.django_db
def test_by_itself_a_notice_lists_what_it_asks_for(given):
    customer = given.customer()
    asked = overdue(given, customer=customer)
    other = given.open_item("7.00 EUR", customer=customer, due=LATER)
    given.receipt("30.00 EUR", customer=customer)
    told = message(given)
    for body in (told.text, told.html):
        assert asked.number in body
        assert other.number not in body
        assert "30.00" not in body


@pytest.mark.django_db
def test_all_that_is_open_stands_apart_due_and_not_due_and_is_not_asked_for(given):
    saying(given, lists="open")
    customer = given.customer()
    asked = overdue(given, customer=customer)
    young = overdue(given, days=1, customer=customer, money="11.00 EUR")
    coming = given.open_item("7.00 EUR", customer=customer, due=LATER)
    credit = given.open_item("-30.00 EUR", customer=customer)
    stranger, dollars = given.open_item("9.00 EUR"), given.open_item("8.00 USD", customer=customer)
    told = message(given)
    assert Notice.objects.get().total == Decimal(100)
    for body in (told.text, told.html):
        assert "100.00 EUR" in body
        places = [body.index(words) for words in ("Total", "Also due", young.number, "Not due yet", coming.number)]
        assert places == sorted(places)
        assert body.index(asked.number) < body.index("Also due")
        for unlisted in (credit, stranger, dollars):
            assert unlisted.number not in body


@pytest.mark.django_db
def test_credits_are_listed_with_what_is_left_to_pay(given):
    saying(given, credits="listed")
    customer = given.customer()
    overdue(given, customer=customer)
    coming = given.open_item("7.00 EUR", customer=customer, due=LATER)
    given.receipt("30.00 EUR", customer=customer)
    note = given.open_item("-5.00 EUR", customer=customer)
    told = message(given)
    listed = told.text[told.text.index("Credits in your favour:\n") :]
    assert re.search(rf"  {note.number} +{MINUS}5\.00 EUR\n", listed)
    assert f"  Payment of 2 Mar 2026  {MINUS}30.00 EUR\n" in listed
    assert "Left to pay after credits: 65.00 EUR" in told.text
    assert f"{MINUS}30.00 EUR</td>" in told.html
    assert "65.00 EUR</th>" in told.html
    assert coming.number not in told.text + told.html
    assert Notice.objects.get().total == Decimal(100)


@pytest.mark.django_db
def test_credits_that_cover_all_that_is_asked_for_leave_nothing_to_pay(given):
    saying(given, credits="listed")
    customer = given.customer()
    overdue(given, customer=customer)
    given.open_item("500.00 EUR", customer=customer, due=LATER)
    given.receipt("130.00 EUR", customer=customer)
    assert "Left to pay after credits: 0.00 EUR" in message(given).text


@pytest.mark.django_db
def test_a_head_office_is_told_of_its_branches_items_by_their_name(given):
    saying(given, lists="open", credits="listed", notice_for="payer")
    house = given.customer()
    one, two = given.customer(parent=house, name="Branch One"), given.customer(parent=house, name="Branch Two")
    overdue(given, customer=one)
    coming = given.open_item("7.00 EUR", customer=two, due=LATER)
    credit = given.open_item("-30.00 EUR", customer=two)
    told = message(given)
    for item in (coming, credit):
        assert re.search(rf"{item.number} .*Branch Two", told.text)


@pytest.mark.django_db
def test_a_branch_is_not_told_of_the_others_items(given):
    saying(given, lists="open", credits="listed")
    house = given.customer()
    one, two = given.customer(parent=house), given.customer(parent=house)
    overdue(given, customer=one)
    others = [given.open_item("7.00 EUR", customer=two, due=LATER), given.open_item("-3.00 EUR", customer=two)]
    told = message(given)
    assert not [item for item in others if item.number in told.text + told.html]


@pytest.mark.django_db
def test_a_replay_lists_what_was_open_on_its_day(given):
    saying(given, lists="open", credits="listed")
    customer = given.customer()
    day = DAY - timedelta(days=5)
    overdue(given, days=9, customer=customer)
    paid = given.open_item("7.00 EUR", customer=customer, due=LATER, issued=day - timedelta(days=9))
    given.pay(paid, on=day + timedelta(days=1))
    later = given.open_item("-30.00 EUR", customer=customer, issued=DAY)
    dunning.run_day(given.entity(), day, actor=SYSTEM, replay=True)
    told = Message.objects.get()
    assert paid.number in told.text
    assert later.number not in told.text


@pytest.mark.django_db
def test_it_takes_as_many_statements_for_many_notices_as_for_one(given, django_assert_max_num_queries):
    saying(given, lists="open", credits="listed")
    for _ in range(10):
        customer = given.customer()
        overdue(given, customer=customer)
        given.receipt("30.00 EUR", customer=customer)
    run = dunning.propose(given.entity(), DAY, actor=SYSTEM)
    dunning.approve(run, actor=SYSTEM)
    with django_assert_max_num_queries(60):
        dunning.send(run, actor=SYSTEM)
    assert Message.objects.filter(text__contains="Left to pay after credits: 70.00 EUR").count() == 10


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Also due", "Not due yet", "Credits in your favour", "Left to pay after credits: 70.00 EUR")),
        ("de", ("Ebenfalls fällig", "Noch nicht fällig", "Guthaben zu Ihren Gunsten", "Guthaben zu zahlen: 70,00 EUR")),
        ("fr", ("Également échu", "Pas encore échu", "Avoirs en votre faveur", "déduction des avoirs : 70,00 EUR")),
    ],
)
def test_in_every_language(language, words):
    also = (
        Owed("D1", date(2026, 2, 28), 2, 0, Decimal(11)),
        Owed("N1", date(2026, 3, 20), -18, 0, Decimal(7), "Hintere & Söhne"),
        Owed("C1", date(2026, 2, 1), 29, 0, Decimal(-30)),
    )
    facts = {field.name: "" for field in fields(Letter) if field.type is str}
    letter = Letter(
        **facts | {"language": language, "template": "reminder", "currency": "EUR", "total": Decimal(100), "on": DAY},
        items=(Owed("I1", date(2026, 2, 20), 10, 1, Decimal(100)),),
        also=also,
    )
    told = letters.write(letter)
    for word in words:
        assert word in told.text
        assert re.sub(r" ?: .*", "", word) in told.html
    assert told.text.index("I1") < told.text.index("C1") < told.text.index("D1") < told.text.index("N1")
    assert "Hintere &amp; Söhne" in told.html
    assert "Hintere & Söhne" in told.text
    plain = letters.write(replace(letter, also=()))
    assert not [word for word in words if word in plain.text + plain.html]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("Costs of late payment", "interest until 2 Mar 2026", "fee of this reminder", "To pay with these costs"),
        ),
        (
            "de",
            (
                "Kosten des Verzugs",
                "Verzugszinsen bis 02.03.2026",
                "Gebühr dieser Mahnung",
                "Mit diesen Kosten zu zahlen",
            ),
        ),
        ("fr", ("Frais de retard", "intérêts jusqu’au 2 mars 2026", "frais de ce rappel", "À payer avec ces frais")),
    ],
)
def test_what_it_costs_is_told_in_every_language(language, words):
    facts = {field.name: "" for field in fields(Letter) if field.type is str}
    letter = Letter(
        **facts | {"language": language, "template": "reminder", "currency": "EUR", "total": Decimal(100), "on": DAY},
        items=(Owed("I1", date(2026, 2, 20), 10, 1, Decimal(100)),),
        also=(Owed("C1", date(2026, 2, 1), 29, 0, Decimal(-30)),),
        costs=(Cost(False, "IN-1", Decimal("0.05"), DAY, "Hintere & Söhne"), Cost(True, "IN-2", Decimal(5), DAY)),
    )
    assert (letter.left_to_pay, letter.to_pay) == (Decimal(70), Decimal("75.05"))
    told = letters.write(letter)
    for word in words:
        assert word in told.text
        assert word.lower() in told.html.lower() or word.startswith(("Costs", "Kosten", "Frais"))
    assert told.text.index("C1") < told.text.index("IN-1") < told.text.index("IN-2")
    assert "Hintere &amp; Söhne" in told.html
    plain = letters.write(replace(letter, costs=()))
    assert not [word for word in words if word in plain.text]


def test_credits_of_more_than_all_leave_nothing_to_pay_of_costs_either():
    facts = {field.name: "" for field in fields(Letter) if field.type is str}
    letter = Letter(
        **facts | {"language": "en", "template": "reminder", "currency": "EUR", "total": Decimal(100), "on": DAY},
        items=(Owed("I1", date(2026, 2, 20), 10, 1, Decimal(100)),),
        also=(Owed("C1", date(2026, 2, 1), 29, 0, Decimal(-103)),),
        costs=(Cost(True, "IN-2", Decimal(5), DAY),),
    )
    assert (letter.left_to_pay, letter.to_pay) == (Decimal(0), Decimal(2))


def test_a_notice_of_one_item_lists_no_others():
    rules = Rules("x", (Step("First", 3, "reminder"),), notice_for="item", lists="open", credits="listed")
    assert policy_rules.faults_of(rules) == [
        Fault("A notice of each item by itself lists that item alone, not all that is open.", "lists"),
        Fault("A notice of each item by itself lists that item alone, and no credits.", "credits"),
    ]
    wrong = Rules("x", rules.steps, lists="all", credits="none")
    assert [fault.field for fault in policy_rules.faults_of(wrong)] == ["lists", "credits"]
