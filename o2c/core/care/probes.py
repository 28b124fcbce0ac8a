"""/readyz and /metrics, answered before anything else: no session, no host check, no redirect."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST

from o2c.core.care import checks, metrics


class ProbeMiddleware:
    """/readyz: 200 while this process can serve pages, 503 when something it needs is missing.

    What only delays work (no worker, no tick, a waiting outbox) is shown and makes the status "degraded", but takes no
    visitors away: `/readyz?all` answers 503 for that too, for those who watch over the whole.
    /metrics: for the addresses in O2C_METRICS_FROM, asked without a proxy between, or with O2C_METRICS_TOKEN.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/readyz":
            return readyz(request)
        if request.path_info == "/metrics":
            return show_metrics(request)
        return self.get_response(request)


def readyz(request: HttpRequest) -> HttpResponse:
    found = checks.readiness()
    good = found.healthy if "all" in request.GET else found.ready
    return JsonResponse(found.as_json(), status=200 if good else 503, headers={"Cache-Control": "no-store"})


def show_metrics(request: HttpRequest) -> HttpResponse:
    if not may_read_metrics(request):
        return HttpResponse("not allowed\n", status=403, content_type="text/plain")
    return HttpResponse(metrics.text(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def may_read_metrics(request: HttpRequest) -> bool:
    """A token that is right, or an address that is allowed: a proxy's own address says nothing about who asks."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.O2C_METRICS_TOKEN and hmac.compare_digest(token.encode(), settings.O2C_METRICS_TOKEN.encode()):
        return True
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        asked_from = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(asked_from in network for network in settings.O2C_METRICS_FROM)
