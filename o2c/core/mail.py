"""E-mail as bytes, the conversation with a mail server, and the spool folder. Nothing here touches the database."""

import contextlib
import os
import re
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError, MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from enum import Enum
from pathlib import Path
from uuid import UUID

from o2c.core.environment import Smtp

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# What some system does not take in the name of a file, or reads as a way elsewhere.
NO_FILE_NAME = re.compile(
    r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+'
)
LONGEST_FILE_NAME = 100
MEDIA_TYPE = re.compile(r"([a-z]+)/([a-z0-9][a-z0-9.+-]*)")
TIMEOUT = 30  # seconds for each answer of the server


class Unsendable(ValueError):
    """The message cannot be put into the form of an e-mail; the text says why."""


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
    mail = EmailMessage(policy=SMTP)
    mail["From"] = origin
    mail["To"] = target
    mail["Subject"] = one_line(subject)
    mail["Date"] = format_datetime(dated)
    mail["Message-ID"] = f"<{reference}@{origin.domain}>"
    if in_reply_to:
        mail["In-Reply-To"] = mail["References"] = f"<{one_line(in_reply_to)}>"
    else:
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: vacation answers stay away
    if reply_to:
        mail["Reply-To"] = _parsed(reply_to)
    mail.set_content(text, cte="quoted-printable")
    if html:
        mail.add_alternative(html, subtype="html", cte="quoted-printable")
        mail.set_boundary(f"=_{reference.hex}")
    for file in attachments:
        known = MEDIA_TYPE.fullmatch(file.media_type)
        main, sub = known.groups() if known else ("application", "octet-stream")
        # Texts too go as the bytes that they are: what was given out stays as it was.
        mail.add_attachment(file.content, maintype=main, subtype=sub, filename=file_name(file.name))
    if attachments:
        mail.set_boundary(f"=_{reference.hex}_files")
    if language:
        mail["Content-Language"] = one_line(language)
    return Mail(reference, origin.addr_spec, target.addr_spec, mail.as_bytes())


class Outcome(Enum):
    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Answer:
    outcome: Outcome
    text: str


class NoServer(Exception):
    """The mail server cannot be reached or turns us away before any message."""


class Server:
    """A conversation with the mail server, for one message after the other. Opens anew what was lost.

    Its certificate is checked against the machine's authorities; SSL_CERT_FILE names others, such as a company's own.
    With `wants_reports` it is asked to report also what was delivered, where it knows how (RFC 3461).
    """

    def __init__(self, smtp: Smtp, *, wants_reports: bool = False):
        self.smtp = smtp
        self.wants_reports = wants_reports
        self.tls = ssl.create_default_context()
        self.connection: smtplib.SMTP | None = None

    def __enter__(self) -> "Server":
        self.open()
        return self

    def __exit__(self, *error) -> None:
        if self.connection is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self.connection.quit()
        self._drop()

    def open(self) -> None:
        """Connect, encrypt and log in, unless that is done. Raises NoServer."""
        if self.connection is not None:
            return
        try:
            if self.smtp.tls:
                connection = smtplib.SMTP_SSL(self.smtp.host, self.smtp.port, timeout=TIMEOUT, context=self.tls)
            else:
                connection = smtplib.SMTP(self.smtp.host, self.smtp.port, timeout=TIMEOUT)
            self.connection = connection
            if self.smtp.starttls:
                connection.starttls(context=self.tls)
            connection.ehlo_or_helo_if_needed()
            if self.smtp.user:
                connection.login(self.smtp.user, self.smtp.password)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise NoServer(f"{self.smtp.host}:{self.smtp.port}: {error}") from None

    def send(self, mail: Mail) -> Answer:
        """Hand one message over and say what became of it. Raises NoServer where no message could be begun."""
        self.open()
        connection = self.connection
        handed_over = False
        try:
            for code, answer in self._begin(connection, mail):
                if code >= 400 or code < 0:
                    self._reset()
                    return _refusal(code, answer)
            handed_over = True
            connection.send(re.sub(rb"(?m)^\.", b"..", mail.content).rstrip(b"\r\n") + b"\r\n.\r\n")
            code, answer = connection.getreply()
            if code == 250:
                return Answer(Outcome.SENT, _text(code, answer))
            return _refusal(code, answer)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            if handed_over:
                return Answer(Outcome.UNSURE, f"The connection was lost while the server took the message: {error}")
            return Answer(Outcome.LATER, f"The connection was lost before the message was handed over: {error}")

    def _begin(self, connection: smtplib.SMTP, mail: Mail):
        ours, theirs = _reporting(mail) if self.wants_reports and connection.has_extn("dsn") else ([], [])
        yield connection.mail(mail.sender, ours)
        yield connection.rcpt(mail.recipient, theirs)
        code, answer = connection.docmd("DATA")
        # Anything but "go on" is a refusal of the message.
        yield (code, answer) if code == 354 or code >= 400 or code < 0 else (451, answer)

    def _reset(self) -> None:
        try:
            self.connection.rset()
        except (smtplib.SMTPException, OSError):
            self._drop()

    def _drop(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def _reporting(mail: Mail) -> tuple[list[str], list[str]]:
    """What is asked with the sender and with the recipient: a report of any fate, that names the message."""
    wrote_to = re.sub(r"[^!-*,-<>-~]", lambda found: f"+{ord(found[0]):02X}", mail.recipient)  # RFC 3461, 4: xtext
    return [f"ENVID={mail.reference}", "RET=HDRS"], ["NOTIFY=SUCCESS,FAILURE,DELAY", f"ORCPT=rfc822;{wrote_to}"]


def _text(code: int, answer: bytes) -> str:
    return one_line(f"{code} {answer.decode('utf-8', 'replace')}")


def _refusal(code: int, answer: bytes) -> Answer:
    """4xx: another time; 5xx: never (RFC 5321, 4.2.1)."""
    return Answer(Outcome.REFUSED if code >= 500 else Outcome.LATER, _text(code, answer))


def spool(mails: list[Mail], folder: Path) -> None:
    """Write each mail as a file of its own: whole or not at all, and on the disk when this returns.

    The file is named by the reference, so writing a mail again writes the same file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for mail in mails:
        draft = folder / f".{mail.reference}.{os.getpid()}"
        with draft.open("wb") as file:
            file.write(mail.content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / f"{mail.reference}.eml")
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
