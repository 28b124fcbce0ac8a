"""The trail stays quick however much has happened: histories, entries and contexts by the hundred thousand."""

import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from o2c.core.models import Role
from o2c.orders.models import Customer
from o2c.web.audit.parts import parts

# More than a page ever took, also of a million rows on a busy machine (docs/audit.md), and far less than any scan.
MILLISECONDS = 250

# Half of all was done by the system, the rest by ten people; every hundredth act came from one address.
CONTEXTS = """
    INSERT INTO pghistory_context (id, created_at, updated_at, metadata)
    SELECT gen_random_uuid(), now() - make_interval(secs => n), now(), jsonb_build_object(
        'actor', CASE WHEN n %% 2 = 0 THEN 'system' ELSE 'person ' || n %% 20 END,
        'address', CASE WHEN n %% 100 = 0 THEN '203.0.113.9' ELSE '198.51.100.' || n %% 250 END,
        'request', 'request-' || n)
    FROM generate_series(1, %(acts)s) n
"""
EVENTS = """
    INSERT INTO orders_customerevent (pgh_created_at, pgh_label, pgh_obj_id, pgh_context_id, id, number, name, vat_id,
        country, language, street, postal_code, city, payer_id, created_at, source, external_id)
    SELECT c.created_at, 'update', %(customer)s + row_number() OVER () %% 1000, c.id,
        %(customer)s, 'K', 'Name ' || c.created_at, '', 'DE', 'de', '', '', '', %(customer)s, c.created_at, '', ''
    FROM pghistory_context c CROSS JOIN generate_series(1, 2)
"""
ENTRIES = """
    INSERT INTO invoicing_entry (entity_id, payer_id, kind, text, effective_on, known_on, recorded_at, actor,
        context_id)
    SELECT %(entity)s, %(customer)s, 'item', 'x', '2026-01-01', '2026-01-01', c.created_at, c.metadata->>'actor', c.id
    FROM pghistory_context c
"""
PAGES = {
    "the newest": "",
    "further on": "before=2000-01-01T00:00:00%2B00:00~customer~1",
    "the system's": "who=system",
    "a person's": "who=person 7",
    "of nobody": "who=nobody",
    "from an address": "address=203.0.113.9",
    "from an address that nobody has": "address=192.0.2.1",
    "of one request": "request=request-77",
    "money": "what=money",
    "a person's money": "what=money&who=person 7",
    "of a legal entity": "entity=DE1",
    "of a customer": "customer=K-1",
    "of one row": "what=customer&id={customer}",
    "of a day": "since=2026-01-01&until=2026-12-31",
    "a person's comings": "what=access&who=person 7",
}


def milliseconds(client: Client, url: str) -> tuple[float, float]:
    """What the page's queries take, and what this process does beside them, whatever else the machine does."""
    with CaptureQueriesContext(connection) as caught:
        begun = time.process_time()
        assert client.get(url).status_code == 200, url
        spent = time.process_time() - begun
        return sum(float(query["time"]) for query in caught.captured_queries) * 1000, spent * 1000


@pytest.mark.parametrize("acts", [10_000, pytest.param(250_000, marks=pytest.mark.soak)])
def test_every_page_is_quick(given, acts, record_property):
    customer = given.customer("K-1")
    facts = {"acts": acts, "customer": customer.pk, "entity": given.entity().pk}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # the rows are only to be read
        for statement in (CONTEXTS, EVENTS, ENTRIES):
            cursor.execute(statement, facts)
        cursor.execute("SET LOCAL session_replication_role = origin")
        for table in {"pghistory_context", *(part.table for part in parts().values())}:
            cursor.execute(f"ANALYZE {table}")
    slow = {}
    for reader in (given.user("every", Role.AUDITOR), given.user("one", Role.AUDITOR, entities=[given.entity()])):
        client = Client()
        client.force_login(reader)
        for name, query in PAGES.items():
            took, spent = min(milliseconds(client, f"/audit/?{query.format(customer=customer.pk)}") for _ in range(5))
            record_property(f"{reader.username}: {name}", round(took, 1))
            print(f"{reader.username:6} {name:34} {took:7.1f} ms of queries, {spent:6.1f} ms of work")
            if took > MILLISECONDS:
                slow[reader.username, name] = round(took)
    assert slow == {}
    assert Customer.objects.count() == 1
