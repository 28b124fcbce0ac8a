"""Inquiries in the browser: the list, opened from where people are, and what is done with each."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.collections.activities import NothingSaid
from o2c.collections.incoming import acts
from o2c.collections.incoming.suggesting import About
from o2c.collections.inquiries import changing, listing, opening, threads
from o2c.collections.inquiries.keeping import InquiryRefused
from o2c.collections.inquiry_forms import ChangeForm, CloseForm, DisputeForm, InquiryFilter, NoteForm, OpenForm
from o2c.collections.models import Dispute, IncomingMail, Inquiry
from o2c.collections.views.agreements import about_whom, as_a_mail_says, way_back
from o2c.collections.views.inquiry_case import found_inquiry
from o2c.core import clock, formats
from o2c.core.actors import Actor
from o2c.core.pages import act_by_form
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Customer, LegalEntity

FORM = ["GET", "HEAD", "POST"]
CANNOT = (InquiryRefused, NothingSaid)
MOST_ITEMS = 40
# What a mail suggests → what kind of inquiry it is, the surest of them first.
KINDS = {About.COPY: Inquiry.Kind.COPY, About.PAID: Inquiry.Kind.PAYMENT, About.DISPUTE: Inquiry.Kind.DISPUTE}


# --- The list


@needs("book.read")
@require_safe
def inquiry_list(request: HttpRequest) -> HttpResponse:
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    form = InquiryFilter(request.GET, shows=listing.SHOWS, entities=entities)
    form.is_valid()
    asked, now = form.cleaned_data, clock.now()
    rows = listing.chosen(
        Inquiry.objects.for_user(request.user),
        now=now,
        show=asked.get("show") or listing.USUAL,
        kind=asked.get("kind", ""),
        entity=asked.get("entity", ""),
        customer=asked.get("customer", "").strip(),
        me=request.user,
    )
    context = {
        "form": form,
        "page": cut(rows.select_related("customer", "entity", "owner", "queue"), request.GET.get("page")),
        "now": now,
        "open": Inquiry.objects.for_user(request.user).filter(state=Inquiry.State.OPEN).count(),
        "overdue": Inquiry.objects.for_user(request.user).filter(state=Inquiry.State.OPEN, due_at__lt=now).count(),
    }
    return render(request, "collections/inquiries.html", context)


# --- Opening


@needs("inquiries.work")
@require_http_methods(FORM)
def open_inquiry(request: HttpRequest, pk: int) -> HttpResponse:
    """Of a customer; a mail in which it is asked is named with ?mail=."""
    customer, task, entities = about_whom(request, pk)
    mail = _mail(request, customer)
    if mail is not None:
        entities = [mail.entity]
    items = _items(customer, entities)
    initial = {"contact": mail.contact_id, "subject": mail.subject[:200]} if mail else {}
    if mail is not None:
        named = list(mail.items.values_list("item_id", flat=True))
        says = [KINDS[each.about] for each in acts.suggestions(mail) if each.about in KINDS]
        initial |= {"items": named, "kind": says[0] if says else Inquiry.Kind.OTHER}
    asked = request.GET.get("kind")
    initial |= {"kind": asked} if asked in Inquiry.Kind.values else {}
    form = OpenForm(
        _sent(request), entities=entities, customer=customer, items=items, user=request.user, of_mail=mail is not None,
        initial=initial,
    )  # fmt: skip
    made: list[Inquiry] = []

    def act(entity: LegalEntity, kind: str, subject: str, items=(), **facts) -> str:
        row = opening.open(
            customer, entity, kind, subject=subject, items=items or (), mail=mail, actor=Actor.of(request.user), **facts
        )
        made.append(row)
        about = next((about for about, meant in KINDS.items() if meant == kind), None)
        if mail is not None and about is not None:
            as_a_mail_says(request, about)
        by = formats.moment(row.due_at, entity.time_zone)
        return f"{row.owner or row.queue} answers by {by}."

    back = reverse("mail", args=[mail.pk]) if mail else way_back(customer, task)
    answer = act_by_form(
        request, form, act, refusals=CANNOT, back=back, heading=f"{customer.name} asks", action="Open the inquiry",
        about=f"Of the mail “{mail.subject}”." if mail else "",
    )  # fmt: skip
    if made:
        there = reverse("inquiry", args=[made[0].pk])
        answer = HttpResponse(status=204, headers={"HX-Redirect": there}) if request.htmx else redirect(there)
    return answer


def _mail(request: HttpRequest, customer: Customer) -> IncomingMail | None:
    asked = request.GET.get("mail", "")
    if not asked:
        return None
    if not asked.isdecimal():
        raise Http404
    seen = IncomingMail.objects.for_user(request.user).filter(customer=customer).defer("raw")
    return get_object_or_404(seen.select_related("entity", "contact"), pk=int(asked))


def _items(customer: Customer, entities: list[LegalEntity], named: tuple[int, ...] = ()) -> QuerySet[OpenItem]:
    """What it can be about: what is open, the longest due first, and the latest documents."""
    ours = OpenItem.objects.filter(customer=customer, entity__in=entities)
    owed = ours.exclude(open_amount=0).order_by("due_on", "id").values_list("pk", flat=True)[:MOST_ITEMS]
    latest = ours.exclude(kind=OpenItem.Kind.ON_ACCOUNT).order_by("-pk").values_list("pk", flat=True)[:10]
    return ours.filter(pk__in={*owed, *latest, *named}).order_by("due_on", "id")


# --- Working on it


@needs("inquiries.work")
@require_http_methods(FORM)
def change_inquiry(request: HttpRequest, pk: int) -> HttpResponse:
    found = found_inquiry(request, pk)

    def act(**facts) -> str:
        changing.change(found, **facts, actor=Actor.of(request.user))
        return "The inquiry is changed."

    named = tuple(found.items.values_list("item_id", flat=True))
    items = _items(found.customer, [found.entity], named)
    form = ChangeForm(_sent(request), inquiry=found, items=items, user=request.user)
    return act_by_form(request, form, act, refusals=CANNOT, back=_at(found), heading=found.subject, action="Save")


@needs("inquiries.work")
@require_http_methods(FORM)
def note_inquiry(request: HttpRequest, pk: int) -> HttpResponse:
    found = found_inquiry(request, pk)

    def act(text: str) -> str:
        changing.add_note(found, text, actor=Actor.of(request.user))
        return "The note is written down."

    form = NoteForm(_sent(request))
    return act_by_form(
        request, form, act, refusals=CANNOT, back=_at(found), heading=f"Note on “{found.subject}”", action="Save"
    )


@needs("inquiries.work")
@require_http_methods(FORM)
def close_inquiry(request: HttpRequest, pk: int) -> HttpResponse:
    found = found_inquiry(request, pk)
    unanswered = found.state == Inquiry.State.OPEN

    def act(note: str, seen) -> str:
        changing.close(found, note=note, seen=seen, actor=Actor.of(request.user))
        return "The inquiry is closed."

    form = CloseForm(_sent(request), needs_reason=unanswered, initial={"seen": found.updated_at.isoformat()})
    about = "Nobody has answered it: say why it needs no answer." if unanswered else "It opens again if they write."
    return act_by_form(
        request, form, act, refusals=CANNOT, back=_at(found), heading=f"Close “{found.subject}”?", about=about,
        action="Close it",
    )  # fmt: skip


@needs("inquiries.work")
@require_POST
def reopen_inquiry(request: HttpRequest, pk: int) -> HttpResponse:
    found = found_inquiry(request, pk)
    try:
        threads.reopen(found, actor=Actor.of(request.user))
    except InquiryRefused as refused:
        messages.info(request, str(refused))
    else:
        messages.success(request, "It is open again.")
    return redirect("inquiry", pk)


@needs("disputes.open")
@require_http_methods(FORM)
def dispute_inquiry(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a dispute of what the customer contests."""
    found = found_inquiry(request, pk)
    taken = Dispute.objects.filter(customer=found.customer_id, closed_on=None).values("item")
    items = OpenItem.objects.filter(customer=found.customer_id, entity=found.entity_id, open_amount__gt=0)
    items = items.exclude(pk__in=taken).order_by("due_on", "id")
    about = found.items.values_list("item_id", flat=True).order_by("item__due_on").first()
    initial = {"reason": found.subject, "item": about, "seen": found.updated_at.isoformat()}

    def act(item: OpenItem, **facts) -> str:
        made = changing.dispute(
            found, item, on=clock.today(found.entity.time_zone), actor=Actor.of(request.user), **facts
        )
        return f"What is contested of {item.number} is not chased; {made.owner or made.queue} settles it."

    return act_by_form(
        request, DisputeForm(_sent(request), items=items, initial=initial), act, refusals=CANNOT, back=_at(found),
        heading="Make a dispute of it", about=f"“{found.subject}” is closed by it.", action="Open the dispute",
    )  # fmt: skip


def _at(found: Inquiry) -> str:
    return reverse("inquiry", args=[found.pk])


def _sent(request: HttpRequest):
    return request.POST if request.method == "POST" else None
