"""Statements in a browser: made for all with the progress seen, with and without JavaScript, and one at once."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connections

from o2c.core import clock
from o2c.core.models import Message, Role
from o2c.invoicing import jobs
from o2c.invoicing.models import Statement, StatementRun, StatementSchedule
from o2c.invoicing.statements import making
from tests import bulk
from tests.given import Given

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK = {"viewport": {"width": 1440, "height": 900}}


class Worker:
    """Makes what the pages queue, in a thread with a connection of its own; each part waits until it is let go on."""

    def __init__(self):
        self.may = threading.Semaphore(0)
        self.threads = []

    def delay(self, *ids) -> None:
        def run():
            try:
                self.may.acquire()
                jobs.make_statements(*ids)
            finally:
                connections.close_all()

        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()

    def go_on(self, parts: int) -> None:
        for _ in range(parts):
            self.may.release()


@pytest.fixture
def worker(monkeypatch):
    worker = Worker()
    monkeypatch.setattr(jobs.make_statements, "delay", worker.delay)
    monkeypatch.setattr(jobs.deliver_messages, "delay", lambda: None)
    yield worker
    worker.go_on(len(worker.threads))
    for thread in worker.threads:
        thread.join(timeout=60)


@pytest.fixture
def book(transactional_db, settings, monkeypatch):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(making.ranges, "__defaults__", (4,))
    given = Given()
    given.user("manager", Role.FINANCE_MANAGER)
    today = clock.today(given.entity().time_zone)
    bulk.owing(given.entity(), customers=12, items=24, as_of=today)
    given.open_item("70.00 EUR", customer=given.customer("NOBODY", email="", name="Nobody’s home"), due=today)
    return given


def test_statements_are_made_while_one_looks_and_who_has_no_address_is_found(book, visit, worker):
    desk = visit("manager", **DESK)
    page = desk.page
    page.goto("/statements/")
    page.keyboard.press("n")
    dialog = page.locator("dialog#dialog[open]")
    dialog.get_by_role("button", name="Make them").click()
    page.wait_for_url(re.compile(r"/statements/runs/\d+/$"))
    page.get_by_text("0 of 4 parts done").wait_for()
    worker.go_on(2)
    page.get_by_text("2 of 4 parts done").wait_for()
    worker.go_on(2)
    page.get_by_role("heading", name=re.compile("Done")).wait_for()
    assert StatementRun.objects.get().made == 13
    page.get_by_role("link", name=re.compile("^No address")).first.click()
    page.get_by_role("link", name="Nobody’s home", exact=False).first.wait_for()
    assert page.locator("tbody tr").count() == 1
    page.get_by_role("searchbox", name=re.compile("^Customer’s")).fill("B000003")
    page.get_by_role("link", name="All", exact=True).click()
    page.get_by_role("searchbox", name=re.compile("^Customer’s")).fill("B000003")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Customer 3", exact=False).first.wait_for()
    assert page.locator("tbody tr").count() == 1
    taken = page.context.request.get(page.get_by_role("link", name="PDF of Customer 3").get_attribute("href"))
    assert taken.headers["content-type"] == "application/pdf"
    assert taken.body() == bytes(Statement.objects.get(customer__number="B000003").document.content)
    assert Message.objects.count() == 12
    # the same again is asked about
    page.goto("/statements/runs/new/")
    page.get_by_role("button", name="Make them").click()
    page.get_by_text("has sent statements of").wait_for()
    page.get_by_label("Send them again").check()
    page.get_by_role("button", name="Make them").click()
    page.wait_for_url(re.compile(r"/statements/runs/\d+/$"))
    page.get_by_role("link", name="Stop…").click()
    page.get_by_role("button", name="Stop it").click()
    page.get_by_role("heading", name=re.compile("Cancelled")).wait_for()
    assert Message.objects.count() == 12
    assert [text for text in desk.complaints if "422" not in text] == []


def test_without_javascript_the_pages_do_the_same(book, visit, worker):
    desk = visit("manager", java_script_enabled=False, **DESK)
    page = desk.page
    page.goto("/statements/")
    page.get_by_role("link", name=re.compile("^Make statements")).click()
    page.get_by_label("Activity", exact=True).check()
    page.get_by_label("Kept to be downloaded").check()
    page.get_by_role("button", name="Make them").click()
    assert "0 of 4 parts done" in page.content()
    worker.go_on(4)
    for thread in worker.threads:
        thread.join(timeout=60)
    page.get_by_role("link", name="Look again").click()
    page.get_by_role("heading", name=re.compile("Done")).wait_for()
    assert StatementRun.objects.get().mailed == 0
    # a schedule, refused where no day is said, and stopped
    page.goto("/statements/")
    page.get_by_role("link", name=re.compile("^New schedule")).click()
    page.get_by_role("radio", name="Weekly").check()
    page.get_by_label("As of").select_option("month_before")
    page.get_by_role("button", name="Save it").click()
    assert "Only a monthly schedule" in page.content()
    page.get_by_label("As of").select_option("same_day")
    page.get_by_label(re.compile("^Weekday")).select_option("5")
    page.get_by_role("button", name="Save it").click()
    page.get_by_role("link", name="Weekly on Friday at 06:00").wait_for()
    assert StatementSchedule.objects.get().day_of_month is None
    page.get_by_role("button", name=re.compile("^Stop")).click()
    page.get_by_text("Stopped", exact=True).wait_for()
    page.get_by_role("button", name=re.compile("^Go on")).click()
    assert StatementSchedule.objects.get().in_use


def test_one_customers_statement_is_made_at_once(book, visit):
    item = book.open_item("100.00 EUR", customer=book.customer("C-1"), number="I-1")
    desk = visit("manager", **DESK)
    page = desk.page
    page.goto(f"/customers/{item.customer_id}/")
    page.get_by_role("link", name="Statement…").click()
    dialog = page.locator("dialog#dialog[open]")
    dialog.get_by_label("As of").fill((item.due_on + timedelta(days=10)).isoformat())
    dialog.get_by_label("CSV").check()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Make it").click()
    text = download.value.path().read_text()
    assert "I-1" in text
    assert ",10,EUR,100.00,100.00," in text
