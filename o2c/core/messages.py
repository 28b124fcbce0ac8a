"""Sending messages: each is claimed before it is handed over, and its fate is written down by whoever claimed it.

E-mail cannot be exactly-once: between the server taking a message and our writing that down anything may die. So a
message is claimed alone, shortly before it is handed over; where its fate is unknown afterwards it goes to a person.
Nothing is sent inside a transaction.
"""

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, prefetch_related_objects

from o2c.core import clock, leases, mail, pacing, states
from o2c.core.actors import Actor, acting
from o2c.core.models import Message, MessageAttachment

log = logging.getLogger(__name__)

State = Message.State
STALE = timedelta(minutes=10)
SPOOL_BATCH = 200
# Two days of trying, ever less often; then the message counts as refused.
MOST_ATTEMPTS = 16


@dataclass
class Delivered:
    """What became of the messages of one delivery."""

    sent: int = 0
    spooled: int = 0
    later: int = 0
    refused: int = 0
    unsure: int = 0

    @property
    def total(self) -> int:
        return self.sent + self.spooled + self.later + self.refused + self.unsure


def delay(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 1, 2, 4 … minutes, at most four hours."""
    return min(timedelta(minutes=2 ** min(attempts - 1, 10)), timedelta(hours=4))


def deliver(limit: int | None = None) -> Delivered:
    """Hand over what is queued and due, at most `limit` messages, and say what became of it.

    Without a mail server everything is spooled as files; messages that are `spool_only` always are. Where the server
    cannot be reached nothing is claimed and everything waits. Any number of processes may deliver at once.
    """
    sweep()
    delivered = Delivered()
    _spool(delivered, limit)
    if settings.O2C_SMTP:
        _send(delivered, limit)
    return delivered


def sweep(now: datetime | None = None) -> dict[str, int]:
    """Settle what a dead sender left: what was to be spooled is queued again, what was being sent goes to a person.

    A claim is left when its process has died, or when it is ten minutes old.
    """
    now = now or clock.now()
    claimed = Message.objects.filter(state=State.SENDING)
    names = claimed.values_list("claimed_by", flat=True).distinct()
    dead = [name for name in names if leases.is_dead(name.partition("@")[2])]
    left = claimed.filter(Q(claimed_by__in=dead) | Q(claimed_at__lt=now - STALE))
    return {
        "queued": left.filter(claimed_by__startswith="spool@").update(state=State.QUEUED, claim_key=None),
        "unsure": left.exclude(claimed_by__startswith="spool@").update(
            state=State.UNSURE, server_answer="The sender stopped while it was handing the message over."
        ),
    }


def next_due() -> datetime | None:
    """When the next of the messages that wait for their time may go to the server; None where none waits."""
    if not settings.O2C_SMTP:
        return None
    later = Message.objects.filter(state=State.QUEUED, not_before__gt=clock.now())
    return later.order_by("not_before").values_list("not_before", flat=True).first()


def spools(message: Message) -> bool:
    """Whether the message becomes a file and not an e-mail."""
    return message.spool_only or not settings.O2C_SMTP


def _claim(how: str, count: int = 1) -> list[Message]:
    """Take due messages for ourselves, so that no one else gets them: up to so many for the spool, one for a server."""
    key = uuid.uuid4()
    now = clock.now()
    with transaction.atomic(durable=True):  # a claim that others cannot see yet is none
        due = Message.objects.filter(state=State.QUEUED, not_before__lte=now)
        if settings.O2C_SMTP:
            due = due.filter(spool_only=how == "spool")
        due = due.order_by("not_before", "id").select_for_update(skip_locked=True)
        if how == "spool":
            ids = list(due.values_list("pk", flat=True)[:count])
        else:
            chosen = pacing.first(due, now)
            ids = [] if chosen is None else [chosen]
        Message.objects.filter(pk__in=ids, state=State.QUEUED).update(
            state=State.SENDING, claim_key=key, claimed_at=now, claimed_by=f"{how}@{leases.holder()}"
        )
    return _with_documents(Message.objects.filter(pk__in=ids, claim_key=key).order_by("pk")) if ids else []


def _with_documents(rows: QuerySet[Message]) -> list[Message]:
    """The messages, and what is attached to any of them in one query more; none where nothing is."""
    attached = Exists(MessageAttachment.objects.filter(message=OuterRef("pk")))
    found = list(rows.annotate(has_documents=attached))
    files = MessageAttachment.objects.select_related("document").order_by("message", "position")
    with_files = [message for message in found if message.has_documents]
    prefetch_related_objects(with_files, Prefetch("attachments", files, to_attr="files"))
    return found


def _files(message: Message) -> tuple[mail.Attachment, ...]:
    documents = [attached.document for attached in getattr(message, "files", ())]
    return tuple(mail.Attachment(each.name, each.media_type, bytes(each.content)) for each in documents)


def _mail(message: Message) -> mail.Mail:
    return mail.compose(
        reference=message.reference,
        sender=message.sender,
        recipient=message.recipient,
        reply_to=message.reply_to,
        subject=message.subject,
        text=message.text,
        html=message.html,
        language=message.language,
        dated=message.created_at,
        in_reply_to=message.in_reply_to,
        attachments=_files(message),
    )


def _finish(messages: list[Message], state: State, answer: str = "", **changes) -> int:
    """Write the fate of claimed messages, unless somebody has taken the claim from us meanwhile."""
    ours = Message.objects.filter(
        pk__in=[message.pk for message in messages], state=State.SENDING, claim_key__in={m.claim_key for m in messages}
    )
    return ours.update(
        state=state,
        server_answer=answer,
        **{"finished_at": clock.now() if state != State.QUEUED else None, **changes},
    )


def _spool(delivered: Delivered, limit: int | None) -> None:
    while limit is None or delivered.total < limit:
        claimed = _claim("spool", min(SPOOL_BATCH, limit - delivered.total) if limit else SPOOL_BATCH)
        if not claimed:
            return
        ready, mails = [], []
        for message in claimed:
            try:
                mails.append(_mail(message))
                ready.append(message)
            except mail.Unsendable as error:
                delivered.refused += _finish([message], State.REFUSED, str(error), attempts=message.attempts + 1)
        mail.spool(mails, settings.O2C_MAIL_SPOOL)
        if ready:
            delivered.spooled += _finish(ready, State.SPOOLED)


def _send(delivered: Delivered, limit: int | None) -> None:
    if not Message.objects.filter(state=State.QUEUED, not_before__lte=clock.now(), spool_only=False).exists():
        return
    try:
        with mail.Server(settings.O2C_SMTP, wants_reports=bool(settings.O2C_MAILBOXES)) as server:
            while limit is None or delivered.total < limit:
                server.open()
                claimed = _claim("smtp")
                if not claimed:
                    return
                _hand_over(claimed[0], server, delivered)
    except mail.NoServer as error:
        log.warning("The mail server does not answer, messages wait: %s", error)


def _hand_over(message: Message, server: mail.Server, delivered: Delivered) -> None:
    try:
        answer = server.send(_mail(message))
    except mail.Unsendable as error:
        answer = mail.Answer(mail.Outcome.REFUSED, str(error))
    except mail.NoServer as error:
        answer = mail.Answer(mail.Outcome.LATER, str(error))
    attempts = message.attempts + 1
    if answer.outcome is mail.Outcome.LATER and attempts >= MOST_ATTEMPTS:
        answer = mail.Answer(mail.Outcome.REFUSED, f"Given up after {attempts} attempts: {answer.text}")
    if answer.outcome is mail.Outcome.LATER:
        delivered.later += _finish(
            [message], State.QUEUED, answer.text, attempts=attempts, not_before=clock.now() + delay(attempts)
        )
    else:
        done = _finish([message], State(answer.outcome.value), answer.text, attempts=attempts)
        setattr(delivered, answer.outcome.value, getattr(delivered, answer.outcome.value) + done)


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
