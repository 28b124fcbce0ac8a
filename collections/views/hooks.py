"""Where providers tell what became of our messages. Whoever has not signed learns nothing, not even what there is."""

import json

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from o2c.collections.incoming import hooks
from o2c.core import clock
from o2c.core.api import rates
from o2c.core.audit import whence

log = structlog.get_logger()

MOST_BYTES = 1_000_000
SIGNED_A_MINUTE, UNSIGNED_A_MINUTE = 600, 60


@csrf_exempt  # no session acts here: the body's signature says who it is
@require_POST
def mail_hook(request: HttpRequest, name: str) -> HttpResponse:
    body = _body(request)
    if body is None:
        return JsonResponse({"error": f"No more than {MOST_BYTES} bytes at once."}, status=413)
    if not hooks.is_signed(name, request.headers, body, now=clock.now()):
        wait = _too_many(f"hook-from:{whence.client_address(request.META)}", UNSIGNED_A_MINUTE)
        if wait:
            return wait
        log.warning("mail_hook.unsigned")
        return JsonResponse({"error": "not found"}, status=404)
    if wait := _too_many(f"hook:{name}", SIGNED_A_MINUTE):
        return wait
    try:
        events = hooks.read(json.loads(body))
    except (hooks.BadEvents, ValueError, RecursionError) as error:
        told = str(error) if isinstance(error, hooks.BadEvents) else "This is not JSON."
        return JsonResponse({"error": told}, status=400)
    new = hooks.take(name, events)
    log.info("mail_hook.taken", hook=name, events=len(events), new=new)
    return JsonResponse({"received": len(events)})


def _body(request: HttpRequest) -> bytes | None:
    """What was sent; None where it is too long, of which no more is read than that."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MOST_BYTES:
        return None
    try:
        return request.body
    except RawPostDataException:
        return b""


def _too_many(caller: str, limit: int) -> HttpResponse | None:
    standing = rates.count(caller, limit)
    if standing is None or standing.used <= limit:
        return None
    answer = JsonResponse({"error": "Too many requests."}, status=429)
    answer["Retry-After"] = str(standing.resets_in)
    return answer
