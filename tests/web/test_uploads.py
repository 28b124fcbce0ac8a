"""A file from the browser into the books: sent, mapped, checked, loaded once; and all that can be wrong with one."""

import gzip
import io
import os
import signal
import subprocess
import sys
import threading
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from o2c import wiring
from o2c.core import clock, leases
from o2c.core.actors import SYSTEM
from o2c.core.models import ImportMap, ImportRun, ImportUpload, Partition, Role
from o2c.core.rights import RIGHTS
from o2c.invoicing.models import OpenItem
from o2c.invoicing.proof import proof
from o2c.orders.models import Customer
from o2c.web import jobs
from o2c.web.loading import KINDS
from o2c.web.privacy import retention
from o2c.web.uploads import acts, keeping, progress, undoing, working
from tests.imports.files_given import ROOT
from tests.invoicing.test_loading_at_once import doing, gone

State = ImportUpload.State
pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "Customer;Invoice;Invoice date;Due date;Amount"
GOOD = "\n".join([HEADER, *(f"C{n % 3};I-{n};2026-01-{n + 10};2026-02-{n + 10};{n}.50" for n in range(1, 10))])


@pytest.fixture
def entity(given):
    return given.entity()


@pytest.fixture
def queued(monkeypatch):
    """What was handed to the workers; nobody works in these tests unless they say so."""
    handed = []
    monkeypatch.setattr(jobs.work_on_upload, "delay", lambda *ids: handed.append(ids))
    return handed


@pytest.fixture
def client(given, entity, queued):
    user = given.user("manager", Role.FINANCE_MANAGER)
    client = Client()
    client.force_login(user)
    client.user = user
    return client


def send(client, content: bytes | str = GOOD, name: str = "items.csv", **said):
    content = content if isinstance(content, bytes) else content.encode()
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("new_import"), {"kind": "open-items", "entity": "DE1", "file": file, **said})


def sent(client, content: bytes | str = GOOD, **said) -> ImportUpload:
    answer = send(client, content, **said)
    assert answer.status_code == 302, answer.content.decode()
    return ImportUpload.objects.order_by("-pk").first()


def form_of(client, upload: ImportUpload, **said) -> dict:
    """The map's form as the page shows it, with what a person says on top."""
    form = client.get(reverse("map_import", args=[upload.pk])).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    shown = {name: value for name, value in shown.items() if value not in (None, False, "")}
    return shown | {"and": "check"} | said


SAID = {"column.currency": "=", "constant.currency": "EUR", "option.create_customers": "yes"}


def check(client, upload: ImportUpload, **said) -> ImportUpload:
    answer = client.post(reverse("map_import", args=[upload.pk]), form_of(client, upload, **{**SAID, **said}))
    assert answer.status_code == 302, answer.context["form"].errors
    upload.refresh_from_db()
    return upload


def load(client, upload: ImportUpload, queued) -> ImportUpload:
    client.post(reverse("load_import", args=[upload.pk]))
    jobs.work_on_upload(*queued.pop())
    upload.refresh_from_db()
    return upload


def kept() -> list[Path]:
    return [path for path in keeping.imports_folder().rglob("*") if path.is_file()]


# --- The whole way


def test_a_file_is_sent_mapped_checked_and_loaded(client, queued):
    upload = sent(client)
    assert upload.state == State.UPLOADED
    check(client, upload)
    assert (upload.state, upload.checked.created, upload.checked.dry_run) == (State.CHECKED, 9, True)
    assert not OpenItem.objects.exists()
    assert not Customer.objects.exists()
    page = client.get(reverse("import_upload", args=[upload.pk])).content.decode()
    assert "11 January 2026" in page
    assert "9 to create, 0 to change" in page
    load(client, upload, queued)
    assert (upload.state, upload.loaded.created) == (State.LOADED, 9)
    assert upload.loaded.file_name == "items.csv"
    assert upload.loaded.actor == "manager"
    assert OpenItem.objects.count() == 9
    assert proof() == []
    assert client.get(reverse("import_upload", args=[upload.pk])).url == reverse("import_run", args=[upload.loaded_id])


