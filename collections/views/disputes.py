"""Disputes in the browser: the list, each case, and what is done with it."""

from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.collections import disputes
from o2c.collections.activities import NothingSaid
from o2c.collections.dispute_forms import (
    CaseNoteForm,
    ChangeForm,
    DisputeFilter,
    OpenForm,
    OpenOfForm,
    ResolveForm,
    WithdrawnForm,
)
from o2c.collections.disputes import listing
from o2c.collections.disputes.keeping import contested
from o2c.collections.incoming.suggesting import About
from o2c.collections.models import Dispute, IncomingMail, Task
from o2c.collections.views.agreements import about_whom, as_a_mail_says, owed_by, way_back
from o2c.core import clock, formats
from o2c.core.actors import Actor
from o2c.core.money import MoneyError
from o2c.core.pages import act_by_form, onward
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.invoicing.cash.foureyes import FourEyes
from o2c.invoicing.models import OpenItem, ReasonCode
from o2c.orders.models import LegalEntity

FORM = ["GET", "HEAD", "POST"]
HOW = Dispute.Resolution
CANNOT = (disputes.DisputeRefused, MoneyError, NothingSaid, FourEyes)
MOST_SAID = 200
# What the dialog of each way to end says.
WAYS = {
    HOW.CREDITED: (
        "Credit", "Ask for the credit note",
        "Within your limit it is issued at once, else somebody approves it. Until then the item is not chased.",
    ),
    HOW.REJECTED: ("Reject", "Reject it", "The item is chased again from today."),
    HOW.WRITTEN_OFF: (
        "Write off", "Write it off",
        "Within your limit it is booked at once, else somebody approves it. Until then the item is not chased.",
    ),
    HOW.REPLACED: (
        "Invoice anew", "Credit it and write it anew",
        "The invoice is credited whole, and its copy is a draft to be put right and issued.",
    ),
}  # fmt: skip


# --- The list and the case


@needs("book.read")
@require_safe
def dispute_list(request: HttpRequest) -> HttpResponse:
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    seen = listing.seen_by(request.user)
    form = DisputeFilter(request.GET, shows=listing.SHOWS, entities=entities, holders=listing.holders(seen))
    form.is_valid()
    asked = form.cleaned_data
    today = clock.today(entities[0].time_zone) if entities else clock.today()
    show = asked.get("show") or listing.USUAL
    rows = listing.chosen(
        seen,
        show=show,
        code=asked.get("code", ""),
        owner=asked.get("owner", ""),
        entity=asked.get("entity", ""),
        customer=asked.get("customer", "").strip(),
        late_on=today if asked.get("late") else None,
        me=request.user,
    )
    context = {
        "form": form,
        "show": show,
        "page": cut(
            rows.select_related("item", "customer", "entity", "code", "owner", "queue"), request.GET.get("page")
        ),
        "totals": listing.totals(rows),
        "today": today,
    }
    return render(request, "collections/disputes.html", context)


@needs("book.read")
@require_safe
def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    """A case with all that is known of it."""
    found = get_object_or_404(
        listing.seen_by(request.user).select_related(
            "item__entry__invoice", "customer", "entity", "code", "owner", "queue", "credit__credit_note", "write_off",
            "replacement",
        ).defer("mail__raw"),
        pk=pk,
    )  # fmt: skip
    said = list(found.activities.order_by("-id")[:MOST_SAID])
    others = listing.seen_by(request.user).filter(customer=found.customer_id).exclude(pk=pk)
    context = {
        "dispute": found,
        "item": found.item,
        "asked": found.write_off if found.asked_for == HOW.WRITTEN_OFF else found.credit if found.asked_for else None,
        "said": said,
        "files": list(found.files.order_by("id")),
        "mail": IncomingMail.objects.for_user(request.user).filter(pk=found.mail_id).defer("raw").first()
        if found.mail_id
        else None,
        "tasks": list(Task.objects.filter(customer=found.customer_id, key__startswith=f"dispute:{pk}:").order_by("id")),
        "others": list(others.select_related("item", "code").order_by("-id")[:6]),
        "is_worked": found.state in Dispute.WORKED,
        "today": clock.today(found.entity.time_zone),
        "ways": [(how.value, title) for how, (title, _, _) in WAYS.items()],
    }
    return render(request, "collections/dispute.html", context)


# --- Opening


@needs("disputes.open")
@require_http_methods(FORM)
def open_dispute(request: HttpRequest, pk: int) -> HttpResponse:
    """Of an item; a mail that says so is named with ?mail=."""
    item = get_object_or_404(OpenItem.objects.for_user(request.user).select_related("entity"), pk=pk)
    form = OpenForm(_sent(request), initial={"reason": request.GET.get("reason", "")[:200]})
    return _open(request, form, item, back=reverse("item", args=[pk]), heading=f"Dispute {item.number}")


