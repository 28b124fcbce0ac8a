"""Sixteen clients at once, with retries and dropped answers, create each thing exactly once."""

import http.client
import json
import random
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection

from o2c import ROOT
from o2c.core.api.models import IdempotentAnswer
from o2c.invoicing.models import OpenItem, Receipt
from o2c.invoicing.proof import proof
from o2c.orders.models import Contact, Customer
from tests.api.conftest import V1, Caller

CLIENTS = 16


def together(work, count: int = CLIENTS) -> list:
    """Do the work in so many threads that begin at one moment; what each returned."""
    gate = threading.Barrier(count)

    def begin(number):
        gate.wait(timeout=60)
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


@pytest.mark.django_db(transaction=True)
def test_one_request_sent_sixteen_times_at_once_is_done_once(given, key):
    customer = given.customer("C1", email="")
    text = key().text
    body = {
        "entity": "DE1",
        "customer": {"id": customer.pk},
        "amount": {"amount": "10.00", "currency": "EUR"},
        "received_on": "2026-03-01",
    }

    def send(number):
        caller, answers = Caller(text), []
        while not answers or answers[-1].status_code == 409:
            assert len(answers) < 500
            answers.append(caller.post("/receipts", body, Idempotency_Key="one"))
            if answers[-1].status_code == 409:
                assert answers[-1].json()["type"] == "/problems/in-progress"
        return answers[-1]

    answers = together(send)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer for answer in answers) == 1
    assert Receipt.objects.count() == 1
    assert proof() == []


@pytest.mark.django_db(transaction=True)
def test_one_item_put_by_sixteen_at_once_is_one_item(given, key, item_body):
    customer = given.customer("C1")
    text = key().text
    answers = together(lambda number: Caller(text).put("/open-items/external/sap/1", item_body(customer)))
    assert sorted(answer.status_code for answer in answers) == [200] * (CLIENTS - 1) + [201]
    assert len({answer.content for answer in answers}) == 1
    assert OpenItem.objects.count() == 1
    assert proof() == []


@pytest.mark.django_db(transaction=True)
def test_one_customer_put_by_sixteen_at_once_is_one_customer(key):
    text = key().text
    answers = together(lambda number: Caller(text).put("/customers/external/sap/1", {"name": "Acme"}))
    assert sorted(answer.status_code for answer in answers) == [200] * (CLIENTS - 1) + [201]
    assert Customer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_saw_the_same_version_one_is_refused(given, key):
    text = key().text
    path = f"/customers/{given.customer('C1').pk}"
    for turn in range(5):
        tag = Caller(text).get(path)["ETag"]
        answers = together(
            lambda number, turn=turn, tag=tag: Caller(text).put(path, {"city": f"{turn}-{number}"}, If_Match=tag), 2
        )
        assert sorted(answer.status_code for answer in answers) == [200, 412]


@pytest.mark.django_db(transaction=True)
def test_who_dies_at_work_leaves_the_request_to_be_done(given, key):
    """The lock and what was written end with the connection of the dead."""
    import psycopg2

    customer = given.customer("C1", email="")
    caller = key()
    address = connection.get_connection_params()
    dying = psycopg2.connect(
        **{name: address[name] for name in ("dbname", "user", "host", "port", "password") if address.get(name)}
    )
    with dying.cursor() as cursor:
        name = "\x1f".join(["idempotency", f"key:{caller.key.pk}", "k"])
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        body = {"customer": {"id": customer.pk}, "name": "Ann"}
        at_work = caller.post("/contacts", body, Idempotency_Key="k")
        assert (at_work.status_code, at_work.json()["type"]) == (409, "/problems/in-progress")
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert caller.post("/contacts", body, Idempotency_Key="k").status_code == 201
    assert Contact.objects.count() == 1


# --- A real server, whose clients hang up and whose workers are killed


