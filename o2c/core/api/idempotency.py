"""A POST that is sent again does its work once: what was answered is kept in the transaction that did the work.

While the first is at work an advisory lock says so; if its process dies, its transaction and the lock end with it,
nothing was done, and the next one does it. Only success is kept: what was refused did nothing, and may be tried again.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import locks
from o2c.core.api import keys
from o2c.core.api.models import IdempotentAnswer
from o2c.core.api.problems import Problem

KEPT = timedelta(hours=48)
KEY = re.compile(r"[\x21-\x7e]{1,255}")
HEADERS = ("Location", "ETag")


def once(request: Request, act: Callable[[], Response], render: Callable[[Response], bytes], *, required: bool):
    """Do the act, or answer as the same request was answered before; all in one transaction.

    Raises Problem where a needed key is missing, it was used for another request, or that request is at work.
    """
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None and required:
        raise Problem(
            "idempotency-key",
            "This moves money: send a new Idempotency-Key with each new request, and the same one when you repeat it.",
            errors=[{"header": "Idempotency-Key", "code": "required", "detail": "This header is required."}],
        )
    if key is not None and not KEY.fullmatch(key):
        raise Problem(
            "validation",
            errors=[{"header": "Idempotency-Key", "code": "invalid", "detail": "1 to 255 printable ASCII characters."}],
        )
    with transaction.atomic():
        if key is None:
            return act()
        caller = keys.caller(request.user)
        if not locks.try_hold("idempotency", caller, key):
            raise Problem("in-progress", "Wait a moment and send it again.", headers={"Retry-After": "1"})
        mark = fingerprint(request)
        known = IdempotentAnswer.objects.filter(caller=caller, key=key).first()
        if known is not None:
            if known.fingerprint != mark:
                raise Problem("idempotency-conflict", "Use a new key for a new request.")
            return replay(known)
        response = act()
        IdempotentAnswer.objects.create(
            caller=caller,
            key=key,
            fingerprint=mark,
            status=response.status_code,
            headers={name: response[name] for name in HEADERS if response.has_header(name)},
            body=render(response),
        )
        return response


def replay(known: IdempotentAnswer) -> Response:
    response = Response(status=known.status, headers={**known.headers, "Idempotent-Replayed": "true"})
    response.stored = bytes(known.body)
    return response


def fingerprint(request: Request) -> str:
    parts = (request.method, request.get_full_path(), request._request.body)
    mark = hashlib.sha256()
    for part in parts:
        part = part.encode() if isinstance(part, str) else part
        mark.update(len(part).to_bytes(8) + part)
    return mark.hexdigest()


def forget() -> int:
    """Remove answers that are older than they are kept; the number of them. For the tick."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_idempotentanswer WHERE answered_at < now() - %s", [KEPT])
        return cursor.rowcount
