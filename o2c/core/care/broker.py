"""What the broker knows: whether it answers, which workers live, how many jobs wait, how jobs have ended."""

from __future__ import annotations

import time
from functools import cache
from urllib.parse import parse_qsl, urlsplit

import redis
from django.conf import settings

QUEUE = "celery"
WORKERS = "o2c:workers"
JOBS = "o2c:jobs"
FORGOTTEN_AFTER = 24 * 3600  # seconds; a worker that has been silent as long is gone
Unreachable = redis.RedisError


def address(url: str) -> str:
    """A broker's address as redis-py reads it: Celery spells Unix sockets redis+socket://path?virtual_host=2."""
    parts = urlsplit(url)
    if parts.scheme != "redis+socket":
        return url
    return f"unix://{parts.path}?db={dict(parse_qsl(parts.query)).get('virtual_host', '0')}"


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(address(url), socket_timeout=2, socket_connect_timeout=2)


def client() -> redis.Redis:
    """A connection that gives up after two seconds."""
    return _client(settings.CELERY_BROKER_URL)


def ping() -> None:
    """Raises Unreachable."""
    client().ping()


def waiting() -> int:
    """How many jobs no worker has taken yet."""
    return client().llen(QUEUE)


def worker_lives(name: str, now: float | None = None) -> None:
    now = now or time.time()
    with client().pipeline() as pipeline:
        pipeline.zadd(WORKERS, {name: now})
        pipeline.zremrangebyscore(WORKERS, "-inf", now - FORGOTTEN_AFTER)
        pipeline.execute()


def workers() -> dict[str, float]:
    """Each worker's name and how many seconds ago it said that it lives."""
    now = time.time()
    return {name.decode(): max(0.0, now - said) for name, said in client().zrange(WORKERS, 0, -1, withscores=True)}


def count_job(name: str, state: str, seconds: float) -> None:
    """Add a job to the sums that every web process shows."""
    with client().pipeline() as pipeline:
        pipeline.hincrby(JOBS, f"count|{name}|{state}", 1)
        pipeline.hincrbyfloat(JOBS, f"seconds|{name}|{state}", round(seconds, 6))
        pipeline.execute()


def jobs() -> list[tuple[str, str, int, float]]:
    """Of each job and state in which it ended: how often, and how many seconds that took together."""
    sums = {key.decode(): float(value) for key, value in client().hgetall(JOBS).items()}
    return [
        (*key.split("|")[1:], int(count), sums.get(key.replace("count|", "seconds|", 1), 0.0))
        for key, count in sorted(sums.items())
        if key.startswith("count|")
    ]
