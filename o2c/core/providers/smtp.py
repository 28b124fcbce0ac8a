"""A mail server: the conversation in which it takes one message after the other."""

import contextlib
import re
import smtplib
import ssl

from o2c.core.environment import Smtp
from o2c.core.mail import Mail, one_line
from o2c.core.models import Message
from o2c.core.providers import Answer, Outcome, Unreachable, forms

TIMEOUT = 30  # seconds for each answer of the server


class MailServer:
    """A conversation with the mail server, for one message after the other. Opens anew what was lost.

    Its certificate is checked against the machine's authorities; SSL_CERT_FILE names others, such as a company's own.
    With `wants_reports` it is asked to report also what was delivered, where it knows how (RFC 3461).
    """

    name = "smtp"
    repeats = False

    def __init__(self, smtp: Smtp, *, wants_reports: bool = False):
        self.smtp = smtp
        self.wants_reports = wants_reports
        self.tls = ssl.create_default_context()
        self.connection: smtplib.SMTP | None = None

    def close(self) -> None:
        if self.connection is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self.connection.quit()
        self._drop()

    def open(self) -> None:
        """Connect, encrypt and log in, unless that is done. Raises Unreachable."""
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
            raise Unreachable(f"{self.smtp.host}:{self.smtp.port}: {error}") from None

    def hand_over(self, message: Message) -> Answer:
        mail = forms.email(message)
        self.open()
        connection = self.connection
        handed_over = False
        try:
            for code, answer in self._begin(connection, mail):
                if code >= 400 or code < 0:
                    self._reset()
                    return _refusal(code, answer)
            handed_over = True
            dotted = mail.content.replace(b"\n.", b"\n..")  # RFC 5321, 4.5.2; the first line is a header's
            connection.send(dotted.rstrip(b"\r\n") + b"\r\n.\r\n")
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