@needs("disputes.open")
@require_http_methods(FORM)
def dispute_of(request: HttpRequest, pk: int) -> HttpResponse:
    """Of one of a customer's items, the longest due first."""
    customer, task, entities = about_whom(request, pk)
    back = way_back(customer, task)
    items = [item for _, some in owed_by(customer, entities) for item in some]
    taken = set(Dispute.objects.filter(customer=customer, closed_on=None).values_list("item_id", flat=True))
    items = [item for item in items if item.pk not in taken]
    if not items:
        messages.info(request, f"{customer.name} owes nothing that is not in dispute.")
        return onward(request, back)
    form = OpenOfForm(_sent(request), items=items)
    return _open(request, form, None, task=task, back=back, heading=f"{customer.name} contests")


def _open(request: HttpRequest, form, item: OpenItem | None, *, back: str, heading: str, task=None) -> HttpResponse:
    def act(reason: str, code: ReasonCode | None, amount: Decimal | None, item: OpenItem | None = item) -> str:
        mail = _mail(request)
        made = disputes.open(
            item, reason=reason, code=code, amount=amount, on=clock.today(item.entity.time_zone), task=task, mail=mail,
            actor=Actor.of(request.user),
        )  # fmt: skip
        as_a_mail_says(request, About.DISPUTE)
        by = f" {made.owner or made.queue} settles it by {formats.day(made.due_on)}."
        return f"What is contested of {item.number} is not chased.{by}"

    return act_by_form(
        request, form, act, refusals=CANNOT, back=back, heading=heading, action="Open the dispute"
    )  # fmt: skip


def _mail(request: HttpRequest) -> IncomingMail | None:
    if not request.GET.get("mail", "").isdecimal():
        return None
    return IncomingMail.objects.for_user(request.user).filter(pk=int(request.GET["mail"])).defer("raw").first()


# --- Working on it


@needs("disputes.open")
@require_http_methods(FORM)
def change_dispute(request: HttpRequest, pk: int) -> HttpResponse:
    found = _case(request, pk)

    def act(**facts) -> str:
        disputes.change(found, **facts, actor=Actor.of(request.user))
        return "The dispute is changed."

    form = ChangeForm(_sent(request), dispute=found, user=request.user)
    return act_by_form(
        request, form, act, refusals=CANNOT, back=_at(found), heading=f"Dispute of {found.item.number}", action="Save"
    )


@needs("disputes.open")
@require_http_methods(FORM)
def note_dispute(request: HttpRequest, pk: int) -> HttpResponse:
    found = _case(request, pk)

    def act(text: str) -> str:
        disputes.add_note(found, text, actor=Actor.of(request.user))
        return "The note is written down."

    return act_by_form(
        request, CaseNoteForm(_sent(request)), act, refusals=CANNOT, back=_at(found), action="Save",
        heading=f"Note on the dispute of {found.item.number}",
    )  # fmt: skip


@needs("disputes.open")
@require_http_methods(FORM)
def resolve_dispute(request: HttpRequest, pk: int, how: str) -> HttpResponse:
    if how not in WAYS:
        raise Http404
    found = _case(request, pk)
    title, action, about = WAYS[HOW(how)]

    def act(**facts) -> str:
        done = disputes.resolve(
            found, how, on=clock.today(found.entity.time_zone), **facts, actor=Actor.of(request.user)
        )
        if done.state == Dispute.State.ASKED:
            return "Asked for: it waits for somebody else's approval. Until then the item is not chased."
        return f"The dispute of {found.item.number} is resolved: {HOW(how).label.lower()}."

    form = ResolveForm(_sent(request), dispute=found, how=how, contested=contested(found, found.item))
    return act_by_form(
        request, form, act, refusals=CANNOT, back=_at(found), heading=f"{title}: dispute of {found.item.number}",
        about=f"“{found.reason}” {about}", action=action,
    )  # fmt: skip


@needs("disputes.open")
@require_http_methods(FORM)
def close_dispute(request: HttpRequest, pk: int) -> HttpResponse:
    """The customer contests it no more, or never did."""
    found = _case(request, pk)

    def act(note: str, seen) -> str:
        disputes.withdraw(
            found, on=clock.today(found.entity.time_zone), note=note, seen=seen, actor=Actor.of(request.user)
        )
        return f"The dispute of {found.item.number} is closed."

    return act_by_form(
        request,
        WithdrawnForm(_sent(request), initial={"seen": found.updated_at.isoformat()}),
        act,
        refusals=CANNOT,
        back=_at(found),
        heading=f"Nothing of {found.item.number} is contested any more?",
        about=f"Since {formats.day(found.opened_on)}: {found.reason} The item is chased again from today.",
        action="Close it",
    )


@needs("disputes.open")
@require_POST
def take_back_dispute(request: HttpRequest, pk: int) -> HttpResponse:
    found = _case(request, pk)
    try:
        disputes.take_back(found, actor=Actor.of(request.user))
    except CANNOT as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Taken back; the dispute is open again.")
    return redirect("dispute", pk)


def _case(request: HttpRequest, pk: int) -> Dispute:
    rows = Dispute.objects.for_user(request.user)
    return get_object_or_404(rows.select_related("item", "entity", "customer", "code", "owner", "queue"), pk=pk)


def _at(found: Dispute) -> str:
    return reverse("dispute", args=[found.pk])


def _sent(request: HttpRequest):
    return request.POST if request.method == "POST" else None
