"""Bringing a book in by the browser: three dialects of one file become the same book, with and without JavaScript."""

import re
import threading
from pathlib import Path

import pytest
from django.db import connection, connections
from django.db.models import Count, Sum

from o2c.core.models import ImportUpload, Role
from o2c.invoicing.models import OpenItem
from o2c.invoicing.proof import proof
from o2c.web import jobs
from tests.given import Given
from tests.imports.files_given import real
from tests.invoicing.test_loading_real import IBM, IBM_DMY, IBM_ZEROS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK = {"viewport": {"width": 1440, "height": 900}}


@pytest.fixture
def worker(monkeypatch):
    """Works on what the pages queue, in a thread with a connection of its own, as a worker process does."""
    threads = []

    def delay(*ids):
        def run():
            try:
                jobs.work_on_upload(*ids)
            finally:
                connections.close_all()

        threads.append(threading.Thread(target=run))
        threads[-1].start()

    monkeypatch.setattr(jobs.work_on_upload, "delay", delay)
    yield
    for thread in threads:
        thread.join(timeout=60)


@pytest.fixture
def companies(transactional_db, settings, tmp_path):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path / "files"
    given = Given()
    given.user("manager", Role.FINANCE_MANAGER)
    return [given.entity(code, "USD") for code in ("US1", "US2", "US3")]


def send(page, file: Path, entity: str) -> None:
    page.goto("/imports/new/")
    page.get_by_role("radio", name=re.compile("^Open items")).check()
    page.get_by_label("Legal entity", exact=True).select_option(entity)
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Send").click()


def say(page) -> None:
    """What the file does not: its currency, and that its customers may be opened."""
    page.get_by_label("Currency", exact=True).select_option("=")
    if not page.get_by_label("Currency of all rows").count():
        page.get_by_role("button", name="Read the samples again").click()
    page.get_by_label("Currency of all rows").fill("USD")
    page.get_by_label("Open them").check()


def loaded(page) -> None:
    """Check, then load, watching until the outcome is shown."""
    page.get_by_role("button", name="Check the whole file").click()
    page.get_by_role("button", name="Load it").click()
    page.get_by_role("heading", name="How it was read").wait_for()


def book(code: str) -> dict:
    """Of each customer of an entity: how many invoices, of how much together, due when."""
    items = OpenItem.objects.filter(entity__code=code, kind="invoice").values("customer__number")
    sums = items.annotate(count=Count("id"), total=Sum("amount")).values_list("customer__number", "count", "total")
    return {number: (count, total) for number, count, total in sums}


def days(code: str) -> list:
    items = OpenItem.objects.filter(entity__code=code, kind="invoice")
    return sorted((int(item.number), item.issued_on, item.due_on, item.amount) for item in items)


def test_three_dialects_of_one_file_become_the_same_book(companies, visit, worker):
    read = {}
    desk = visit("manager", **DESK)
    page = desk.page
    for entity, file, day in [
        ("US1", IBM, "MM/DD/YYYY"),
        ("US2", IBM_ZEROS, "MM/DD/YYYY"),
        ("US3", IBM_DMY, "DD/MM/YYYY"),
    ]:
        send(page, real(file), entity)
        page.get_by_role("heading", name="Which column is what").wait_for()
        assert page.get_by_label("Days are written").locator("option:checked").inner_text() == day
        # nothing is loaded before what only a person can say is said
        page.get_by_role("button", name="Check the whole file").click()
        page.get_by_text("Something is left to say").wait_for()
        say(page)
        loaded(page)
        assert page.locator(".figure", has_text="Created").locator(".value").inner_text() == "2,466"
        read[entity] = book(entity)
    assert len(read["US1"]) == 100
    assert read["US1"] == read["US2"] == read["US3"]
    assert days("US1") == days("US2") == days("US3")
    assert proof() == []
    # the map was sent incomplete on purpose, and a reading of the samples gives way to a newer one
    expected = ("422", "htmx:afterRequest", "htmx:sendAbort")
    assert [text for text in desk.complaints if not any(word in text for word in expected)] == []


