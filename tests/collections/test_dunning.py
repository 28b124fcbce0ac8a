"""Dunning runs: proposed, approved, cancelled; on which days, by whom, and never twice."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from io import StringIO
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connections, transaction

from o2c.collections import dunning, policies, proposing
from o2c.collections.models import (
    Decision,
    DunningLevel,
    DunningPolicy,
    DunningRun,
    DunningSettings,
    Notice,
    NoticeLine,
    Task,
)
from o2c.core import clock, leases, states
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Message, OutboxEvent, Partition
from tests.given import DAY

State = DunningRun.State
ANNA = Actor("anna")
NOON = datetime.combine(DAY, time(12), ZoneInfo("UTC"))


@pytest.fixture
def noon():
    """It is noon on DAY."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def spool(tmp_path, settings):
    settings.O2C_SMTP = None
    settings.O2C_MAIL_SPOOL = tmp_path / "mail"
    return settings.O2C_MAIL_SPOOL


def overdue(given, days: int = 3, money: str = "100.00 EUR", **facts):
    return given.open_item(money, due=DAY - timedelta(days=days), **facts)


def dun(*arguments: str) -> dict:
    out = StringIO()
    call_command("dun", *arguments, "--inline", "--json", stdout=out)
    return json.loads(out.getvalue())


def events() -> list[str]:
    kinds = OutboxEvent.objects.filter(kind__contains="dunning").order_by("id")
    return list(kinds.values_list("kind", flat=True))


def test_a_proposal_writes_decisions_notices_and_lines(given, noon):
    item, early = overdue(given), overdue(given, days=2)
    run = dunning.propose(item.entity, DAY, actor=ANNA)
    assert (run.state, run.considered, run.notices_made, run.items_noticed) == (State.PROPOSED, 2, 1, 1)
    assert (run.skipped, run.proposed_by) == ({"not_yet": 1}, "anna")
    notice = Notice.objects.get()
    assert (notice.customer_id, notice.level, notice.items, notice.state) == (item.customer_id, 1, 1, "proposed")
    line = notice.lines.get()
    assert (line.item_id, line.level, line.days_late, line.open_amount) == (item.pk, 1, 3, 100)
    reasons = dict(Decision.objects.filter(run_id=run.pk).values_list("item_id", "reason"))
    assert reasons == {item.pk: "notice", early.pk: "not_yet"}
    assert Message.objects.count() == 0
    assert events() == ["dunning.proposed"]


def test_a_second_run_of_the_day_makes_nothing_new(given, noon):
    item = overdue(given)
    dunning.propose(item.entity, DAY, actor=ANNA)
    again = dunning.propose(item.entity, DAY, actor=ANNA)
    assert (again.considered, again.notices_made, again.skipped) == (1, 0, {"not_yet": 1})
    assert Notice.objects.count() == 1


def test_a_proposal_that_died_is_finished_and_not_begun_anew(given, noon):
    item = overdue(given)
    begun = dunning.begin_proposing(item.entity, DAY, actor=ANNA)
    assert dunning.propose(item.entity, DAY, actor=SYSTEM).pk == begun.pk
    assert DunningRun.objects.count() == 1


def test_an_unfinished_proposal_of_another_day_is_finished_first(given, noon):
    item = overdue(given)
    begun = dunning.begin_proposing(item.entity, DAY - timedelta(days=1), actor=ANNA)
    run = dunning.propose(item.entity, DAY, actor=ANNA)
    begun.refresh_from_db()
    assert (begun.state, begun.notices_made) == (State.PROPOSED, 0)
    assert (run.notices_made, run.pk != begun.pk) == (1, True)


def test_parts_cover_every_payer_once_and_each_has_its_share(given):
    entity = given.entity()
    for _ in range(5):
        customer = given.customer(entity=entity)
        for _ in range(3):
            overdue(given, customer=customer)
    ranges = proposing.ranges(entity.pk, True, size=6)
    assert len(ranges) == 3
    assert (ranges[0][0], ranges[-1][1]) == leases.EVERY_PAYER
    assert all(later[0] == earlier[1] + 1 for earlier, later in pairwise(ranges))


def test_a_run_in_many_parts_equals_one_in_one(given, noon, monkeypatch):
    monkeypatch.setattr(proposing, "ITEMS_IN_A_PART", 2)
    monkeypatch.setattr(proposing.ranges, "__defaults__", (2,))
    items = [overdue(given, days=number) for number in range(1, 9)]
    run = dunning.propose(items[0].entity, DAY, actor=ANNA)
    assert Partition.objects.filter(state="done").count() == 4
    assert (run.considered, run.notices_made, run.skipped) == (8, 6, {"not_yet": 2})


def test_a_part_that_fails_says_so_and_can_be_tried_again(given, noon):
    item = overdue(given)
    run = dunning.begin_proposing(item.entity, DAY, actor=ANNA)
    Partition.objects.update(state="failed", last_error="ValueError: no", attempts=5)
    with pytest.raises(dunning.DunningFailed, match="ValueError: no"):
        dunning.finish_here(run)
    assert dunning.propose(item.entity, DAY, actor=ANNA).notices_made == 1


