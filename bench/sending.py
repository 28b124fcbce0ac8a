"""A dunning run of a hundred thousand customers through the workers: each notice an e-mail with a PDF, composed and
handed over to a mail server, on this machine's cores together with the database and that server.
"""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from django.db import connection

from bench import book
from bench.report import ROOT, Report

BOOK = False  # twice the customers, with fewer items each
MANY = book.Book(items=500_000, customers=118_000)
LEAST = 150  # messages a second
WORKERS = 2
PATIENCE = 300  # seconds without any progress
LOOKS = 2  # seconds from one look to the next


ISSUED = """
    WITH document AS (
        INSERT INTO core_document (name, media_type, language, content, sha256, made_with)
        SELECT 'invoice.pdf', 'application/pdf', 'en', %(paper)s, %(sha256)s, 'bench'
        FROM (SELECT DISTINCT customer_id, entity_id FROM invoicing_openitem WHERE kind = 'invoice') of_each
        RETURNING id
    ), numbered AS (
        SELECT id, row_number() OVER (ORDER BY id) AS place FROM document
    ), oldest AS (
        SELECT *, row_number() OVER (ORDER BY entry_id) AS place FROM (
            SELECT DISTINCT ON (customer_id, entity_id) * FROM invoicing_openitem WHERE kind = 'invoice'
            ORDER BY customer_id, entity_id, due_on, id
        ) first
    )
    INSERT INTO invoicing_invoice (
        entity_id, customer_id, payer_id, kind, state, number, numbered_here, cancels, issued_on, due_on, currency,
        deliver_to_country, buyer_reference, order_reference, contract_reference, exemption_reason, note, policy,
        reference, issued_by, created_by, line_total, allowance_total, charge_total, net_total, tax_total, gross_total,
        prepaid, rounding, payable, seller, buyer, agreed, entry_id, document_id
    )
    SELECT i.entity_id, i.customer_id, i.payer_id, 'invoice', 'issued', i.number, false, false, i.issued_on, i.due_on,
        i.currency, '', '', '', '', '', '', '', '', 'bench', 'bench', i.amount, 0, 0, i.amount, 0, i.amount, 0, 0,
        i.amount, '{}', '{}', '{}', i.entry_id, n.id
    FROM oldest i JOIN numbered n USING (place)
"""


def measure(report: Report) -> None:
    few = replace(MANY, items=2_500, customers=600) if report.small else replace(MANY, items=20_000, customers=5_000)
    many = few if report.small else MANY
    book.ensure(many)
    book.restore(many)
    issue_oldest()
    sent, seconds, about = run_of(attaches=True)
    report.limit(
        "a message composed with its invoice's PDF and handed over by two workers", 1000 * seconds / sent, "ms",
        1000 / LEAST, about,
    )  # fmt: skip
    book.ensure(few)
    book.restore(few)
    sent, seconds, about = run_of(attaches_statement=True)
    report.fact(
        "a message composed with a statement made for it, and handed over so", 1000 * seconds / sent, "ms", about
    )


def issue_oldest() -> None:
    """Give each account's oldest invoice a paper: a true one, the same for all."""
    from o2c.invoicing.papers.rendering import render
    from tests.invoicing.papers.examples import invoice, line

    paper = render(invoice([line(place) for place in range(1, 6)]))
    with connection.cursor() as cursor:
        cursor.execute(ISSUED, {"paper": paper, "sha256": hashlib.sha256(paper).hexdigest()})
        cursor.execute("VACUUM ANALYZE invoicing_invoice, core_document")


def run_of(**attached) -> tuple[int, float, str]:
    """Today's runs of the legal entities, through the workers: messages, seconds, and both in words."""
    from o2c.collections import dunning
    from o2c.collections.models import DunningLevel
    from o2c.core import clock
    from o2c.core.actors import SYSTEM
    from o2c.core.models import Document, Message, MessageAttachment
    from o2c.orders.models import LegalEntity

    DunningLevel.objects.update(approvals=0, **attached)
    runs = []
    for entity in LegalEntity.objects.order_by("code"):
        run = dunning.propose(entity, clock.today(entity.time_zone), actor=SYSTEM)
        dunning.approve(run, actor=SYSTEM)
        runs.append(run)
    state, queued = Message.State, Message.objects.filter(channel="email")
    with workers():
        began = time.monotonic()
        for run in runs:
            with suppress(dunning.DunningRefused):  # the workers' tick may have begun it
                dunning.send(run, actor=SYSTEM, inline=False)
        until(lambda: not any(dunning.step(run.pk) == "sending" for run in runs), queued.count)
        composed = time.monotonic() - began
        until(lambda: not queued.filter(state__in=[state.QUEUED, state.SENDING]).exists(),
              queued.filter(state=state.SENT).count)  # fmt: skip
        seconds = time.monotonic() - began
    sent = queued.filter(state=state.SENT).count()
    bare = queued.filter(attachments=None).count()
    if sent != queued.count() or not sent or bare > sent / 100:  # whose oldest is disputed, say
        raise RuntimeError(f"{sent:,} of {queued.count():,} messages were taken, {bare:,} without a PDF")
    paper = Document.objects.filter(pk__in=MessageAttachment.objects.values("document")).latest("pk")
    return (
        sent,
        seconds,
        (
            f"{sent / seconds:,.0f} a second; {sent:,} in {seconds:,.0f} s, the last composed after {composed:,.0f} s;"
            f" a PDF of {len(bytes(paper.content)) / 1000:,.0f} kB"
        ),
    )


@contextmanager
def workers() -> Iterator[None]:
    """The product's workers with a mail server of their own, to the end of the block; ready when it begins."""
    from o2c.celery import app as celery

    sink = subprocess.Popen([sys.executable, "-m", "bench.sink"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    port = sink.stdout.readline().strip()
    environment = os.environ | {"SMTP_URL": f"smtp://127.0.0.1:{port}", "O2C_WORKERS": str(WORKERS)}
    running = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "worker"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        until(lambda: celery.control.ping(timeout=1), lambda: 0)
        yield
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(60)
        sink.kill()
        sink.wait()


def until(done: Callable[[], bool], progress: Callable[[], int]) -> None:
    """Look every few seconds, as counting costs time too. Raises TimeoutError where nothing moves for long."""
    last, since = -1, time.monotonic()
    while not done():
        now = progress()
        if now != last:
            last, since = now, time.monotonic()
        if time.monotonic() - since > PATIENCE:
            raise TimeoutError(f"nothing has moved for {PATIENCE} s at {now:,}")
        time.sleep(LOOKS)
