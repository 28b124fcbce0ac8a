"""Absences: who covers is given the tasks of who is away, and nothing is moved."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from o2c.collections import absences, chores, worklist
from o2c.collections.absences import AbsenceRefused
from o2c.collections.models import Absence, Task
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Role

TODAY = clock.today("UTC")


def day(n: int) -> date:
    return TODAY + timedelta(days=n)


@pytest.fixture
def tomas(given):
    return given.user("tomas", Role.COLLECTOR)


@pytest.fixture
def eva(given):
    return given.user("eva", Role.COLLECTOR)


@pytest.fixture
def task(given):
    entity = given.entity(time_zone="UTC")

    def make(assignee, money="100.00 EUR") -> Task:
        customer = given.customer(entity=entity)
        given.open_item(money, customer=customer, entity=entity, due=day(-5))
        return worklist.create(
            entity=entity, customer=customer, kind=Task.Kind.CALL, why="Call", due_on=TODAY, assignee=assignee,
            actor=SYSTEM,
        )  # fmt: skip

    return make


def away(user, cover, first=0, last=5) -> Absence:
    return absences.enter(user, first_on=day(first), last_on=day(last), cover=cover, actor=SYSTEM)


def test_who_covers_is_given_their_tasks_in_rank_with_the_own(task, tomas, eva):
    small, large, own = task(tomas, "10.00 EUR"), task(tomas, "900.00 EUR"), task(eva, "500.00 EUR")
    assert list(worklist.waiting(eva, TODAY)) == [own]
    away(tomas, eva)
    assert list(worklist.waiting(eva, TODAY)) == [large, own, small]
    assert [worklist.claim_next(eva, TODAY) for _ in range(4)] == [large, own, small, None]
    assert set(Task.objects.filter(pk__in=[small.pk, large.pk]).values_list("assignee__username", flat=True)) == {
        "tomas"
    }


def test_before_and_after_it_nothing_is_covered(task, tomas, eva):
    task(tomas)
    away(tomas, eva, 2, 3)
    assert [list(worklist.waiting(eva, day(n))) == [] for n in (1, 2, 3, 4)] == [True, False, False, True]


def test_what_was_claimed_before_is_put_back_and_what_is_claimed_meanwhile_stays(task, tomas, eva):
    before, meanwhile = task(tomas), task(tomas)
    for each in (before, meanwhile):
        worklist.claim(each, tomas)
    Task.objects.filter(pk=before.pk).update(claimed_at=clock.now() - timedelta(days=1))
    away(tomas, eva)
    assert chores.turn_the_day()["put_back"] == 1
    assert chores.turn_the_day()["put_back"] == 0
    assert list(worklist.waiting(eva, TODAY)) == [before]
    meanwhile.refresh_from_db()
    assert meanwhile.claimed_by == tomas


def test_back_earlier_the_tasks_are_their_own_again(task, tomas, eva):
    one = task(tomas)
    absence = away(tomas, eva, -3, 5)
    absences.end(absence, on=TODAY, actor=SYSTEM)
    assert list(worklist.waiting(eva, TODAY)) == []
    assert list(worklist.waiting(tomas, TODAY)) == [one]
    assert Absence.objects.get().last_on == day(-1)
    with pytest.raises(AbsenceRefused, match="over already"):
        absences.end(absence, on=TODAY, actor=SYSTEM)


def test_one_that_has_not_begun_is_taken_back(tomas, eva):
    absences.end(away(tomas, eva, 2, 5), on=TODAY, actor=SYSTEM)
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "field", "said"),
    [(3, 2, "last_on", "ends before"), (-9, -1, "last_on", "over already"), (0, 366, "last_on", "at most 366 days")],
)
def test_days_that_cannot_be_are_refused(tomas, eva, first, last, field, said):
    with pytest.raises(AbsenceRefused, match=said) as refused:
        away(tomas, eva, first, last)
    assert refused.value.field == field


def test_a_cover_who_cannot_is_refused(given, tomas):
    one, other = given.entity(), given.entity("FR1")
    cases = {
        "Somebody else covers": tomas,
        "works no tasks": given.user("clerk", Role.CASH_CLERK),
        "does not see every legal entity": given.user("half", Role.COLLECTOR, entities=[one]),
    }
    for said, cover in cases.items():
        with pytest.raises(AbsenceRefused, match=said) as refused:
            away(tomas, cover)
        assert refused.value.field == "cover"
    narrow = given.user("narrow", Role.COLLECTOR, entities=[other])
    assert away(narrow, tomas).cover == tomas


def test_nobody_is_away_twice_covers_while_away_or_is_away_while_covering(given, tomas, eva):
    jo = given.user("jo", Role.COLLECTOR)
    away(tomas, eva, 2, 4)
    with pytest.raises(AbsenceRefused, match=r"tomas is away .* already"):
        away(tomas, jo, 4, 6)
    with pytest.raises(AbsenceRefused, match="tomas is away") as refused:
        away(jo, tomas, 0, 2)
    assert refused.value.field == "cover"
    with pytest.raises(AbsenceRefused, match="eva covers tomas"):
        away(eva, jo, 3, 3)
    with pytest.raises(IntegrityError, match="absence_once"), transaction.atomic():
        Absence.objects.create(user=tomas, cover=jo, first_on=day(4), last_on=day(9), entered_by="x")


def test_it_is_entered_and_ended_on_its_page_and_who_covers_is_told(given, client, task, tomas, eva):
    one = task(tomas)
    client.force_login(tomas)
    facts = {"user": tomas.pk, "cover": eva.pk, "first_on": TODAY.isoformat(), "last_on": day(3).isoformat()}
    refused = client.post("/tasks/absences/new/", facts | {"cover": tomas.pk})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["cover"])
    assert client.post("/tasks/absences/new/", facts).status_code == 302
    assert b"Away" in client.get("/tasks/absences/").content
    client.force_login(eva)
    page = client.get("/worklist/").content.decode()
    assert "You cover tomas until" in page
    assert one.customer.name in page
    client.post(f"/tasks/absences/{Absence.objects.get().pk}/end/")
    assert one.customer.name not in client.get("/worklist/").content.decode()
