"""An e-mail as it came, read: who wrote what, in answer to which message, and whether it is a person's word at all.

Pure, and never fails: whatever is sent to us is mail, if only some bytes of it can be read. Nothing in it is run,
fetched or believed.

Reports of delivery are read by RFC 3464, complaints by RFC 5965, automatic answers by RFC 3834; what is written in no
standard form, by the known habits of mail servers (flufl.bounce).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parsedate_to_datetime
from enum import StrEnum

from flufl.bounce import scan_message
from lxml import etree, html

# Longer texts are cut; what is beyond is in the mail itself.
MOST_TEXT = 100_000
MOST_QUOTED = 20_000  # characters among which the answer is looked for
MOST_LINE = 500
MOST_HEADER = 400
MOST_PARTS = 200
MOST_REFERENCES = 50

MESSAGE_ID = re.compile(r"<([^<>\s]{1,400})>")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
AUTOMATIC_PRECEDENCE = frozenset({"bulk", "junk", "auto_reply", "list"})
# Of servers that do not say that they answer by themselves.
AWAY = re.compile(
    r"out of (the )?office|automatic reply|auto(matic)?[- ]?(reply|response)|autoreply|on (vacation|leave|holiday)"
    r"|abwesen|automatische antwort|au(ß|ss)er haus|urlaub"
    r"|r[ée]ponse automatique|absence|absent|en cong[ée]s",
    re.IGNORECASE,
)
# How mail programs mark where the mail that is answered begins.
SIGNATURE = re.compile(r"--\s?|_{10,}")
ORIGINAL = re.compile(
    r"\s*-{2,}\s*(original message|forwarded message|urspr\w+ nachricht|weitergeleitete nachricht|message d'origine)",
    re.IGNORECASE,
)
WROTE = re.compile(
    r"(On|Am|Le|El|Il|Op)\b.{5,250}(wrote|schrieb|écrit|escribió|scritto|schreef)\b.{0,120}:\s*", re.IGNORECASE
)
HEADING = re.compile(
    r"\s*\*?(From|Sent|To|Cc|Subject|Date|Von|Gesendet|An|Betreff|Datum|De|Envoyé|À|Objet)\*?\s?:", re.IGNORECASE
)
QUOTED = re.compile(r"\s{0,3}>")
MACHINES = frozenset({"mailer-daemon", "postmaster", "mail-daemon", "maildaemon"})


class Kind(StrEnum):
    LETTER = "letter"
    AUTOMATIC = "automatic"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"


@dataclass(frozen=True)
class File:
    """A file that came with a mail: its place among the mail's parts, and what the mail says of it."""

    part: int
    name: str
    media_type: str
    size: int


@dataclass(frozen=True)
class Read:
    """What a mail says. `said` is the text without what it quotes; `failed` are the addresses that a report names."""

    kind: Kind
    message_id: str
    references: tuple[str, ...]
    name: str
    address: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    said: str
    written_at: datetime | None
    files: tuple[File, ...]
    failed: tuple[str, ...] = ()
    report: str = ""


def read(raw: bytes) -> Read:
    """What the mail says. Of a mail that no parser understands, its headers and what its bytes show as text."""
    try:
        return _read(message_from_bytes(raw, policy=policy.compat32))
    except (Exception, RecursionError):
        bare = BytesHeaderParser(policy=policy.compat32).parsebytes(raw[:MOST_TEXT])
        return _read(bare)


def _read(mail: Message) -> Read:
    name, address = _sender(mail)
    text = _text(mail)
    kind, failed, report = _kind(mail, address)
    return Read(
        kind=kind,
        message_id=next(iter(_ids(mail.get("Message-ID"))), ""),
        references=tuple(_references(mail, kind))[:MOST_REFERENCES],
        name=name,
        address=address,
        recipients=tuple(_addresses(mail, "To", "Cc", "Delivered-To", "X-Original-To")),
        subject=_header(mail, "Subject"),
        text=text,
        said=answer(text),
        written_at=_written(mail),
        files=tuple(_files(mail)),
        failed=failed,
        report=report,
    )


def part(raw: bytes, place: int) -> bytes | None:
    """The content of one part of a mail; None where there is none."""
    for number, each in enumerate(_parts(message_from_bytes(raw, policy=policy.compat32))):
        if number == place:
            return _content(each)
    return None


def answer(text: str) -> str:
    """What the writer added: without the mail that is answered, and without the signature.

    Line by line, so that it takes no longer than the text is long. Answers written between quoted lines are kept.
    """
    kept: list[str] = []
    lines = text[:MOST_QUOTED].splitlines()
    for place, line in enumerate(lines):
        line = line[:MOST_LINE]
        if SIGNATURE.fullmatch(line) or ORIGINAL.match(line) or _heads(lines[place : place + 4]):
            break
        # "On … wrote:" stands on one line or is broken over two.
        if WROTE.fullmatch(line.strip()) or WROTE.fullmatch(
            f"{line} {''.join(lines[place + 1 : place + 2])}"[:MOST_LINE]
        ):
            if all(QUOTED.match(each) or not each.strip() for each in lines[place + 2 :]):
                break
            continue
        if not QUOTED.match(line):
            kept.append(line.rstrip())
    return "\n".join(kept).strip() or text[:MOST_QUOTED].strip()


