"""Reading mailboxes over IMAP. Nothing is changed there: what is unread stays so, and nothing is deleted."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from o2c.core.environment import Imap

TIMEOUT = 30  # seconds for each answer of the server
AT_ONCE = 20
# Of a larger mail only the beginning is fetched, which has its headers and most likely its text.
MOST_BYTES = 25 * 1024 * 1024
OF_TOO_LARGE = 256 * 1024


class NoMailbox(Exception):
    """The mailbox cannot be read; the text says which one and why."""


@dataclass(frozen=True)
class Came:
    """A mail of a mailbox by its number there; `cut` where it was too large to be fetched whole."""

    uid: int
    raw: bytes
    size: int
    cut: bool


class Mailbox:
    """A conversation with the server of a mailbox. Its certificate is checked as the mail server's is."""

    def __init__(self, imap: Imap):
        self.imap = imap
        self.client: IMAPClient | None = None
        self.validity = 0

    def __enter__(self) -> Mailbox:
        imap = self.imap
        context = ssl.create_default_context()
        try:
            client = IMAPClient(
                imap.host, port=imap.port, ssl=imap.tls, ssl_context=context if imap.tls else None, timeout=TIMEOUT
            )
            self.client = client
            if imap.starttls:
                client.starttls(context)
            client.login(imap.user, imap.password)
            self.validity = int(client.select_folder(imap.folder, readonly=True)[b"UIDVALIDITY"])
        except (IMAPClientError, OSError, KeyError) as error:
            self._close()
            raise NoMailbox(f"{imap.name}: {_without(str(error), imap.password)}") from None
        return self

    def __exit__(self, *error) -> None:
        self._close()

    def _close(self) -> None:
        if self.client is not None:
            with suppress(IMAPClientError, OSError):
                self.client.logout()

    def after(self, uid: int) -> Iterator[list[Came]]:
        """The mails with higher numbers than `uid`, in their order, some at a time. Raises NoMailbox."""
        try:
            # The server takes "n:*" to hold the last mail even where its number is lower.
            uids = sorted(found for found in self.client.search(["UID", f"{uid + 1}:*"]) if found > uid)
            for start in range(0, len(uids), AT_ONCE):
                yield self._fetched(uids[start : start + AT_ONCE])
        except (IMAPClientError, OSError) as error:
            raise NoMailbox(f"{self.imap.name}: {_without(str(error), self.imap.password)}") from None

    def _fetched(self, uids: list[int]) -> list[Came]:
        sizes = {uid: data[b"RFC822.SIZE"] for uid, data in self.client.fetch(uids, ["RFC822.SIZE"]).items()}
        found = []
        for uid in uids:
            if uid not in sizes:  # deleted meanwhile
                continue
            cut = sizes[uid] > MOST_BYTES
            part = f"BODY.PEEK[]<0.{OF_TOO_LARGE}>" if cut else "BODY.PEEK[]"
            data = self.client.fetch([uid], [part]).get(uid, {})
            raw = next((value for key, value in data.items() if key.startswith(b"BODY[]")), None)
            if raw is not None:
                found.append(Came(uid, raw, sizes[uid], cut))
        return found


def _without(text: str, secret: str) -> str:
    return text.replace(secret, "***") if secret else text
