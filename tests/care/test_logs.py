"""The log: JSON with ids, and nothing about persons or money from any of the usual paths."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import subprocess
import sys
import uuid

import pytest
import structlog
from django.db import IntegrityError, connection, transaction

from o2c import ROOT
from o2c.core.actors import SYSTEM
from o2c.core.care import logs
from o2c.core.models import Message, Role
from o2c.orders.models import Contact

NAME, EMAIL, AMOUNT, IBAN = "Rosalinde Ungewöhnlich", "rosalinde@kunde.example", "98765.43", "DE89370400440532013000"
PRIVATE = [
    "Rosalinde",
    "Ungewöhnlich",
    "rosalinde",
    "kunde.example",
    "98765",
    "98,765",
    IBAN,
    "secret-for-tests",
    "0711",
]


class Lines(list):
    """What was written to the log."""

    def __init__(self, stream: io.StringIO) -> None:
        super().__init__()
        self.stream = stream

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def of(self, event: str) -> list[dict]:
        return [line for line in map(json.loads, self.text.splitlines()) if line["event"] == event]


@pytest.fixture
def log(monkeypatch, settings):
    """The log of a web process, at its most talkative."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "__stdout__", stream)
    logging.config.dictConfig(logs.settings({"O2C_ROLE": "web", "O2C_LOG_LEVEL": "DEBUG"}))
    yield Lines(stream)
    logging.config.dictConfig(settings.LOGGING | logs.settings())


@pytest.fixture
def person(given):
    customer = given.customer("K-4711", name=NAME, email=EMAIL)
    Contact.objects.update(name=NAME, phone="0711 123456")
    given.open_item(f"{AMOUNT} EUR", customer=customer)
    return customer


def is_clean(text: str) -> bool:
    return [word for word in PRIVATE if word in text] == []


def test_a_request_is_one_line_with_its_id_and_answers_it(client, log, db):
    response = client.get("/login/", headers={"X-Request-ID": "edge-0123456789"})
    assert response.headers["X-Request-ID"] == "edge-0123456789"
    (line,) = log.of("answered")
    assert line["request"] == "edge-0123456789"
    assert (line["status"], line["method"], line["level"]) == (200, "GET", "info")
    assert line["seconds"] >= 0


@pytest.mark.parametrize("given_id", ["", "short", "x" * 65, "with blanks in it", "line\\nbreak-and-more"])
def test_an_id_that_is_none_is_replaced(client, log, db, given_id):
    answered = client.get("/login/", headers={"X-Request-ID": given_id}).headers["X-Request-ID"]
    assert uuid.UUID(answered)
    assert [line["request"] for line in log.of("answered")] == [answered]


def test_signing_in_with_an_address_and_a_wrong_password_leaves_neither(client, log, db, given):
    given.user("rosalinde", Role.COLLECTOR)
    client.post("/login/", {"username": EMAIL, "password": "secret-for-tests"})
    client.post("/login/", {"username": "rosalinde", "password": "secret-for-tests-wrong"})
    client.post("/login/", {"username": "rosalinde", "password": "secret-for-tests"})
    assert len(log.of("answered")) == 3
    assert is_clean(log.text)


def test_pages_about_a_person_leave_the_users_id_only(client, log, person, given):
    user = given.user("reader", Role.FINANCE_MANAGER)
    client.force_login(user)
    for address in (
        f"/customers/?q={NAME}",
        f"/customers/{person.number}/",
        f"/no/such/page/{EMAIL}?amount={AMOUNT}",
        f"/items/?q={AMOUNT}",
    ):
        client.get(address)
    lines = log.of("answered")
    assert len(lines) == 4
    assert user.pk in {line.get("user") for line in lines}
    assert person.number not in log.text
    assert is_clean(log.text)


def test_a_one_time_link_is_not_written(client, log, db):
    client.get("/reset/MQ/set-4k3n-of-rosalinde/")
    assert "4k3n" not in log.text
    assert log.of("answered")