def _heads(lines: list[str]) -> bool:
    """Whether these lines begin a mail that is answered, as Outlook quotes it: From, Sent, To, Subject."""
    return len(lines) == 4 and sum(bool(HEADING.match(line[:MOST_LINE])) for line in lines) >= 3


# --- Headers


def _header(mail: Message, name: str) -> str:
    value = mail.get(name)
    if value is None:
        return ""
    try:
        value = str(make_header(decode_header(str(value))))
    except Exception:
        value = str(value)
    return " ".join(clean(value).split())[:MOST_HEADER]


def clean(text: str) -> str:
    """Text that may be stored and shown: without control characters and halves of letters."""
    return UNPRINTABLE.sub("", text)


def _sender(mail: Message) -> tuple[str, str]:
    for name, address in getaddresses([_header(mail, "From"), _header(mail, "Sender")]):
        if "@" in address:
            return name[:200], address[:320].lower()
    return _header(mail, "From")[:200], ""


def address_of(written: str) -> str:
    """The bare address of "Name <address>", in small letters."""
    return next((address.lower() for _, address in getaddresses([written]) if "@" in address), "")


def _addresses(mail: Message, *names: str) -> Iterator[str]:
    seen = set()
    for _, address in getaddresses([_header(mail, name) for name in names]):
        if "@" in address and address.lower() not in seen:
            seen.add(address.lower())
            yield address[:320].lower()


def _ids(value: object) -> list[str]:
    return [clean(found) for found in MESSAGE_ID.findall(str(value or ""))]


def _references(mail: Message, kind: Kind) -> Iterator[str]:
    """The mails that this one answers, the nearest first; of a report, the one that it is about."""
    seen = set()
    found = _ids(mail.get("In-Reply-To")) + _ids(mail.get("References"))[::-1]
    if kind != Kind.LETTER:
        for each in _parts(mail):
            if each.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
                found += _ids(_enclosed(each).get("Message-ID"))
            elif each.get_content_type() == "message/delivery-status" and isinstance(each.get_payload(), list):
                # the reference that we gave its envelope (RFC 3464, 2.2.1), as the first part of a Message-ID
                found += [clean(f"{id}@") for part in each.get_payload() if (id := part.get("Original-Envelope-Id"))]
    for id in found:
        if id not in seen:
            seen.add(id)
            yield id


def _enclosed(part: Message) -> Message:
    """The mail within a part, or the headers that are all that was sent of it."""
    inner = part.get_payload()
    if isinstance(inner, list):
        return inner[0] if inner else Message()
    return message_from_bytes(_content(part), policy=policy.compat32)


def _written(mail: Message) -> datetime | None:
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        when = parsedate_to_datetime(str(mail.get("Date", "")))
        if when.tzinfo is not None and when.year >= 1990:
            when.utctimetuple()  # of a day that no calendar has: OverflowError
            return when
    return None


# --- What kind of mail


def _kind(mail: Message, address: str) -> tuple[Kind, tuple[str, ...], str]:
    reported = str(mail.get_param("report-type", "") or "").lower()
    if mail.get_content_type() == "multipart/report" and reported == "delivery-status":
        return _delivery(mail)
    if mail.get_content_type() == "multipart/report" and reported == "feedback-report":
        return _complaint(mail)
    if address.partition("@")[0] in MACHINES or str(mail.get("Return-Path", "")).strip() == "<>":
        failed = _bounced(mail)
        if failed:
            return Kind.BOUNCE, failed, _first_line(_text(mail))
    if _is_automatic(mail):
        return Kind.AUTOMATIC, (), ""
    return Kind.LETTER, (), ""


def _is_automatic(mail: Message) -> bool:
    submitted = str(mail.get("Auto-Submitted", "")).partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return True
    # X-Auto-Response-Suppress says nothing: Exchange adds it to what people write too.
    if any(mail.get(name) for name in ("X-Autoreply", "X-Autorespond", "List-Id")):
        return True
    if str(mail.get("Precedence", "")).strip().lower() in AUTOMATIC_PRECEDENCE:
        return True
    return bool(AWAY.search(_header(mail, "Subject")))


ACTIONS = {"failed": Kind.BOUNCE, "delayed": Kind.DELAYED, "delivered": Kind.DELIVERED}
# Handed on to who reports nothing, or to the members of a list: it may have arrived, or not.
NO_NEWS = {"relayed", "expanded"}


def is_for_good(status: str) -> bool:
    """Whether a status (RFC 3463) says that the address does not exist.

    It is of class 5 then; a full mailbox (x.2.2), a refusal of the content (x.7) or a server that was away says nothing
    against the address.
    """
    return status.startswith("5") and not re.match(r"5\.2\.2|5\.7\.", status)


