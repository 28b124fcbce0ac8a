"""ETag, If-Match and If-None-Match (RFC 9110, sections 8.8 and 13.1): nobody overwrites what they have not seen."""

import re
from datetime import UTC, datetime, timedelta

from rest_framework.request import Request

from o2c.core.api.problems import Problem

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')


def etag(row) -> str:
    """A row's strong tag: its id, and its version, which is the moment of its last change."""
    version = (row.updated_at - EPOCH) // timedelta(microseconds=1)
    return f'"{row.pk}-{version:x}"'


def check_writing(request: Request, row) -> None:
    """Refuse a write whose If-Match or If-None-Match does not hold. `row` is locked, or None where there is none."""
    wanted, unwanted = request.META.get("HTTP_IF_MATCH"), request.META.get("HTTP_IF_NONE_MATCH")
    tag = None if row is None else etag(row)
    headers = {"ETag": tag} if tag else {}
    if wanted is not None and not _matches(wanted, tag, weak=False):
        raise Problem("precondition", "It is not the version you named in If-Match; read it again.", headers=headers)
    if unwanted is not None and _matches(unwanted, tag, weak=True):
        raise Problem("precondition", "It is there already.", headers=headers)


def is_known(request: Request, tag: str) -> bool:
    """Whether the reader has this version already (If-None-Match): then 304 says it all."""
    named = request.META.get("HTTP_IF_NONE_MATCH")
    return named is not None and _matches(named, tag, weak=True)


def _matches(header: str, tag: str | None, *, weak: bool) -> bool:
    if tag is None:
        return False
    if header.strip() == "*":
        return True
    return any((named.removeprefix("W/") if weak else named) == tag for named in TAG.findall(header))