def test_a_job_that_runs_twice_loads_once(client, queued):
    upload = check(client, sent(client))
    client.post(reverse("load_import", args=[upload.pk]))
    (ids,) = queued
    for _ in range(2):
        jobs.work_on_upload(*ids)
    assert OpenItem.objects.count() == 9
    assert ImportRun.objects.filter(dry_run=False).count() == 1


def test_of_two_who_load_at_once_one_does(client, given, queued):
    upload = check(client, sent(client))
    start = threading.Barrier(2)
    answers = []

    def press():
        other = Client()
        other.force_login(client.user)
        start.wait(timeout=30)
        try:
            answers.append(other.post(reverse("load_import", args=[upload.pk])).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(answers) == [302, 409]
    assert len(queued) == 1


def test_an_unchanged_form_goes_straight_to_the_check(client, queued):
    load(client, check(client, sent(client, source="shop")), queued)
    again = sent(client, GOOD.replace("I-", "J-"), source="shop")
    assert (again.state, again.remembered, again.checked.created) == (State.CHECKED, True, 9)
    # the source of the only such file is meant where none is said
    assert sent(client, GOOD.replace("I-", "K-")).source == "shop"
    # another header, source or entity is another form
    assert sent(client, GOOD.replace("Due date", "Due")).state == State.UPLOADED
    assert sent(client, source="erp").state == State.UPLOADED
    assert ImportMap.objects.count() == 1


def test_a_corrected_map_is_the_one_that_is_remembered(client, queued):
    text = GOOD.replace("Invoice date", "Booked").replace("Due date", "When")
    upload = sent(client, text)
    said = {"column.issued_on": "Booked", "column.due_on": "When", "date_format": "%Y-%m-%d"}
    load(client, check(client, upload, **said), queued)
    assert ImportMap.objects.get().mapping["columns"]["due_on"] == "When"
    assert sent(client, text).state == State.CHECKED


# --- The map


def test_nothing_is_guessed_silently_where_days_fit_both_ways(client):
    text = GOOD.replace("2026-01-1", "01/02/202").replace("2026-02-1", "03/02/202")
    upload = sent(client, text)
    page = client.get(reverse("map_import", args=[upload.pk])).content.decode()
    assert "can be read as DD/MM/YYYY and as MM/DD/YYYY" in page
    assert "1 February 202" in page
    assert "2 January 202" in page
    answer = client.post(reverse("map_import", args=[upload.pk]), form_of(client, upload, **SAID))
    assert answer.status_code == 422
    assert "Say how the days are written." in answer.content.decode()
    assert check(client, upload, date_format="%d/%m/%Y").state == State.CHECKED


def test_what_only_a_person_can_say_is_demanded(client):
    upload = sent(client)
    answer = client.post(reverse("map_import", args=[upload.pk]), form_of(client, upload))
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"column.currency", "option.create_customers"}
    upload.refresh_from_db()
    assert upload.state == State.UPLOADED


def test_reading_again_says_nothing_of_what_is_missing_and_shows_the_samples_anew(client):
    upload = sent(client)
    said = form_of(client, upload, **{"and": "look", "date_format": "%d/%m/%Y"})
    answer = client.post(reverse("map_import", args=[upload.pk]), said)
    assert answer.status_code == 200
    assert "is not a day written as %d/%m/%Y" in answer.content.decode()
    assert "Say which" not in answer.content.decode()


def test_words_that_are_not_known_are_told(client, queued):
    rows = GOOD.splitlines()
    text = "\n".join(
        [rows[0] + ";Disputed", *(f"{row};{'offen' if n % 2 else 'klar'}" for n, row in enumerate(rows[1:]))]
    )
    upload = sent(client, text)
    said = form_of(client, upload, **{"and": "look", "column.disputed": "Disputed"})
    form = client.post(reverse("map_import", args=[upload.pk]), said).context["form"]
    assert next(line.words for line in form.lines() if line.field.name == "disputed")
    upload = check(client, upload, **{"column.disputed": "Disputed", "word.disputed.0": "no", "word.disputed.1": "yes"})
    assert (upload.mapping["truthy"], upload.mapping["falsy"]) == (["offen"], ["klar"])
    load(client, upload, queued)
    assert OpenItem.objects.exclude(disputed_on=None).count() == 4


