"""Notices by post: each is put on paper, and waits to be printed (`o2c.collections.printing`), or for who posts it."""

from o2c.collections.drafting import Drafted
from o2c.collections.letters import Owed
from o2c.collections.models import DunningRun
from o2c.core import clock, documents, providers
from o2c.core.models import Document, Message, MessageAttachment
from o2c.invoicing import correspondents
from o2c.invoicing.papers.facts import CostLine, NoticePaper, OwedLine, Party
from o2c.invoicing.papers.rendering import render, template_version


def make(run: DunningRun, drafted: list[Drafted]) -> list[Message]:
    """Letters to be printed or handed over, each with its paper; of those that are there already none anew."""
    keys = [f"notice:{draft.notice.id}" for draft in drafted]
    known = set(Message.objects.filter(key__in=keys).values_list("key", flat=True))
    made = [(_message(run, draft), _paper(run, draft)) for draft in drafted if f"notice:{draft.notice.id}" not in known]
    Message.objects.bulk_create([message for message, _ in made], batch_size=1000)
    Document.objects.bulk_create([document for _, document in made], batch_size=100)
    MessageAttachment.objects.bulk_create(
        [MessageAttachment(message=message, document=document, position=1) for message, document in made]
    )
    return [message for message, _ in made]


def _message(run: DunningRun, draft: Drafted) -> Message:
    notice, words = draft.notice, draft.words
    country = notice.country or run.entity.country
    return Message(
        key=f"notice:{notice.id}",
        owner=run.entity.code,
        channel=Message.Channel.LETTER,
        state=Message.State.QUEUED if providers.posts_letters() else Message.State.TO_PRINT,
        sender=run.entity.name[:320],
        recipient=", ".join([notice.customer, *_address(draft), notice.country]).strip(", ")[:320],
        subject=words.subject,
        text=words.text,
        language=draft.letter.language,
        country=country,
        address={"lines": [notice.customer, *_address(draft)], "country": country},
        created_at=clock.now(),
        not_before=clock.now(),
    )


def _paper(run: DunningRun, draft: Drafted) -> Document:
    notice, letter, words = draft.notice, draft.letter, draft.words
    country = notice.country or run.entity.country
    paper = NoticePaper(
        on=letter.on,
        entity=correspondents.seller(run.entity),
        customer=Party(notice.customer, tuple(_address(draft)), country, notice.customer_number),
        language=letter.language,
        currency=notice.currency,
        subject=words.subject,
        opening=words.opening,
        closing=words.closing,
        lines=_lines(letter.items),
        also=_lines(letter.also),
        left_to_pay=letter.left_to_pay,
        costs=tuple(
            CostLine(each.is_fee, each.number, each.amount, each.until, each.customer) for each in letter.costs
        ),
        to_pay=letter.to_pay,
        total=notice.total,
        pay_by=notice.pay_by,
        pay_to=correspondents.pay_to(run.entity, draft.pay_to),
        reference=notice.customer_number,
    )
    name = f"{words.subject[:80]}.pdf"
    return documents.of(name, documents.PDF, render(paper), language=letter.language, made_with=template_version())


def _address(draft: Drafted) -> list[str]:
    town = f"{draft.notice.postal_code} {draft.notice.city}".strip()
    return [line for line in (draft.notice.street, town) if line]


def _lines(owed: tuple[Owed, ...]) -> tuple[OwedLine, ...]:
    return tuple(
        OwedLine(each.number, each.due_on, each.days_late, each.amount, each.customer, each.payment) for each in owed
    )
