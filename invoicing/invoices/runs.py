"""Issuing whatever is ready: batch by batch, by any number of processes at once, to be broken off at any moment."""

from collections.abc import Iterator
from datetime import date

from django.db import transaction
from django.db.models import Q

from o2c.core import clock
from o2c.core.actors import Actor
from o2c.invoicing.invoices import issuing
from o2c.invoicing.invoices.issuing import Issued
from o2c.invoicing.models import Invoice
from o2c.orders.models import LegalEntity

BATCH = 500


def issue_drafts(
    entity: LegalEntity, *, actor: Actor, today: date | None = None, batch: int = BATCH
) -> Iterator[Issued]:
    """Issue the legal entity's drafts whose day has come, a transaction a batch; what each batch came to.

    Drafts that others work on at this moment are left to them. What breaks a rule stays a draft, with its faults.
    """
    today = today or clock.today(entity.time_zone)
    after: tuple[date, int] | None = None
    while True:
        with transaction.atomic():
            drafts = Invoice.objects.filter(entity=entity, state=Invoice.State.DRAFT, issued_on__lte=today)
            if after is not None:
                day, pk = after
                drafts = drafts.filter(Q(issued_on__gt=day) | Q(issued_on=day, pk__gt=pk))
            found = drafts.order_by("issued_on", "id").select_for_update(skip_locked=True, no_key=True)
            taken = list(found.values_list("issued_on", "id")[:batch])
            if not taken:
                return
            ids = [pk for _, pk in taken]
            done = issuing.issue_all(ids, entity=entity, actor=actor, today=today, partly=True)
        after = taken[-1]
        yield done
