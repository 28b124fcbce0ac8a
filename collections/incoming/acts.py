"""What people do with a mail: lay it to a customer, answer it, put it aside, take or leave what it seems to say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings

from o2c.collections import disputes, promises
from o2c.collections.incoming import keeping, suggesting
from o2c.collections.incoming.models import IncomingMail
from o2c.collections.incoming.suggesting import About, Suggestion
from o2c.collections.models import InquiryMail
from o2c.core import addresses, clock, mail, outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.models import Message
from o2c.core.money import MoneyError
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Account, Customer

STATE = IncomingMail.State
VERDICT = IncomingMail.Verdict
# What a person needs besides to let a mail's suggestion be done.
RIGHTS = {About.PROMISE: "promises.record", About.DISPUTE: "disputes.open"}
QUOTED_LINES = 60


class MailRefused(ValueError):
    """It cannot be done with this mail; the text says why."""


def lay_to(came: IncomingMail, customer: Customer, *, actor: Actor) -> IncomingMail:
    """Say whose mail it is; that customer's collector is asked to answer. Raises MailRefused."""
    with acting(actor):
        came = _locked(came)
        if not Account.objects.filter(customer=customer, entity=came.entity_id).exists():
            raise MailRefused(f"{customer.name} has no account with {came.entity}.")
        before = came.customer_id
        if before != customer.pk and InquiryMail.objects.filter(mail=came).exists():
            raise MailRefused(f"It belongs to an inquiry of {came.customer.name}.")
        IncomingMail.objects.filter(pk=came.pk).update(customer=customer, found_by=IncomingMail.Found.PERSON)
        came.refresh_from_db()
        keeping.name_items(came)
        keeping.finish_tasks(before, came.entity_id, actor=actor)
        if came.state == STATE.NEW:
            keeping.ask_for_answer(came, actor=actor)
        return came


def settle(came: IncomingMail, *, actor: Actor) -> None:
    """Nothing more is to be done about it. Raises IllegalMove, LostRace."""
    with acting(actor):
        _settle(_locked(came), actor)


def reopen(came: IncomingMail, *, actor: Actor) -> None:
    """Something is to be done about it after all. Raises IllegalMove, LostRace."""
    with acting(actor):
        came = _locked(came)
        states.move(came, STATE.NEW, done_at=None, done_by_id=None)
        keeping.ask_for_answer(came, actor=actor)


def taken_over(came: IncomingMail, *, actor: Actor) -> None:
    """It is answered elsewhere: nothing more is to be done about the mail itself."""
    with acting(actor):
        came = _locked(came)
        if came.state == STATE.NEW:
            _settle(came, actor)


def answer(came: IncomingMail, text: str, *, actor: Actor, settled: bool = True) -> Message:
    """Answer a mail, in its own thread: from the legal entity to whoever wrote it. Raises MailRefused."""
    if not text.strip():
        raise MailRefused("Write something first.")
    with acting(actor):
        came = _locked(came)
        if InquiryMail.objects.filter(mail=came).exists():
            raise MailRefused("It belongs to an inquiry: answer it there.")
        if not mail.usable(came.address):
            raise MailRefused("Nobody can be written to at the address that this mail bears.")
        if addresses.is_dead(came.address):
            raise MailRefused("Mail to this address does not arrive. Say first that it works again.")
        before = Message.objects.filter(key__startswith=f"answer:{came.pk}:").count()
        now = clock.now()
        made = Message.objects.create(
            key=f"answer:{came.pk}:{before + 1}",
            owner=came.entity.code,
            sender=mail.address(came.entity.name, came.entity.email or settings.DEFAULT_FROM_EMAIL),
            recipient=mail.address(came.writer, came.address),
            subject=replying(came.subject),
            text=f"{text.strip()}\n\n{quoted(came)}",
            language=came.customer.language if came.customer else "en",
            in_reply_to=came.header_id,
            created_at=now,
            not_before=now,
        )
        if settled and came.state == STATE.NEW:
            _settle(came, actor)
        outbox.emit("mail.answered", mail_id=came.pk, message_id=made.pk)
        return made


# --- What it seems to say


def suggestions(came: IncomingMail) -> list[Suggestion]:
    """What a person's mail seems to say, the surest first; nothing of what machines write."""
    if came.kind != IncomingMail.Kind.LETTER:
        return []
    on = came.came_at.astimezone(ZoneInfo(came.entity.time_zone)).date()
    return suggesting.suggest(came.subject, came.said, on=on)


def dismiss(came: IncomingMail, about: About, *, actor: Actor) -> IncomingMail:
    """It does not say so. Raises MailRefused for what it does not seem to say, or what was judged before."""
    return _judge(came, about, VERDICT.DISMISSED, actor)