@pytest.fixture
def server(child_environment, tmp_path):
    """A gunicorn of two workers on this session's database; its port and process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [
        "-m",
        "gunicorn",
        "o2c.wsgi:application",
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        "2",
        "--threads",
        "4",
    ]
    words += ["--no-control-socket", "--log-level", "error", "--preload"]  # as it is run: o2c.core.services.roles
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *words], cwd=ROOT,
            env=child_environment | {"O2C_HASHED_STATIC": "0"}, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                time.sleep(0.1)
        yield port, process
    finally:
        process.terminate()
        process.wait(30)


def stubborn(port: int, text: str, method: str, path: str, body: dict, idempotency: str | None, chance: random.Random):
    """Send until there is an answer; some answers are not waited for, as when a connection breaks."""
    headers = {"Authorization": f"Api-Key {text}", "Content-Type": "application/json"}
    if idempotency:
        headers["Idempotency-Key"] = idempotency
    for _ in range(300):
        wire = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            wire.request(method, f"{V1}{path}", json.dumps(body), headers)
            if chance.random() < 0.3:
                wire.close()  # the answer is dropped, whatever it was
                continue
            answer = wire.getresponse()
            told = json.loads(answer.read())
            if answer.status in {409, 503}:
                assert told["type"] in {"/problems/in-progress", "/problems/unavailable"}, told
                time.sleep(0.01)
                continue
            return answer.status, told
        except (OSError, http.client.HTTPException):
            time.sleep(0.02)
        finally:
            wire.close()
    raise AssertionError(f"no answer to {method} {path}")


def drive(port: int, text: str, customer: Customer, each: int, kill=None) -> None:
    """Sixteen clients, each with so many receipts and items of its own, all of them sent by two clients."""
    money = {"amount": "1.00", "currency": "EUR"}

    def work(client):
        chance = random.Random(client)
        for number in range(each):
            name = f"{client // 2}-{number}"  # two clients share each thing
            if kill and client == 0 and number % 10 == 5:
                kill()
            receipt = {"entity": "DE1", "customer": {"id": customer.pk}, "amount": money, "received_on": "2026-03-01"}
            status, _ = stubborn(port, text, "POST", "/receipts", receipt, name, chance)
            assert status == 201
            item = {**receipt, "issued_on": "2026-03-01", "due_on": "2026-03-31"}
            del item["received_on"]
            status, _ = stubborn(port, text, "PUT", f"/open-items/external/sap/{name}", item, None, chance)
            assert status in {200, 201}

    together(work)
    wanted = each * CLIENTS // 2
    assert Receipt.objects.count() == IdempotentAnswer.objects.count() == wanted
    assert OpenItem.objects.filter(source="sap").count() == wanted
    assert sum(receipt.amount for receipt in Receipt.objects.all()) == Decimal(wanted)
    numbers = sorted(Receipt.objects.values_list("number", flat=True))
    assert numbers == [f"R2026-{number:06d}" for number in range(1, wanted + 1)]
    assert proof() == []


@pytest.mark.django_db(transaction=True)
def test_dropped_answers_of_a_real_server(server, given, key):
    port, _ = server
    text = key().text
    refuses_a_hundred_megabytes(port, text)
    drive(port, text, given.customer("C1"), each=3)


def refuses_a_hundred_megabytes(port: int, text: str) -> None:
    """The answer comes before the body is sent."""
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    wire.putrequest("POST", f"{V1}/contacts")
    wire.putheader("Authorization", f"Api-Key {text}")
    wire.putheader("Content-Type", "application/json")
    wire.putheader("Content-Length", str(100 * 10**6))
    wire.endheaders()
    answer = wire.getresponse()
    assert (answer.status, json.loads(answer.read())["type"]) == (413, "/problems/too-large")
    wire.close()


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_dropped_answers_and_killed_workers_of_a_real_server(server, given, key):
    import psutil

    port, process = server

    def kill():
        workers = psutil.Process(process.pid).children()
        if workers:
            workers[0].kill()

    drive(port, key().text, given.customer("C1"), each=60, kill=kill)
