"""Sending messages: each is claimed before it is handed over, and its fate is written down by whoever claimed it.

E-mail cannot be exactly-once: between the server taking a message and our writing that down anything may die. So a
message is claimed alone, shortly before it is handed over; where its fate is unknown afterwards it goes to a person, or
is handed over again to a provider that takes it once. Nothing is sent inside a transaction.
"""

import contextlib
import logging
import time
import uuid
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Min, Q, QuerySet

from o2c.core import clock, leases, mail, pacing, providers, states
from o2c.core.actors import Actor, acting
from o2c.core.models import Message
from o2c.core.providers import Answer, Outcome, Provider, Unreachable, files, forms

log = logging.getLogger(__name__)

State = Message.State
STALE = timedelta(minutes=10)
SPOOL = "spool"
SPOOL_BATCH = 200
# Two days of trying, ever less often; then the message counts as refused.
MOST_ATTEMPTS = 16
# One statement takes and reads them, and says which have files, for which it takes a second one. Statements by hand,
# as putting these few together from models takes longer than the database takes for them.
CLAIM = """
    UPDATE core_message m SET state = 'sending', claim_key = %(key)s, claimed_at = %(now)s, claimed_by = %(by)s
    WHERE m.id = {which} AND m.state = 'queued'
    RETURNING m.*, EXISTS (SELECT FROM core_messageattachment a WHERE a.message_id = m.id) AS has_documents
"""
CHOSEN = "ANY(%(ids)s)"
FIRST = """(
        SELECT id FROM core_message
        WHERE state = 'queued' AND channel = %(channel)s AND not_before <= %(now)s AND NOT spool_only
        ORDER BY not_before, id LIMIT 1 FOR UPDATE SKIP LOCKED
    )"""
FILES = """
    SELECT a.message_id, d.name, d.media_type, d.content
    FROM core_messageattachment a JOIN core_document d ON d.id = a.document_id
    WHERE a.message_id = ANY(%s) ORDER BY a.message_id, a.position
"""
# Unless somebody has taken the claim from us meanwhile.
FINISH = """
    UPDATE core_message
    SET state = %(state)s, server_answer = %(answer)s, finished_at = %(finished_at)s,
        attempts = coalesce(%(attempts)s, attempts), provider_id = coalesce(%(provider_id)s, provider_id),
        not_before = coalesce(%(not_before)s, not_before)
    WHERE id = ANY(%(ids)s) AND state = 'sending' AND claim_key = ANY(%(keys)s)
"""


@dataclass
class Delivered:
    """What became of the messages of one delivery."""

    sent: int = 0
    spooled: int = 0
    later: int = 0
    refused: int = 0
    unsure: int = 0

    def __add__(self, other: "Delivered") -> "Delivered":
        return Delivered(*(sum(pair) for pair in zip(astuple(self), astuple(other), strict=True)))

    @property
    def total(self) -> int:
        return self.handed_over + self.later

    @property
    def handed_over(self) -> int:
        """How many need no further attempt by us."""
        return self.sent + self.spooled + self.refused + self.unsure


@dataclass(frozen=True)
class Share:
    """How much one delivery does of a channel: so many messages, and none but the first after a monotonic moment."""

    most: int | None = None
    until: float | None = None

    def left(self, delivered: Delivered) -> bool:
        if self.until is not None and delivered.total and time.monotonic() >= self.until:
            return False
        return self.most is None or delivered.total < self.most

    def at_once(self, delivered: Delivered) -> int:
        return SPOOL_BATCH if self.most is None else min(SPOOL_BATCH, self.most - delivered.total)