def _delivery(mail: Message) -> tuple[Kind, tuple[str, ...], str]:
    """RFC 3464: a group of fields for the message and one for each recipient. The worst that befell any counts."""
    worst, failed, told = Kind.DELIVERED, [], ""
    ranks = [Kind.DELIVERED, Kind.DELAYED, Kind.BOUNCE]
    found = handed_on = False
    for each in _parts(mail):
        if each.get_content_type() != "message/delivery-status":
            continue
        groups = each.get_payload()
        for group in groups if isinstance(groups, list) else []:
            action = str(group.get("Action", "")).strip().lower()
            handed_on |= action in NO_NEWS
            if action not in ACTIONS:
                continue
            found = True
            kind = ACTIONS[action]
            status = str(group.get("Status", "")).strip()
            says = _header(group, "Diagnostic-Code") or status
            address = _typed(group.get("Original-Recipient")) or _typed(group.get("Final-Recipient"))
            if kind == Kind.BOUNCE and is_for_good(status) and address:
                failed.append(address)
            if ranks.index(kind) >= ranks.index(worst):
                worst, told = kind, says or told
    if handed_on and not found:
        return Kind.AUTOMATIC, (), ""
    if not found:
        return Kind.BOUNCE, _bounced(mail), _first_line(_text(mail))
    return worst, tuple(dict.fromkeys(failed)), told


def _complaint(mail: Message) -> tuple[Kind, tuple[str, ...], str]:
    """RFC 5965: somebody told their provider that our mail is unwanted."""
    failed, told = [], ""
    for each in _parts(mail):
        if each.get_content_type() != "message/feedback-report":
            continue
        fields = _enclosed(each)
        told = _header(fields, "Feedback-Type")
        failed += [address for value in fields.get_all("Original-Rcpt-To", []) if (address := _typed(value))]
    return Kind.COMPLAINT, tuple(dict.fromkeys(failed)), told


def _typed(value: object) -> str:
    """The address of "rfc822; name@host", or as it stands."""
    text = str(value or "").rpartition(";")[2].strip().strip("<>").lower()
    return clean(text)[:320] if "@" in text else ""


def _bounced(mail: Message) -> tuple[str, ...]:
    try:
        found = scan_message(mail)
    except Exception:
        return ()
    decoded = (each.decode("ascii", "replace") if isinstance(each, bytes) else str(each) for each in found)
    return tuple(sorted({clean(each).lower()[:320] for each in decoded if "@" in each}))


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:MOST_HEADER]


# --- Bodies


def _parts(mail: Message) -> Iterator[Message]:
    for number, each in enumerate(mail.walk()):
        if number >= MOST_PARTS:
            return
        yield each


def _content(part: Message) -> bytes:
    inner = part.get_payload(decode=True)
    if isinstance(inner, bytes):
        return inner
    payload = part.get_payload()
    if isinstance(payload, list):  # a mail within the mail
        return b"\n".join(each.as_bytes() for each in payload)
    return str(payload or "").encode("utf-8", "surrogateescape")


def _is_file(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _text(mail: Message) -> str:
    """The first plain text, else the first HTML without its marks."""
    plain = marked = None
    for each in _parts(mail):
        if each.is_multipart() or _is_file(each):
            continue
        if each.get_content_type() == "text/plain" and plain is None:
            plain = _decoded(each)
        elif each.get_content_type() == "text/html" and marked is None:
            marked = _decoded(each)
    if plain is not None and plain.strip():
        return plain[:MOST_TEXT]
    return _unmarked(marked)[:MOST_TEXT] if marked else ""


def _decoded(part: Message) -> str:
    content = _content(part)[: 4 * MOST_TEXT]
    for charset in (part.get_content_charset(), "utf-8", "cp1252"):
        try:
            return clean(content.decode(charset or "utf-8").replace("\r\n", "\n"))
        except (LookupError, ValueError):
            continue
    return clean(content.decode("latin-1").replace("\r\n", "\n"))


def _unmarked(text: str) -> str:
    try:
        tree = html.fromstring(text.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError):
        return ""
    etree.strip_elements(tree, "script", "style", "head", "title", etree.Comment, with_tail=False)
    for each in tree.iter("br", "p", "div", "tr", "li", "blockquote"):
        each.tail = "\n" + (each.tail or "")
    lines = (" ".join(line.split()) for line in clean(tree.text_content()).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _files(mail: Message) -> Iterator[File]:
    for number, each in enumerate(_parts(mail)):
        if each.is_multipart() and each.get_content_type() != "message/rfc822":
            continue
        if _is_file(each):
            name = " ".join(clean(_file_name(each)).split())[:200]
            yield File(number, name or "document", each.get_content_type()[:100], len(_content(each)))


def _file_name(part: Message) -> str:
    with suppress(Exception):
        return str(make_header(decode_header(part.get_filename() or "")))
    return str(part.get_filename() or "")