def confirm(came: IncomingMail, about: About, *, actor: Actor) -> IncomingMail:
    """It says so, and what follows is done elsewhere. Raises MailRefused."""
    return _judge(came, about, VERDICT.ACCEPTED, actor)


def accept(
    came: IncomingMail,
    about: About,
    *,
    actor: Actor,
    items: list[tuple[OpenItem, Decimal | None]] | None = None,
    pay_by: date | None = None,
    reason: str = "",
) -> IncomingMail:
    """It says so, and that is done: a promise is recorded, a dispute opened; of the others it is only noted.

    What is left out is read from the mail: the open items that it names, the day, the sentence. Where it says another
    amount than those owe, or names none of them, the items have to be given. Raises MailRefused; nothing is done then.
    """
    with acting(actor):
        suggestion = _suggested(came, about)
        came = _judge(came, about, VERDICT.ACCEPTED, actor)
        today = clock.today(came.entity.time_zone)
        if about in (About.PROMISE, About.DISPUTE):
            if came.customer is None:
                raise MailRefused("Nobody knows whose mail it is yet.")
            chosen = items or _meant(came, suggestion)
        try:
            if about == About.PROMISE:
                day = pay_by or suggestion.on
                if day is None:
                    raise MailRefused("It names no day: say by when it is to be paid.")
                whole = [(item, item.open_amount if amount is None else amount) for item, amount in chosen]
                promises.record(
                    customer=came.customer, entity=came.entity, items=whole, pay_by=day, promised_on=today, actor=actor
                )
            elif about == About.DISPUTE:
                for item, amount in chosen:
                    if (item.customer_id, item.entity_id) != (came.customer_id, came.entity_id):
                        raise MailRefused(f"{item.number} is not owed by {came.customer.name} to {came.entity.name}.")
                    disputes.open(
                        item, reason=reason or suggestion.words, amount=amount, on=today, mail=came, actor=actor
                    )
        except (promises.PromiseRefused, disputes.DisputeRefused, MoneyError) as refused:
            raise MailRefused(str(refused)) from None
        return came


def _meant(came: IncomingMail, suggestion: Suggestion) -> list[tuple[OpenItem, Decimal | None]]:
    """The open items that the mail names, where there is no doubt that they are what it is about."""
    found = OpenItem.objects.filter(pk__in=came.items.values("item_id"), customer=came.customer, open_amount__gt=0)
    named = list(found.order_by("due_on", "pk"))
    if not named:
        raise MailRefused("It names no document that is open: say which items it is about.")
    if suggestion.about == About.DISPUTE and len(named) > 1:
        raise MailRefused("It names several documents: say which of them are contested.")
    if suggestion.amount is not None and suggestion.amount != sum(item.open_amount for item in named):
        raise MailRefused("It names another amount than its documents owe: say how much of which item.")
    return [(item, None) for item in named]


def _suggested(came: IncomingMail, about: About) -> Suggestion:
    for suggestion in suggestions(came):
        if suggestion.about == about:
            return suggestion
    raise MailRefused("The mail does not seem to say that.")


def _judge(came: IncomingMail, about: About, verdict: str, actor: Actor) -> IncomingMail:
    with acting(actor):
        came = _locked(came)
        _suggested(came, about)
        if about in came.verdicts:
            raise MailRefused("Somebody has judged that before.")
        said = {"verdict": str(verdict), "by": actor.name, "at": clock.now().isoformat()}
        came.verdicts = {**came.verdicts, str(about): said}
        IncomingMail.objects.filter(pk=came.pk).update(verdicts=came.verdicts)
        return came


def _settle(came: IncomingMail, actor: Actor) -> None:
    states.move(came, STATE.DONE, done_at=clock.now(), done_by_id=actor.user_id)
    keeping.finish_tasks(came.customer_id, came.entity_id, actor=actor)


def replying(subject: str) -> str:
    """The subject of what answers a mail."""
    return (subject if subject[:3].lower() in ("re:", "aw:") else f"Re: {subject}".strip())[:400]


def quoted(came: IncomingMail) -> str:
    """What a mail said, as answers to it repeat it."""
    lines = (came.said or came.text).splitlines()
    shown = [f"> {line}".rstrip() for line in lines[:QUOTED_LINES]]
    return "\n".join([f"{came.writer or came.address}:", *shown, *(["> …"] if len(lines) > QUOTED_LINES else [])])


def _locked(came: IncomingMail) -> IncomingMail:
    rows = IncomingMail.objects.select_for_update(no_key=True, of=("self",)).select_related("entity", "customer")
    return rows.defer("raw").get(pk=came.pk)
