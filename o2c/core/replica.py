"""Heavy reads on a streaming replica, where DATABASE_REPLICA_URL names one.

Nothing goes there by itself: a router that sent every read to the replica would show people the state before what
they have just done. A page or an export that may be some seconds old says so:

    with replica.reading():
        figures = aging.aging(as_of)

Inside the block all reading of this thread, by models or by SQL, goes to the replica, and PostgreSQL refuses writes
there. Where the replica is away or more than `O2C_REPLICA_MAX_LAG` seconds behind, the block reads from the primary,
and the log says so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, OperationalError, connections

log = structlog.get_logger("o2c.replica")

REPLICA = "replica"
# Seconds.
LOOKS_EVERY = 5.0
CATCHES_UP_WITHIN = 0.25
Answer = TypeVar("Answer")


@dataclass
class _Seen:
    at: float = float("-inf")
    usable: bool = False


_seen = _Seen()
_looking = threading.Lock()


def alias() -> str:
    """The database that a heavy read is to use now: for `.using(replica.alias())`."""
    return REPLICA if usable() else DEFAULT_DB_ALIAS


@contextmanager
def reading() -> Iterator[str]:
    """Read from the replica in this block, if there is one that keeps up; yields the alias that is read from.

    Inside a transaction it reads from the primary: what the transaction has written is nowhere else.
    """
    primary = connections[DEFAULT_DB_ALIAS]
    if primary.alias == REPLICA:  # already reading there
        yield REPLICA
        return
    if primary.in_atomic_block or not usable():
        yield DEFAULT_DB_ALIAS
        return
    connections[DEFAULT_DB_ALIAS] = connections[REPLICA]
    try:
        yield REPLICA
    finally:
        connections[DEFAULT_DB_ALIAS] = primary


def read(work: Callable[[], Answer]) -> Answer:
    """Do a piece of reading on the replica, and once more on the primary where the replica breaks off."""
    with reading() as used:
        try:
            return work()
        except OperationalError as error:
            if used == DEFAULT_DB_ALIAS:
                raise
            _give_up("broke off", error)
            connections[REPLICA].close()
    return work()


def usable() -> bool:
    """Whether a replica is named, answers, and is near enough; looked at every five seconds."""
    if REPLICA not in connections.databases:
        return False
    if time.monotonic() - _seen.at < LOOKS_EVERY:
        return _seen.usable
    with _looking:
        if time.monotonic() - _seen.at >= LOOKS_EVERY:
            _look()
    return _seen.usable


def _look() -> None:
    try:
        behind = lag()
    except Error as error:
        connections[REPLICA].close()
        _give_up("does not answer", error)
        return
    if behind is None or behind > settings.O2C_REPLICA_MAX_LAG:
        _give_up("lags")
        return
    if not _seen.usable:
        log.info("replica.used")
    _seen.at, _seen.usable = time.monotonic(), True


def _give_up(why: str, error: Exception | None = None) -> None:
    log.warning("replica.not_used", why=why.replace(" ", "_"), exc_info=error)
    _seen.at, _seen.usable = time.monotonic(), False


def lag() -> float | None:
    """How many seconds the replica is behind the primary; 0 when it has all, None when it has never replayed.

    By the positions of both: the time of the last replayed commit alone says nothing while nobody writes, and a
    replica that was cut off does not know that it is behind.
    """
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        # The insert position: with synchronous_commit off, a commit may be visible here before it is written out.
        cursor.execute("SELECT pg_current_wal_insert_lsn()")
        written = cursor.fetchone()[0]
    # A replica that keeps up has reached that position a moment later, however busy the primary is.
    deadline = time.monotonic() + CATCHES_UP_WITHIN
    while True:
        with connections[REPLICA].cursor() as cursor:
            cursor.execute(
                """
                SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn,
                       extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), pg_is_in_recovery()
                """,
                [written],
            )
            has_all, age, follows = cursor.fetchone()
        if not follows:
            return None  # a server of its own, whatever it holds
        if has_all:
            return 0.0
        if time.monotonic() > deadline:
            return None if age is None else max(0.0, float(age))
        time.sleep(0.01)