def test_a_wrong_delimiter_is_put_right_on_the_page(client):
    """A file whose columns are split by something nobody expects."""
    upload = sent(client, GOOD.replace(";", "|").replace("C1", "C;1").replace("C2", "C;2"))
    look = acts.look_of(upload)
    assert look.header[0] == "Customer"
    said = form_of(client, upload, **{"and": "look", "delimiter": ";"})
    answer = client.post(reverse("map_import", args=[upload.pk]), said)
    assert "columns" in answer.content.decode()
    said = form_of(client, upload, **{"and": "look", "delimiter": "|"})
    form = client.post(reverse("map_import", args=[upload.pk]), said).context["form"]
    assert form.look.header == HEADER.split(";")


# --- What the check finds


def test_bad_rows_are_shown_beside_what_is_wrong_with_them(client, queued):
    rows = GOOD.splitlines()
    rows[2] = rows[2].replace("2026-01-12", "2026-02-30")
    rows[4] = rows[4].replace("4.50", "four")
    rows[5] += ";more;columns"
    rows[6] = rows[6].replace(";2026-02-16", ";2025-02-16")
    upload = check(client, sent(client, "\n".join(rows)))
    assert (upload.checked.created, upload.checked.rejected, upload.checked.warnings) == (6, 3, 1)
    answer = client.get(reverse("import_upload", args=[upload.pk]))
    found = {(each.column, each.text, each.severity, each.count) for each in answer.context["preview"].reasons}
    assert found == {
        ("Invoice date", "is a day that does not exist", "error", 1),
        ("Amount", "is not an amount with the decimal point", "error", 1),
        ("", "has … columns where the header has …", "error", 1),
        ("Due date", "is before the day of issue", "warning", 1),
    }
    key = next(each.key for each in answer.context["preview"].reasons if each.column == "Amount")
    answer = client.get(reverse("import_upload", args=[upload.pk]), {"reason": key})
    ((row, cells),) = answer.context["rows"]
    assert row.line == 5
    assert [(cell.field, cell.raw, cell.read, cell.problem) for cell, _ in cells if cell.severity] == [
        ("amount", "four", None, "is not an amount with the decimal point")
    ]
    errors = client.get(reverse("import_errors", args=[upload.checked_id]))
    assert b"5,Amount,four,is not an amount with the decimal point,error" in b"".join(errors.streaming_content)
    load(client, upload, queued)
    assert OpenItem.objects.count() == 6
    page = client.get(reverse("import_run", args=[upload.loaded_id])).content.decode()
    assert "is not an amount with the decimal point" in page


def test_what_a_complete_file_settles_must_be_confirmed(client, queued):
    load(client, check(client, sent(client)), queued)
    upload = sent(client, "\n".join(GOOD.splitlines()[:-1]))
    assert upload.state == State.CHECKED  # the form is remembered
    check(client, upload, complete="on", **{"option.complete_limit": "0.5"})
    assert upload.checked.settled_as_absent == 1
    client.post(reverse("load_import", args=[upload.pk]))
    assert queued == []
    client.post(reverse("load_import", args=[upload.pk]), {"settle": "yes"})
    jobs.work_on_upload(*queued.pop())
    assert OpenItem.objects.filter(kind="invoice").exclude(open_amount=0).count() == 8


def test_a_file_that_is_refused_goes_back_to_its_map_with_the_reason(client):
    upload = sent(client)
    check(client, upload, date_format="%d.%m.%Y")
    assert upload.state == State.UPLOADED
    assert "can be read with date_format %d.%m.%Y" in upload.problem
    page = client.get(reverse("map_import", args=[upload.pk])).content.decode()
    assert "None of the first 9 values" in page


# --- Killed, stopped, swapped


def test_a_file_that_was_swapped_after_the_check_is_not_loaded(client, queued):
    upload = check(client, sent(client))
    keeping.path(upload).write_text(GOOD.replace(".50", "9.50"))
    load(client, upload, queued)
    assert upload.state == State.CHECKED
    assert "no longer the one that was looked at" in upload.problem
    assert not OpenItem.objects.exists()


def large(rows: int = 40_000) -> str:
    lines = (f"C{n % 50};I-{n};2026-01-{n % 28 + 1:02};2026-02-{n % 28 + 1:02};{n}.50" for n in range(1, rows + 1))
    return "\n".join([HEADER, *lines])


