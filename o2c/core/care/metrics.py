"""What Prometheus may ask at /metrics: few figures, each listed with its alert in docs/monitoring.md.

Requests are counted by each web process in files that all of them read, so any of Gunicorn's processes answers for
all. Jobs are counted in the broker, and the rest is read when asked, so every web machine shows the same figures of it:
take the maximum over them, not the sum.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import structlog
from django.db import Error, connection, transaction
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from o2c.core.care import broker, checks
from o2c.core.outbox import MOST_ATTEMPTS

log = structlog.get_logger("o2c.metrics")

FOLDER = "PROMETHEUS_MULTIPROC_DIR"

REQUESTS = Counter("o2c_requests", "Requests answered, by page and status.", ["view", "method", "status"])
SECONDS = Histogram(
    "o2c_request_seconds",
    "Server time of a request, by page.",
    ["view"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


def answered(view: str, method: str, status: int, seconds: float) -> None:
    # Methods are what a client writes: anything beyond the known ones would make a series each.
    known = method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} else "other"
    REQUESTS.labels(view, known, str(status)).inc()
    SECONDS.labels(view).observe(seconds)


def job_ended(name: str, state: str, seconds: float) -> None:
    """Count a job; a broker that does not answer costs a count, never the job."""
    try:
        broker.count_job(name, state, seconds)
    except broker.Unreachable:
        log.warning("metrics.job_not_counted")


def text() -> bytes:
    """All figures as Prometheus reads them."""
    if os.environ.get(FOLDER):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        counted = generate_latest(registry)
    else:
        counted = generate_latest(REGISTRY)
    now = CollectorRegistry()
    now.register(Now())
    return counted + generate_latest(now)


# Name → what it says, and the query that gives it: one row a label value, or one row.
GAUGES: dict[str, tuple[str, str | None, str]] = {
    "o2c_outbox_waiting": (
        "Events that are still to be handled.",
        None,
        "SELECT count(*) FROM core_outboxevent WHERE done_at IS NULL",
    ),
    "o2c_outbox_dead": (
        "Events that failed too often and wait for a person.",
        None,
        "SELECT count(*) FROM core_outboxevent WHERE done_at IS NULL AND attempts >= %(most)s",
    ),
    "o2c_outbox_age_seconds": (
        "How long the oldest event waits that is still tried.",
        None,
        "SELECT coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE attempts < %(most)s)), 0)"
        " FROM core_outboxevent WHERE done_at IS NULL",
    ),
    # Only states that somebody must still act on: what was sent once is counted by no one each minute.
    "o2c_messages": (
        "Messages that are not finished, by state.",
        "state",
        "SELECT s.state, count(m.id) FROM unnest(ARRAY['queued', 'sending', 'unsure', 'refused']) s(state)"
        " LEFT JOIN core_message m ON m.state = s.state GROUP BY s.state",
    ),
    "o2c_delivery_events_last_hour": (
        "What providers told of messages within the last hour, by kind; unknown: of none of ours.",
        "kind",
        "SELECT k.kind, count(e.id) FROM"
        " unnest(ARRAY['delivered', 'deferred', 'bounced', 'complained', 'unknown']) k(kind)"
        " LEFT JOIN core_deliveryevent e ON e.came_at > now() - interval '1 hour'"
        " AND CASE WHEN e.message_id IS NULL THEN 'unknown' ELSE e.kind END = k.kind GROUP BY k.kind",
    ),
    "o2c_partitions_unfinished": (
        "Parts of long work that are not done, by state.",
        "state",
        "SELECT s.state, count(p.id) FROM unnest(ARRAY['waiting', 'leased', 'failed']) s(state)"
        " LEFT JOIN core_partition p ON p.state = s.state AND p.state <> 'done' GROUP BY s.state",
    ),
    "o2c_part_failures": (
        "How often a part of the regular work has failed in a row.",
        "part",
        "SELECT part, failures FROM core_heartbeat",
    ),
    # Counted by PostgreSQL as they are written: counting the rows themselves would read millions.
    "o2c_audit_rows": (
        "Rows written to the audit trail since PostgreSQL's statistics began, by table.",
        "table",
        "SELECT relname, n_tup_ins FROM pg_stat_user_tables WHERE relname IN ('core_accessrecord', 'pghistory_context')"
        " OR relid IN (SELECT tgrelid FROM pg_trigger WHERE tgname = 'history_stays')",
    ),
    "o2c_access_last_hour": (
        "Sign-ins, failures, lock-outs, exports and the like within the last hour, by kind.",
        "kind",
        "SELECT kind, count(*) FROM core_accessrecord WHERE at > now() - interval '1 hour' GROUP BY kind"
        " UNION ALL SELECT k, 0 FROM unnest(ARRAY['signed_in', 'sign_in_failed', 'locked_out', 'exported']) k"
        " WHERE NOT EXISTS (SELECT 1 FROM core_accessrecord WHERE kind = k AND at > now() - interval '1 hour')",
    ),
    "o2c_part_success_age_seconds": (
        "How long ago a part of the regular work last succeeded.",
        "part",
        "SELECT part, extract(epoch FROM now() - succeeded_at) FROM core_heartbeat WHERE succeeded_at IS NOT NULL",
    ),
}


def add_gauge(name: str, says: str, label: str | None, sql: str) -> None:
    """Let an app above show a figure of its own."""
    GAUGES[name] = (says, label, sql)


class Now:
    """What is so at the moment it is asked."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        readiness = checks.readiness()
        state = GaugeMetricFamily("o2c_check_ok", "1 where a check of /readyz is well.", labels=["check"])
        age = GaugeMetricFamily("o2c_check_age_seconds", "How old what a check looked at is.", labels=["check"])
        for check in readiness.checks:
            state.add_metric([check.name], check.state == checks.OK)
            if check.age is not None:
                age.add_metric([check.name], check.age)
        yield state
        yield age
        yield from self._from_database()
        try:
            yield from self._from_broker()
        except broker.Unreachable:
            log.warning("metrics.no_broker")

    def _from_database(self) -> Iterator[Metric]:
        for name, (says, label, sql) in GAUGES.items():
            gauge = GaugeMetricFamily(name, says, labels=[label] if label else None)
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SET LOCAL statement_timeout = '5s'")
                    cursor.execute(sql, {"most": MOST_ATTEMPTS})
                    for row in cursor.fetchall():
                        gauge.add_metric([str(value) for value in row[:-1]], float(row[-1] or 0))
            except Error as error:
                log.warning("metrics.not_read", metric=name, exc_info=error)
                continue
            yield gauge

    def _from_broker(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("o2c_queue_waiting", "Jobs that no worker has taken yet.", value=broker.waiting())
        living = sum(age <= checks.WORKER_LIMIT for age in broker.workers().values())
        yield GaugeMetricFamily("o2c_workers", "Workers that have said within a minute that they live.", value=living)
        count = CounterMetricFamily("o2c_jobs", "Jobs ended, by name and state.", labels=["job", "state"])
        seconds = CounterMetricFamily("o2c_job_seconds", "Time that jobs took together.", labels=["job", "state"])
        for name, state, times, spent in broker.jobs():
            count.add_metric([name, state], times)
            seconds.add_metric([name, state], spent)
        yield count
        yield seconds