def test_an_error_of_the_database_leaves_its_constraint_and_no_row(log, person):
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_customer (number, name, vat_id, country, language, street, postal_code, city, source)"
            " VALUES (%s, %s, '', '', 'en', '', '', '', '')",
            [person.number, NAME],
        )
    assert person.number in str(refused.value)  # what PostgreSQL says does quote the row
    structlog.get_logger("o2c.test").error("import.failed", exc_info=refused.value)
    logging.getLogger("django.request").error("Internal Server Error: %s", f"/x/{EMAIL}", exc_info=refused.value)
    own, foreign = map(json.loads, log.text.splitlines())
    assert own["error"] == foreign["error"] == "django.db.utils.IntegrityError"
    assert own["sql_state"] == "23505"
    assert own["sql_constraint"].startswith("orders_customer_number")
    assert any("test_logs.py" in place for place in own["where"])
    assert person.number not in log.text
    assert is_clean(log.text)


def test_a_mail_that_is_refused_leaves_no_address(log, person, settings, tmp_path):
    from o2c.core import messages
    from o2c.core.environment import smtp

    settings.O2C_MAIL_SPOOL = tmp_path
    settings.O2C_SMTP = smtp("SMTP_URL", f"smtp://{'rosalinde'}:secret-for-tests@127.0.0.1:1")
    Message.objects.create(
        key="k", owner="DE1", sender="ar@de1.example", recipient=f"{NAME} <{EMAIL}>", subject=f"{NAME}: {AMOUNT}",
        text=f"{AMOUNT} EUR", language="de",
    )  # fmt: skip
    messages.deliver()
    assert is_clean(log.text)
    assert "provider does not answer" in log.text


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("mail to %s failed", [EMAIL]),
        ("mail to %(to)s failed", [{"to": EMAIL}]),
        ("%d rows of %s", [3, NAME]),
        (f"could not send to {EMAIL}", []),
        (f"transferred {AMOUNT} from {IBAN}", []),
        ("redis://user:secret-for-tests@host is away", []),
    ],
)
def test_what_packages_write_is_filled_with_numbers_only(log, message, arguments):
    logging.getLogger("some.package").warning(message, *arguments)
    assert is_clean(log.text)
    line = json.loads(log.text)
    assert line["level"] == "warning"
    assert "%" not in line["event"]
    if arguments[:1] == [3]:
        assert line["event"] == "3 rows of …"


def test_our_own_events_keep_ids_and_lose_what_is_private(log):
    structlog.get_logger("o2c.test").warning(
        "run.done", run=7, customer_id=12, part="tick.events", count=3, open_amount="98765.43", name=NAME, to=EMAIL,
        finding={"text": f"item 3 of {NAME}", "subject": "item 3"}, note=f"{NAME} called", paid=98765.43, ids=[1, 2],
        key="a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", actor=SYSTEM.name,
    )  # fmt: skip
    line = json.loads(log.text)
    kept = {"run": 7, "customer_id": 12, "part": "tick.events", "count": 3, "ids": [1, 2]}
    assert {key: line[key] for key in kept} == kept
    assert line["key"] == "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
    assert {line[key] for key in ("open_amount", "name", "to", "note", "paid")} == {"…"}
    assert is_clean(log.text)


def test_a_failed_job_leaves_its_id_its_time_and_the_class_of_its_error(log):
    context = {"id": "j-1", "name": "o2c.core.jobs.deliver", "exc": f"ValueError('{EMAIL}')", "args": [EMAIL],
               "kwargs": {}, "description": "raised unexpected", "traceback": EMAIL}  # fmt: skip
    template = "Task %(name)s[%(id)s] %(description)s: %(exc)s"
    try:
        raise ValueError(EMAIL)
    except ValueError:
        logging.getLogger("celery.app.trace").error(template, context, extra={"data": context}, exc_info=True)
    line = json.loads(log.text)
    assert (line["event"], line["job"], line["error"]) == ("job raised unexpected", "j-1", "ValueError")
    assert is_clean(log.text)


def test_the_messages_of_errors_are_written_when_asked_for(monkeypatch, settings):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "__stdout__", stream)
    logging.config.dictConfig(logs.settings({"O2C_ROLE": "web", "O2C_LOG_ERRORS": "full"}))
    try:
        structlog.get_logger("o2c.test").error("broken", exc_info=ValueError("what it says"))
    finally:
        logging.config.dictConfig(logs.settings())
    assert json.loads(stream.getvalue())["says"] == "what it says"


def test_a_command_logs_to_standard_error_and_answers_on_standard_output(services):
    show = "import structlog; structlog.get_logger('o2c.x').warning('seen', run=3); print('answer')"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", show], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout == "answer\n"
    assert "o2c.x: seen run=3" in done.stderr
