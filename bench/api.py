"""The API through a real gunicorn of two workers: single upserts by sixteen clients, and lists of a hundred."""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

from bench.report import Report

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = 16
SECONDS = 20
TURNS = 5  # of each client on a small book, where nothing is judged
UPSERTS_A_SECOND = 150
SLOWEST = 100  # milliseconds, of 99 in 100
LIST = 15  # milliseconds of server time


def measure(report: Report) -> None:
    from django.db import connection, connections

    from o2c.core.actors import SYSTEM
    from o2c.core.api import keys
    from o2c.core.api.scopes import SCOPES
    from o2c.orders.models import Account, Customer

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    issued = keys.create(name="bench", scopes=SCOPES, all_entities=True, requests_a_minute=10**6, actor=SYSTEM)
    account = Account.objects.select_related("entity").first()
    entity = account.entity
    numbers = list(
        Customer.objects.filter(accounts__entity=entity).order_by("pk").values_list("number", flat=True)[:1000]
    )
    for name, path in (
        ("open items", "/open-items?limit=100"),
        ("open items, open only", "/open-items?limit=100&open=true"),
        ("open items by change", "/open-items?limit=100&updated_since=2000-01-01T00:00:00Z"),
        ("open items of a customer", f"/open-items?limit=100&customer={account.customer_id}"),
    ):
        times = server_time(issued.text, path, 10 if report.small else 50)
        detail = f"median of {len(times)} in the process, the best {min(times):.1f} ms"
        report.limit(f"a list of 100 {name}: server time", statistics.median(times), "ms", LIST, detail)
    connections.close_all()
    turns = TURNS if report.small else None
    with Server() as port:
        target = (port, issued.text, entity.code, entity.base_currency, numbers, turns)
        flat_out = upserts(*target, name="most", pace=None)
        paced = upserts(*target, name="paced", pace=UPSERTS_A_SECOND * 1.05 / CLIENTS)
    rate = len(flat_out) / SECONDS
    detail = f"{rate:.0f} a second flat out, {CLIENTS} clients, median {statistics.median(flat_out) * 1000:.0f} ms"
    report.limit("new open items by PUT: wanted over reached", UPSERTS_A_SECOND / rate, "x", 1.0, detail)
    rate = len(paced) / SECONDS
    slow = statistics.quantiles(paced, n=100)[98] * 1000
    detail = f"{rate:.0f} a second asked for, median {statistics.median(paced) * 1000:.0f} ms"
    report.limit("new open items by PUT: 99 in 100 under", slow, "ms", SLOWEST, detail)


def server_time(text: str, path: str, rounds: int) -> list[float]:
    """What the whole of Django needs for a GET, middleware included, in milliseconds."""
    from django.test import Client

    client = Client(headers={"Authorization": f"Api-Key {text}"}, SERVER_NAME="localhost")
    times = []
    for turn in range(5 + rounds):
        start = time.perf_counter()
        answer = client.get(f"/api/v1{path}")
        if turn >= 5:
            times.append((time.perf_counter() - start) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(answer.content)
    return times


def upserts(
    port: int,
    text: str,
    entity: str,
    currency: str,
    numbers: list[str],
    turns: int | None,
    *,
    name: str,
    pace: float | None,
) -> list[float]:
    """What sixteen clients waited for each answer, in seconds; every answer is 201.

    `turns` is how many each sends; None: as many as SECONDS hold, after three that warm up and are not counted.
    `pace` is how many each sends in a second, counted from when it was to be sent; None: the next as soon as it can.
    """
    until = time.time() + 3 + SECONDS
    with ProcessPoolExecutor(2) as pool:
        halves = [
            pool.submit(
                clients, port, text, entity, currency, numbers, turns, f"{name}-{half}", CLIENTS // 2, until, pace
            )
            for half in range(2)
        ]
        return [latency for half in halves for latency in half.result()]


def clients(
    port: int,
    text: str,
    entity: str,
    currency: str,
    numbers: list[str],
    turns: int | None,
    name: str,
    count: int,
    until: float,
    pace: float | None,
) -> list[float]:
    """So many clients in the threads of one process."""

    def client(number: int) -> list[float]:
        wire = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Authorization": f"Api-Key {text}", "Content-Type": "application/json"}
        times, turn, due = [], 0, time.time() + number / count / (pace or 1)
        while True:
            if pace:
                due += 1 / pace
                time.sleep(max(0.0, due - time.time()))
            else:
                due = time.time()
            if turn == turns or (turns is None and due > until):
                return times
            turn += 1
            body = {
                "entity": entity,
                "customer": {"number": numbers[(number * 7919 + turn) % len(numbers)]},
                "amount": {"amount": f"{turn % 900 + 100}.00", "currency": currency},
                "issued_on": "2026-06-01",
                "due_on": "2026-07-01",
            }
            address = f"/api/v1/open-items/external/bench/{name}-{number}-{turn}"
            wire.request("PUT", address, json.dumps(body), headers)
            answer = wire.getresponse()
            told = answer.read()
            if answer.status != 201:
                raise RuntimeError(told)
            if turns or due > until - SECONDS:
                times.append(time.time() - due)

    with ThreadPoolExecutor(count) as pool:
        return [latency for latencies in pool.map(client, range(count)) for latency in latencies]


class Server:
    """The web process as it is run, on a port of its own."""

    def __enter__(self) -> int:
        from o2c.core.services.roles import program

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = os.environ | {"O2C_PORT": str(port), "O2C_LOG_LEVEL": "error", "O2C_WEB_WORKERS": "2"}
        self.process = subprocess.Popen(
            program("web", environment), cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=sys.stderr
        )
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return port
            except OSError:
                time.sleep(0.1)
        self.process.kill()
        raise RuntimeError("The web process did not start.")

    def __exit__(self, *error) -> None:
        self.process.terminate()
        self.process.wait(30)
