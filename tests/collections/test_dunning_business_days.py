"""The beat proposes and sends on days of business only; the next one catches up; people are not held back."""

from datetime import date, timedelta

import pytest
import time_machine

from o2c.collections import dunning
from o2c.collections.models import DunningRun, DunningSettings
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Message
from o2c.orders import business_days

ANNA = Actor("anna", 1)
FRIDAY, SATURDAY, MONDAY = date(2026, 3, 6), date(2026, 3, 7), date(2026, 3, 9)
GOOD_FRIDAY, EASTER_TUESDAY = date(2026, 4, 3), date(2026, 4, 7)


def at(day: date, hour: int = 12):
    return time_machine.travel(f"{day}T{hour:02}:00:00Z", tick=False)


@pytest.fixture
def workers(settings, tmp_path):
    """Jobs run at once, in this process; mail goes into a folder."""
    from o2c.celery import app

    settings.O2C_MAIL_SPOOL = tmp_path
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield
    app.conf.task_always_eager = app.conf.task_eager_propagates = False


@pytest.fixture
def entity(given):
    with at(MONDAY):
        entity = given.entity("DE1", country="DE")
    DunningSettings.objects.update(approves_itself=True)
    given.open_item("100.00 EUR", due=FRIDAY - timedelta(days=10))
    return entity


def test_nothing_is_proposed_on_a_weekend_and_monday_catches_up(entity):
    for day in (SATURDAY, SATURDAY + timedelta(days=1)):
        with at(day):
            assert dunning.due_entities(dunning.clock.now()) == []
            assert dunning.propose_due() == []
    with at(MONDAY):
        (run,) = dunning.propose_due()
    assert run.as_of == MONDAY


def test_public_holidays_and_closing_days_are_no_days_of_business(entity):
    business_days.close(entity, EASTER_TUESDAY, "Stocktaking", actor=SYSTEM)
    day = GOOD_FRIDAY
    while day <= EASTER_TUESDAY:
        with at(day):
            assert dunning.propose_due() == [], day
        day += timedelta(days=1)
    with at(EASTER_TUESDAY + timedelta(days=1)):
        assert [run.as_of for run in dunning.propose_due()] == [date(2026, 4, 8)]


def test_the_weekend_is_the_entitys_and_the_day_is_its_own(given):
    with at(MONDAY):
        given.entity("BD1", currency="BDT", country="BD", time_zone="Asia/Dhaka")
        given.entity("NZ1", currency="NZD", country="NZ", time_zone="Pacific/Auckland")
    with at(FRIDAY):  # Friday noon in Dhaka and past midnight in Auckland, where it is Saturday
        assert dunning.due_entities(dunning.clock.now()) == []
    with at(FRIDAY + timedelta(days=2), 3):  # Sunday in Dhaka, a day of business there
        assert [entity.code for entity, _ in dunning.due_entities(dunning.clock.now())] == ["BD1"]


def test_what_waits_to_be_sent_goes_out_on_the_next_day_of_business(
    entity, workers, django_capture_on_commit_callbacks
):
    DunningSettings.objects.update(approves_itself=False)
    with at(FRIDAY):
        run = dunning.propose(entity, FRIDAY, actor=ANNA)
        dunning.approve(run, actor=ANNA)
    with at(SATURDAY), django_capture_on_commit_callbacks(execute=True):
        dunning.propose_due()
    run.refresh_from_db()
    assert run.state == DunningRun.State.APPROVED
    assert not Message.objects.exists()
    with at(MONDAY), django_capture_on_commit_callbacks(execute=True):
        dunning.propose_due()
    run.refresh_from_db()
    assert run.state == DunningRun.State.DONE
    assert Message.objects.count() == 1


def test_a_person_and_a_replay_are_not_held_back(entity):
    with at(SATURDAY):
        replayed = dunning.run_day(entity, FRIDAY - timedelta(days=5), actor=SYSTEM, replay=True)
        assert (replayed.as_of.isoweekday(), replayed.state) == (7, DunningRun.State.DONE)
        run = dunning.propose(entity, SATURDAY, actor=ANNA)
        dunning.approve(run, actor=ANNA)
        assert dunning.send(run, actor=ANNA).state == DunningRun.State.DONE
