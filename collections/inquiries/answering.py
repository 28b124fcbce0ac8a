"""Answering an inquiry: once for each time it is asked, by e-mail in the customer's thread with the documents attached,
or by a note of what was said on the telephone or written in a letter."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from o2c.collections import letters, texts, wordings
from o2c.collections.incoming import acts
from o2c.collections.inquiries import routing, words
from o2c.collections.inquiries.keeping import STATE, InquiryChanged, InquiryRefused, finish_tasks, locked, tell
from o2c.collections.inquiries.words import Asked
from o2c.collections.models import IncomingMail, Inquiry, InquiryAnswer
from o2c.collections.texts import Text
from o2c.core import addresses, clock, documents, outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.mail import MOST_PAPERS, address, one_line, too_large, usable
from o2c.core.models import Document, Message, MessageAttachment, User
from o2c.invoicing import correspondents
from o2c.invoicing.models import Invoice
from o2c.invoicing.papers.wording import base_language
from o2c.invoicing.statements import making, wording

HOW = InquiryAnswer.How
MOST_OFFERED = 30
BY_MAIL = "mail"  # to whoever wrote last, in that thread
NO_ADDRESS = "Nobody of this customer can be written to by e-mail: answer by telephone or letter, and note it here."


@dataclass(frozen=True)
class Reader:
    """Whom an answer can go to; `mail` is what it answers then."""

    value: str
    name: str
    email: str
    language: str
    mail: IncomingMail | None = None


@dataclass(frozen=True)
class Draft:
    """An answer as it is typed: the text may name fields."""

    how: str
    subject: str
    text: str
    language: str
    to: str = ""
    invoices: tuple[Invoice, ...] = ()
    statement: bool = False


@dataclass(frozen=True)
class Composed:
    """An answer as it goes out."""

    subject: str
    text: str
    reader: Reader | None
    names: tuple[str, ...]


# --- What is there to answer with


@dataclass(frozen=True)
class Desk:
    """An inquiry with all that an answer may need, read once: what was written last, who can be written to, and of the
    papers those that it is about, then the latest."""

    inquiry: Inquiry
    mail: IncomingMail | None
    readers: list[Reader]
    offered: list[Invoice]

    @classmethod
    def of(cls, inquiry: Inquiry, mails: list[IncomingMail] | None = None) -> "Desk":
        """`mails` are the inquiry's, the latest first, from who has read them already."""
        mail = last_mail(inquiry) if mails is None else next(iter(mails), None)
        about = Exists(inquiry.items.filter(item__entry=OuterRef("entry")))
        offered = papers(inquiry).annotate(is_about=about).order_by("-is_about", "-issued_on", "-id")
        return cls(inquiry, mail, _readers(inquiry, mail), list(offered[:MOST_OFFERED]))


def mails_of(inquiry: Inquiry) -> QuerySet[IncomingMail]:
    """In which the customer asks, the latest first."""
    return IncomingMail.objects.filter(inquiry__inquiry=inquiry).order_by("-came_at", "-id").defer("raw")


def last_mail(inquiry: Inquiry) -> IncomingMail | None:
    return mails_of(inquiry).first()


def _readers(inquiry: Inquiry, mail: IncomingMail | None) -> list[Reader]:
    """Who can be written to: whoever wrote last, whoever asked, then the customer's other contacts."""
    usual, found = inquiry.customer.language, []
    if mail is not None and usable(mail.address) and not addresses.is_dead(mail.address):
        language = (inquiry.contact and inquiry.contact.language) or usual
        found.append(Reader(BY_MAIL, mail.writer, mail.address, language, mail))
    contacts = correspondents.readers(inquiry.customer_id)
    contacts.sort(key=lambda each: each.pk != inquiry.contact_id)
    there = {each.email.lower() for each in found}
    found += [
        Reader(str(each.pk), each.name, each.email, each.language or usual, mail)
        for each in contacts
        if each.email.lower() not in there
    ]
    return found


def papers(inquiry: Inquiry) -> QuerySet[Invoice]:
    """The invoices and credit notes of the customer whose paper is here."""
    return Invoice.objects.filter(customer=inquiry.customer_id, entity=inquiry.entity_id, document__isnull=False)


def template(desk: Desk, name: str = "", language: str = "") -> tuple[str, str, Text]:
    """The wording to begin with: of the kind and the reader's language, unless another is asked for."""
    inquiry = desk.inquiry
    if name not in texts.answers():
        name = f"{texts.ANSWER}{inquiry.kind}"
    if language not in texts.LANGUAGES:
        first = next(iter(desk.readers), None)
        language = letters.language(first.language if first else "", inquiry.customer.language)
    text, _ = wordings.text_of(inquiry.entity, name, language)
    mail = desk.mail
    return name, language, replace(text, subject=acts.replying(mail.subject)) if mail and mail.subject else text


def begun(desk: Desk, text: Text, language: str) -> Draft:
    """An answer as it is begun: with the copies or the statement that are asked for."""
    by_mail, kind = bool(desk.readers), desk.inquiry.kind
    copies = kind == Inquiry.Kind.COPY and by_mail
    return Draft(
        how=HOW.MAIL if by_mail else HOW.PHONE,
        subject=text.subject,
        text=text.opening,
        language=language,
        to=desk.readers[0].value if by_mail else "",
        invoices=tuple(each for each in desk.offered if each.is_about) if copies else (),
        statement=by_mail and kind == Inquiry.Kind.STATEMENT,
    )


# --- Putting it together