def worker(upload: ImportUpload, environ: dict) -> subprocess.Popen:
    """A process that works on an upload, as a worker does."""
    asked = (
        "import django, sys; django.setup(); from o2c.web.uploads.working import work; work(*map(int, sys.argv[1:]))"
    )
    words = [sys.executable, "-c", asked, str(upload.pk), str(upload.attempt)]
    environ = environ | {
        "DJANGO_SETTINGS_MODULE": "o2c.settings",
        "O2C_MEDIA_DIR": str(keeping.imports_folder().parent),
    }
    return subprocess.Popen(words, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_a_killed_worker_leaves_nothing_and_the_next_one_loads_it_all(client, queued, child_environment):
    upload = sent(client, large())
    check(client, upload)
    jobs.work_on_upload(*queued.pop())  # too large to be checked while the person waits
    upload.refresh_from_db()
    assert upload.checked.created == 40_000
    client.post(reverse("load_import", args=[upload.pk]))
    upload.refresh_from_db()
    queued.clear()
    process = worker(upload, child_environment)
    backend = doing("INSERT INTO invoicing_openitem", process)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    gone(backend)
    assert not OpenItem.objects.exists()
    assert not Customer.objects.exists()
    assert "has died" in client.get(reverse("import_upload", args=[upload.pk])).content.decode()
    # what every tick does: free what the dead held, and hand it out again
    leases.sweep()
    assert acts.take_up() == 1
    jobs.work_on_upload(*queued.pop())
    upload.refresh_from_db()
    assert (upload.state, upload.loaded.created) == (State.LOADED, 40_000)
    assert OpenItem.objects.count() == 40_000


def test_a_file_that_kills_every_worker_is_given_back(client, queued):
    upload = check(client, sent(client))
    client.post(reverse("load_import", args=[upload.pk]))
    upload.refresh_from_db()
    Partition.objects.filter(subject_id=upload.pk, number=upload.attempt).update(attempts=working.MOST_TAKINGS)
    jobs.work_on_upload(*queued.pop())
    upload.refresh_from_db()
    assert upload.state == State.CHECKED
    assert "each time its worker died" in upload.problem
    assert not OpenItem.objects.exists()
    load(client, upload, queued)
    assert upload.state == State.LOADED


def test_what_was_stopped_is_rolled_back_though_its_worker_goes_on(client, queued, monkeypatch):
    upload = check(client, sent(client))
    client.post(reverse("load_import", args=[upload.pk]))
    told = []

    def teller(upload_id, attempt):
        def tell(done, total, phase):
            told.append(phase)
            if phase == "booking" and len(set(told)) == len(told):
                assert client.post(reverse("stop_import", args=[upload.pk])).status_code == 302
            tell_on(done, total, phase)

        tell_on = real(upload_id, attempt)
        return tell

    real = progress.teller
    monkeypatch.setattr(progress, "teller", teller)

    def in_a_thread():
        try:
            jobs.work_on_upload(*queued.pop())
        finally:
            connections.close_all()

    # a page is another connection than the worker's
    real_post = client.post
    monkeypatch.setattr(client, "post", lambda *words: _elsewhere(lambda: real_post(*words)))
    in_a_thread()
    upload.refresh_from_db()
    assert (upload.state, upload.problem) == (State.CHECKED, "It was stopped.")
    assert told
    assert not OpenItem.objects.exists()


def _elsewhere(ask):
    found = []

    def run():
        try:
            found.append(ask())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=30)
    return found[0]


def test_progress_is_seen_and_that_no_worker_runs(client, queued):
    upload = check(client, sent(client))
    client.post(reverse("load_import", args=[upload.pk]))
    upload.refresh_from_db()
    page = client.get(reverse("import_upload", args=[upload.pk])).content.decode()
    assert "No worker is running" in page
    leases.take("imports.load", subject_id=upload.pk)
    progress.teller(upload.pk, upload.attempt)(512, 2048, "checking")
    page = client.get(reverse("import_upload", args=[upload.pk])).content.decode()
    assert "Checking: 512" in page.replace("\xa0", " ")
    assert 'hx-trigger="every 1s"' in page


