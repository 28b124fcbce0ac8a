"""Statements of account that go along with reminders, where the level says so: one a customer, of the day itself."""

from datetime import date

from o2c.collections.drafting import Drafted
from o2c.collections.models import DunningRun
from o2c.core.models import Document, Message, MessageAttachment
from o2c.invoicing.models import StatementRun
from o2c.invoicing.statements import making

# Before the papers of invoices, which begin with 1.
POSITION = 0


def attach(run: DunningRun, drafted: list[Drafted], *, on: date) -> None:
    """Lay the statement of whom each notice is to beside its e-mail; to those that have one, nothing is added.

    A customer who is told twice, in two currencies say, gets the same paper with both. Who owes nothing himself, as a
    head office may, gets none.
    """
    wanted = {f"notice:{draft.notice.id}": draft for draft in drafted if draft.notice.attaches_statement}
    if not wanted:
        return
    messages = Message.objects.filter(key__in=wanted, channel=Message.Channel.EMAIL)
    waiting = list(messages.exclude(attachments__position=POSITION).values_list("pk", "key"))
    languages = {wanted[key].notice.customer_id: wanted[key].letter.language for _, key in waiting}
    told = making.Told.of(run.entity, StatementRun.Kind.OPEN_ITEMS, on)
    papers = making.of_many(told, languages)
    Document.objects.bulk_create(papers.values(), batch_size=making.WRITTEN_AT_ONCE)
    MessageAttachment.objects.bulk_create(
        MessageAttachment(message_id=pk, document=paper, position=POSITION)
        for pk, key in waiting
        if (paper := papers.get(wanted[key].notice.customer_id))
    )
