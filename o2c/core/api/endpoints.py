"""What every endpoint does around its act: who calls, how often, what may be read, and how the answer is written."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps

from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.exceptions import NotAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from o2c.core import rights
from o2c.core.actors import Actor
from o2c.core.api import conditions, cursors, idempotency, keys, problems, rates, scopes, strict
from o2c.core.api.authentication import KeyAuthentication, PersonAuthentication
from o2c.core.api.fields import Body, View
from o2c.core.api.problems import Problem
from o2c.core.api.schema import Described
from o2c.core.models import User

UNIQUE_VIOLATION = "23505"
# The trigger by which the database keeps closed books closed, should an act not have looked.
BOOKS_CLOSED = "entry_in_open_books"


class PlainJSONRenderer(BaseRenderer):
    """JSON of what is plain already: texts, whole numbers, lists and objects."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data, accepted_media_type=None, renderer_context=None) -> bytes:
        if data is None:
            return b""
        return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _without_models(rows: QuerySet, view: type[View]) -> QuerySet:
    """The rows as named tuples, where the view reads nothing else: making models takes as long as finding the rows."""
    wanted = view.columns()
    there = {column.attname for column in rows.model._meta.concrete_fields} | rows.query.annotations.keys()
    if wanted is None or not wanted <= there:
        return rows
    return rows.values_list(*sorted(wanted | {"id", "updated_at"} & there), named=True)


@cache
def _reader(kind: type[Body]) -> Body:
    """One reader for all bodies of a kind: a new one copies every field, and reading leaves nothing in it."""
    return kind()


@dataclass(frozen=True)
class Operation:
    """What one method of an endpoint needs and gives; the description at /api/v1/schema/ is made of it.

    A `right` is what a signed-in person needs besides that of the scope; `media` is what it gives instead of JSON;
    one that reads and `refuses` may answer 409, as writing always may.
    """

    scope: str
    summary: str
    takes: type[Body] | None = None
    gives: type[serializers.Serializer] | None = None
    query: type[serializers.Serializer] | None = None
    statuses: tuple[int, ...] = (200,)
    pages: bool = False
    conditional: bool = False
    money: bool = False
    right: str | None = None
    media: str | None = None
    refuses: bool = False

    def __post_init__(self):
        scopes.SCOPES[self.scope]
        if self.right is not None:
            rights.RIGHTS[self.right]


def operation(scope: str, summary: str, **facts) -> Callable:
    """A method of an endpoint. It gets the request and, where it `takes` a body, what was read from it as `given`.

    A POST is done once for its Idempotency-Key (which `money=True` demands); every write is one transaction.
    """
    described = Operation(scope, summary, **facts)

    def decorate(handler: Callable) -> Callable:
        method = handler.__name__.upper()

        @wraps(handler)
        def run(self: "Endpoint", request: Request, **path):
            self.query = self.read_query(request, described)
            if described.takes is not None:
                path["given"] = self.read_body(request, described.takes)
            if method == "GET":
                return handler(self, request, **path)
            if method == "POST":
                return idempotency.once(
                    request, lambda: handler(self, request, **path), self.render, required=described.money
                )
            with transaction.atomic():
                return handler(self, request, **path)

        run.operation = described
        return run

    return decorate


class PageQuery(serializers.Serializer):
    """How a list is read on."""

    limit = serializers.IntegerField(
        min_value=1, max_value=cursors.MOST, default=cursors.USUAL, help_text="How many rows at most."
    )
    cursor = serializers.CharField(
        required=False, max_length=500, help_text="The next_cursor of the page before, with the same filters."
    )
    updated_since = serializers.DateTimeField(
        required=False,
        help_text="Only what changed since; take updated_until of the last answer. The order is that of change.",
    )