def test_who_may_no_longer_load_does_not(client, queued):
    upload = check(client, sent(client))
    client.post(reverse("load_import", args=[upload.pk]))
    type(client.user).objects.filter(pk=client.user.pk).update(is_active=False)
    jobs.work_on_upload(*queued.pop())
    upload.refresh_from_db()
    assert (upload.state, upload.problem) == (State.CHECKED, "manager may no longer load this.")
    assert not OpenItem.objects.exists()


# --- What is sent


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", b"0" * (300 << 20))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\n" + b"x" * 100, "PDF"),
        (bomb, ""),
        (gzip.compress(b"a;b\n" + b"1;2\n" * (30 << 20), 9), ""),
        ("\n".join([";".join(f"c{n}" for n in range(1_000_000)), ";".join("1" * 1_000_000)]).encode(), "columns"),
        (b"\x00\x01\x02\xff" * 1000, "binary"),
        (b"only a header;and no rows", "no rows"),
    ],
    ids=["empty", "pdf", "zip bomb", "gzip bomb", "a million columns", "binary", "no rows"],
)
def test_what_is_no_table_is_refused_with_the_reason_and_not_kept(client, content, said):
    answer = send(client, content() if callable(content) else content)
    assert answer.status_code == 422
    (why,) = answer.context["form"].errors["file"]
    assert said in why
    assert not ImportUpload.objects.exists()
    assert kept() == []


def test_a_file_larger_than_allowed_is_refused_with_the_reason(client, settings):
    settings.O2C_UPLOAD_MAX_MB = 1
    for size in ((1 << 20) + 1, 3 << 20):
        answer = send(client, b"x" * size)
        assert answer.status_code == 413
        assert "larger than 1 MB" in answer.content.decode()
        assert kept() == []
    assert send(client, GOOD.encode().ljust((1 << 20) - 10)).status_code == 302


@pytest.mark.parametrize("name", ["../../x", "..\\..\\x.csv", "/etc/passwd", "a\0b.csv", "con", "x" * 400, "<b>.csv"])
def test_a_name_is_only_a_text(client, name):
    before = set(ROOT.parent.glob("*"))
    answer = send(client, name=name)
    if answer.status_code == 302:
        upload = ImportUpload.objects.get()
        assert "/" not in upload.file_name
        assert "\0" not in upload.file_name
        assert keeping.path(upload).parent.parent == keeping.imports_folder()
        page = client.get(reverse("map_import", args=[upload.pk])).content.decode()
        assert "<b>.csv" not in page
    else:
        assert answer.status_code == 422
        assert kept() == []
    assert set(ROOT.parent.glob("*")) == before


def test_files_are_readable_by_their_owner_only(client):
    upload = sent(client)
    assert keeping.path(upload).stat().st_mode & 0o077 == 0
    assert keeping.folder(upload).stat().st_mode & 0o077 == 0


def test_a_file_never_stays_in_memory(client, settings):
    """The handler is given chunks and keeps none: what Django would hold in memory (2.5 MB) is on disk here too."""
    answer = send(client, GOOD)
    assert answer.status_code == 302
    request_file = answer.wsgi_request.FILES["file"]
    assert request_file.file is None
    assert request_file.path.read_bytes() == GOOD.encode()


def test_without_a_token_nothing_is_kept(client):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(client.user)
    assert send(strict).status_code == 403
    assert kept() == []


def test_a_kind_needs_its_right_and_an_entity_must_be_seen(client, given):
    given.entity("UK1")
    clerk = given.user("clerk", Role.CASH_CLERK)
    some = given.user("some", Role.FINANCE_MANAGER, entities=[given.entity("UK1")])
    for user in (clerk, some):
        other = Client()
        other.force_login(user)
        assert send(other).status_code == 422
        assert kept() == []
    upload = sent(client)
    other = Client()
    other.force_login(clerk)
    assert other.get(reverse("map_import", args=[upload.pk])).status_code == 403
    other.force_login(some)
    assert other.get(reverse("map_import", args=[upload.pk])).status_code == 404


# --- Letting go


