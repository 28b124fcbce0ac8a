"""The documents of issued invoices: made once, by whoever comes first, and kept."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from o2c import ROOT, wiring
from o2c.core import clock, outbox
from o2c.core.models import Document, FailedJob, OutboxEvent
from o2c.invoicing import jobs
from o2c.invoicing.models import Invoice
from o2c.invoicing.papers import keeping, printing
from o2c.invoicing.papers.keeping import NoDocument, document_of, preview, print_issued
from o2c.invoicing.papers.printing import NotPrinted, file_name
from o2c.invoicing.papers.rendering import template_version
from o2c.orders.models import Customer
from tests.invoicing.papers.reading import codes, text
from tests.killing import environment


def test_the_document_is_made_once_and_stays(invoicing):
    invoice = invoicing.issue()
    document = document_of(invoice)
    assert document.name == f"{invoice.number}.pdf"
    assert (document.media_type, document.language) == ("application/pdf", "en")
    assert document.made_with == template_version()
    content = bytes(document.content)
    assert hashlib.sha256(content).hexdigest() == document.sha256
    assert f"Invoice {invoice.number} Amount due 119.00 EUR" in text(content)
    assert f"\n{invoice.reference}" in codes(content)[0].text
    Customer.objects.filter(pk=invoice.customer_id).update(name="Other")
    assert document_of(Invoice.objects.get(pk=invoice.pk)) == document
    assert document_of(invoice) == document
    assert Document.objects.count() == 1


def test_what_was_kept_cannot_be_changed(invoicing):
    invoice = invoicing.issue()
    document = document_of(invoice)
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.filter(pk=document.pk).update(content=b"other")
    with pytest.raises(DatabaseError), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(document=None)


def test_a_draft_has_a_preview_and_no_document(invoicing):
    draft = invoicing.write()
    with pytest.raises(NoDocument):
        document_of(draft)
    assert "DRAFT" in text(preview(draft))
    assert Document.objects.count() == 0


def test_what_another_system_sent_has_no_document_of_ours(invoicing):
    invoice = invoicing.issue(number="X-1", source="erp", external_id="1")
    with pytest.raises(NoDocument):
        document_of(invoice)
    assert print_issued() == 0


def test_the_job_prints_what_is_missing_and_nothing_twice(invoicing):
    invoices = [invoicing.issue() for _ in range(5)]
    invoicing.write()
    first = document_of(invoices[0])
    assert print_issued(at_once=2) == 4
    assert print_issued() == 0
    assert Document.objects.count() == 5
    assert Invoice.objects.get(pk=invoices[0].pk).document_id == first.pk
    names = {invoice.document.name for invoice in Invoice.objects.exclude(state="draft").select_related("document")}
    assert names == {f"{invoice.number}.pdf" for invoice in invoices}


def test_what_can_not_be_printed_holds_nothing_up(invoicing, monkeypatch):
    invoices = [invoicing.issue() for _ in range(3)]
    real = printing.render

    def fails(paper):
        if paper.number == invoices[1].number:
            raise RuntimeError("broken")
        return real(paper)

    monkeypatch.setattr(printing, "render", fails)
    with pytest.raises(NotPrinted, match="1 invoices"):
        print_issued()
    assert list(keeping.to_print()) == [invoices[1]]
    with pytest.raises(RuntimeError):
        document_of(invoices[1])
    monkeypatch.undo()
    assert print_issued() == 1


def test_it_stops_when_its_time_is_over(invoicing):
    invoicing.issue()
    assert print_issued(seconds=0) == 0
    assert keeping.to_print().count() == 1


def test_the_event_prints(invoicing, queue, settings, monkeypatch):
    invoice = invoicing.issue()
    monkeypatch.setattr(jobs.print_documents, "delay", jobs.print_documents)
    assert OutboxEvent.objects.filter(kind="invoices.issued", done_at=None).exists()
    outbox.dispatch({"invoices.issued": (jobs.invoices_issued,)})
    assert not OutboxEvent.objects.filter(kind="invoices.issued", done_at=None).exists()
    invoice.refresh_from_db()
    assert invoice.document_id
    jobs.print_documents()
    assert Document.objects.count() == 1


def test_many_events_start_few_jobs(monkeypatch):
    started = []
    monkeypatch.setattr(jobs.print_documents, "delay", lambda: started.append(1))
    jobs.invoices_issued([{"entity_id": 1}] * 1000)
    assert len(started) == jobs.SIDE_BY_SIDE
    jobs.invoices_issued([{"entity_id": 1}])
    assert len(started) == jobs.SIDE_BY_SIDE + 1


def test_the_tick_takes_up_what_waits_and_leaves_what_failed_to_a_person(invoicing, monkeypatch):
    started = []
    monkeypatch.setattr(jobs.print_documents, "delay", lambda: started.append(1))
    invoicing.issue()
    assert wiring.PARTS["papers"]() == {"taken_up": 0}  # a worker is at it
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        assert wiring.PARTS["papers"]() == {"taken_up": 1}
        assert started == [1]
        failed = FailedJob.objects.create(name=jobs.print_documents.name, job_id="1")
        assert wiring.PARTS["papers"]() == {"taken_up": 0}
        failed.delete()
        print_issued()
        assert wiring.PARTS["papers"]() == {"taken_up": 0}


PROGRAM = """
import django
django.setup()
from o2c.invoicing.models import Invoice
from o2c.invoicing.papers.keeping import document_of, print_issued
print(print_issued(at_once=5), document_of(Invoice.objects.order_by("pk").first()).pk)
"""


@pytest.mark.django_db(transaction=True)
def test_four_processes_at_once_make_one_document_each(invoicing, tmp_path):
    for _ in range(40):
        invoicing.issue()
    together = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    said = []
    for process in together:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        said.append(out.split())
    assert sum(int(made) for made, _ in said) in (39, 40)  # one of them may have been made on its own
    assert len({document for _, document in said}) == 1
    assert Document.objects.count() == 40
    assert not keeping.to_print().exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT document_id) FROM invoicing_invoice")
        assert cursor.fetchone()[0] == 40


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("INV2026-000001", "INV2026-000001.pdf"),
        ("2026/17", "2026-17.pdf"),
        ("../../etc/passwd", "etc-passwd.pdf"),
        ("Ä 1", "1.pdf"),
        ("№", "document.pdf"),
    ],
)
def test_file_names(number, name):
    assert file_name(number) == name
    assert Path(name).name == name
