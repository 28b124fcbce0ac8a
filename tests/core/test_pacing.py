"""When messages may go: not too many a minute to one domain, and at hours of day. Against a real mail server."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta

import pytest
import redis
import time_machine
from aiosmtpd.controller import Controller
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from hypothesis import given as chance
from hypothesis import strategies as st

from o2c.core import clock, jobs, messages
from o2c.core.environment import BadEnvironment, Smtp, hours
from o2c.core.hours import ZONES, Hours, is_business_day, zones
from o2c.core.models import DomainPace, Message
from tests.core.test_messages import Inbox, free_port, queued, state

State = Message.State
DAY = Hours(time(8), time(18))
NOON = "2026-03-04T12:00:00Z"  # a Wednesday


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture
def inbox(tmp_path, settings):
    handler = Inbox()
    server = Controller(handler, hostname="127.0.0.1", port=free_port())
    server.start()
    settings.O2C_SMTP = Smtp("127.0.0.1", server.port, "", "", starttls=False, tls=False)
    settings.O2C_MAIL_SPOOL = tmp_path / "mail"
    yield handler
    server.stop(no_assert=True)


def many(count: int, domain: str, **details) -> list[Message]:
    return [queued(f"ap{number}@{domain}", not_before=clock.now(), **details) for number in range(count)]


# --- Hours: pure


@pytest.mark.parametrize(
    ("now", "country", "goes"),
    [
        ("2026-03-04T06:59:00+00:00", "DE", "2026-03-04T07:00:00+00:00"),
        ("2026-03-04T07:00:00+00:00", "DE", "2026-03-04T07:00:00+00:00"),
        ("2026-03-04T16:59:59+00:00", "DE", "2026-03-04T16:59:59+00:00"),
        ("2026-03-04T17:00:00+00:00", "DE", "2026-03-05T07:00:00+00:00"),
        # The day after the clocks change: an hour earlier by UTC in March, an hour later in October.
        ("2026-03-28T18:00:00+00:00", "DE", "2026-03-29T06:00:00+00:00"),
        ("2026-10-24T18:00:00+00:00", "DE", "2026-10-25T07:00:00+00:00"),
        ("2026-03-04T23:30:00+00:00", "JP", "2026-03-04T23:30:00+00:00"),  # half past eight there
        ("2026-03-04T20:00:00+00:00", "NZ", "2026-03-04T20:00:00+00:00"),  # nine, of the day after
        # Open where the day begins last, and closed where it ends first.
        ("2026-03-04T14:00:00+00:00", "US", "2026-03-04T16:00:00+00:00"),
        ("2026-03-04T23:00:00+00:00", "US", "2026-03-05T16:00:00+00:00"),
        ("2026-03-04T03:00:00+00:00", "", "2026-03-04T03:00:00+00:00"),
        ("2026-03-04T03:00:00+00:00", "XX", "2026-03-04T03:00:00+00:00"),
    ],
)
def test_it_goes_now_or_at_the_next_opening_where_it_is_read(now, country, goes):
    assert DAY.goes_at(at(now), country) == at(goes)


def test_a_night_in_which_the_clock_skips_or_repeats_the_opening_has_one_all_the_same():
    early = Hours(time(2, 30), time(4))
    assert early.goes_at(at("2026-03-28T23:00:00+00:00"), "DE") == at("2026-03-29T01:30:00+00:00")
    # Half past two is twice: the first one counts, and the second opens nothing again.
    assert early.goes_at(at("2026-10-24T23:00:00+00:00"), "DE") == at("2026-10-25T00:30:00+00:00")
    assert early.goes_at(at("2026-10-25T01:30:00+00:00"), "DE") == at("2026-10-25T01:30:00+00:00")


def test_business_days_leave_out_weekends_and_holidays_there():
    working = Hours(time(8), time(18), business_days=True)
    friday_evening = at("2026-04-02T18:00:00+00:00")  # the day before Good Friday
    assert working.goes_at(friday_evening, "DE") == at("2026-04-07T06:00:00+00:00")
    assert working.goes_at(friday_evening, "US") == at("2026-04-02T18:00:00+00:00")
    assert working.goes_at(at("2026-03-06T08:00:00+00:00"), "SA").isoweekday() == 7  # Friday and Saturday are off
    assert not is_business_day("DE", date(2026, 12, 25))


def test_hours_that_a_countrys_ends_do_not_share_are_those_of_its_middle():
    assert Hours(time(8), time(9)).goes_at(at("2026-03-04T12:00:00+00:00"), "US") == at("2026-03-04T13:00:00+00:00")


def test_every_country_with_several_times_of_day_is_known():
    assert all(len(zones(country)) == len(names) for country, names in ZONES.items())


@chance(
    now=st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    opens=st.integers(0, 22),
    length=st.integers(1, 8),
    country=st.sampled_from(["DE", "US", "AU", "IN", "NZ", "CL", "GB"]),
    business_days=st.booleans(),
)
def test_the_opening_is_in_the_hours_and_nothing_before_it_is(now, opens, length, country, business_days):
    there = Hours(time(opens), time(min(opens + length, 23), 30), business_days)
    goes = there.goes_at(now, country)
    assert goes >= now
    assert there.goes_at(goes, country) == goes, "what may go at that time goes"
    if goes > now:
        just_before = max(now, goes - timedelta(seconds=1))
        assert there.goes_at(just_before, country) == goes


@pytest.mark.parametrize("text", ["8", "08:00", "18:00-08:00", "08:00-08:00", "8-25", "early-late"])
def test_hours_that_are_none_are_refused_by_name(text):
    with pytest.raises(BadEnvironment, match="O2C_MAIL_HOURS"):
        hours("O2C_MAIL_HOURS", text, business_days=False)
    with pytest.raises(BadEnvironment, match="O2C_MAIL_HOURS"):
        hours("O2C_MAIL_HOURS", "", business_days=True)


# --- Hours: what is claimed


@pytest.mark.django_db
def test_at_night_what_is_read_there_waits_for_the_morning_and_the_rest_goes(inbox, settings):
    settings.O2C_MAIL_HOURS = DAY
    with time_machine.travel("2026-03-28T20:00:00Z", tick=False) as now:
        german, american = queued("a@de.example", country="DE"), queued("b@us.example", country="US")
        answer = queued("c@de.example")
        assert messages.deliver().sent == 2
        assert (state(german), state(american), state(answer)) == (State.QUEUED, State.SENT, State.SENT)
        assert german.not_before == at("2026-03-29T06:00:00+00:00"), "eight in the morning, by the clock of summer"
        assert german.server_answer == "Waits: mail goes out 08:00–18:00 where it is read."
        assert (german.attempts, german.claimed_by) == (0, "")
        now.move_to("2026-03-29T05:59:00Z")
        assert messages.deliver().total == 0
        now.move_to("2026-03-29T06:00:00Z")
        assert messages.deliver().sent == 1
    assert state(german) == State.SENT
    assert german.server_answer.startswith("250")


@pytest.mark.django_db
def test_what_is_put_into_files_waits_for_no_hour(settings, tmp_path):
    settings.O2C_SMTP, settings.O2C_MAIL_SPOOL, settings.O2C_MAIL_HOURS = None, tmp_path, DAY
    with time_machine.travel("2026-03-28T20:00:00Z"):
        queued(country="DE")
        assert messages.deliver().spooled == 1


# --- So many a minute


@pytest.mark.django_db
def test_what_is_over_the_rate_of_its_domain_waits_and_other_domains_go(inbox, settings):
    settings.O2C_MAIL_PER_DOMAIN = 3
    with time_machine.travel(NOON, tick=False) as now:
        started = clock.now()
        big, small = many(8, "big.example"), many(2, "small.example")
        assert messages.deliver().sent == 5
        assert [state(message) for message in small] == [State.SENT] * 2
        assert [state(message) for message in big] == [State.SENT] * 3 + [State.QUEUED] * 5
        waits = [(message.not_before - started).total_seconds() for message in big[3:]]
        assert waits == [60, 60, 60, 120, 120]
        assert big[3].server_answer == "Waits: no more than 3 a minute go to big.example."
        assert messages.next_due() == started + timedelta(minutes=1)
        now.shift(timedelta(seconds=59))
        assert messages.deliver().total == 0
        now.shift(timedelta(seconds=1))
        assert messages.deliver().sent == 3
        now.shift(timedelta(seconds=60))
        assert messages.deliver().sent == 2
    assert {state(message) for message in big} == {State.SENT}
    assert [to for to, _ in inbox.received if "big" in to] == [f"ap{number}@big.example" for number in range(8)]


@pytest.mark.django_db
def test_in_no_minute_go_more_than_that(inbox, settings):
    """Workers come late and new messages arrive: the rate holds whichever minute one looks at, none is lost."""
    settings.O2C_MAIL_PER_DOMAIN = 4
    went: list[datetime] = []
    with time_machine.travel(NOON, tick=False) as now:
        many(10, "big.example")
        for turn in range(60):
            sent = messages.deliver().sent
            went += [clock.now()] * sent
            if turn in (3, 7):
                many(3, "Big.Example")
            now.shift(timedelta(seconds=7))
    assert len(went) == 16
    for moment in went:
        assert sum(moment <= other < moment + timedelta(minutes=1) for other in went) <= 4
    assert went[-1] - went[0] <= timedelta(seconds=4 * 60 + 14)


@pytest.mark.django_db(transaction=True)
def test_workers_together_keep_the_rate_and_send_each_once(inbox, settings):
    settings.O2C_MAIL_PER_DOMAIN = 25
    many(60, "big.example")
    many(15, "small.example")

    def sender(_):
        try:
            return messages.deliver().sent
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(sender, range(4))) == 40
    assert sum(to.endswith("@big.example") for to, _ in inbox.received) == 25
    assert len({to for to, _ in inbox.received}) == 40
    assert Message.objects.filter(state=State.QUEUED, not_before__gt=clock.now()).count() == 35


@pytest.mark.django_db
def test_a_lower_rate_holds_from_the_next_message_on(inbox, settings):
    settings.O2C_MAIL_PER_DOMAIN = 5
    with time_machine.travel(NOON, tick=False) as now:
        many(5, "big.example")
        assert messages.deliver().sent == 5
        settings.O2C_MAIL_PER_DOMAIN = 2
        now.shift(timedelta(seconds=30))
        many(3, "big.example")
        assert messages.deliver().total == 0
        now.shift(timedelta(seconds=30))
        assert messages.deliver().sent == 2
    assert len(DomainPace.objects.get().handed_over) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("many_wait", [5, 50])
def test_the_number_of_statements_does_not_depend_on_how_many_wait(inbox, settings, many_wait):
    settings.O2C_MAIL_PER_DOMAIN, settings.O2C_MAIL_HOURS = 2, DAY
    with time_machine.travel("2026-03-04T20:00:00Z", tick=False):
        many(many_wait, "big.example")
        many(many_wait, "night.example", country="DE")
        with CaptureQueriesContext(connection) as captured:
            assert messages.deliver().sent == 2
    updates = [
        query["sql"] for query in captured if "UPDATE core_message" in query["sql"] and "claim_key" not in query["sql"]
    ]
    assert len(updates) == 2, "one for the night, one for the domain"
    assert len(captured) < 45


# --- Who delivers them when their time has come


@pytest.mark.django_db
def test_one_job_is_queued_for_the_time_of_what_waits(inbox, settings, queue):
    settings.O2C_MAIL_PER_DOMAIN = 1
    server = redis.Redis.from_url(queue)
    server.flushdb()
    many(3, "big.example")
    assert jobs.deliver_messages() == 1
    assert server.llen("celery") == 1
    assert b"deliver_messages" in server.lindex("celery", 0)
    assert not jobs.deliver_the_next(), "it is on its way already"
    assert server.llen("celery") == 1
    server.flushdb()
    Message.objects.filter(state=State.QUEUED).update(not_before=clock.now() + timedelta(hours=9))
    assert not jobs.deliver_the_next(), "what waits for the morning is left to the tick"
    assert server.llen("celery") == 0


@pytest.mark.django_db
def test_who_has_sent_for_long_enough_queues_another_to_go_on(inbox, settings, queue, monkeypatch):
    server = redis.Redis.from_url(queue)
    server.flushdb()
    monkeypatch.setattr(jobs, "HOLDS", 0.0)
    many(3, "big.example")
    sent = []
    for waiting in (1, 2, 2):
        sent.append(jobs.deliver_messages())
        assert server.llen("celery") == waiting
    assert sent == [1, 1, 1], "one at least, however little time there is"
    assert Message.objects.filter(state=State.SENT).count() == 3
    assert jobs.deliver_messages() == 0
    assert server.llen("celery") == 2, "nothing is left, so nobody is called"


@pytest.mark.django_db
def test_much_is_handed_over_by_several_and_no_more_than_may(inbox, settings, queue, monkeypatch):
    server = redis.Redis.from_url(queue)
    server.flushdb()
    monkeypatch.setattr(jobs, "FEW", 2)
    settings.O2C_SENDERS = 2
    many(3, "big.example")
    with jobs._place(), jobs._place() as free:
        assert free
        assert jobs.deliver_messages() == 0, "two send already"
        assert server.llen("celery") == 0
    assert jobs.deliver_messages() == 3
    assert server.llen("celery") == 1, "a second was called to help"


@pytest.mark.django_db
def test_nobody_is_called_again_while_the_server_is_away(settings, queue):
    server = redis.Redis.from_url(queue)
    server.flushdb()
    settings.O2C_SMTP = Smtp("127.0.0.1", free_port(), "", "", starttls=False, tls=False)
    many(3, "big.example")
    assert jobs.deliver_messages() == 0
    assert Message.objects.filter(state=State.QUEUED).count() == 3
    assert server.llen("celery") == 0
