"""Pages of the bank: sending a file, looking for a line, setting it aside; and what large files and workers do."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from o2c.core.actors import SYSTEM
from o2c.core.models import FailedJob, Role
from o2c.invoicing import banks, jobs
from o2c.invoicing.bank import arriving
from o2c.invoicing.models import BankLine, BankLoad, BankStatement, LineUse
from tests.invoicing.bank.files_given import IBAN, camt, entry, statement

FILE = camt(
    statement(
        entry("1234.50", text="Invoice 4711", name="Ada Lovelace"),
        entry("-7.50", text="Fee of the bank"),
        entry("-3.00", text="Card", status="PDNG"),
        opening="1.00",
        closing="1228.00",
    )
)


@pytest.fixture(autouse=True)
def apart(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def account(given):
    return banks.open_account(given.entity(), name="House bank", currency="EUR", iban=IBAN, actor=SYSTEM)


@pytest.fixture
def clerk(given, client, account):
    client.force_login(given.user("clerk", Role.CASH_CLERK))
    return client


def send(client, content: bytes = FILE, name: str = "monday.xml", **more):
    answer = client.post(reverse("load_bank_file"), {"file": SimpleUploadedFile(name, content), **more}, follow=True)
    return answer.content.decode()


def test_a_file_that_is_sent_is_loaded_at_once_and_shown(clerk, tmp_path, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        shown = send(clerk)
    assert "Loaded" in shown
    kept = BankStatement.objects.get()
    assert reverse("bank_statement", args=[kept.pk]) in shown
    assert (kept.loaded_by, kept.file_name) == ("clerk", "monday.xml")
    page = clerk.get(reverse("bank_statement", args=[kept.pk])).content.decode()
    assert "Ada Lovelace" in page
    assert clerk.get(reverse("bank_statement_file", args=[kept.pk])).content == FILE
    with django_capture_on_commit_callbacks(execute=True):
        assert "Nothing new" in send(clerk)
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []


def test_a_file_that_is_refused_says_where_and_why_and_leaves_nothing(
    clerk, tmp_path, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        shown = send(clerk, FILE[:-200])
    assert "Nothing of it was loaded." in shown
    assert "line 1: The XML is damaged or cut off" in shown
    assert not BankLine.objects.exists()
    assert BankLoad.objects.get().state == "refused"
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []
    assert "Nothing of it was loaded." in send(clerk, b"")


def test_a_large_file_is_loaded_by_a_worker(clerk, monkeypatch, django_capture_on_commit_callbacks):
    queued = []
    monkeypatch.setattr(arriving, "AT_ONCE", 10)
    monkeypatch.setattr(jobs.load_bank_file, "delay", queued.append)
    assert "A worker loads it" in send(clerk)
    load = BankLoad.objects.get()
    assert queued == [load.pk]
    assert not BankLine.objects.exists()
    assert jobs.take_up_bank_files() == 1  # the queue lost it
    with django_capture_on_commit_callbacks(execute=True):
        jobs.load_bank_file(load.pk)
        jobs.load_bank_file(load.pk)
    load.refresh_from_db()
    assert (load.state, load.created) == ("loaded", 3)
    assert not arriving.path(load.key).exists()
    assert jobs.take_up_bank_files() == 0
    assert "New lines" in clerk.get(reverse("bank_load", args=[load.pk])).content.decode()


def test_a_file_that_failed_waits_for_a_person(clerk, monkeypatch):
    monkeypatch.setattr(arriving, "AT_ONCE", 10)
    monkeypatch.setattr(jobs.load_bank_file, "delay", lambda load_id: None)
    send(clerk)
    FailedJob.objects.create(name=jobs.load_bank_file.name, job_id="1", args=[BankLoad.objects.get().pk])
    assert jobs.take_up_bank_files() == 0


def test_lines_are_found_by_text_name_amount_and_age(clerk):
    send(clerk)
    page = reverse("bank_lines")

    def shown(query: str) -> list[str]:
        content = clerk.get(f"{page}?{query}").content.decode()
        return [word for word in ("Ada Lovelace", "Fee of the bank", "Card") if word in content]

    assert shown("") == ["Ada Lovelace", "Fee of the bank"]
    assert shown("show=pending") == ["Card"]
    assert shown("q=4711") == shown("q=lovelace") == shown("q=1234,50") == shown("way=in") == ["Ada Lovelace"]
    assert shown("q=7.5") == shown("way=out") == ["Fee of the bank"]
    assert shown("age=7") == ["Ada Lovelace", "Fee of the bank"]
    assert shown("q=nobody") == []
    assert shown("account=x&age=y&way=z&show=q") == ["Ada Lovelace", "Fee of the bank"]


def test_a_line_is_set_aside_with_a_reason_and_taken_back(clerk):
    send(clerk)
    fee = BankLine.objects.get(amount=Decimal("-7.5"))
    act = reverse("set_aside_line", args=[fee.pk])
    assert clerk.post(act, {"account": "set_aside", "on": "2026-03-05"}).status_code == 422
    assert not LineUse.objects.exists()
    answer = clerk.post(act, {"account": "bank_charges", "reason": "Fee of March", "on": "2026-03-05"}, follow=True)
    assert "Fee of March" in answer.content.decode()
    assert LineUse.objects.get().actor == "clerk"
    undo = reverse("undo_line_use", args=[LineUse.objects.get().pk])
    assert "It is open again" in clerk.post(undo, follow=True).content.decode()
    assert "taken back already" in clerk.post(undo, follow=True).content.decode()
    fee.refresh_from_db()
    assert fee.open_amount == Decimal("-7.5")


def test_the_file_of_several_legal_entities_is_for_who_sees_them_all(given, client, account):
    other = given.entity("DE2")
    iban = "DE88100900001234567892"
    banks.open_account(other, name="Other bank", currency="EUR", iban=iban, actor=SYSTEM)
    client.force_login(given.user("all", Role.CASH_CLERK))
    send(client, camt(statement(entry("1.00"), closing="1.00"), statement(entry("2.00"), closing="2.00", iban=iban)))
    mine = BankStatement.objects.get(entity__code="DE1")
    assert client.get(reverse("bank_statement_file", args=[mine.pk])).status_code == 200
    client.force_login(given.user("some", Role.CASH_CLERK, entities=[account.entity]))
    assert client.get(reverse("bank_statement", args=[mine.pk])).status_code == 200
    assert client.get(reverse("bank_statement_file", args=[mine.pk])).status_code == 404
