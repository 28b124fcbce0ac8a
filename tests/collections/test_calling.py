"""Calls: what to say in whose language, what time it is there, and what becomes of the task by one key."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
import time_machine

from o2c.collections import calling, disputes, worklist
from o2c.collections.calling import Broken, Owed
from o2c.collections.models import Activity, Task
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role

FRIDAY = datetime(2026, 3, 6, 10, tzinfo=UTC)
ONE = Owed(Decimal("1255.70"), "EUR", 1, "INV-1", date(2026, 2, 2))
MANY = Owed(Decimal("20925.80"), "EUR", 5, "INV-1", date(2026, 2, 2))
BROKEN = Broken(Decimal(500), Decimal(0), "EUR", date(2026, 3, 1))


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(FRIDAY, tick=False):
        yield


@pytest.fixture
def tomas(given):
    given.entity(time_zone="UTC")
    return given.user("tomas", Role.COLLECTOR)


@pytest.fixture
def task(given, tomas):
    def make(**details) -> Task:
        entity = given.entity()
        customer = given.customer(entity=entity, **details)
        given.open_item("1255.70 EUR", customer=customer, entity=entity, due=FRIDAY.date() - timedelta(days=32),
                        number=f"INV-{customer.number}")  # fmt: skip
        made = worklist.create(
            entity=entity, customer=customer, kind=Task.Kind.CALL, why="Call", due_on=FRIDAY.date(), assignee=tomas,
            actor=SYSTEM,
        )  # fmt: skip
        return worklist.claim(made, tomas)

    return make


@pytest.mark.parametrize(
    ("outcome", "state", "until"),
    [
        ("reached", "done", None),
        ("no_answer", "snoozed", date(2026, 3, 9)),
        ("left_message", "snoozed", date(2026, 3, 10)),
        ("already_paid", "snoozed", date(2026, 3, 11)),
        ("wrong_contact", "done", None),
    ],
)
def test_what_becomes_of_a_task_by_how_the_call_ended(task, tomas, outcome, state, until):
    moved = calling.called(task(), outcome, actor=Actor.of(tomas))
    moved.refresh_from_db()
    assert (moved.state, moved.snoozed_until) == (state, until)
    call = Activity.objects.get(kind="call")
    assert (call.outcome, call.task_id, call.actor) == (outcome, moved.pk, "tomas")


def test_every_outcome_with_a_key_is_tested():
    (cases,) = [
        mark.args[1] for mark in test_what_becomes_of_a_task_by_how_the_call_ended.pytestmark
        if mark.name == "parametrize"
    ]  # fmt: skip
    assert {case[0] for case in cases} == set(calling.BY_KEY)


def test_after_the_wrong_contact_somebody_looks_for_the_right_one(task, tomas):
    one = task()
    calling.called(one, "wrong_contact", actor=Actor.of(tomas))
    asked = Task.objects.get(kind="no_contact")
    assert (asked.customer, asked.assignee, asked.why) == (
        one.customer, tomas, "Whom we called is the wrong contact: Call",
    )  # fmt: skip


def test_who_does_not_have_the_task_says_nothing_of_it(given, task):
    eva = given.user("eva", Role.COLLECTOR)
    with pytest.raises(worklist.TaskTaken):
        calling.called(task(), "reached", actor=Actor.of(eva))
    assert not Activity.objects.exists()


def test_a_call_is_written_down_once_where_two_windows_say_it(task, tomas):
    one = task()
    calling.called(one, "reached", actor=Actor.of(tomas))
    with pytest.raises(worklist.TaskFinished):
        calling.called(one, "reached", actor=Actor.of(tomas))
    assert Activity.objects.filter(kind="call").count() == 1


ASKED = "I am calling about invoice INV-1 of 1,255.70 EUR, which was due on 2 February 2026."
ENGLISH = f"Good day, this is Tomás of Lindenwerk. {ASKED} When can we expect the payment?"
GERMAN = (
    "Guten Tag, hier ist Tomás von Lindenwerk."
    " Es geht um 5 Rechnungen über zusammen 20.925,80 EUR; die älteste, INV-1, war am 2. Februar 2026 fällig."
    " Zugesagt waren 500,00 EUR bis zum 1. März 2026, eingegangen ist nichts."
    " Wann dürfen wir mit der Zahlung rechnen?"
)
FRENCH = (
    "Bonjour, Tomás de Lindenwerk."
    " Je vous appelle au sujet de la facture INV-1 de 1\u202f255,70 EUR, échue le 2 février 2026."
    " Vous aviez promis 500,00 EUR pour le 1 mars 2026 ; 200,00 EUR sont arrivés."
    " Quand pouvons-nous attendre le paiement ?"
)


@pytest.mark.parametrize(
    ("owed", "broken", "language", "said"),
    [
        (ONE, None, "en", ENGLISH),
        (MANY, BROKEN, "de-AT", GERMAN),
        (ONE, Broken(Decimal(500), Decimal(200), "EUR", date(2026, 3, 1)), "FR", FRENCH),
        (ONE, None, "pl", ENGLISH),
    ],
    ids=["one", "several and a promise not kept", "a promise kept in part", "a language that we do not write"],
)
def test_what_to_begin_with(owed, broken, language, said):
    assert calling.opening(owed, broken, me="Tomás", seller="Lindenwerk", language=language) == said


@pytest.mark.parametrize(
    ("country", "at", "said", "is_open"),
    [
        ("DE", time(9), "10:00 there", True),
        ("DE", time(18), "19:00 there", False),
        ("JP", time(9), "18:00 there", False),
        ("US", time(14), "09:00 in New York, 06:00 in Los Angeles", True),
    ],
)
def test_what_time_it_is_there(country, at, said, is_open):
    there = calling.there(country, datetime.combine(FRIDAY.date(), at, UTC))
    assert (there.said, there.is_open) == (said, is_open)


def test_nobody_answers_on_a_sunday_and_of_an_unknown_country_nothing_is_known():
    assert not calling.there("DE", FRIDAY + timedelta(days=2)).is_open
    assert calling.there("", FRIDAY) is None


def test_the_page_says_what_to_say_and_one_key_leads_to_the_next_task(task, tomas, client):
    first, second = task(name="First", language="de", country="DE"), task(name="Second")
    worklist.release(second, Actor.of(tomas))
    client.force_login(tomas)
    page = client.get(f"/tasks/{first.pk}/").content.decode()
    assert "Es geht um die Rechnung" in page
    assert "11:00 there" in page
    assert 'data-key="2"' in page
    answer = client.post(f"/tasks/{first.pk}/called/", {"outcome": "no_answer"})
    assert (answer.status_code, answer["Location"]) == (302, f"/tasks/{second.pk}/")
    assert client.post(f"/tasks/{second.pk}/called/", {"outcome": "promised"}).status_code == 422
    assert client.post(f"/tasks/{second.pk}/called/", {}).status_code == 422
    assert client.post(f"/tasks/{second.pk}/called/", {"outcome": "reached"})["Location"] == "/worklist/"


def test_what_is_agreed_or_contested_is_not_asked_for(given, task, tomas, client):
    one = task(language="en")
    item = given.open_item(
        "300.00 EUR", customer=one.customer, entity=one.entity, due=date(2026, 2, 20), number="OTHER"
    )
    client.force_login(tomas)
    assert "2 invoices of 1,555.70 EUR" in client.get(f"/tasks/{one.pk}/").content.decode()
    disputes.open(item, reason="broken", on=FRIDAY.date(), actor=SYSTEM)
    assert "about invoice INV-" in client.get(f"/tasks/{one.pk}/").content.decode()