def test_it_all_works_without_javascript(companies, visit, worker):
    plain = visit("manager", java_script_enabled=False, **DESK)
    page = plain.page
    send(page, real(IBM), "US1")
    say(page)
    page.get_by_role("button", name="Check the whole file").click()
    with page.expect_navigation():  # until the next page is there, the one before says nothing of it
        page.get_by_role("button", name="Load it").click()
    while page.get_by_role("link", name="Look again").count():
        with page.expect_navigation():
            page.get_by_role("link", name="Look again").click()
    assert page.get_by_role("heading", name="How it was read").is_visible()
    assert sum(count for count, _ in book("US1").values()) == 2466


def test_a_changed_choice_is_read_at_once(companies, visit, tmp_path):
    """Samples follow the format, and days that fit both ways are asked with both readings."""
    file = tmp_path / "mine.csv"
    file.write_text("Customer;Invoice;Invoice date;Due date;Amount\nA;1;03/04/2013;05/06/2013;1.00\n")
    desk = visit("manager", **DESK)
    page = desk.page
    send(page, file, "US1")
    page.get_by_text("03/04/2013 → 3 April 2013").wait_for()
    assert page.get_by_text("03/04/2013 → 4 March 2013").is_visible()
    page.get_by_label("Days are written").select_option("%m/%d/%Y")
    row = page.get_by_role("row").filter(has=page.get_by_label("Issued on"))
    row.get_by_text("4 March 2013").wait_for()
    page.get_by_label("Days are written").select_option("%d/%m/%Y")
    row.get_by_text("3 April 2013").wait_for()
    assert desk.axe() == []
    assert desk.complaints == []


def test_bad_rows_are_beside_what_is_wrong_with_them(companies, visit, worker, tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text(
        "Customer;Invoice;Invoice date;Due date;Amount\n"
        "A;1;2026-01-13;2026-02-13;1.00\nA;2;2026-02-30;2026-02-13;1.00\nA;3;2026-01-13;2026-02-13;one\n"
    )
    desk = visit("manager", **DESK)
    page = desk.page
    send(page, file, "US1")
    say(page)
    page.get_by_role("button", name="Check the whole file").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="3", exact=True))
    row.get_by_text("is a day that does not exist").wait_for()
    assert row.get_by_text("2026-02-30").is_visible()
    page.get_by_role("link", name="is not an amount").click()
    page.get_by_role("heading", name="Rows: Amount is not an amount").wait_for()
    assert page.get_by_role("rowheader", name="4", exact=True).is_visible()
    assert desk.axe() == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Errors file").click()
    assert "3,Invoice date,2026-02-30,is a day that does not exist,error" in Path(download.value.path()).read_text()
    page.get_by_role("button", name="Load it").click()
    page.get_by_role("heading", name="How it was read").wait_for()
    assert OpenItem.objects.count() == 1
    assert desk.axe() == []
    expected = ("htmx:afterRequest", "htmx:sendAbort")
    assert [text for text in desk.complaints if not any(word in text for word in expected)] == []


def test_a_file_that_is_too_large_is_not_even_sent(companies, visit, settings, tmp_path):
    settings.O2C_UPLOAD_MAX_MB = 1
    file = tmp_path / "large.csv"
    file.write_bytes(b"x" * ((1 << 20) + 1))
    desk = visit("manager", **DESK)
    send(desk.page, file, "US1")
    assert desk.page.get_by_text("The file is larger than 1 MB").is_visible()
    assert not ImportUpload.objects.exists()
    # without JavaScript the server says so
    plain = visit("manager", java_script_enabled=False, **DESK)
    send(plain.page, file, "US1")
    plain.page.get_by_text("The file is larger than 1 MB").first.wait_for()
    assert not ImportUpload.objects.exists()
    assert desk.complaints == []
    connection.close()
