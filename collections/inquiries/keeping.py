"""What all acts on an inquiry have: it is read again under lock, nobody overwrites what they have not seen, what was
done is written down with it, and whoever has it has a task until it is answered."""

from datetime import datetime

from o2c.collections import activities, cases, worklist
from o2c.collections.models import Activity, Inquiry, Task
from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.refusals import Refused

STATE = Inquiry.State
KIND = Inquiry.Kind


class InquiryRefused(Refused):
    """The inquiry cannot be opened, changed or answered so; the text says why, `field` where."""


class InquiryChanged(InquiryRefused):
    """Somebody else changed the inquiry after it was looked at; the text says what."""


def locked(inquiry: Inquiry, seen: datetime | None = None) -> Inquiry:
    """The inquiry as it stands, locked. Raises InquiryChanged where it was changed after `seen`."""
    rows = Inquiry.objects.select_for_update(no_key=True, of=("self",))
    found = rows.select_related("entity", "customer", "contact", "owner", "queue").get(pk=inquiry.pk)
    if seen is not None and found.updated_at != seen:
        what = cases.done_since(found.activities, seen) or f"it is {found.get_state_display().lower()} now."
        raise InquiryChanged(f"Changed meanwhile. {what} Look at it again.")
    return found


def tell(inquiry: Inquiry, text: str, actor: Actor, kind: Activity.Kind = Activity.Kind.INQUIRY) -> Activity:
    """Write down with the inquiry what was done about it."""
    return activities.record(
        customer=inquiry.customer, entity=inquiry.entity, kind=kind, text=text, inquiry=inquiry, actor=actor
    )


def ask_for_answer(inquiry: Inquiry, actor: Actor) -> None:
    """Let whoever has it answer: one task for each time it is asked, to be done at once."""
    worklist.create(
        entity=inquiry.entity,
        customer=inquiry.customer,
        kind=Task.Kind.INQUIRY,
        why=f"{inquiry.get_kind_display()}: {inquiry.subject}",
        due_on=clock.today(inquiry.entity.time_zone),
        assignee=inquiry.owner,
        queue=inquiry.queue,
        key=f"inquiry:{inquiry.pk}:{inquiry.round}",
        actor=actor,
    )


def finish_tasks(inquiry: Inquiry, outcome: str) -> None:
    cases.finish_tasks(Task.Kind.INQUIRY, [inquiry.pk], inquiry.customer_id, outcome)


def again(row: Inquiry) -> Inquiry:
    row.refresh_from_db()
    return row
