"""A run is killed with -9 again and again, and nothing of it is lost or doubled."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from o2c.collections import dunning
from o2c.collections.models import DunningRun, DunningSettings, Notice, NoticeLine, Task
from o2c.core import clock
from o2c.core.models import Message, Partition
from o2c.invoicing.proof import proof
from tests import bulk, killing
from tests.killing import ROOT, environment, kill_when

# Small parts, so that a run has many moments to be killed in.
COMMAND = """
import django
django.setup()
from django.core.management import call_command
from o2c.collections import composing, proposing
proposing.ranges.__defaults__ = ({items},)
composing.ranges.__defaults__ = ({notices},)
call_command("dun", "run", "--json", {inline})
"""


def start(run_dir: Path, *, items: int, notices: int, inline: str = '"--inline"', **facts) -> subprocess.Popen:
    return killing.start(COMMAND.format(items=items, notices=notices, inline=inline), run_dir, **facts)


def progress() -> float:
    """How far the run is: up to 1 while it is proposed, to 2 while its letters are written, to 3 while spooled."""
    parts = Partition.objects.filter(work=dunning.PROPOSE)
    notices = Notice.objects.count()
    messages = Message.objects.count()
    share = parts.filter(state="done").count() / (parts.count() or 1)
    if share == 1 and notices:
        share += Notice.objects.filter(state="composed").count() / notices
    if share == 2 and messages:
        share += Message.objects.filter(state="spooled").count() / messages
    return share


def check_whole(book, today, run_dir: Path, answer: dict) -> None:
    late = {item.pk: (today - item.due_on).days for item in book}
    # Killed after its last letter was written, the run itself was over: the next command began another, of nothing.
    run, *later = DunningRun.objects.order_by("pk")
    assert {(again.state, again.notices_made) for again in later} <= {("done", 0)}
    expected = sorted((pk, 1) for pk, days in late.items() if days >= 3)
    assert run.state == "done"
    assert sorted(NoticeLine.objects.values_list("item_id", "level")) == expected
    assert (run.items_noticed, run.notices_made) == (len(expected), Notice.objects.count())
    assert run.considered == sum(days > 0 for days in late.values())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT item_id), count(*) FILTER (WHERE reason = 'notice')"
            " FROM collections_decision WHERE run_id = %s",
            [run.pk],
        )
        assert cursor.fetchone() == (run.considered, run.considered, len(expected))
    notices = set(Notice.objects.filter(state="composed").values_list("id", flat=True))
    assert len(notices) == Notice.objects.count() == len({item.customer_id for item in book if late[item.pk] >= 3})
    assert sorted(Message.objects.values_list("key", flat=True)) == sorted(f"notice:{id}" for id in notices)
    assert set(Message.objects.values_list("state", flat=True)) == {"spooled"}
    files = {path.name for path in (run_dir / "mail").glob("*.eml")}
    assert files == {f"{reference}.eml" for reference in Message.objects.values_list("reference", flat=True)}
    assert Task.objects.count() == 0
    made = 0 if later else len(notices)
    assert (answer["notices"], answer["messages"]) == (made, made)
    assert proof() == []


def survive(given, run_dir: Path, *, customers: int, items: int, kills: int, parts: int) -> None:
    entity = given.entity()
    DunningSettings.objects.update(approves_itself=True)
    today = clock.today(entity.time_zone)
    book = bulk.owing(entity, customers=customers, items=items, as_of=today)
    size = {"items": items // parts, "notices": max(1, customers // parts)}
    chance = random.Random(1)
    killed = 0
    for moment in sorted(chance.uniform(0, 2.9) for _ in range(kills)):
        killed += kill_when(lambda moment=moment: progress() >= moment, start(run_dir, **size))
    assert killed == kills
    process = start(run_dir, **size)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    check_whole(book, today, run_dir, json.loads(out))


@pytest.mark.django_db(transaction=True)
def test_a_run_killed_three_times_loses_and_doubles_nothing(given, tmp_path):
    survive(given, tmp_path, customers=600, items=3_000, kills=3, parts=12)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_a_large_run_killed_ten_times_loses_and_doubles_nothing(given, tmp_path):
    survive(given, tmp_path, customers=4_000, items=20_000, kills=10, parts=40)


@pytest.mark.django_db(transaction=True)
def test_a_killed_celery_worker_is_replaced_by_another(given, tmp_path):
    entity = given.entity()
    DunningSettings.objects.update(approves_itself=True)
    today = clock.today(entity.time_zone)
    book = bulk.owing(entity, customers=300, items=1_500, as_of=today)
    worker = [
        sys.executable,
        "-m",
        "celery",
        "--app",
        "o2c.celery",
        "worker",
        "--concurrency",
        "2",
        "--loglevel",
        "INFO",
    ]
    workers = []

    def another() -> subprocess.Popen:
        log = (tmp_path / f"worker-{len(workers)}.log").open("w")
        workers.append(
            subprocess.Popen(
                worker, cwd=ROOT, env=environment(tmp_path, 7), stdout=log, stderr=log, start_new_session=True
            )
        )
        return workers[-1]

    try:
        first = another()
        process = start(tmp_path, items=60, notices=20, inline="*[]", queue=7)
        while process.poll() is None and progress() < 0.2:
            assert first.poll() is None
            try:
                process.wait(0.005)
            except subprocess.TimeoutExpired:
                continue
        os.killpg(first.pid, signal.SIGKILL)
        another()
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        check_whole(book, today, tmp_path, json.loads(out))
    finally:
        for each in workers:
            if each.poll() is None:
                os.killpg(each.pid, signal.SIGKILL)
            each.wait()
