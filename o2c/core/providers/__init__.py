"""The ways out of the house: who takes the messages of a channel from us, one at a time, and what it may answer."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Protocol

from django.conf import settings

from o2c.core import environment
from o2c.core.models import Message

Channel = Message.Channel


class Unreachable(Exception):
    """The provider cannot be reached or turns us away before any message."""


class Outcome(Enum):
    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    # The connection was lost while it was taken.
    UNSURE = "unsure"
    # It says nothing of this message: no other is taken at present either.
    HELD = "held"


@dataclass(frozen=True)
class Answer:
    """What a provider said of a message; `provider_id` is its own name for it, `wait` how long it wants to be left."""

    outcome: Outcome
    text: str
    provider_id: str = ""
    wait: timedelta | None = None


class Provider(Protocol):
    """Takes the messages of one channel.

    `name` stands in the claim of a message. `repeats` says that a message which is handed over again, under the same
    reference, is taken once: so one whose fate is unknown is handed over again.
    """

    name: str
    repeats: bool

    def open(self) -> None:
        """Make ready to take a message, unless that is done. Raises Unreachable; then nothing is claimed."""

    def hand_over(self, message: Message) -> Answer:
        """Raises Unsendable where it cannot be put into form, Unreachable where nothing was begun."""

    def close(self) -> None: ...


def takes(channel: str) -> bool:
    """Whether somebody takes the messages of the channel; else they become files, or are printed by a person."""
    if channel == Channel.EMAIL:
        return settings.O2C_SMTP is not None
    given = _given(channel)
    return given is not None and bool(given.url)


def of(channel: str) -> Provider:
    """Who takes the messages of the channel."""
    from o2c.core.providers.http import Gateway
    from o2c.core.providers.smtp import MailServer

    if channel == Channel.EMAIL:
        return MailServer(settings.O2C_SMTP, wants_reports=bool(settings.O2C_MAILBOXES))
    return Gateway(_given(channel))


def _given(channel: str) -> environment.Gateway | None:
    return settings.O2C_SMS if channel == Channel.SMS else settings.O2C_POST


def posts_letters() -> bool:
    """Whether letters go to a service that prints and posts them, and not to a person."""
    return settings.O2C_POST is not None
