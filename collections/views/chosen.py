"""Acts on several of a customer's open items, ticked on its page."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from o2c.collections import disputes, holds, resending
from o2c.collections.chosen_forms import DisputeItemsForm, HoldItemsForm, SendAgainForm, WriteOffItemsForm
from o2c.collections.models import Task
from o2c.collections.views.agreements import about_whom, way_back
from o2c.core import clock, formats
from o2c.core.actors import Actor
from o2c.core.mail import MOST_PAPERS
from o2c.core.money import MoneyError
from o2c.core.pages import act_by_form, onward
from o2c.core.rights import needs
from o2c.invoicing.cash import CashRefused, writeoffs
from o2c.invoicing.correspondents import NotSent
from o2c.invoicing.invoices import copies
from o2c.invoicing.models import OpenItem, WriteOff
from o2c.orders.models import Customer, LegalEntity

FORM = ["GET", "HEAD", "POST"]
MOST = 200
MOST_NAMED = 5


@dataclass(frozen=True)
class Chosen:
    """Items of one customer with one legal entity, the longest due first."""

    customer: Customer
    entity: LegalEntity
    items: list[OpenItem]
    task: Task | None
    back: str

    @property
    def today(self) -> date:
        return clock.today(self.entity.time_zone)

    @property
    def ids(self) -> list[int]:
        return [item.pk for item in self.items]

    def __str__(self) -> str:
        """ "INV-1, INV-2 and 3 more"."""
        numbers = [item.number for item in self.items]
        more = len(numbers) - MOST_NAMED
        return ", ".join(numbers[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")

    def open_amounts(self) -> str:
        """What is open of them, in each currency."""
        sums: dict[str, Decimal] = {}
        for item in self.items:
            sums[item.currency] = sums.get(item.currency, Decimal(0)) + item.open_amount
        return ", ".join(f"{formats.amount(total, currency)} {currency}" for currency, total in sorted(sums.items()))


@needs("disputes.open")
@require_http_methods(FORM)
def dispute_items(request: HttpRequest, pk: int) -> HttpResponse:
    chosen = _chosen(request, pk)
    if isinstance(chosen, HttpResponse):
        return chosen

    def act(reason: str, code) -> str:
        made = disputes.open_all(
            dict.fromkeys(chosen.ids), reason=reason, code=code, on=chosen.today, task=chosen.task,
            actor=Actor.of(request.user),
        )  # fmt: skip
        by = f"{made[0].owner or made[0].queue} settles it by {formats.day(made[0].due_on)}."
        return f"{chosen} {_are(made)} in dispute and not chased. {by}"

    return act_by_form(
        request, DisputeItemsForm(_sent(request)), act, refusals=(disputes.DisputeRefused, MoneyError),
        heading=f"Dispute {chosen}", about=f"{chosen.open_amounts()} are contested: a case for each document.",
        action="Open the disputes" if len(chosen.items) > 1 else "Open the dispute", back=chosen.back,
    )  # fmt: skip


@needs("holds.set")
@require_http_methods(FORM)
def hold_items(request: HttpRequest, pk: int) -> HttpResponse:
    chosen = _chosen(request, pk)
    if isinstance(chosen, HttpResponse):
        return chosen

    def act(reason: str, until: date | None) -> str:
        made = holds.place_on(
            chosen.items, customer=chosen.customer, reason=reason, from_on=chosen.today, until=until,
            actor=Actor.of(request.user),
        )  # fmt: skip
        return f"{chosen} {_are(made)} on hold: no notices go out about {'them' if len(made) > 1 else 'it'}."

    return act_by_form(
        request, HoldItemsForm(_sent(request)), act, refusals=(holds.HoldRefused,), heading=f"Hold {chosen}",
        about=f"{chosen.open_amounts()} are not chased meanwhile.", action="Put on hold", back=chosen.back,
    )  # fmt: skip


@needs("tasks.work")
@require_http_methods(FORM)
def send_items(request: HttpRequest, pk: int) -> HttpResponse:
    """The papers of the items once more, in one mail."""
    chosen = _chosen(request, pk)
    if isinstance(chosen, HttpResponse):
        return chosen
    papers = copies.there_are(chosen.items)
    if not papers:
        messages.error(request, f"There is no paper of ours of {chosen}.")
        return onward(request, chosen.back)
    left_out = len(chosen.items) - len(papers)
    chosen = replace(chosen, items=[paper.item for paper in papers])
    form = SendAgainForm(_sent(request), customer=chosen.customer)
    if not form.fields["contact"].choices:
        messages.error(request, f"{chosen.customer.name} has no contact with an e-mail address.")
        return onward(request, chosen.back)

    def act(**facts) -> str:
        message = resending.send_again(
            chosen.items, entity=chosen.entity, customer=chosen.customer, task=chosen.task, **facts,
            actor=Actor.of(request.user),
        )  # fmt: skip
        return f"{chosen} {_are(papers)} on the way to {message.recipient}."

    return act_by_form(
        request, form, act, refusals=(NotSent,), heading=f"Send {chosen} again",
        about=f"The papers go in one mail as PDFs, at most {MOST_PAPERS}, with a short text in the contact’s language."
        + (f" Left out: {left_out} of which there is no paper of ours." if left_out else ""),
        action="Send", back=chosen.back,
    )  # fmt: skip


@needs("cash.book")
@require_http_methods(FORM)
def write_off_items(request: HttpRequest, pk: int) -> HttpResponse:
    chosen = _chosen(request, pk)
    if isinstance(chosen, HttpResponse):
        return chosen

    def act(kind: str, reason: str) -> str:
        made = writeoffs.write_off_all(
            dict.fromkeys(chosen.ids), kind=kind, reason=reason, on=chosen.today, actor=Actor.of(request.user)
        )
        booked = sum(row.state == WriteOff.State.BOOKED for row in made)
        said = [f"{booked} written off"] if booked else []
        said += [f"{len(made) - booked} asked for, which somebody else approves"] if booked < len(made) else []
        return f"Of {len(made)}: {', '.join(said)}."

    return act_by_form(
        request, WriteOffItemsForm(_sent(request), items=chosen.items), act, refusals=(CashRefused, MoneyError),
        heading=f"Write off {chosen}",
        about=f"{chosen.open_amounts()} are open. What is within your limit is booked at once, all else somebody else"
        " approves.",
        action="Write off", style="danger", back=chosen.back,
    )  # fmt: skip


def _sent(request: HttpRequest):
    return request.POST if request.method == "POST" else None


def _are(rows: list) -> str:
    return "are" if len(rows) > 1 else "is"


def _chosen(request: HttpRequest, pk: int) -> Chosen | HttpResponse:
    """The items named with ?items=, or the way back where they cannot be acted on together."""
    customer, task, entities = about_whom(request, pk)
    back = way_back(customer, task)
    ids = {int(each) for each in request.GET.getlist("items")[:MOST] if each.isdecimal()}
    if not ids:
        messages.info(request, "Tick some open items first.")
        return onward(request, back)
    seen = OpenItem.objects.filter(pk__in=ids, customer=customer, entity__in=entities)
    items = list(seen.order_by("due_on", "id"))
    if len(items) != len(ids):
        raise Http404
    if len({item.entity_id for item in items}) > 1:
        messages.info(request, "Tick items of one legal entity.")
        return onward(request, back)
    entity = next(entity for entity in entities if entity.pk == items[0].entity_id)
    return Chosen(customer, entity, items, task, back)
