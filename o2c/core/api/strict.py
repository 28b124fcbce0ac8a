"""Reading JSON without guessing: what is not plain, small, flat JSON in UTF-8 is refused, and it is said where."""

import json
import re
from collections.abc import Iterator

from rest_framework.parsers import BaseParser

from o2c.core.api.problems import Problem

LARGEST_BODY = 1024 * 1024
DEEPEST = 20
BAD_CHARACTER = re.compile("[\0\ud800-\udfff]")


class Duplicate(ValueError):
    pass


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        request = parser_context["request"]
        return read(request._request.body, request.encoding or "utf-8")


def check_address(request) -> None:
    """Refuse what no column can be compared with in the path or the query. Raises Problem."""
    if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        raise Problem("malformed", "The address has a NUL character.")


def check_length(meta: dict, largest: int = LARGEST_BODY) -> None:
    """Refuse a body by its announced length, before a byte of it is read. Raises Problem."""
    length = meta.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal():
        raise Problem("malformed", "Content-Length is not a number.")
    if "chunked" in meta.get("HTTP_TRANSFER_ENCODING", "").lower() and length == "0":
        raise Problem("length", "Send Content-Length; bodies in chunks are not read.")
    if int(length) > largest:
        raise Problem("too-large", f"A body has at most {largest} bytes.", headers={"Connection": "close"})


def read(body: bytes, encoding: str = "utf-8"):
    """The value of a JSON text. Raises Problem with what is wrong."""
    if encoding.lower().replace("-", "").replace("_", "") not in {"utf8", "usascii", "ascii"}:
        raise Problem("media-type", "The body must be in UTF-8.")
    try:
        value = json.loads(body.decode(), object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)
    except UnicodeDecodeError as error:
        raise Problem("malformed", f"Byte {error.start} is not UTF-8.") from None
    except RecursionError:
        raise Problem("malformed", f"It is nested more than {DEEPEST} deep.") from None
    except Duplicate as error:
        raise Problem("malformed", str(error)) from None
    except json.JSONDecodeError as error:
        raise Problem("malformed", f"Not JSON at line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except ValueError as error:
        raise Problem("malformed", str(error)) from None
    errors = list(_unfit(value))
    if errors:
        raise Problem("malformed", errors[0]["detail"], errors=errors[:20])
    return value


def _object(pairs: list[tuple]) -> dict:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Duplicate(f"{twice!r} stands twice in one object.")
    return found


def _constant(name: str):
    raise ValueError(f"{name} is not JSON.")


def _float(text: str) -> float:
    if len(text) > 40:
        raise ValueError("A number is longer than 40 characters.")
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("A number is too large.")
    return number


def _unfit(value) -> Iterator[dict]:
    """What no database column can hold, or what is nested too deep; each with its pointer."""
    waiting = [(value, "", 0)]
    while waiting:
        value, pointer, depth = waiting.pop()
        if depth > DEEPEST:
            yield {"pointer": pointer, "code": "depth", "detail": f"It is nested more than {DEEPEST} deep."}
        elif isinstance(value, dict):
            for name, inner in value.items():
                if BAD_CHARACTER.search(name):
                    yield {"pointer": pointer, "code": "character", "detail": "A name has a NUL or half a character."}
                else:
                    step = name.replace("~", "~0").replace("/", "~1")
                    waiting.append((inner, f"{pointer}/{step}", depth + 1))
        elif isinstance(value, list):
            waiting += [(inner, f"{pointer}/{index}", depth + 1) for index, inner in enumerate(value)]
        elif isinstance(value, str) and BAD_CHARACTER.search(value):
            yield {"pointer": pointer, "code": "character", "detail": "The text has a NUL or half a character."}
