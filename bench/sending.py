"""A dunning run of a hundred thousand customers through the workers: each notice an e-mail with the account's statement
as PDF, composed and handed over to a mail server, on this machine's cores together with the database.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from bench import book
from bench.report import ROOT, Report

BOOK = False  # twice the customers, with fewer items each
MANY = book.Book(items=500_000, customers=118_000)
LEAST = 150  # messages a second
WORKERS = 2
PATIENCE = 300  # seconds without any progress


def measure(report: Report) -> None:
    from o2c.collections import dunning
    from o2c.collections.models import DunningLevel
    from o2c.core import clock
    from o2c.core.actors import SYSTEM
    from o2c.core.models import Document, Message, MessageAttachment
    from o2c.orders.models import LegalEntity

    many = replace(MANY, items=2_500, customers=600) if report.small else MANY
    book.ensure(many)
    book.restore(many)
    DunningLevel.objects.update(attaches_statement=True, approvals=0)
    runs = []
    for entity in LegalEntity.objects.order_by("code"):
        run = dunning.propose(entity, clock.today(entity.time_zone), actor=SYSTEM)
        dunning.approve(run, actor=SYSTEM)
        runs.append(run)
    state, queued = Message.State, Message.objects.filter(channel="email")
    with workers():
        began = time.monotonic()
        for run in runs:
            dunning.send(run, actor=SYSTEM, inline=False)
        until(lambda: not any(dunning.step(run.pk) == "sending" for run in runs), queued.count)
        composed = time.monotonic()
        until(lambda: not queued.filter(state__in=[state.QUEUED, state.SENDING]).exists(),
              queued.filter(state=state.SENT).count)  # fmt: skip
        ended = time.monotonic()
    sent = queued.filter(state=state.SENT).count()
    if sent != queued.count() or not sent:
        raise RuntimeError(f"{sent:,} of {queued.count():,} messages were taken")
    paper = Document.objects.filter(pk__in=MessageAttachment.objects.values("document")).latest("pk")
    seconds = ended - began
    report.limit(
        "a message composed with its PDF and handed over by two workers", 1000 * seconds / sent, "ms", 1000 / LEAST,
        f"{sent / seconds:,.0f} a second; {sent:,} in {seconds:,.0f} s, the last composed after"
        f" {composed - began:,.0f} s; a statement has about {len(bytes(paper.content)) / 1000:,.0f} kB",
    )  # fmt: skip


@contextmanager
def workers() -> Iterator[None]:
    """The product's workers with a mail server of their own, to the end of the block."""
    sink = subprocess.Popen([sys.executable, "-m", "bench.sink"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    port = sink.stdout.readline().strip()
    environment = os.environ | {"SMTP_URL": f"smtp://127.0.0.1:{port}", "O2C_WORKERS": str(WORKERS)}
    running = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "worker"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(60)
        sink.kill()
        sink.wait()


def until(done: Callable[[], bool], progress: Callable[[], int]) -> None:
    """Look once a second. Raises TimeoutError where nothing has moved for long."""
    last, since = -1, time.monotonic()
    while not done():
        now = progress()
        if now != last:
            last, since = now, time.monotonic()
        if time.monotonic() - since > PATIENCE:
            raise TimeoutError(f"nothing has moved for {PATIENCE} s at {now:,}")
        time.sleep(1)