class Endpoint(APIView):
    """One address of the API. `refusals` are the errors of its acts that say: it does not fit what is there.

    Such an error may name its own type of problem as `problem`.
    """

    authentication_classes = [KeyAuthentication, PersonAuthentication]
    parser_classes = [strict.StrictJSONParser]
    renderer_classes = [PlainJSONRenderer]
    throttle_classes = [rates.Throttle]
    permission_classes: list = []
    versioning_class = None
    format_kwarg = None
    http_method_names = ["get", "head", "post", "put", "delete"]
    schema = Described()
    refusals: tuple[type[Exception], ...] = ()
    tag = ""

    # --- Reading

    def initial(self, request: Request, *args, **kwargs) -> None:
        strict.check_address(request)
        strict.check_length(request.META)
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        self.perform_authentication(request)
        self.check_throttles(request)
        handler = getattr(self, request.method.lower(), None)
        described = getattr(handler, "operation", None)
        if described is None:
            return
        if not request.user.is_authenticated:
            raise NotAuthenticated("Send the header Authorization: Api-Key <key>.")
        if not scopes.allows(request.user, described.scope):
            raise Problem("forbidden", f"This needs the scope {described.scope}.")
        if described.right is not None:
            self.check_right(described.right)

    def read_query(self, request: Request, described: Operation) -> dict:
        known = described.query() if described.query else None
        errors = []
        for name in request.query_params:
            if known is None or name not in known.fields:
                errors.append({"parameter": name, "code": "unknown", "detail": "This parameter is not known."})
            elif len(request.query_params.getlist(name)) > 1:
                errors.append({"parameter": name, "code": "repeated", "detail": "This parameter stands twice."})
        values = {}
        if known is not None:
            reader = described.query(data=request.query_params.dict())
            if reader.is_valid():
                values = reader.validated_data
            for error in problems.pointed(reader.errors):
                errors.append({"parameter": error.pop("pointer")[1:], **error})
        if errors:
            raise Problem("validation", errors[0]["detail"] if len(errors) == 1 else "", errors=errors)
        return values

    def read_body(self, request: Request, kind: type[Body]) -> dict:
        return _reader(kind).run_validation(request.data)

    def check_right(self, right: str) -> None:
        """Refuse a signed-in person without the right; of a key the scopes say it all. Raises Problem."""
        if isinstance(self.request.user, User) and not rights.may(self.request.user, right):
            raise Problem("forbidden", "Your role may not do this.")

    @property
    def actor(self) -> Actor:
        return keys.actor_of(self.request.user)

    def find(self, rows: QuerySet, **by) -> Model:
        """The one row, among those the caller sees. Raises Problem: not found."""
        row = rows.filter(**by).first()
        if row is None:
            raise Problem("not-found")
        return row

    def asked_for(self, rows: QuerySet, **columns: str) -> QuerySet:
        """Only the rows that the query asks for: of its parameters those named here, each with the column it is of."""
        return rows.filter(**{column: self.query[name] for name, column in columns.items() if name in self.query})

    # --- Answering

    def page(self, rows: QuerySet, view: type[View]) -> Response:
        """A page of rows the caller sees."""
        query = dict(self.query)
        limit, cursor = query.pop("limit"), query.pop("cursor", None)
        found = cursors.page(
            _without_models(rows, view),
            path=self.request.path,
            filters=query,
            limit=limit,
            cursor=cursor,
            since=query.get("updated_since"),
        )
        write = view().to_representation
        body = {
            "data": [write(row) for row in found.rows],
            "next_cursor": found.next_cursor,
            "updated_until": found.updated_until,
        }
        return Response(body)

    def one(self, row: Model, view: type[View], *, status: int = 200, location: str | None = None) -> Response:
        """One row, with its tag; 304 where the reader has it already."""
        tag = conditions.etag(row)
        if self.request.method in {"GET", "HEAD"} and conditions.is_known(self.request, tag):
            return Response(status=304, headers={"ETag": tag})
        headers = {"ETag": tag} | ({"Location": location} if location else {})
        return Response(view().to_representation(row), status=status, headers=headers)

    def render(self, response: Response) -> bytes:
        return PlainJSONRenderer().render(response.data)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, self.refusals):
            exc = Problem(getattr(exc, "problem", "conflict"), str(exc))
        elif isinstance(exc, IntegrityError) and getattr(exc.__cause__, "pgcode", "") == UNIQUE_VIOLATION:
            exc = Problem("conflict", "The same was written by somebody else at this moment; read it, and try again.")
        elif isinstance(exc, IntegrityError) and exc.__cause__.diag.constraint_name == BOOKS_CLOSED:
            exc = Problem("conflict", f"{exc.__cause__.diag.message_primary}.".capitalize())
        if isinstance(exc, NotAuthenticated | problems.exceptions.AuthenticationFailed):
            exc.auth_header = self.get_authenticate_header(self.request)
        return problems.answer(exc, self.get_exception_handler_context())

    def finalize_response(self, request: Request, response, *args, **kwargs):
        if stored := getattr(response, "stored", None):
            headers = {**dict(response.items()), "Content-Type": PlainJSONRenderer.media_type}
            response = HttpResponse(stored, status=response.status_code, headers=headers)
        if getattr(response, "problem", False):
            response.content_type = problems.MEDIA_TYPE
        response = super().finalize_response(request, response, *args, **kwargs)
        if standing := getattr(request, "standing", None):
            for name, value in standing.headers.items():
                response[name] = value
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-cache"
        return response


class FileRenderer(PlainJSONRenderer):
    """Stands for a file in the choice of what the reader takes; what it says is written by the endpoint itself."""

    media_type = "application/pdf"
    format = "pdf"


class FileEndpoint(Endpoint):
    """An endpoint that gives a file. What goes wrong is told in JSON, whatever the reader would take."""

    renderer_classes = [FileRenderer, PlainJSONRenderer]

    def file(self, response: HttpResponse, tag: str) -> HttpResponse:
        """The file with its tag; 304 where the reader has it already."""
        if conditions.is_known(self.request, tag):
            return Response(status=304, headers={"ETag": tag})
        response["ETag"] = tag
        return response

    def handle_exception(self, exc: Exception) -> Response:
        self.request.accepted_renderer = PlainJSONRenderer()
        return super().handle_exception(exc)


class Nothing(Endpoint):
    """Where there is no resource: a problem like any other, instead of a page."""

    authentication_classes: list = []
    schema = None

    def initial(self, request: Request, *args, **kwargs) -> None:
        request.accepted_renderer, request.accepted_media_type = PlainJSONRenderer(), "application/json"
        raise Problem("not-found", f"There is no {request.path}. All there is stands in /api/v1/docs/.")
