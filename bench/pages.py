"""The pages people look at all day: server time and queries of each, and the weight of the first visit."""

import gzip
import re
import statistics
import time
from datetime import timedelta

from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench.report import Report
from o2c.analytics import rollups
from o2c.analytics.models import CustomerRollup
from o2c.core import clock
from o2c.core.models import Role, User
from o2c.orders.models import LegalEntity

MOST_QUERIES, MOST_MILLISECONDS, MOST_KILOBYTES = 12, 100, 400
TIMES = 25
TASKS = 20_000
WORK = """
    INSERT INTO collections_task (key, entity_id, customer_id, payer_id, kind, why, assignee_id, state, at_risk, due_on,
                                  outcome, created_by)
    SELECT 'bench:' || r.id, r.entity_id, r.customer_id, r.payer_id, 'call', 'Call about overdue items',
           CASE WHEN r.id %% 10 < 9 THEN %(user)s END, 'open', greatest(r.base_overdue, 0), %(today)s, '', 'bench'
    FROM analytics_customerrollup r ORDER BY r.id LIMIT %(tasks)s
"""


def measure(report: Report) -> None:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    user = User.objects.create_user("bench", roles=[Role.COLLECTOR, Role.FINANCE_MANAGER], all_entities=True)
    today = clock.today()
    for entity in LegalEntity.objects.order_by("pk"):
        rollups.refresh(entity.pk, report.book.as_of)
    with connection.cursor() as cursor:
        cursor.execute(WORK, {"user": user.pk, "today": today - timedelta(days=1), "tasks": TASKS})
        cursor.execute("ANALYZE")
        cursor.execute("SELECT id FROM collections_task ORDER BY rank DESC LIMIT 1")
        (task,) = cursor.fetchone()
    largest = CustomerRollup.objects.order_by("-items", "id").values_list("customer_id", flat=True)[0]
    client = Client()
    client.force_login(user)
    held = {
        "dashboard": "/",
        "customer page": reverse("customer", args=[largest]),
        "worklist": "/worklist/",
        "task with its customer": reverse("task", args=[task]),
        "audit trail": reverse("audit"),
        "audit trail of one person": f"{reverse('audit')}?who=bench",
    }
    for name, url in held.items():
        milliseconds, queries, detail = answer(client, url)
        report.limit(f"{name}: server time", milliseconds, "ms", MOST_MILLISECONDS, detail)
        report.limit(f"{name}: queries", queries, "", MOST_QUERIES)
    number = CustomerRollup.objects.select_related("customer").first().customer.number
    shown = {
        "tasks": "/tasks/",
        "customers": "/customers/",
        "search by a part of a name": "/customers/?q=werk",
        "search by number": f"/customers/?q={number}",
        "all open items": "/items/",
        "ageing by customer": "/aging/",
    }
    for name, url in shown.items():
        milliseconds, queries, detail = answer(client, url, times=3)
        report.fact(f"{name}: server time", milliseconds, "ms", f"{queries} queries, {detail}")
    report.limit("first visit: weight", *weight(client))


def answer(client: Client, url: str, times: int = TIMES) -> tuple[float, int, str]:
    """The median server time in milliseconds once caches are warm, the queries, and the spread."""
    client.get(url)  # the first page of a session writes the session down
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200, url
        queries = len(caught)  # the next request forgets them
    assert queries > 2, f"{url}: nobody counted"
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        client.get(url)
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken), queries, f"median of {times}, best {min(taken):.0f} ms"


def weight(client: Client, url: str = "/") -> tuple[float, str, float, str]:
    """Kilobytes of a page with all it loads: text as gzip sends it, fonts as they are."""
    page = client.get(url).content
    parts = {"html": len(gzip.compress(page))}
    names = set(re.findall(rb'(?:href|src)="/static/([^"#]+)', page))
    for name in (name.decode() for name in names):
        with open(finders.find(name), "rb") as file:
            content = file.read()
        kind = name.rpartition(".")[2]
        parts[kind] = parts.get(kind, 0) + (len(content) if kind == "woff2" else len(gzip.compress(content)))
    detail = ", ".join(f"{kind} {size / 1024:.0f}" for kind, size in sorted(parts.items()))
    return sum(parts.values()) / 1024, "kB", MOST_KILOBYTES, detail
