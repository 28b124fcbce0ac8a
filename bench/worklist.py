"""Ageing, figures, the next task and the timeline of a large customer."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from bench.pages import answer, weight
from bench.report import Report
from o2c.analytics import dashboard, rollups
from o2c.collections import worklist
from o2c.collections.strategies import rules
from o2c.core.actors import SYSTEM
from o2c.core.models import Role, User
from o2c.invoicing.aging import aging
from o2c.orders.models import Customer, LegalEntity
from o2c.web.timeline import timeline

AGING_RATIO = 1.3
ROLLUP_RATIO = 2.0
CLAIM_RATIO = 3.0
RANK_RATIO = 2.0
PAGE_MS = 100
TASKS = 200_000
CLAIMS = 500
HANDS = 8  # as many threads as the web process has
LARGE_CUSTOMER = 20_000
EVENTS_OF_ONE = 5_000
PAGE_QUERIES, PAGE_KILOBYTES = 15, 400
COLLECTORS, A_SECOND, CLOCK_SECONDS, CLAIM_MS = 50, 25, 40, 10
EVENTS = """
    INSERT INTO collections_activity (entity_id, customer_id, payer_id, kind, outcome, text, actor, happened_at)
    SELECT a.entity_id, a.customer_id, c.payer_id, 'call', 'no_answer', 'Called, number ' || n, 'bench',
        now() - n * interval '5 hours'
    FROM orders_account a JOIN orders_customer c ON c.id = a.customer_id, generate_series(1, %(events)s) n
    WHERE a.customer_id = %(customer)s AND a.entity_id = (
        SELECT min(entity_id) FROM orders_account WHERE customer_id = %(customer)s)
"""

# What a person would write who knows that the day is today, so that what is open is open_amount.
PLAIN_AGING = """
    SELECT {key}, i.currency, sum(i.open_amount) AS total,
        coalesce(sum(i.open_amount) FILTER (WHERE %(as_of)s - i.due_on <= 0), 0) AS not_due,
        coalesce(sum(i.open_amount) FILTER (WHERE %(as_of)s - i.due_on > 0 AND %(as_of)s - i.due_on <= 30), 0) AS b30,
        coalesce(sum(i.open_amount) FILTER (WHERE %(as_of)s - i.due_on > 30 AND %(as_of)s - i.due_on <= 60), 0) AS b60,
        coalesce(sum(i.open_amount) FILTER (WHERE %(as_of)s - i.due_on > 60 AND %(as_of)s - i.due_on <= 90), 0) AS b90,
        coalesce(sum(i.open_amount) FILTER (WHERE %(as_of)s - i.due_on > 90), 0) AS older
    FROM invoicing_openitem i JOIN orders_customer c ON c.id = i.customer_id
    WHERE i.open_amount <> 0 AND i.counts_from <= %(as_of)s GROUP BY {group}