def delay(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 1, 2, 4 … minutes, at most four hours."""
    return min(timedelta(minutes=2 ** min(attempts - 1, 10)), timedelta(hours=4))


def deliver(limit: int | None = None, *, seconds: float | None = None) -> Delivered:
    """Hand over what is queued and due, at most `limit` messages of each channel, and say what became of it.

    After so many `seconds` it begins with no further one.

    What nobody takes is spooled as files; messages that are `spool_only` always are. Where a provider cannot be reached
    nothing is claimed and everything waits. Any number of processes may deliver at once.
    """
    sweep()
    delivered, share = Delivered(), Share(limit, None if seconds is None else time.monotonic() + seconds)
    for channel in Message.Channel:
        delivered += _deliver(channel, share)
    return delivered


def _deliver(channel: str, share: Share) -> Delivered:
    delivered, takes = Delivered(), providers.takes(channel)
    if channel == Message.Channel.LETTER and not providers.posts_letters():
        # Nobody posts them any more: they are printed like the others.
        Message.objects.filter(state=State.QUEUED, channel=channel, spool_only=False).update(state=State.TO_PRINT)
    _spool(channel, Message.objects.filter(spool_only=True) if takes else Message.objects.all(), delivered, share)
    if takes:
        _send(channel, delivered, share)
    return delivered


def sweep(now: datetime | None = None) -> dict[str, int]:
    """Settle what a dead sender left: what was to be spooled is queued again, and what a provider takes once; an e-mail
    that was being sent goes to a person.

    A claim is left when its process has died, or when it is ten minutes old.
    """
    now = now or clock.now()
    claimed = Message.objects.filter(state=State.SENDING)
    names = claimed.values_list("claimed_by", flat=True).distinct()
    dead = [name for name in names if leases.is_dead(name.partition("@")[2])]
    left = claimed.filter(Q(claimed_by__in=dead) | Q(claimed_at__lt=now - STALE))
    again = Q(claimed_by__startswith="spool@") | Q(claimed_by__startswith="http@")
    return {
        "queued": left.filter(again).update(state=State.QUEUED, claim_key=None),
        "unsure": left.exclude(again).update(
            state=State.UNSURE, server_answer="The sender stopped while it was handing the message over."
        ),
    }


def due(most: int) -> int:
    """How many messages may be handed over now; no more than `most` are counted."""
    return Message.objects.filter(state=State.QUEUED, not_before__lte=clock.now())[:most].count()


def next_due() -> datetime | None:
    """When the next of the messages that wait for their time may be handed over; None where none waits."""
    taken = [channel for channel in Message.Channel if providers.takes(channel)]
    later = Message.objects.filter(state=State.QUEUED, channel__in=taken, not_before__gt=clock.now())
    return later.aggregate(first=Min("not_before"))["first"] if taken else None


def _claim(channel: str, how: str, due: QuerySet[Message], count: int = 1) -> list[Message]:
    """Take due messages for ourselves, so that no one else gets them: many for the spool, one for a provider."""
    key = uuid.uuid4()
    now = clock.now()
    facts = {"key": key, "now": now, "by": f"{how}@{leases.holder()}", "channel": channel}
    with transaction.atomic(durable=True):  # a claim that others cannot see yet is none
        if how != SPOOL and not pacing.of(channel).holds_back:
            which = FIRST
        else:
            due = due.filter(state=State.QUEUED, channel=channel, not_before__lte=now)
            due = due.order_by("not_before", "id").select_for_update(skip_locked=True)
            if how == SPOOL:
                ids = list(due.values_list("pk", flat=True)[:count])
            else:
                chosen = pacing.first(due, now, channel)
                ids = [] if chosen is None else [chosen]
            if not ids:
                return []
            which, facts["ids"] = CHOSEN, ids
        found = sorted(Message.objects.raw(CLAIM.format(which=which), facts), key=lambda message: message.pk)
    _read_files(found)
    return found


def _read_files(messages: list[Message]) -> None:
    """Give each message what goes with it, as `files`."""
    by_id = {message.pk: message for message in messages if message.has_documents}
    for message in messages:
        message.files = []
    if by_id:
        with connection.cursor() as cursor:
            cursor.execute(FILES, [list(by_id)])
            for message_id, name, media_type, content in cursor:
                by_id[message_id].files.append(mail.Attachment(name, media_type, bytes(content)))


def _finish(messages: list[Message], state: State, answer: str = "", **changes) -> int:
    """Write the fate of claimed messages, with attempts, provider_id or not_before where they change; how many."""
    facts = {
        "ids": [message.pk for message in messages],
        "keys": [message.claim_key for message in messages],
        "state": str(state),
        "answer": answer,
        "finished_at": clock.now() if state != State.QUEUED else None,
        **dict.fromkeys(("attempts", "provider_id", "not_before")),
        **changes,
    }
    with connection.cursor() as cursor:
        cursor.execute(FINISH, facts)
        return cursor.rowcount


def _spool(channel: str, due: QuerySet[Message], delivered: Delivered, share: Share) -> None:
    while share.left(delivered):
        claimed = _claim(channel, SPOOL, due, share.at_once(delivered))
        if not claimed:
            return
        ready, written = [], []
        for message in claimed:
            try:
                written += forms.files(message)
                ready.append(message)
            except mail.Unsendable as error:
                delivered.refused += _finish([message], State.REFUSED, str(error), attempts=message.attempts + 1)
        files.write(written, files.folder(channel))
        if ready:
            delivered.spooled += _finish(ready, State.SPOOLED)


def _send(channel: str, delivered: Delivered, share: Share) -> None:
    due = Message.objects.filter(spool_only=False)
    if not due.filter(state=State.QUEUED, channel=channel, not_before__lte=clock.now()).exists():
        return
    try:
        with contextlib.closing(providers.of(channel)) as provider:
            while share.left(delivered):
                provider.open()
                claimed = _claim(channel, provider.name, due)
                if not claimed or not _hand_over(claimed[0], provider, delivered):
                    return
    except Unreachable as error:
        log.warning("The provider does not answer, messages wait: %s", error)


def _hand_over(message: Message, provider: Provider, delivered: Delivered) -> bool:
    """Hand a message over and write down what became of it; whether the next one may follow."""
    try:
        answer = provider.hand_over(message)
    except mail.Unsendable as error:
        answer = Answer(Outcome.REFUSED, str(error))
    except Unreachable as error:
        answer = Answer(Outcome.LATER, str(error))
    outcome, text, attempts = answer.outcome, answer.text, message.attempts + 1
    if outcome is Outcome.UNSURE and provider.repeats and attempts < MOST_ATTEMPTS:
        outcome = Outcome.LATER
    if outcome is Outcome.LATER and attempts >= MOST_ATTEMPTS:
        outcome, text = Outcome.REFUSED, f"Given up after {attempts} attempts: {text}"
    if outcome in (Outcome.LATER, Outcome.HELD):
        if outcome is Outcome.HELD:
            attempts = message.attempts  # nothing was said of this message
        wait = max(delay(max(attempts, 1)), answer.wait or timedelta())
        delivered.later += _finish([message], State.QUEUED, text, attempts=attempts, not_before=clock.now() + wait)
    else:
        done = _finish([message], State(outcome.value), text, attempts=attempts, provider_id=answer.provider_id)
        setattr(delivered, outcome.value, getattr(delivered, outcome.value) + done)
    return outcome is not Outcome.HELD


# --- What a person decides about a message that was refused or whose fate is unknown


def send_again(message: Message, *, actor: Actor) -> None:
    """Queue it once more. Raises IllegalMove, LostRace."""
    with acting(actor):
        states.move(message, State.QUEUED, not_before=clock.now(), attempts=0, claim_key=None, finished_at=None)


def settle_as_sent(message: Message, *, actor: Actor) -> None:
    """The recipient has it after all. Raises IllegalMove, LostRace."""
    with acting(actor):
        states.move(message, State.SENT, server_answer=f"{actor.name}: it has arrived", finished_at=clock.now())


def give_up(message: Message, *, actor: Actor) -> None:
    """It is not sent any more. Raises IllegalMove, LostRace."""
    with acting(actor):
        states.move(message, State.CANCELLED, finished_at=clock.now())
