"""Documents: what we made and gave out, kept as it was, and shown to whoever may see what it belongs to."""

import hashlib
from collections.abc import Iterable

from django.db.models import Sum
from django.db.models.functions import Length
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from o2c.core.mail import file_name
from o2c.core.models import Document

PDF = "application/pdf"
# What a browser shows by itself without running anything of it; all else is saved.
SHOWN = {PDF}


def of(name: str, media_type: str, content: bytes, *, language: str = "", made_with: str = "") -> Document:
    """A document to be written down, by itself or with many in one statement."""
    return Document(
        name=file_name(name),
        media_type=media_type,
        language=language[:5],
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        made_with=made_with,
    )


def size(ids: Iterable[int]) -> int:
    """How many bytes these are together; their contents are not read."""
    sizes = Document.objects.filter(pk__in=list(ids)).aggregate(all=Sum(Length("content")))
    return sizes["all"] or 0


def answer(name: str, media_type: str, content: bytes) -> HttpResponse:
    """The file as a browser takes it: shown where that is safe, else saved; under its name either way."""
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(media_type not in SHOWN, file_name(name))
    response["X-Content-Type-Options"] = "nosniff"
    return response
