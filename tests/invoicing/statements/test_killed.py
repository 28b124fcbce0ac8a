"""A run of statements is killed with -9 again and again, and no statement of it is lost or doubled."""

import json
import random
import subprocess
from pathlib import Path

import pytest

from o2c.core import clock
from o2c.core.models import Document, Message, MessageAttachment, Partition
from o2c.invoicing.aging import aging
from o2c.invoicing.models import Statement, StatementRun
from o2c.invoicing.statements import making
from tests import bulk, killing
from tests.killing import kill_when

# Small parts, so that a run has many moments to be killed in.
COMMAND = """
import django
django.setup()
from django.core.management import call_command
from o2c.invoicing.statements import making
making.ranges.__defaults__ = ({size},)
call_command("statements", "run", "--entity", "DE1", "--json", "--inline")
"""


def start(run_dir: Path, size: int) -> subprocess.Popen:
    return killing.start(COMMAND.format(size=size), run_dir)


def progress() -> float:
    """How far the run is: to 1 while statements are made, to 2 while their messages are spooled."""
    parts = Partition.objects.filter(work=making.WORK)
    share = parts.filter(state="done").count() / (parts.count() or 1)
    messages = Message.objects.count()
    return share + (Message.objects.filter(state="spooled").count() / messages if share == 1 and messages else 0)


def survive(given, run_dir: Path, *, customers: int, kills: int, size: int) -> None:
    entity = given.entity()
    today = clock.today(entity.time_zone)
    bulk.owing(entity, customers=customers, items=customers * 3, as_of=today)
    chance = random.Random(1)
    moments = sorted(chance.uniform(0, 0.95) for _ in range(kills))
    killed = [kill_when(lambda moment=moment: progress() >= moment, start(run_dir, size)) for moment in moments]
    assert killed == [True] * kills
    process = start(run_dir, size)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    answer = json.loads(out)
    run = StatementRun.objects.get()  # each command has gone on with the same one
    assert (answer["run"], answer["made"], answer["mailed"], run.state) == (run.pk, customers, customers, "done")
    assert Statement.objects.values("customer").distinct().count() == Statement.objects.count() == customers
    ids = Statement.objects.values_list("customer_id", flat=True)
    assert sorted(Message.objects.values_list("key", flat=True)) == sorted(f"statement:{run.pk}:{id}" for id in ids)
    assert Document.objects.count() == MessageAttachment.objects.count() == customers
    assert set(Message.objects.values_list("state", flat=True)) == {"spooled"}
    files = {path.name for path in (run_dir / "mail").glob("*.eml")}
    assert files == {f"{reference}.eml" for reference in Message.objects.values_list("reference", flat=True)}
    assert run.totals["EUR"]["total"] == str(aging(today).totals["EUR"].quantize(1)) + ".00"


@pytest.mark.django_db(transaction=True)
def test_a_run_killed_three_times_loses_and_doubles_nothing(given, tmp_path):
    survive(given, tmp_path, customers=120, kills=3, size=10)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_a_large_run_killed_ten_times_loses_and_doubles_nothing(given, tmp_path):
    survive(given, tmp_path, customers=4_000, kills=10, size=100)
