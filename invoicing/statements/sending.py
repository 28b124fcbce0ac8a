"""Sending one statement that was kept: because it was wanted so, or because nobody could be written to then."""

from o2c.core import outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.models import MessageAttachment
from o2c.invoicing import correspondents
from o2c.invoicing.models import Statement
from o2c.invoicing.statements import making

State = Statement.State


def send(statement: Statement, *, actor: Actor) -> Statement:
    """Send the statement as it was made to whoever is written to now. Raises NotSent, IllegalMove, LostRace."""
    to = correspondents.to_whom(statement.customer_id)
    if statement.document_id is None:
        raise correspondents.NotSent("Its document was let go of after its time. Make a new one.")
    with acting(actor):
        states.move(statement, State.MAILED)
        message = making.message_of(statement.run, to, statement.totals, key=f"statement:{statement.run_id}")
        message.save()
        MessageAttachment.objects.create(message=message, document_id=statement.document_id, position=1)
        Statement.objects.filter(pk=statement.pk).update(message=message)
        statement.message = message
        outbox.emit("statements.sent", statement_id=statement.pk)
    return statement