"""
PLAIN_CLAIM = """
    UPDATE collections_task SET state = 'claimed', claimed_by_id = %(user)s, claimed_at = now() WHERE id = (
        SELECT id FROM collections_task WHERE assignee_id IS NULL AND state IN ('open', 'snoozed')
        ORDER BY rank DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING id
"""
MANY_TASKS = """
    INSERT INTO collections_task (key, entity_id, customer_id, payer_id, kind, why, assignee_id, queue_id, state,
                                  at_risk, due_on, outcome, created_by)
    SELECT 'bench:' || n, e.id, c.id, c.payer_id, 'call', 'Call them',
        CASE WHEN n %% 2 = 0 THEN (%(people)s)[1 + n %% 20] END,
        CASE WHEN n %% 2 = 1 THEN (SELECT min(id) FROM collections_queue) END,
        CASE WHEN n %% 10 = 0 THEN 'snoozed' ELSE 'open' END, (n * 7919) %% 100003, %(as_of)s, '', 'bench'
    FROM generate_series(1, %(tasks)s) n
    JOIN (SELECT id, payer_id, row_number() OVER (ORDER BY id) AS place FROM orders_customer) c
        ON c.place = 1 + n %% (SELECT count(*) FROM orders_customer)
    CROSS JOIN (SELECT min(id) AS id FROM orders_legalentity) e;
    UPDATE collections_task SET snoozed_until = %(as_of)s + 30 WHERE state = 'snoozed' AND id %% 3 = 0;
    UPDATE collections_task SET snoozed_until = %(as_of)s WHERE state = 'snoozed' AND snoozed_until IS NULL
"""
# What a person would write who knows the rules of the usual strategy and that the day is today.
PLAIN_RANK = """
    WITH rates AS (
        SELECT currency, coalesce(invoicing_rate(%(base)s, %(as_of)s) / invoicing_rate(currency, %(as_of)s), 1) AS rate
        FROM (SELECT DISTINCT currency FROM invoicing_openitem WHERE entity_id = %(entity)s AND open_amount <> 0) c
    ), owed AS (
        SELECT i.customer_id,
            greatest(round(sum(i.open_amount * r.rate) FILTER (WHERE i.due_on < %(as_of)s), 2), 0) AS risk,
            min(i.due_on) FILTER (WHERE i.due_on < %(as_of)s AND i.open_amount > 0) AS oldest,
            sum(i.open_amount * r.rate) AS owed
        FROM invoicing_openitem i JOIN rates r USING (currency)
        WHERE i.entity_id = %(entity)s AND i.open_amount <> 0 AND i.counts_from <= %(as_of)s GROUP BY 1
    ), broken AS (
        SELECT DISTINCT customer_id FROM collections_promisetopay
        WHERE entity_id = %(entity)s AND state IN ('broken', 'partly_kept') AND pay_by > %(as_of)s - 365
    ), returned AS (
        SELECT DISTINCT r.customer_id FROM invoicing_returnedpayment b JOIN invoicing_receipt r ON r.id = b.receipt_id
        WHERE b.entity_id = %(entity)s AND b.returned_on > %(as_of)s - 365
    ), contested AS (
        SELECT d.customer_id, sum(least(coalesce(d.amount, i.open_amount), i.open_amount) * r.rate) AS amount
        FROM collections_dispute d JOIN invoicing_openitem i ON i.id = d.item_id JOIN rates r USING (currency)
        WHERE d.entity_id = %(entity)s AND d.closed_on IS NULL AND i.open_amount > 0 AND i.due_on < %(as_of)s GROUP BY 1
    ), spoken AS (
        SELECT customer_id, max(on_day) AS on_day FROM (
            SELECT customer_id, happened_at::date AS on_day FROM collections_activity WHERE entity_id = %(entity)s
                AND (outcome IN ('reached', 'promised', 'disputes', 'already_paid') OR kind IN ('promise', 'plan'))
            UNION ALL SELECT customer_id, came_at::date FROM collections_incomingmail
            WHERE entity_id = %(entity)s AND kind = 'letter'
        ) said GROUP BY 1
    ), habit AS (
        SELECT i.customer_id, sum(a.amount * (a.effective_on - i.due_on)) / sum(a.amount) AS days
        FROM invoicing_allocation a JOIN invoicing_openitem i ON i.id = a.debit_item_id
        JOIN invoicing_openitem c ON c.id = a.credit_item_id AND c.kind = 'on_account'
        WHERE i.entity_id = %(entity)s AND a.reverses_id IS NULL AND a.effective_on > %(as_of)s - 365
            AND NOT EXISTS (SELECT 1 FROM invoicing_allocation u WHERE u.reverses_id = a.id)
        GROUP BY 1
    ), points AS (
        SELECT t.id, coalesce(o.risk, 0) AS risk,
            CASE WHEN %(as_of)s - o.oldest >= 60 THEN 40 ELSE 0 END
            + CASE WHEN b.customer_id IS NOT NULL THEN 30 ELSE 0 END
            + CASE WHEN coalesce(%(as_of)s - s.on_day, 36500) >= 21 THEN 20 ELSE 0 END
            + CASE WHEN o.owed >= a.credit_limit THEN 20 ELSE 0 END
            + CASE WHEN r.customer_id IS NOT NULL THEN 20 ELSE 0 END
            + CASE WHEN round(h.days) >= 30 THEN 10 ELSE 0 END
            + CASE WHEN 100 * x.amount >= 50 * o.risk THEN -50 ELSE 0 END
            + CASE WHEN %(as_of)s - s.on_day <= 2 THEN -60 ELSE 0 END AS points
        FROM collections_task t LEFT JOIN owed o USING (customer_id) LEFT JOIN broken b USING (customer_id)
        LEFT JOIN returned r USING (customer_id) LEFT JOIN contested x USING (customer_id)
        LEFT JOIN spoken s USING (customer_id) LEFT JOIN habit h USING (customer_id)
        LEFT JOIN orders_account a ON a.customer_id = t.customer_id AND a.entity_id = %(entity)s
        WHERE t.entity_id = %(entity)s AND t.state IN ('open', 'claimed', 'snoozed')
    )
    UPDATE collections_task t SET at_risk = p.risk, points = p.points,
        rank = round(p.risk * greatest(100 + p.points, 0) / 100, 4)
    FROM points p WHERE p.id = t.id
"""
MANY_ITEMS = """
    WITH entries AS (
        INSERT INTO invoicing_entry (entity_id, payer_id, kind, text, effective_on, known_on, actor)
        SELECT %(entity)s, %(payer)s, 'item', 'L' || n, %(as_of)s - n %% 700, %(as_of)s - n %% 700, 'bench'
        FROM generate_series(1, %(items)s) n RETURNING *
    ), items AS (
        INSERT INTO invoicing_openitem (entity_id, customer_id, payer_id, kind, source, external_id, number, issued_on,
            due_on, currency, amount, open_amount, cycle, effective_on, known_on, entry_id)
        SELECT entity_id, %(customer)s, payer_id, 'invoice', 'bench', text, text, effective_on, effective_on + 30,
            'EUR', 100, 100, 1, effective_on, known_on, id
        FROM entries
        UNION ALL
        SELECT entity_id, %(customer)s, payer_id, 'on_account', 'bench', 'P' || text, text, effective_on, effective_on,
            'EUR', -100, -100, 1, effective_on, known_on, id
        FROM entries
        RETURNING 1
    ) SELECT count(*) FROM items
"""


def measure(report: Report) -> None:
    as_of = report.book.as_of
    entities = list(LegalEntity.objects.order_by("pk"))
    _execute("ANALYZE")
    report.ratio(
        "ageing by customer",
        ours=lambda: aging(as_of, by="customer"),
        plain=lambda: _fetch(PLAIN_AGING.format(key="c.number", group="1, 2 ORDER BY 1, 2"), as_of=as_of),
        at_most=AGING_RATIO,
    )
    _execute(
        "CREATE TABLE bench_rollup AS "
        + PLAIN_AGING.format(key="i.customer_id, i.entity_id", group="1, 2, 3")
        + "; CREATE UNIQUE INDEX ON bench_rollup (entity_id, customer_id, currency)",
        as_of=as_of,
    )
    report.ratio(
        "figures made anew, against the bare aggregate kept in a table",
        ours=lambda: [rollups.refresh(entity.pk, as_of) for entity in entities],
        plain=lambda: _execute(
            "TRUNCATE bench_rollup; INSERT INTO bench_rollup "
            + PLAIN_AGING.format(key="i.customer_id, i.entity_id", group="1, 2, 3"),
            as_of=as_of,
        ),
        at_most=ROLLUP_RATIO,
    )
    people = User.objects.bulk_create(
        User(username=f"bench{number}", roles=[Role.COLLECTOR], all_entities=True) for number in range(20)
    )
    dashboard.figures(people[0])
    figures = min(_ms(lambda: dashboard.figures(people[0])) for _ in range(5))
    report.limit("figures of the first page", figures, "ms", PAGE_MS)
    tasks = report.scaled(TASKS, least=5_000)
    _execute(MANY_TASKS, people=[person.pk for person in people], tasks=tasks, as_of=as_of)
    _execute("VACUUM ANALYZE collections_task")
    _claims(report, people, tasks)
    ranked = entities[0]
    rules.change(ranked, rules.USUAL, actor=SYSTEM)
    report.ratio(
        f"rank {tasks:,} tasks anew by eight rules, against the SQL by hand",
        ours=lambda: worklist.rerank(ranked.pk, as_of=as_of),
        plain=lambda: _execute(PLAIN_RANK, entity=ranked.pk, base=ranked.base_currency, as_of=as_of),
        before=_unrank,
        at_most=RANK_RATIO,
    )
    _timeline(report, entities[0], people[0])
    _customer_page(report, people[0])


def _unrank() -> None:
    """So that each ranking writes every task."""
    _execute("UPDATE collections_task SET points = -1, rank = -1")
    _execute("VACUUM ANALYZE collections_task")


def _claims(report: Report, people: list[User], tasks: int) -> None:
    as_of, person = report.book.as_of, people[0]
    report.ratio(
        f"{CLAIMS} claims of the next task among {tasks:,}",
        ours=lambda: [worklist.claim_next(person, as_of) for _ in range(CLAIMS)],
        plain=lambda: [_fetch(PLAIN_CLAIM, user=person.pk) for _ in range(CLAIMS)],
        at_most=CLAIM_RATIO,
    )

    def claim(person):
        try:
            return [_ms(lambda: worklist.claim_next(person, as_of)) for _ in range(CLAIMS // HANDS)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(HANDS) as pool:
        times = [each for found in pool.map(claim, people[:HANDS]) for each in found]
    cuts = statistics.quantiles(times, n=100)
    report.fact(f"claim of the next task, {HANDS} at once, p50", cuts[49], "ms")
    report.limit(f"claim of the next task, {HANDS} at once, p99", cuts[98], "ms", PAGE_MS)

    _claims_by_clock(report)


def _claims_by_clock(report: Report) -> None:
    """Claims that come by the clock and not one after the other, so that one that is slow holds none up unseen.

    Many people, over the connections that the web process has: one for each of its threads, the next that is free.
    """
    people = User.objects.bulk_create(
        User(username=f"clock{number}", roles=[Role.COLLECTOR], all_entities=True) for number in range(COLLECTORS)
    )
    begins = time.perf_counter() + 2  # until then every thread has a connection
    seconds = 2 if report.small else CLOCK_SECONDS
    numbers, turn = iter(range(A_SECOND * seconds)), Lock()

    def work(_: int) -> list[float]:
        taken = []
        try:
            connection.ensure_connection()
            while True:
                with turn:
                    number = next(numbers, None)
                if number is None:
                    return taken
                at = begins + number / A_SECOND
                time.sleep(max(at - time.perf_counter(), 0))
                task = worklist.claim_next(people[number % COLLECTORS], report.book.as_of)
                assert task, "there is enough for everybody"
                taken.append((time.perf_counter() - at) * 1000)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(HANDS) as pool:
        times = [each for found in pool.map(work, range(HANDS)) for each in found]
    cuts = statistics.quantiles(times, n=100)
    report.limit(
        f"claim of the next task, {COLLECTORS} people and {A_SECOND} claims a second, p99", cuts[98], "ms", CLAIM_MS,
        f"of {len(times)}; p50 {cuts[49]:.1f} ms, from the moment that it was due",
    )  # fmt: skip


def _customer_page(report: Report, user: User) -> None:
    """The page of the customer whose many items are there already, half of them open, and of whom much was said."""
    customer = Customer.objects.order_by("pk").first()
    _execute(EVENTS, customer=customer.pk, events=report.scaled(EVENTS_OF_ONE, least=100))
    _execute("ANALYZE collections_activity")
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    client = Client()
    client.force_login(user)
    url = reverse("customer", args=[customer.pk])
    milliseconds, queries, detail = answer(client, url)
    name = "page of a customer with many items and events"
    report.limit(f"{name}: server time", milliseconds, "ms", PAGE_MS, detail)
    report.limit(f"{name}: queries", queries, "", PAGE_QUERIES)
    for part, called in (("customer_habit", "its payment habit"), ("timeline", "what happened with it")):
        milliseconds, _, detail = answer(client, reverse(part, args=[customer.pk]))
        report.limit(f"{name}: {called}, loaded after it", milliseconds, "ms", PAGE_MS, detail)
    kilobytes, _, _, detail = weight(client, url)
    report.limit(f"{name}: weight of a first visit", kilobytes, "kB", PAGE_KILOBYTES, detail)


def _timeline(report: Report, entity: LegalEntity, user: User) -> None:
    customer = Customer.objects.order_by("pk").first()
    items = report.scaled(LARGE_CUSTOMER, least=500)
    _execute(
        MANY_ITEMS,
        entity=entity.pk,
        customer=customer.pk,
        payer=customer.payer_id,
        items=items,
        as_of=report.book.as_of,
    )
    _execute("ANALYZE invoicing_openitem")
    _execute(
        """
        INSERT INTO invoicing_allocation (debit_item_id, credit_item_id, payer_id, currency, amount, effective_on,
                                          known_on, actor)
        SELECT d.id, c.id, d.payer_id, 'EUR', 100, d.effective_on, d.known_on, 'bench'
        FROM invoicing_openitem d
        JOIN invoicing_openitem c ON c.source = 'bench' AND c.external_id = 'P' || d.external_id
        WHERE d.source = 'bench' AND d.amount > 0 AND d.id % 2 = 0
        """
    )
    _execute("VACUUM ANALYZE invoicing_openitem")
    _execute("VACUUM ANALYZE invoicing_allocation")
    first = timeline(customer, user)
    report.limit(
        f"timeline of a customer with {items:,} items, first page",
        min(_ms(lambda: timeline(customer, user)) for _ in range(5)),
        "ms",
        PAGE_MS,
    )
    report.limit(
        f"timeline of a customer with {items:,} items, second page",
        min(_ms(lambda: timeline(customer, user, before=first[-1].place)) for _ in range(5)),
        "ms",
        PAGE_MS,
    )


def _ms(call) -> float:
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


def _fetch(sql: str, **facts) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return cursor.fetchall()


def _execute(sql: str, **facts) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts or None)
