"""What is done around every job, and the heartbeat of the workers. Loaded by `o2c.celery`."""

from __future__ import annotations

import json
import os
import socket
import time

import structlog
from celery import signals
from django.db import Error
from structlog.contextvars import bind_contextvars, clear_contextvars

from o2c.core.audit import whence
from o2c.core.care import broker, metrics
from o2c.core.care.requests import HEADER
from o2c.core.models import FailedJob

log = structlog.get_logger("o2c.job")

BEATS_EVERY = 10.0  # seconds
_began: dict[str, float] = {}
_last_beat = 0.0


@signals.task_prerun.connect
def begin(task_id: str = "", task=None, **facts) -> None:
    clear_contextvars()
    bind_contextvars(job=task_id, job_name=task.name)
    from_where = {"job": task.name, "job_id": task_id}
    if request := getattr(task.request, HEADER, None):
        bind_contextvars(request=request)
        from_where["request"] = request
    whence.enter(from_where)
    _began[task_id] = time.monotonic()


@signals.task_postrun.connect
def end(task_id: str = "", task=None, state: str | None = None, **facts) -> None:
    began = _began.pop(task_id, None)
    if began is not None and task is not None:
        metrics.job_ended(task.name, (state or "unknown").lower(), time.monotonic() - began)
    whence.clear()
    clear_contextvars()


@signals.task_failure.connect
def keep_what_failed(task_id: str = "", exception=None, args=None, kwargs=None, sender=None, **facts) -> None:
    """Write a job down that ended with an error for good, so that a person sees it and can do it again.

    Jobs take ids, so their arguments say nothing of persons; one whose arguments JSON cannot hold keeps none.
    """
    if sender is None:
        return
    try:
        arguments = json.loads(json.dumps([list(args or ()), dict(kwargs or {})]))
    except (TypeError, ValueError):
        arguments = [[], {}]
    try:
        FailedJob.objects.create(
            name=sender.name,
            job_id=task_id,
            args=arguments[0],
            kwargs=arguments[1],
            error=f"{type(exception).__name__}: {exception}"[:2000].replace("\x00", ""),
            request=getattr(sender.request, HEADER, None) or "",
        )
    except Error:  # where the database is away, the log has it
        log.exception("job.failure_not_kept")


@signals.heartbeat_sent.connect
def beat(**facts) -> None:
    """Say in the broker, every ten seconds, that this worker lives."""
    global _last_beat
    now = time.monotonic()
    if now - _last_beat < BEATS_EVERY:
        return
    _last_beat = now
    try:
        broker.worker_lives(f"{socket.gethostname()}:{os.getpid()}")
    except broker.Unreachable:
        log.warning("worker.heartbeat_not_written")
