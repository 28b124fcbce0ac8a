"""E-mail as bytes. Nothing here touches the database."""

import re
from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError, MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from uuid import UUID

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# What some system does not take in the name of a file, or reads as a way elsewhere.
NO_FILE_NAME = re.compile(
    r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+'
)
LONGEST_FILE_NAME = 100
# What goes with one message at most: many servers refuse more than 10 MB, and files grow by a third on their way.
MOST_PAPERS, MOST_BYTES = 20, 8 * 1024 * 1024
# Of one part that is only bytes: no parts within, which have lines of their own.
MEDIA_TYPE = re.compile(r"(?!multipart/|message/)[a-z]+/[a-z0-9][a-z0-9.+-]*")


class Unsendable(ValueError):
    """The message cannot be put into the form in which it goes out; the text says why."""


def too_large(size: int) -> str:
    """Why so many bytes do not go with one message; empty where they do."""
    mb = 1 << 20
    if size <= MOST_BYTES:
        return ""
    return f"The documents are {size / mb:.1f} MB together; at most {MOST_BYTES // mb} MB go with one e-mail."


def one_line(text: str) -> str:
    """Text that fits a header: line breaks and control characters become spaces, so nothing can add a header."""
    return " ".join(UNPRINTABLE.sub(" ", text).split())


def address(name: str, email: str) -> str:
    """ "Name <email>" for a header, quoted where the name needs it; at most 320 characters."""
    email = one_line(email)
    name = one_line(name)[: max(0, 310 - 2 * len(email))].strip()
    if not name:
        return email
    if re.search(r'[()<>@,:;".\[\]\\]', name):
        name = '"{}"'.format(name.replace("\\", " ").replace('"', "'"))
    return f"{name} <{email}>"


def _parsed(text: str) -> Address:
    name, email = parseaddr(text)
    try:
        if not email.isascii() or "@" not in email:
            raise ValueError("it must be of the form name@domain, in ASCII")
        return Address(display_name=one_line(name), addr_spec=email)
    except (ValueError, IndexError, HeaderParseError, MessageError) as error:
        raise Unsendable(f"{one_line(text)!r} is not an address mail can be sent to: {error}") from None


def usable(email: str) -> bool:
    """Whether mail can be sent to the address, as far as its form says."""
    try:
        _parsed(email)
    except Unsendable:
        return False
    return True


def file_name(name: str) -> str:
    """A name under which a file can be saved everywhere: no way to another folder, nothing hidden, not too long."""
    name = " ".join(NO_FILE_NAME.sub(" ", name).split()).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        stem, dot, ending = name, "", ""
    return stem[: LONGEST_FILE_NAME - len(ending) - 1].strip(". ") + dot + ending if stem else "document"


@dataclass(frozen=True)
class Attachment:
    """A file that goes with an e-mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """One e-mail, ready to be handed over."""

    reference: UUID
    sender: str
    recipient: str
    content: bytes


def compose(
    *,
    reference: UUID,
    sender: str,
    recipient: str,
    subject: str,
    text: str,
    html: str = "",
    reply_to: str = "",
    language: str = "",
    dated: datetime,
    in_reply_to: str = "",
    attachments: Sequence[Attachment] = (),
) -> Mail:
    """The e-mail of a message: the same message always gives the same bytes. Raises Unsendable.

    What answers a mail is a person's and says so; everything else is a program's.

    A file keeps its name in any script (RFC 2231) and its type; one of an unknown type is only bytes.
    """
    origin, target = _parsed(sender), _parsed(recipient)
    head, body = EmailMessage(policy=SMTP), EmailMessage(policy=SMTP)
    head["From"] = origin
    head["To"] = target
    head["Subject"] = one_line(subject)
    head["Date"] = format_datetime(dated)
    head["Message-ID"] = f"<{reference}@{origin.domain}>"
    if in_reply_to:
        head["In-Reply-To"] = head["References"] = f"<{one_line(in_reply_to)}>"
    else:
        head["Auto-Submitted"] = "auto-generated"  # RFC 3834: vacation answers stay away
    if reply_to:
        head["Reply-To"] = _parsed(reply_to)
    if language:
        head["Content-Language"] = one_line(language)
    body.set_content(text, cte="quoted-printable")
    if html:
        body.add_alternative(html, subtype="html", cte="quoted-printable")
        body.set_boundary(f"=_{reference.hex}")
    content = body.as_bytes()
    if attachments:
        content = _with_files(content, attachments, boundary=f"=_{reference.hex}_files")
    return Mail(reference, origin.addr_spec, target.addr_spec, _header_lines(head) + content)


def _header_lines(part: EmailMessage) -> bytes:
    return part.as_bytes().rstrip(b"\r\n") + b"\r\n"


def _with_files(body: bytes, files: Sequence[Attachment], *, boundary: str) -> bytes:
    """A body and files as the parts of one (RFC 2046, 5.1). The library does it too, but slowly."""
    between = b"\r\n--" + boundary.encode()
    parts = [f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="{boundary}"\r\n'.encode()]
    parts += [between, b"\r\n", body]
    for file in files:
        name = EmailMessage(policy=SMTP)
        name.add_header("Content-Disposition", "attachment", filename=file_name(file.name))
        # Texts too go as the bytes that they are: what was given out stays as it was.
        media_type = file.media_type if MEDIA_TYPE.fullmatch(file.media_type) else "application/octet-stream"
        parts += [between, f"\r\nContent-Type: {media_type}\r\nContent-Transfer-Encoding: base64\r\n".encode()]
        parts += [_header_lines(name), b"\r\n", encodebytes(file.content).replace(b"\n", b"\r\n")]
    return b"".join([*parts, between, b"--\r\n"])
