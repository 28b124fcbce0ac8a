"""E-mail as bytes. Nothing here touches the database."""

import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError, MessageError
from email.header import Header
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
LONGEST_LINE = 76
# Of letters and signs that mean nothing in a header, short enough for one line.
PLAIN_FILE_NAME = re.compile(r"[A-Za-z0-9._-]{1,30}")
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
    head = [
        _address("From", origin),
        _address("To", target),
        _header("Subject", one_line(subject)),
        _header("Date", format_datetime(dated)),
        _header("Message-ID", f"<{reference}@{origin.domain}>"),
    ]
    if in_reply_to:
        answered = f"<{one_line(in_reply_to)}>"
        head += [_header("In-Reply-To", answered), _header("References", answered)]
    else:
        head.append(_header("Auto-Submitted", "auto-generated"))  # RFC 3834: vacation answers stay away
    if reply_to:
        head.append(_address("Reply-To", _parsed(reply_to)))
    if language:
        head.append(_header("Content-Language", one_line(language)))
    head.append(b"MIME-Version: 1.0\r\n")
    body = _words("plain", text)
    if html:
        body = _parts("alternative", f"=_{reference.hex}", [body, _words("html", html)])
    if attachments:
        body = _parts("mixed", f"=_{reference.hex}_files", [body, *map(_file, attachments)])
    return Mail(reference, origin.addr_spec, target.addr_spec, b"".join(head) + body)


# --- The form of RFC 5322 and 2045 to 2047. It is put together here, as the library's model of a message takes five
# times as long, and loses blanks between words with letters beyond ASCII.


def _header(name: str, value: str) -> bytes:
    """A line of the head, or several, of a value without line breaks."""
    return f"{name}: {_folded(name, value)}\r\n".encode()


def _address(name: str, of: Address) -> bytes:
    if _plain(of.display_name):
        return f"{name}: {of}\r\n".encode()
    return f"{name}: {_folded(name, of.display_name)} <{of.addr_spec}>\r\n".encode()


def _plain(value: str) -> bool:
    """Whether it stands for itself: nothing that must be encoded, or would be read as encoded."""
    return value.isascii() and "=?" not in value


def _folded(name: str, value: str) -> str:
    plain = _plain(value)
    if plain and len(name) + len(value) <= LONGEST_LINE - 2:
        return value
    return Header(value, "us-ascii" if plain else "utf-8", LONGEST_LINE, name).encode(linesep="\r\n")


def _words(subtype: str, text: str) -> bytes:
    lines = b"\r\n".join(text.encode().splitlines()) + b"\r\n"
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head.encode() + b2a_qp(lines, istext=True)


def _file(file: Attachment) -> bytes:
    """Texts too go as the bytes that they are: what was given out stays as it was."""
    media_type = file.media_type if MEDIA_TYPE.fullmatch(file.media_type) else "application/octet-stream"
    head = f"Content-Type: {media_type}\r\nContent-Transfer-Encoding: base64\r\n".encode()
    name = _disposition(file_name(file.name))
    return head + name + b"\r\n" + encodebytes(file.content).replace(b"\n", b"\r\n")


def _disposition(name: str) -> bytes:
    if PLAIN_FILE_NAME.fullmatch(name):
        return f'Content-Disposition: attachment; filename="{name}"\r\n'.encode()
    part = EmailMessage(policy=SMTP)
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part.as_bytes().rstrip(b"\r\n") + b"\r\n"


def _parts(subtype: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    """Several parts as one; the line break before a boundary is the boundary's (RFC 2046, 5.1)."""
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n'.encode()
    between = f"\r\n--{boundary}".encode()
    return b"".join([head, *(between + b"\r\n" + part for part in parts), between, b"--\r\n"])
