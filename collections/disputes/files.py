"""Files that belong to a case. What is taken is told by its content, not by its name, and kept in the database; it is
only ever saved by whoever looks at it, never shown by the browser in our name."""

import hashlib
import zipfile
from io import BytesIO

from django.http import HttpResponse

from o2c.collections.disputes.keeping import DisputeRefused, locked, tell
from o2c.collections.models import Dispute, DisputeFile
from o2c.core import documents
from o2c.core.actors import Actor, acting
from o2c.core.mail import file_name
from o2c.core.models import Document

MB = 1 << 20
MOST_BYTES = 10 * MB
MOST_FILES = 50
LONGEST_NAME = 200

# What a file begins with → its endings and what it is.
BEGINNINGS: tuple[tuple[bytes, tuple[str, ...], str], ...] = (
    (b"%PDF-", ("pdf",), documents.PDF),
    (b"\x89PNG\r\n\x1a\n", ("png",), "image/png"),
    (b"\xff\xd8\xff", ("jpg", "jpeg"), "image/jpeg"),
    (b"II*\0", ("tif", "tiff"), "image/tiff"),
    (b"MM\0*", ("tif", "tiff"), "image/tiff"),
)
OFFICE = "application/vnd.openxmlformats-officedocument"
# What a packed document holds → its ending and what it is.
PACKED = {
    "word/document.xml": ("docx", f"{OFFICE}.wordprocessingml.document"),
    "xl/workbook.xml": ("xlsx", f"{OFFICE}.spreadsheetml.sheet"),
}
MACROS = "vbaProject.bin"
TEXTS = {"txt": "text/plain", "csv": "text/csv", "eml": "message/rfc822"}
TAKEN = "PDF, PNG, JPEG, TIFF, WebP, HEIC, Word and Excel files without macros, text, CSV and e-mails"
ACCEPT = ",".join(
    f".{ending}" for ending in ("pdf", "png", "jpg", "jpeg", "tif", "tiff", "webp", "heic", "docx", "xlsx", *TEXTS)
)


def attach(dispute: Dispute, name: str, content: bytes, *, actor: Actor) -> DisputeFile:
    """Keep a file with a case, also with one that is resolved; the same content again is the one that is there.

    Raises DisputeRefused for an empty or too large one, a name with a path in it, or what is none of TAKEN by its
    content, or called otherwise.
    """
    check_name(name)
    if not content:
        raise DisputeRefused("The file is empty.", "file")
    if len(content) > MOST_BYTES:
        raise DisputeRefused(f"The file is larger than {MOST_BYTES // MB} MB, the most that is taken.", "file")
    media_type = told(name, content)
    with acting(actor):
        row = locked(dispute)
        digest = hashlib.sha256(content).hexdigest()
        there = row.files.filter(document__sha256=digest).first()
        if there is not None:
            return there
        if row.files.filter(document__isnull=False).count() >= MOST_FILES:
            raise DisputeRefused(f"A case has at most {MOST_FILES} files.", "file")
        document = documents.of(name, media_type, content)
        document.save()
        made = DisputeFile.objects.create(
            dispute=row, document=document, name=document.name, size=len(content), actor=actor.name
        )
        tell(row, f"File added: {made.name}", actor)
        return made


def remove(file: DisputeFile, *, actor: Actor) -> None:
    """Let go of a file that does not belong there; that it was there stays. Raises DisputeRefused if it is gone."""
    with acting(actor):
        row = locked(file.dispute)
        file = DisputeFile.objects.select_for_update(no_key=True).get(pk=file.pk)
        if file.document_id is None:
            raise DisputeRefused("The file is gone already.")
        document = file.document_id
        DisputeFile.objects.filter(pk=file.pk).update(document=None)
        Document.objects.filter(pk=document).delete()
        tell(row, f"File removed: {file.name}", actor)


def check_name(name: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME:
        raise DisputeRefused(f"A file has a name of at most {LONGEST_NAME} characters.", "file")
    if any(sign in name for sign in "/\\\0") or name.strip(". ") == "":
        raise DisputeRefused("A file's name has no path in it.", "file")


def told(name: str, content: bytes) -> str:
    """What a file is, by its content. Raises DisputeRefused for what is not taken, or is called otherwise."""
    ending = file_name(name).rpartition(".")[2].lower()
    endings, media_type = _kind(content, ending)
    if ending not in endings:
        raise DisputeRefused(f"The file is called .{ending}, but its content is {media_type}.", "file")
    return media_type


def _kind(content: bytes, ending: str) -> tuple[tuple[str, ...], str]:
    for beginning, endings, media_type in BEGINNINGS:
        if content.startswith(beginning):
            return endings, media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return ("webp",), "image/webp"
    if content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        return ("heic", "heif"), "image/heic"
    if content.startswith(b"PK\x03\x04"):
        return _packed(content)
    if ending in TEXTS and _is_text(content):
        return (ending,), TEXTS[ending]
    raise DisputeRefused(f"This kind of file is not taken. Taken are {TAKEN}.", "file")


def _packed(content: bytes) -> tuple[tuple[str, ...], str]:
    """A packed office document; only the list of what it holds is read."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            held = packed.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise DisputeRefused("The file is broken.", "file") from None
    if any(each.endswith(MACROS) for each in held):
        raise DisputeRefused("The file holds macros: save it without them.", "file")
    for mark, (ending, media_type) in PACKED.items():
        if mark in held and "[Content_Types].xml" in held:
            return (ending,), media_type
    raise DisputeRefused(f"This kind of file is not taken. Taken are {TAKEN}.", "file")


def _is_text(content: bytes) -> bool:
    """In one of the ways in which text is written, and no page that a browser would run."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return "\0" not in text and not text.lstrip().lower().startswith(("<!doctype", "<html", "<svg", "<?xml"))
    return False


def answer(file: DisputeFile) -> HttpResponse:
    """The file to be saved; even a browser that would show it runs nothing of it, and nothing as ours."""
    response = documents.answer(file.document.name, "application/octet-stream", bytes(file.document.content))
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
