"""The sessions in which a person is signed in: listed, ended, and limited in time.

A session is a row of Django's; beside it allauth keeps from where it came (`UserSession`), which is how all sessions of
a person are found.
"""

import time
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from o2c.core import clock
from o2c.core.models import User

BEGUN, SEEN = "o2c_begun", "o2c_seen"  # moments, kept in the session itself
NOTED_EVERY = 60  # seconds: being used is written down that often, so that a page costs no write


@dataclass(frozen=True)
class Place:
    """One browser in which a person is signed in."""

    pk: int
    address: str
    browser: str
    begun_at: datetime
    seen_at: datetime
    here: bool


def of(user: User, here: str | None) -> list[Place]:
    """Where the person is signed in, the last used first; `here` is the key of the session that asks."""
    rows = UserSession.objects.filter(
        user=user, session_key__in=Session.objects.filter(expire_date__gt=clock.now()).values("session_key")
    )
    return [
        Place(row.pk, row.ip, row.user_agent, row.created_at, row.last_seen_at, row.session_key == here)
        for row in rows.order_by("-last_seen_at", "-pk")
        if row.session_key == here or clock.now() - row.last_seen_at < settings.O2C_SESSION_IDLE
    ]


def end(user: User, pk: int) -> bool:
    """End one of the person's sessions; False where it is none of theirs."""
    keys = list(UserSession.objects.filter(user=user, pk=pk).values_list("session_key", flat=True))
    _end(keys)
    return bool(keys)


def end_all(user: User, *, but: str | None = None) -> None:
    """End every session of the person, except perhaps the one that asks for it."""
    rows = UserSession.objects.filter(user=user)
    _end(list((rows.exclude(session_key=but) if but else rows).values_list("session_key", flat=True)))


def _end(keys: list[str]) -> None:
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()


def begin(request: HttpRequest) -> None:
    """Start the clocks of a session that somebody has just signed in to, and write down from where."""
    request.session[BEGUN] = request.session[SEEN] = time.time()
    UserSession.objects.create_from_request(request)


def renew(request: HttpRequest) -> None:
    """Give the session another key, so that one that was known before is worth nothing any more."""
    before = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)


def is_over(request: HttpRequest) -> bool:
    """Whether the session is older than it may be, or was left alone for too long."""
    now = time.time()
    begun, seen = request.session.get(BEGUN), request.session.get(SEEN)
    if begun is None or seen is None:
        begin(request)  # signed in without our page, as the first administrator and tests do
        return False
    return (
        now - begun >= settings.O2C_SESSION_LIMIT.total_seconds()
        or now - seen >= settings.O2C_SESSION_IDLE.total_seconds()
    )


def note(request: HttpRequest) -> None:
    """Write down that the session is used, at most once a minute."""
    now = time.time()
    if now - request.session[SEEN] >= NOTED_EVERY:
        request.session[SEEN] = now
        UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=clock.now())


def age(request: HttpRequest) -> float:
    """Seconds since the person signed in."""
    return time.time() - request.session.get(BEGUN, 0)
