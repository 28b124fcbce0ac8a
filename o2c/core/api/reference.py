"""The description of the API for programs (OpenAPI) and for people (a page, written here without scripts)."""

import json
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from o2c.core.api import scopes
from o2c.core.api.problems import KINDS
from o2c.core.api.schema import document

METHODS = ("get", "post", "put", "delete")
MEDIA_TYPE = "application/vnd.oai.openapi+json;version=3.1"


@lru_cache(maxsize=1)
def text() -> bytes:
    return json.dumps(document(), ensure_ascii=False, default=str).encode()


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    return HttpResponse(text(), content_type=MEDIA_TYPE)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Everybody may read it: it says what the software can do, not what is in it."""
    return render(request, "core/api_reference.html", contents())


@lru_cache(maxsize=1)
def contents() -> dict:
    """The description in the order in which a person reads it."""
    described = json.loads(text())
    groups: dict[str, list] = {}
    for address, methods in described["paths"].items():
        for method in METHODS:
            if operation := methods.get(method):
                groups.setdefault(operation["tags"][0], []).append(_operation(address, method, operation))
    return {
        "groups": groups,
        "components": [
            {"name": name, "description": component.get("description", ""), "fields": _fields(component)}
            for name, component in sorted(described["components"]["schemas"].items())
            if component.get("properties")
        ],
        "problems": [{"type": f"/problems/{name}", "kind": kind} for name, kind in KINDS.items()],
        "scopes": [{"name": name, "allows": scope.allows} for name, scope in scopes.SCOPES.items()],
    }


def _operation(address: str, method: str, operation: dict) -> dict:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    answers = []
    for status, response in operation["responses"].items():
        content = next(iter(response.get("content", {}).values()), {}).get("schema", {})
        answers.append({"status": status, "description": response.get("description", ""), "type": _type(content)})
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "address": address,
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "parameters": [
            {
                "name": parameter["name"],
                "where": parameter["in"],
                "required": parameter.get("required", False),
                "type": _type(parameter.get("schema", {})),
                "description": parameter.get("description", ""),
            }
            for parameter in operation.get("parameters", [])
        ],
        "body": _type(body) if body else None,
        "answers": answers,
    }


def _fields(component: dict) -> list[dict]:
    required = set(component.get("required", []))
    return [
        {
            "name": name,
            "type": _type(field),
            "required": name in required,
            "description": field.get("description", ""),
        }
        for name, field in component["properties"].items()
    ]


def _type(schema: dict) -> dict:
    """A type in words, with the component it refers to."""
    if reference := schema.get("$ref"):
        name = reference.rsplit("/", 1)[-1]
        return {"words": name, "component": name}
    for composed in ("allOf", "oneOf", "anyOf"):
        if parts := schema.get(composed):
            inner = [_type(part) for part in parts]
            component = next((part["component"] for part in inner if part["component"]), None)
            return {"words": " or ".join(part["words"] for part in inner if part["words"]), "component": component}
    kind = schema.get("type", "")
    kinds = kind if isinstance(kind, list) else [kind]
    words = " or ".join(str(each) for each in kinds)
    if "array" in kinds:
        inner = _type(schema.get("items", {}))
        return {"words": f"list of {inner['words']}", "component": inner["component"]}
    if {"amount", "currency"} <= set(schema.get("properties", {})):
        words = "money" + (" or null" if "null" in kinds else "")
    if schema.get("format"):
        words += f" ({schema['format']})"
    if schema.get("enum"):
        words = ", ".join(json.dumps(each) for each in schema["enum"])
    return {"words": words, "component": None}