def test_only_a_proposed_run_is_approved(given, noon):
    item = overdue(given)
    run = dunning.propose(item.entity, DAY, actor=ANNA)
    dunning.approve(run, actor=ANNA)
    assert (run.state, run.approved_by) == (State.APPROVED, "anna")
    with pytest.raises(states.IllegalMove):
        dunning.approve(run, actor=ANNA)
    fresh = dunning.propose(item.entity, DAY, actor=ANNA)
    with pytest.raises(dunning.DunningRefused, match="only an approved run is sent"):
        dunning.send(fresh, actor=ANNA)
    assert Message.objects.count() == 0


def test_a_cancelled_runs_items_may_be_proposed_again(given, noon):
    item = overdue(given)
    run = dunning.propose(item.entity, DAY, actor=ANNA)
    dunning.cancel(run, actor=ANNA)
    assert Notice.objects.get().cancelled_because == "cancelled"
    assert NoticeLine.objects.get().dropped_because == "cancelled"
    again = dunning.propose(item.entity, DAY, actor=ANNA)
    assert again.notices_made == 1
    assert Notice.objects.get(run=again).level == 1
    with pytest.raises(states.IllegalMove):
        dunning.approve(run, actor=ANNA)


def test_the_database_keeps_a_level_to_once_a_cycle(given, noon):
    item = overdue(given)
    dunning.propose(item.entity, DAY, actor=ANNA)
    line = NoticeLine.objects.get()
    line.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        line.save()


# --- The command


def test_the_command_answers_as_agreed_and_stops_where_a_person_approves(given, noon, spool):
    overdue(given)
    answer = dun("run")
    run = DunningRun.objects.get()
    agreed = {"run": run.pk, "as_of": "2026-03-02", "considered": 1, "notices": 1, "items": 1, "skipped": {}}
    assert answer | agreed == answer
    assert (answer["messages"], run.state) == (0, State.PROPOSED)
    assert dun("approve")["state"] == "approved"
    answer = dun("send")
    assert (answer["messages"], answer["state"]) == (1, "done")
    assert len(list(spool.iterdir())) == 1


def test_the_command_does_all_in_one_where_the_entity_approves_itself(given, noon, spool, capsys):
    item = overdue(given)
    DunningSettings.objects.update(approves_itself=True)
    answer = dun("run", "--entity", item.entity.code)
    assert (answer["notices"], answer["messages"], answer["state"]) == (1, 1, "done")
    assert "1 messages written to" in capsys.readouterr().err
    again = dun("run")
    assert (again["notices"], again["messages"], again["skipped"]) == (0, 0, {"not_yet": 1})
    assert Message.objects.get().state == "spooled"


def test_the_command_sums_up_several_entities(given, noon, spool):
    overdue(given)
    other = given.entity("UK1", "GBP")
    overdue(given, money="5.00 GBP", entity=other)
    overdue(given, money="7.00 GBP", entity=other, days=1)
    answer = dun("propose")
    assert (answer["run"], answer["as_of"]) == (None, "2026-03-02")
    assert (answer["considered"], answer["notices"], answer["items"]) == (3, 2, 2)
    assert answer["skipped"] == {"not_yet": 1}
    assert [run["entity"] for run in answer["runs"]] == ["DE1", "UK1"]


@pytest.mark.parametrize("step", ["propose", "run"])
def test_a_past_day_is_refused_unless_it_is_replayed(given, noon, spool, step):
    overdue(given)
    with pytest.raises(CommandError, match="is past") as refused:
        dun(step, "--as-of", "2026-03-01")
    assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="still to come"):
        dun(step, "--as-of", "2026-03-03", "--replay")
    assert DunningRun.objects.count() == 0


def test_a_replay_approves_itself_spools_and_never_sends(given, noon, spool, settings):
    from o2c.core.environment import Smtp

    settings.O2C_SMTP = Smtp("127.0.0.1", 1, "", "", starttls=False, tls=False)
    overdue(given, days=40)
    answer = dun("run", "--as-of", "2026-02-28", "--replay")
    assert (answer["notices"], answer["messages"], answer["state"]) == (1, 1, "done")
    assert Message.objects.get().state == "spooled"
    assert len(list(spool.iterdir())) == 1
    assert Task.objects.count() == 0


def test_the_day_is_the_entitys_own(given, spool):
    entity = given.entity("NZ1", "NZD", time_zone="Pacific/Auckland")
    overdue(given, money="5.00 NZD", entity=entity)
    with time_machine.travel(datetime(2026, 3, 2, 20, tzinfo=ZoneInfo("UTC")), tick=False):
        assert dun("propose")["as_of"] == "2026-03-03"
        with pytest.raises(CommandError, match="2026-03-02 is past for NZ1"):
            dun("propose", "--as-of", "2026-03-02")


