"""Undoing while others work: once, in order, and not at all where the process dies."""

import json
import os
import signal
import subprocess
import sys
from datetime import date

import pytest

from o2c.core.actors import SYSTEM
from o2c.core.imports.undoing import UndoRefused
from o2c.core.models import ImportRun
from o2c.invoicing import cash
from o2c.invoicing.models import Allocation, Entry, OpenItem, Receipt
from o2c.invoicing.proof import proof
from o2c.web.loading import undo
from tests.at_once import at_once
from tests.imports.files_given import ROOT, Loader, counts
from tests.invoicing.test_loading_at_once import MAP, doing, environment, file_of, gone


@pytest.fixture
def loaded(given, tmp_path):
    given.entity()
    answer = Loader(tmp_path).items(file_of(300), MAP)
    assert counts(answer) == (300, 0, 0, 0)
    return answer


@pytest.mark.django_db(transaction=True)
def test_two_at_once_undo_once(loaded):
    run = ImportRun.objects.get(pk=loaded["import_run"])
    results = at_once(*[lambda: undo(run, actor=SYSTEM)] * 2)
    assert sorted(result.already for result in results) == [False, True]
    assert (OpenItem.objects.exclude(open_amount=0).count(), proof()) == (0, [])


@pytest.mark.django_db(transaction=True)
def test_money_that_is_applied_meanwhile_is_either_in_the_way_or_finds_nothing_open(given, loaded):
    item = OpenItem.objects.filter(kind="invoice").exclude(open_amount=0).first()
    receipt = given.receipt(f"{item.amount} EUR", customer=item.customer, on=date(2026, 3, 2))
    run = ImportRun.objects.get(pk=loaded["import_run"])
    undone, applied = at_once(
        lambda: undo(run, actor=SYSTEM),
        lambda: cash.apply(receipt.item, [cash.Split(item, item.amount)], on=date(2026, 3, 2), actor=SYSTEM),
    )
    run.refresh_from_db()
    if isinstance(undone, UndoRefused):
        assert run.undone_at is None
        assert len(applied) == 1
    else:
        assert isinstance(applied, cash.OverApplied)
        assert run.undone_at is not None
    assert proof() == []


@pytest.mark.django_db(transaction=True)
def test_an_undoing_that_is_killed_leaves_all_as_it_was_and_can_be_done_again(given, loaded):
    before = (Entry.objects.count(), Allocation.objects.count(), Receipt.objects.filter(reversed_on=None).count())
    command = [sys.executable, "manage.py", "load", "--undo", str(loaded["import_run"]), "--json"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    backend = doing("invoicing_allocation", process)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    gone(backend)
    after = (Entry.objects.count(), Allocation.objects.count(), Receipt.objects.filter(reversed_on=None).count())
    assert after == before
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120)
    assert json.loads(done.stdout)["already"] is False, done.stderr
    assert (OpenItem.objects.exclude(open_amount=0).count(), proof()) == (0, [])
