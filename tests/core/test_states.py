"""Moves between states: legal ones only, and never over somebody else's."""

import pytest
from django.utils import timezone

from o2c.core.models import Message
from o2c.core.states import IllegalMove, LostRace, move

pytestmark = pytest.mark.django_db
State = Message.State


@pytest.fixture
def message():
    return Message.objects.create(
        key="k", owner="DE1", sender="a@o2c.example", recipient="b@o2c.example", subject="s", text="t", language="en"
    )


def test_a_legal_move_is_made_with_its_changes(message):
    now = timezone.now()
    move(message, State.SENDING, claimed_at=now, attempts=1)
    assert (message.state, message.claimed_at, message.attempts) == (State.SENDING, now, 1)
    stored = Message.objects.get()
    assert (stored.state, stored.claimed_at, stored.attempts) == (State.SENDING, now, 1)


@pytest.mark.parametrize("to", [State.SENT, State.QUEUED, State.UNSURE, "nonsense"])
def test_an_illegal_move_changes_nothing(message, to):
    with pytest.raises(IllegalMove):
        move(message, to, attempts=9)
    stored = Message.objects.get()
    assert (message.state, stored.state, stored.attempts) == (State.QUEUED, State.QUEUED, 0)


def test_what_has_ended_stays_ended(message):
    move(message, State.CANCELLED)
    for to in State:
        with pytest.raises(IllegalMove):
            move(message, to)


def test_who_comes_second_loses_and_changes_nothing(message):
    other = Message.objects.get()
    move(other, State.CANCELLED)
    with pytest.raises(LostRace):
        move(message, State.SENDING, attempts=5)
    stored = Message.objects.get()
    assert (stored.state, stored.attempts) == (State.CANCELLED, 0)
    assert (message.state, message.attempts) == (State.QUEUED, 0)


def test_a_row_that_is_gone_is_a_lost_race(message):
    Message.objects.all().delete()
    with pytest.raises(LostRace):
        move(message, State.SENDING)
