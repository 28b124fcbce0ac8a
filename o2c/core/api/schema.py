"""The description of the API (OpenAPI 3.1), made from what the endpoints say of themselves."""

from functools import lru_cache

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from o2c.core.api import problems
from o2c.core.api.fields import KEY, Body

VERBS = {"GET": "get", "POST": "create", "PUT": "put", "DELETE": "delete"}
WITHOUT_BODY = {204, 304}
RATE_HEADERS = {
    "RateLimit-Limit": {"schema": {"type": "integer"}, "description": "Requests you may make in a minute."},
    "RateLimit-Remaining": {"schema": {"type": "integer"}, "description": "How many are left in this one."},
    "RateLimit-Reset": {"schema": {"type": "integer"}, "description": "Seconds until the next begins."},
}
ETAG = {"ETag": {"schema": {"type": "string"}, "description": "The version; send it back in If-Match."}}


def page_of(view: type[serializers.Serializer]) -> serializers.Serializer:
    """The answer of a list."""
    return inline_serializer(
        f"{view.__name__}Page",
        {
            "data": view(many=True),
            "next_cursor": serializers.CharField(allow_null=True, help_text="Send it as cursor; null: the end."),
            "updated_until": serializers.DateTimeField(
                allow_null=True, help_text="The next updated_since; null where none was asked for."
            ),
        },
    )


class Described(AutoSchema):
    @property
    def described(self):
        return getattr(self.view, self.method.lower()).operation

    def get_operation(self, path, path_regex, path_prefix, method, registry):
        operation = super().get_operation(path, path_regex, path_prefix, method, registry)
        if operation is None:
            return None
        described = self.described
        responses = operation["responses"]
        for status in sorted(self._errors(described, path)):
            if status == 304:
                responses["304"] = {"description": "You have it already (If-None-Match)."}
                continue
            titles = [f"`{name}`: {kind.title}." for name, kind in problems.KINDS.items() if kind.status == status]
            responses[str(status)] = {
                "description": " ".join(titles),
                "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
        for code, response in responses.items():
            headers = dict(RATE_HEADERS) if code != "401" else {}
            if code.startswith("2") and described.gives is not None and not described.pages:
                headers |= ETAG
            if code in {"201", "202"}:
                headers["Location"] = {"schema": {"type": "string"}, "description": "Where it is read."}
            if code == "429":
                headers["Retry-After"] = {"schema": {"type": "integer"}, "description": "Seconds to wait."}
            if code.startswith("2") and method == "POST":
                headers["Idempotent-Replayed"] = {"schema": {"type": "string"}, "description": "true: as before."}
            response["headers"] = headers | response.get("headers", {})
        operation["responses"] = dict(sorted(responses.items()))
        return operation

    def _errors(self, described, path: str) -> set[int]:
        codes = {400, 401, 403, 406, 411, 413, 429, 503}
        if "{" in path:
            codes |= {404}
        if self.method != "GET" or described.refuses or "external" in path:
            codes |= {409}
        if self.method == "GET" and not described.pages:
            codes |= {304}
        if described.takes is not None:
            codes |= {415}
        if described.conditional:
            codes |= {412}
        return codes

    def get_operation_id(self) -> str:
        words = [word for word in self._tokenize_path() if word not in {"api", "v1"}]
        verb = "list" if self.described.pages else VERBS[self.method]
        if self.method == "GET" and not self.described.pages:
            words.append("one")
        return "_".join(word.replace("-", "_") for word in [*words, verb])

    def get_tags(self) -> list[str]:
        return [self.view.tag]

    def get_summary(self) -> str:
        return self.described.summary

    def get_description(self) -> str:
        text = (getattr(self.view, self.method.lower()).__doc__ or "").strip()
        lines = " ".join(line.strip() for line in text.splitlines())
        return f"{lines}\n\nScope: `{self.described.scope}`.".strip()

    def get_request_serializer(self):
        return self.described.takes

    def get_response_serializers(self):
        described = self.described
        if described.pages:
            return {200: page_of(described.gives)}
        if described.media is not None:
            return {(200, described.media): OpenApiTypes.BINARY}
        return {status: described.gives if status not in WITHOUT_BODY else None for status in described.statuses}

    def get_override_parameters(self):
        described = self.described
        parameters = []
        if described.query is not None:
            parameters.append(described.query)
        text = {"type": "string"}
        if self.method == "POST":
            parameters.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    {"type": "string", "pattern": "^[!-~]{1,255}$"},
                    OpenApiParameter.HEADER,
                    required=described.money,
                    description="The same key and body give the same answer for 48 hours, and the work is done once.",
                )
            )
        if described.conditional:
            parameters.append(
                OpenApiParameter("If-Match", text, OpenApiParameter.HEADER, description="Only if it is this version.")
            )
        if described.conditional or (self.method == "GET" and not described.pages):
            parameters.append(
                OpenApiParameter("If-None-Match", text, OpenApiParameter.HEADER, description="Only if it is not.")
            )
        if "{source}" in self.path:
            parameters += [
                OpenApiParameter(
                    name, {"type": "string", "minLength": 1, "maxLength": most, "pattern": KEY},
                    OpenApiParameter.PATH, description=what,
                )
                for name, most, what in (
                    ("source", 60, "The system that owns it, such as sap."),
                    ("external_id", 100, "Its key there."),
                )
            ]  # fmt: skip
        return parameters

    def _map_basic_serializer(self, serializer, direction):
        schema = super()._map_basic_serializer(serializer, direction)
        if isinstance(serializer, Body):
            schema["additionalProperties"] = False
        else:
            for field in schema.get("properties", {}).values():
                field.pop("minLength", None)  # what we answer may be empty
        return schema


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "o2c.core.api.authentication.KeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema):
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Authorization: Api-Key <key>`; keys are made by `manage.py apikey create`.",
        }


class PersonScheme(OpenApiAuthenticationExtension):
    target_class = "o2c.core.api.authentication.PersonAuthentication"
    name = "Session"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


@lru_cache(maxsize=1)
def document() -> dict:
    """The whole description; it is the same for everyone and as long as the process lives."""
    from drf_spectacular.generators import SchemaGenerator

    return SchemaGenerator().get_schema(request=None, public=True)
