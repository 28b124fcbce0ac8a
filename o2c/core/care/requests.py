"""What is done around every request: its id, its line in the log, its time in the metrics."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable

import structlog
from celery.signals import before_task_publish
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from o2c.core.audit import whence
from o2c.core.care import metrics
from o2c.core.care.logs import route_of

log = structlog.get_logger("o2c.request")

# An id that somebody in front of us has given; nothing that could break a line.
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
# Carries the id in a job's message.
HEADER = "o2c_request"
# Answered too often to be worth a line.
UNLOGGED = ("/static/",)


def id_of(request: HttpRequest) -> str:
    """The request's own id if it brings a decent one, else a new one."""
    given = request.headers.get("X-Request-ID", "")
    return given if GIVEN_ID.match(given) else uuid.uuid4().hex


@before_task_publish.connect
def name_the_request(headers: dict | None = None, **facts) -> None:
    """Send the id of the request along with a job that it starts."""
    request = get_contextvars().get("request")
    if request and headers is not None:
        headers[HEADER] = request


class RequestMiddleware:
    """Gives the request an id, answers it as X-Request-ID, and writes one line and one measurement at the end."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.id = id_of(request)
        clear_contextvars()
        bind_contextvars(request=request.id)
        from_where = whence.enter(whence.of_request(request))
        began = time.monotonic()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request.id
            if not request.path_info.startswith(UNLOGGED):
                self._write(request, response, time.monotonic() - began)
            return response
        finally:
            whence.leave(from_where)
            clear_contextvars()

    def _write(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        view = route_of(request) or "none"
        metrics.answered(view, request.method or "", response.status_code, seconds)
        # Only a user who was looked up anyway: the log must not cost a query.
        user = getattr(request, "_cached_user", None)
        facts = {"user": user.pk} if user is not None and user.pk else {}
        log.info(
            "answered",
            view=view,
            method=request.method,
            status=response.status_code,
            seconds=round(seconds, 4),
            **facts,
        )
