"""Errors as RFC 9457 tells them: application/problem+json, with a stable type, and pointers to what is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import set_rollback

from o2c.core.refusals import Refused
from o2c.core.states import IllegalMove, LostRace

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    status: int
    title: str


# The types are part of the contract: they are added to, never renamed.
KINDS = {
    "malformed": Kind(400, "The request cannot be read"),
    "validation": Kind(400, "Something in the request is not as it must be"),
    "cursor": Kind(400, "The cursor is not one of ours"),
    "idempotency-key": Kind(400, "An Idempotency-Key is needed"),
    "authentication": Kind(401, "Say who you are"),
    "forbidden": Kind(403, "You may not do this"),
    "not-found": Kind(404, "There is nothing here"),
    "method": Kind(405, "This address does not know the method"),
    "not-acceptable": Kind(406, "The answer is JSON only"),
    "conflict": Kind(409, "It does not fit what is there"),
    "applied-elsewhere": Kind(409, "The ERP applies this legal entity's cash"),
    "idempotency-conflict": Kind(409, "The Idempotency-Key was used for something else"),
    "in-progress": Kind(409, "The same request is being worked on"),
    "length": Kind(411, "Say how long the body is"),
    "precondition": Kind(412, "It has changed meanwhile"),
    "too-large": Kind(413, "The body is too large"),
    "media-type": Kind(415, "The body must be JSON"),
    "rate": Kind(429, "Too many requests"),
    "internal": Kind(500, "Something went wrong here"),
    "unavailable": Kind(503, "The service is not ready"),
}


class Problem(exceptions.APIException):
    """An error that is told to the caller. `errors` are {pointer|parameter|header, code, detail}."""

    def __init__(self, kind: str, detail: str = "", *, errors: list[dict] | None = None, headers: dict | None = None):
        self.kind = kind
        self.status_code = KINDS[kind].status
        self.detail = detail
        self.errors = errors or []
        self.headers = headers or {}

    def __str__(self):
        return f"{self.kind}: {self.detail}"


def at(pointer: str, code: str, detail: str) -> Problem:
    """A validation problem at one place of the body."""
    return Problem("validation", detail, errors=[{"pointer": pointer, "code": code, "detail": detail}])


def of_query(parameter: str, code: str, detail: str) -> Problem:
    """A validation problem of a parameter of the address."""
    return Problem("validation", detail, errors=[{"parameter": parameter, "code": code, "detail": detail}])


@contextmanager
def at_its_field(code: str = "refused") -> Iterator[None]:
    """A refusal that names a field of the body is told there; any other stays what it is. Raises Problem."""
    try:
        yield
    except Refused as refused:
        if not refused.field:
            raise
        raise at(f"/{refused.field.replace('.', '/')}", code, str(refused)) from None


class ProblemRenderer(JSONRenderer):
    media_type = MEDIA_TYPE


def answer(exception: Exception, context: dict) -> Response:
    """The answer to whatever was raised; a 500 says nothing of the cause, which is logged."""
    problem = _problem(exception)
    if problem is None:
        request = context.get("request")
        log.exception("api.failed", path=getattr(request, "path", ""), method=getattr(request, "method", ""))
        problem = Problem("internal", "This is our fault and has been written down. Try again later.")
    set_rollback()
    kind = KINDS[problem.kind]
    body = {"type": f"/problems/{problem.kind}", "title": kind.title, "status": kind.status}
    if problem.detail:
        body["detail"] = str(problem.detail)
    if problem.errors:
        body["errors"] = problem.errors
    response = Response(body, status=kind.status, headers=problem.headers)
    response.problem = True
    return response


def _problem(exception: Exception) -> Problem | None:
    headers = {}
    if wait := getattr(exception, "wait", None):
        headers["Retry-After"] = str(int(wait))
    if scheme := getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = scheme
    match exception:
        case Problem():
            return exception
        case exceptions.ValidationError():
            errors = list(pointed(exception.detail))
            return Problem("validation", errors[0]["detail"] if len(errors) == 1 else "", errors=errors)
        case exceptions.ParseError():
            return Problem("malformed", exception.detail)
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return Problem("authentication", exception.detail, headers=headers)
        case exceptions.PermissionDenied() | DjangoPermissionDenied():
            return Problem("forbidden", getattr(exception, "detail", ""))
        case exceptions.NotFound() | Http404():
            return Problem("not-found")
        case exceptions.MethodNotAllowed():
            return Problem("method", exception.detail)
        case exceptions.NotAcceptable():
            return Problem("not-acceptable", "Send Accept: application/json, or none.")
        case exceptions.UnsupportedMediaType():
            return Problem("media-type", "Send Content-Type: application/json.")
        case exceptions.Throttled():
            return Problem("rate", "Wait, and send it again.", headers=headers)
        case RequestDataTooBig():
            return Problem("too-large")
        case LostRace() | IllegalMove():
            return Problem("conflict", str(exception))
        case SuspiciousOperation():
            return Problem("malformed")
        case DatabaseError() if _is_busy(exception):
            return Problem("unavailable", "Send it again.", headers={"Retry-After": "1"})
    return None


def _is_busy(exception: DatabaseError) -> bool:
    """Whether the database undid the work because of others (a deadlock, a lost snapshot), or starts or stops."""
    code = getattr(exception.__cause__, "pgcode", None) or ""
    return code in {"40001", "40P01", "55P03"} or code.startswith("57P")


def pointed(detail, pointer: str = ""):
    """DRF's nested errors as a flat list, each with the JSON pointer (RFC 6901) to its place."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            if name == "non_field_errors":
                yield from pointed(inner, pointer)
            else:
                yield from pointed(inner, f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            if isinstance(inner, dict):
                if inner:
                    yield from pointed(inner, f"{pointer}/{index}")
            else:
                yield from pointed(inner, pointer)
    else:
        yield {"pointer": pointer, "code": getattr(detail, "code", "invalid"), "detail": str(detail)}
