"""What other systems tell us by themselves, signed after Standard Webhooks (https://www.standardwebhooks.com).

The signature is HMAC-SHA256 of `id.timestamp.body`, of which several may be given while a secret is being changed. Who
has not signed learns nothing, not even what there is.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.utils.dateparse import parse_datetime

from o2c.core import clock
from o2c.core.api import rates
from o2c.core.audit import whence

log = structlog.get_logger()

TOLERANCE = timedelta(minutes=5)
MOST_BYTES = 1_000_000
# Whoever has no secret takes as long as who has one, so that nobody learns who has.
NONE = (b"\0" * 32,)


class NotTaken(Exception):
    """What was sent is not taken; `answer` is what the sender is told."""

    def __init__(self, answer: HttpResponse):
        super().__init__(answer.status_code)
        self.answer = answer


class BadEvents(ValueError):
    """What was sent is no list of events; the text says where."""


def is_signed(secrets: Iterable[bytes], headers: Mapping[str, str], body: bytes, *, now: datetime) -> bool:
    """Whether somebody with one of the secrets has signed the body within the last minutes."""
    secrets = tuple(secrets)
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    fresh = bool(re.fullmatch(r"[0-9]{1,12}", stamp)) and abs(now.timestamp() - int(stamp)) <= TOLERANCE.total_seconds()
    given = [part.partition(",") for part in headers.get("webhook-signature", "").split()[:10]]
    signed = b".".join([message_id.encode("utf-8", "replace"), stamp.encode("utf-8", "replace"), body])
    matches = False
    for secret in secrets or NONE:
        wanted = hmac.new(secret, signed, hashlib.sha256).digest()
        for version, _, signature in given:
            matches |= version == "v1" and hmac.compare_digest(wanted, _decoded(signature))
    return matches and fresh and bool(message_id) and bool(secrets)


def signed_json(
    request: HttpRequest, secrets: Iterable[bytes], *, kind: str, name: str, signed: int, unsigned: int
) -> object:
    """The JSON of a request that bears one of the secrets' signatures.

    `signed` and `unsigned` are requests a minute, of this name and of one address. Raises NotTaken.
    """
    body = _body(request)
    if body is None:
        raise NotTaken(JsonResponse({"error": f"No more than {MOST_BYTES} bytes at once."}, status=413))
    if not is_signed(secrets, request.headers, body, now=clock.now()):
        _check_rate(f"hook-from:{whence.client_address(request.META)}", unsigned)
        log.warning(f"{kind}.unsigned")
        raise NotTaken(JsonResponse({"error": "not found"}, status=404))
    _check_rate(f"{kind}:{name}", signed)
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise NotTaken(JsonResponse({"error": "This is not JSON."}, status=400)) from None


def rows_of(said: object, most: int) -> list:
    """The list in {"events": [...]}. Raises BadEvents."""
    rows = said.get("events") if isinstance(said, dict) else None
    if not isinstance(rows, list):
        raise BadEvents("events: a list is missing.")
    if len(rows) > most:
        raise BadEvents(f"events: no more than {most} at once.")
    return rows


def moment_of(text: str, place: str) -> datetime:
    """A moment with its zone. Raises BadEvents."""
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadEvents(f"{place}: a moment such as 2026-03-04T12:00:00Z is missing.")
    return at


def _body(request: HttpRequest) -> bytes | None:
    """What was sent; None where it is too long, of which no more is read than that."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MOST_BYTES:
        return None
    try:
        return request.body
    except RawPostDataException:
        return b""


def _check_rate(caller: str, limit: int) -> None:
    standing = rates.count(caller, limit)
    if standing is None or standing.used <= limit:
        return
    answer = JsonResponse({"error": "Too many requests."}, status=429)
    answer["Retry-After"] = str(standing.resets_in)
    raise NotTaken(answer)


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return b""