def compose(desk: Desk, draft: Draft, *, me: str) -> Composed:
    """The answer as it would go out now. Raises InquiryRefused."""
    inquiry = desk.inquiry
    if draft.language not in texts.LANGUAGES:
        raise InquiryRefused("Answers are written in English, German or French.", "language")
    reader = _reader(desk, draft)
    on = clock.today(inquiry.entity.time_zone)
    _check_size(draft)
    names = [f"{invoice.number}.pdf" for invoice in draft.invoices]
    if draft.statement:
        names.append(wording.file_name(base_language(draft.language), inquiry.customer.number, on))
    asked = Asked(
        subject=inquiry.subject,
        asked_on=inquiry.asked_at.date(),
        contact=reader.name if reader else inquiry.contact.name if inquiry.contact else "",
        me=me,
        invoices=[invoice.number for invoice in draft.invoices],
        documents=names,
    )
    text = Text(draft.subject if draft.how == HOW.MAIL else draft.subject or inquiry.subject, draft.text)
    for part, wrong in text.faults(texts.ANSWER_FIELDS):
        raise InquiryRefused(wrong, {"opening": "text"}.get(part, part))
    known = words.values(inquiry.entity, inquiry.customer, asked, on=on, language=draft.language)
    done = words.filled(text, known)
    if not done.opening.strip():
        raise InquiryRefused("Nothing is left of it: every paragraph names a field that has no value.", "text")
    said = done.opening
    if reader is not None and reader.mail is not None:
        said = f"{said}\n\n{acts.quoted(reader.mail)}"
    return Composed(done.subject, said, reader, tuple(names))


def _reader(desk: Desk, draft: Draft) -> Reader | None:
    if draft.how != HOW.MAIL:
        if draft.invoices or draft.statement:
            raise InquiryRefused("Documents go with an e-mail only.", "how")
        return None
    can = desk.readers
    if not can:
        raise InquiryRefused(NO_ADDRESS, "how")
    if not draft.to:
        return can[0]
    found = next((each for each in can if each.value == draft.to), None)
    if found is None:
        raise InquiryRefused("Nobody can be written to there.", "to")
    return found


def _check_size(draft: Draft) -> None:
    if len(draft.invoices) + draft.statement > MOST_PAPERS:
        raise InquiryRefused(f"At most {MOST_PAPERS} documents go with one e-mail.", "invoices")
    if draft.invoices:
        _check_bytes(documents.size(invoice.document_id for invoice in draft.invoices))


def _check_bytes(size: int) -> None:
    if wrong := too_large(size):
        raise InquiryRefused(wrong, "invoices")


def answer(inquiry: Inquiry, draft: Draft, *, key: UUID, actor: Actor, seen: datetime | None = None) -> InquiryAnswer:
    """Answer what was asked, once: the same `key` again is the answer that is there, and sends nothing.

    Raises InquiryRefused for one that is not open and for what cannot be sent so, InquiryChanged where somebody else
    was faster or changed it after `seen`.
    """
    with acting(actor):
        row = locked(inquiry)
        before = InquiryAnswer.objects.filter(key=key).first()
        if before is not None:
            if before.inquiry_id != row.pk:
                raise InquiryRefused("This form has answered another inquiry.")
            return before
        if row.state == STATE.ANSWERED:
            raise InquiryChanged(f"{row.answered_by} has answered it already. Open it again to write more.")
        if row.state == STATE.CLOSED:
            raise InquiryRefused("It is closed. Open it again to answer it.")
        row = locked(row, seen)
        user = User.objects.filter(pk=actor.user_id).first()
        made = compose(Desk.of(row), draft, me=str(user) if user else actor.name)
        now = clock.now()
        message = _send(row, draft, made, now) if draft.how == HOW.MAIL else None
        done = InquiryAnswer.objects.create(
            inquiry=row,
            round=row.round,
            key=key,
            how=HOW(draft.how),
            subject=made.subject,
            text=made.text,
            message=message,
            asked_at=row.asked_at,
            due_at=row.due_at,
            answered_at=now,
            minutes=routing.minutes(row.entity, row.asked_at, now),
            user=user,
            actor=actor.name,
        )
        where = f" to {made.reader.name or made.reader.email}" if made.reader else ""
        tell(row, f"Answered {done.get_how_display().lower()}{where}: {made.subject}", actor)
        states.move(row, STATE.ANSWERED, answered_at=now, answered_by=actor.name)
        finish_tasks(row, "answered")
        outbox.emit("inquiries.answered", inquiry_id=row.pk, entity_id=row.entity_id, how=done.how)
        return done


def _send(row: Inquiry, draft: Draft, made: Composed, now: datetime) -> Message:
    """Queue the e-mail with what goes along."""
    going = [invoice.document_id for invoice in draft.invoices]
    if draft.statement:
        stated = _statement(row, draft.language, clock.today(row.entity.time_zone))
        _check_bytes(documents.size(going) + len(stated.content))
        stated.save()
        going.append(stated.pk)
    reader = made.reader
    message = Message.objects.create(
        key=f"inquiry:{row.pk}:{row.round}",
        owner=row.entity.code,
        sender=address(row.entity.name, row.entity.email or settings.DEFAULT_FROM_EMAIL),
        recipient=address(reader.name, reader.email),
        subject=one_line(made.subject)[:400],
        text=made.text,
        language=draft.language,
        country=row.customer.country or row.entity.country,
        in_reply_to=reader.mail.header_id if reader.mail else "",
        created_at=now,
        not_before=now,
    )
    MessageAttachment.objects.bulk_create(
        MessageAttachment(message=message, document_id=document, position=place)
        for place, document in enumerate(going, start=1)
    )
    return message


def _statement(row: Inquiry, language: str, on: date) -> Document:
    made = making.stated(row.entity, row.customer_id, language, on)
    if made is None:
        raise InquiryRefused("There is nothing to state: nothing is open.", "statement")
    return made
