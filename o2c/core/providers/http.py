"""A provider on the web: a message is one POST of JSON, under a key by which it is taken once.

The connection is made before a message is claimed and looked at apart from the request, so that it is known whether
anything can have been handed over: the standard library says that, where libraries above it hide it.
"""

import http.client
import json
import ssl
from datetime import UTC, datetime, timedelta
from email.message import Message as Headers
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from o2c.core import clock
from o2c.core.environment import Gateway as Settings
from o2c.core.mail import one_line
from o2c.core.models import Message
from o2c.core.providers import Answer, Outcome, Unreachable, forms

CONNECTS_WITHIN, ANSWERS_WITHIN = 10, 30  # seconds
MOST_READ = 64 * 1024
LONGEST_TEXT = 500
LONGEST_WAIT = timedelta(hours=4)
# The address or the token is wrong, which says nothing of the message: nothing is refused for it.
TURNED_AWAY = {*range(300, 400), 401, 403, 404, 405, 407}
TURNED_AWAY_FOR = timedelta(minutes=5)
# It takes no more at present.
FULL = {429, 503}
# It is at work on the same message, or has given up waiting for us.
ANOTHER_TIME = {408, 409, 425}


class Gateway:
    """A conversation with a provider, for one message after the other. Opens anew what was lost."""

    name = "http"
    repeats = True

    def __init__(self, given: Settings):
        parts = urlsplit(given.url)
        self.place = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
        self.encrypted = parts.scheme == "https"
        self.target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self.token = given.token
        self.parts = parts
        self.connection: http.client.HTTPConnection | None = None

    def open(self) -> None:
        if self.connection is not None:
            return
        host, port = self.parts.hostname, self.parts.port
        if self.encrypted:
            tls = ssl.create_default_context()
            connection = http.client.HTTPSConnection(host, port, timeout=CONNECTS_WITHIN, context=tls)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=CONNECTS_WITHIN)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise Unreachable(f"{self.place}: {error}") from None
        connection.sock.settimeout(ANSWERS_WITHIN)
        self.connection = connection

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def hand_over(self, message: Message) -> Answer:
        body = forms.request(message)
        self.open()
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Idempotency-Key": str(message.reference),
            "User-Agent": "o2c",
        }
        try:
            self.connection.request("POST", self.target, body, headers)
            answer = self.connection.getresponse()
        except (http.client.HTTPException, OSError) as error:
            self.close()
            return Answer(Outcome.UNSURE, f"The connection was lost while the provider took the message: {error!r}")
        said = self._read(answer)
        return judge(answer.status, answer.reason, answer.headers, said, now=clock.now())

    def _read(self, answer: http.client.HTTPResponse) -> bytes:
        """The beginning of what is said; a connection with more on it, or on which it was lost, is not used again."""
        try:
            said = answer.read(MOST_READ)
        except (http.client.HTTPException, OSError):
            said = b""
        if not answer.isclosed() or answer.will_close:
            self.close()
        return said


def judge(status: int, reason: str, headers: Headers, said: bytes, *, now: datetime) -> Answer:
    """What an answer means for the message. A wait that is asked for is kept to, for at most four hours."""
    text = one_line(f"{status} {reason} {said.decode('utf-8', 'replace')}")[:LONGEST_TEXT]
    wait = _wait(headers.get("Retry-After", ""), now)
    if 200 <= status < 300:
        own = _own_id(said)
        return Answer(Outcome.SENT, one_line(f"{status} {reason}") if own else text, own)
    if status in TURNED_AWAY:
        return Answer(Outcome.HELD, text, wait=wait or TURNED_AWAY_FOR)
    if status in FULL:
        return Answer(Outcome.HELD, text, wait=wait)
    if status in ANOTHER_TIME or status >= 500:
        return Answer(Outcome.LATER, text, wait=wait)
    return Answer(Outcome.REFUSED, text)


def _own_id(said: bytes) -> str:
    try:
        own = json.loads(said).get("id")
    except (ValueError, RecursionError, AttributeError):
        return ""
    return one_line(str(own))[:100] if isinstance(own, str | int) else ""


def _wait(text: str, now: datetime) -> timedelta | None:
    """Seconds, or the moment after which to come again (RFC 9110, 10.2.3)."""
    text = text.strip()
    try:
        if text.isdecimal():
            wait = timedelta(seconds=min(int(text), LONGEST_WAIT.total_seconds()))
        else:
            moment = parsedate_to_datetime(text)
            wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return min(wait, LONGEST_WAIT) if wait > timedelta() else None
