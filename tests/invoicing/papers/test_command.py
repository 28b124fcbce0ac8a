"""`manage.py invoice export` and `manage.py invoice issue`."""

from __future__ import annotations

import json
import os
import stat
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from o2c.core.actors import SYSTEM
from o2c.core.audit.models import AccessRecord
from o2c.invoicing.invoices import correcting
from o2c.invoicing.models import Invoice
from o2c.invoicing.papers.keeping import document_of
from tests.invoicing.invoices.conftest import DAY, line


def export(*arguments: str) -> str:
    said = StringIO()
    call_command("invoice", "export", *arguments, stderr=said)
    return said.getvalue()


def refused(*arguments: str) -> str:
    with pytest.raises(CommandError) as error:
        export(*arguments)
    assert error.value.returncode == 2
    return str(error.value)


def test_the_document_is_written_over_what_is_there(invoicing, tmp_path):
    invoice = invoicing.issue()
    out = tmp_path / "a.pdf"
    out.write_text("old")
    said = export(invoice.number, "--format", "pdf", "--out", str(out))
    assert out.read_bytes() == bytes(document_of(invoice).content)
    assert f"{invoice.number} of DE1: {out}" in said
    assert [path.name for path in tmp_path.iterdir()] == ["a.pdf"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(out.stat().st_mode) == 0o666 & ~mask
    record = AccessRecord.objects.get(kind=AccessRecord.Kind.EXPORTED)
    assert (record.facts["number"], record.customer_id) == (invoice.number, invoice.customer_id)


def test_without_a_name_it_has_its_number(invoicing, tmp_path, monkeypatch):
    invoice = invoicing.issue()
    monkeypatch.chdir(tmp_path)
    export(invoice.number)
    assert (tmp_path / f"{invoice.number}.pdf").read_bytes().startswith(b"%PDF")


def test_an_unknown_number_and_a_draft(invoicing, tmp_path):
    invoicing.write()
    assert "no issued invoice or credit note X-1" in refused("X-1")
    assert "no issued invoice or credit note X-1 of DE1" in refused("X-1", "--entity", "DE1")
    assert "no issued" in refused("")
    assert list(tmp_path.iterdir()) == []


def test_a_number_of_two_entities_asks_for_one(invoicing, tmp_path):
    one = invoicing.issue()
    seller = invoicing.seller("DE2")
    two = invoicing.issue(entity=seller, customer=invoicing.buyer(entity=seller))
    assert one.number == two.number
    assert "DE1, DE2: name one by --entity" in refused(one.number)
    out = tmp_path / "two.pdf"
    export(two.number, "--entity", "DE2", "--out", str(out))
    assert out.read_bytes() == bytes(document_of(two).content)


def test_a_number_of_an_invoice_and_a_credit_note_asks_for_one(invoicing, tmp_path):
    invoice = invoicing.issue(number="7", source="erp", external_id="1")
    note = correcting.cancel(invoicing.issue(), actor=SYSTEM, on=DAY)
    assert "There is no document of ours" in refused("7").replace("there is no", "There is no")
    assert "sent by erp" in refused("7")
    out = tmp_path / "note.pdf"
    export(note.number, "--kind", "credit_note", "--out", str(out))
    assert out.exists()
    assert "no issued" in refused(note.number, "--kind", "invoice")
    assert Invoice.objects.get(pk=invoice.pk).document_id is None


def test_a_folder_that_is_not_there(invoicing, tmp_path):
    invoice = invoicing.issue()
    with pytest.raises(CommandError, match="cannot be written: No such file or directory"):
        export(invoice.number, "--out", str(tmp_path / "none" / "a.pdf"))


def issue(*arguments: str) -> str:
    said = StringIO()
    call_command("invoice", "issue", *arguments, stdout=said)
    return said.getvalue()


def test_drafts_are_issued_and_what_breaks_a_rule_is_left_with_the_reason(invoicing):
    good, bad = invoicing.write(), invoicing.write(line("1.00", rate="0"))
    early = invoicing.write(issued_on=date(2199, 1, 1))
    told = json.loads(issue("--entity", "DE1", "--json"))
    assert told == {
        "issued": 1,
        "refused": [
            {
                "invoice": bad.pk,
                "where": "/lines/0/rate",
                "rule": "BR-S-5",
                "text": "The standard rate of tax is more than 0 %.",
            }
        ],
    }
    states = dict(Invoice.objects.values_list("pk", "state"))
    assert states == {good.pk: "issued", bad.pk: "draft", early.pk: "draft"}
    assert issue("--entity", "DE1").startswith("0 issued, 1 left as drafts.\n")
    with pytest.raises(CommandError, match="There is no legal entity NOPE"):
        issue("--entity", "NOPE")