def test_a_run_that_stopped_after_any_step_is_brought_to_its_end(given, noon, spool):
    item = overdue(given)
    DunningSettings.objects.update(approves_itself=True)
    run = dunning.propose(item.entity, DAY, actor=ANNA)
    assert dun("run")["run"] == run.pk
    other = overdue(given)
    second = dunning.propose(item.entity, DAY, actor=ANNA)
    dunning.approve(second, actor=ANNA)
    dunning.begin_sending(second, actor=ANNA)
    assert (dun("run")["run"], dun("run")["notices"]) == (second.pk, 0)
    assert Notice.objects.get(customer=other.customer).state == "composed"
    assert Message.objects.count() == 2


# --- By itself


def test_an_entity_is_due_from_its_own_hour_until_it_has_run(given):
    entity = given.entity(time_zone="America/New_York")
    seven = datetime(2026, 3, 2, 12, tzinfo=ZoneInfo("UTC"))
    assert dunning.due_entities(seven - timedelta(minutes=1)) == []
    assert dunning.due_entities(seven) == [(entity, DAY)]
    assert dunning.due_entities(seven + timedelta(hours=16)) == [(entity, DAY)]
    assert dunning.due_entities(seven + timedelta(hours=17)) == [], "the next day, before seven"
    with time_machine.travel(seven, tick=False):
        dunning.propose(entity, DAY, actor=ANNA)
    assert dunning.due_entities(seven) == []
    assert dunning.due_entities(seven + timedelta(days=1)) == [(entity, DAY + timedelta(days=1))]
    DunningSettings.objects.update(paused=True)
    assert dunning.due_entities(seven + timedelta(days=1)) == []


@pytest.fixture
def workers(settings):
    """Jobs are done at once, in this process, as a worker would."""
    from o2c.celery import app

    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield
    app.conf.task_always_eager = app.conf.task_eager_propagates = False


@pytest.mark.parametrize("approves_itself", [True, False])
def test_the_tick_proposes_and_goes_on_only_where_the_entity_approves_itself(
    given, noon, spool, workers, django_capture_on_commit_callbacks, approves_itself
):
    overdue(given)
    DunningSettings.objects.update(approves_itself=approves_itself)
    for _ in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            dunning.propose_due()
    run = DunningRun.objects.get()
    assert run.state == (State.DONE if approves_itself else State.PROPOSED)
    assert Message.objects.filter(state="spooled").count() == (1 if approves_itself else 0)


def test_what_a_person_approved_is_sent_by_the_next_tick(
    given, noon, spool, workers, django_capture_on_commit_callbacks
):
    item = overdue(given)
    run = dunning.propose(item.entity, DAY, actor=ANNA)
    dunning.approve(run, actor=ANNA)
    with django_capture_on_commit_callbacks(execute=True):
        dunning.propose_due()
    run.refresh_from_db()
    assert (run.state, run.approved_by) == (State.DONE, "anna")


def test_a_dead_workers_part_is_handed_out_again(given, noon, workers, django_capture_on_commit_callbacks):
    item = overdue(given)
    run = dunning.begin_proposing(item.entity, DAY, actor=SYSTEM)
    leases.take(dunning.PROPOSE, subject_id=run.pk)
    Partition.objects.update(leased_until=clock.now() - timedelta(seconds=1), holder="other:1:0.0")
    with django_capture_on_commit_callbacks(execute=True):
        dunning.propose_due()
    run.refresh_from_db()
    assert (run.state, run.notices_made) == (State.PROPOSED, 1)


# --- At once


@pytest.mark.django_db(transaction=True)
def test_many_runs_at_once_make_one_set_of_notices(given, spool, monkeypatch):
    monkeypatch.setattr(proposing.ranges, "__defaults__", (3,))
    today = clock.today()
    entity = given.entity()
    DunningSettings.objects.update(approves_itself=True)
    items = [given.open_item("10.00 EUR", due=today - timedelta(days=5)) for _ in range(12)]

    def run(_):
        try:
            return dunning.run_day(entity, today, actor=ANNA).state
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(run, range(4))) == {State.DONE}
    lines = NoticeLine.objects.filter(dropped_because="").values_list("item_id", "level")
    assert sorted(lines) == sorted((item.pk, 1) for item in items)
    assert Notice.objects.filter(state="composed").count() == Message.objects.count() == 12
    assert not DunningRun.objects.exclude(state=State.DONE).exists()


# --- Policies


def test_the_standard_policy_is_fit_to_dun_by(given):
    given.entity()
    assert policies.faults(DunningPolicy.objects.get()) == []


def test_what_is_wrong_with_a_policy_is_said(given):
    policy = DunningPolicy.objects.create(code="x", version=1, name="x", effective_on=DAY)
    assert policies.faults(policy) == ["It has no levels."]
    for number, days, template in [(1, -3, "upcoming"), (3, 20, "nowhere"), (4, 10, "final")]:
        DunningLevel.objects.create(policy=policy, number=number, name="x", days_past_due=days, template=template)
    assert policies.faults(policy) == [
        "Level 3 must come later than level 2.",
        "Level 2 names a wording that does not exist: nowhere.",
        "Its levels must be numbered 1, 2, 3 … without a gap.",
    ]