def test_a_discarded_file_is_gone(client):
    upload = sent(client)
    client.post(reverse("discard_import", args=[upload.pk]))
    upload.refresh_from_db()
    assert upload.state == State.DISCARDED
    assert kept() == []
    assert client.get(reverse("import_upload", args=[upload.pk])).status_code == 200


def test_files_go_after_their_time_and_that_they_were_loaded_stays_known(client, queued):
    loaded = load(client, check(client, sent(client)), queued)
    waiting = sent(client, GOOD.replace("Due date", "Due"))
    rule = {row["rule"]: row for row in retention.table(apply=True, actor=SYSTEM)}["uploads"]
    assert (rule["days"], rule["old"], rule["done"]) == (30, 0, 0)
    later = clock.now() + timedelta(days=31)
    rule = {row["rule"]: row for row in retention.table(apply=True, actor=SYSTEM, now=later)}["uploads"]
    assert rule["done"] == 2
    assert [path for path in kept() if not path.name.endswith("-errors.csv")] == []
    for upload in (loaded, waiting):
        upload.refresh_from_db()
    assert (loaded.state, waiting.state) == (State.LOADED, State.DISCARDED)
    assert loaded.mapping
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_importupload WHERE removed_at IS NULL")
        assert cursor.fetchone() == (0,)


def test_what_broke_off_while_it_was_sent_is_found_by_the_tick(client):
    upload = sent(client)
    orphan = keeping.imports_folder() / ("0" * 32)
    orphan.mkdir()
    assert wiring.forget()["half_sent_files"] == 0
    for folder in (orphan, keeping.folder(upload)):
        os.utime(folder, (0, 0))
    assert wiring.forget()["half_sent_files"] == 1
    assert not orphan.exists()
    assert keeping.path(upload).exists()


# --- Taking back


def test_a_load_is_taken_back_once_it_is_confirmed(client, queued):
    run = load(client, check(client, sent(client)), queued).loaded
    page = client.get(reverse("import_run", args=[run.pk])).content.decode()
    assert reverse("undo_import", args=[run.pk]) in page
    asked = client.get(reverse("undo_import", args=[run.pk])).content.decode()
    assert "9 created rows are taken back" in asked
    for _ in range(2):
        client.post(reverse("undo_import", args=[run.pk]))
    run.refresh_from_db()
    assert run.undone_by == "manager"
    assert not OpenItem.objects.exclude(open_amount=0).exists()
    assert proof() == []
    page = client.get(reverse("import_run", args=[run.pk])).content.decode()
    assert "taken back by manager" in page
    assert reverse("undo_import", args=[run.pk]) not in page
    # the same file can be loaded again
    assert load(client, sent(client), queued).loaded.created == 9


def test_what_builds_on_a_load_is_named_and_it_stays(client, given, queued):
    run = load(client, check(client, sent(client)), queued).loaded
    given.pay(OpenItem.objects.get(number="I-3"))
    client.post(reverse("undo_import", args=[run.pk]))
    page = client.get(reverse("import_run", args=[run.pk])).content.decode()
    assert "It could not be taken back" in page
    assert "1 allocations made since" in page
    run.refresh_from_db()
    assert run.undone_at is None
    assert OpenItem.objects.exclude(open_amount=0).count() == 8


def test_a_large_load_is_taken_back_by_a_worker_and_a_dead_one_is_replaced(client, queued, monkeypatch):
    monkeypatch.setattr(undoing, "AT_ONCE", 5)
    handed = []
    monkeypatch.setattr(jobs.undo_import, "delay", lambda *ids: handed.append(ids))
    run = load(client, check(client, sent(client)), queued).loaded
    for _ in range(2):
        client.post(reverse("undo_import", args=[run.pk]))
    assert len(handed) == 1
    assert "being taken back" in client.get(reverse("import_run", args=[run.pk])).content.decode()
    # the job was lost with the queue
    handed.clear()
    assert undoing.take_up() == 1
    for _ in range(2):
        jobs.undo_import(*handed[0])
    run.refresh_from_db()
    assert run.undone_at
    assert undoing.take_up() == 0


def test_who_may_load_a_kind_may_send_files():
    assert {kind.name: RIGHTS[kind.right] <= RIGHTS["imports.load"] for kind in KINDS.values()} == dict.fromkeys(
        KINDS, True
    )
