"""Debts that others collect, in the browser: what is due for it, handing over, each case, and the agencies."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.collections import agencies, claims, claims_mail, handing_over, placements, reasons
from o2c.collections.agencies import AgencyRefused
from o2c.collections.forms import AgencyForm
from o2c.collections.models import Agency, Placement
from o2c.collections.placements import HandOverRefused
from o2c.core import clock, documents
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.models import Message, User
from o2c.core.money import known_currencies
from o2c.core.pages import act_by_form
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.core.states import IllegalMove, LostRace
from o2c.orders.models import Customer, LegalEntity

FORM = ["GET", "HEAD", "POST"]
CANNOT = (HandOverRefused, AgencyRefused, IllegalMove, LostRace)
SHOWN = {"placed": [Placement.State.PLACED], "ended": [state for state in Placement.State if state != "placed"]}


class PlaceForm(forms.Form):
    """To whom the chosen items go. The items are the boxes of the table beside it."""

    agency = forms.ModelChoiceField(Agency.objects.none(), label="To", empty_label=None)
    reason = forms.CharField(label="Why", max_length=200, help_text="Kept with the case. The agency is not told.")

    def __init__(self, *args, entity: LegalEntity, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = Agency.objects.filter(entity=entity, in_use=True)


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=200)


# --- The list


@needs("book.read")
@require_safe
def hand_overs(request: HttpRequest) -> HttpResponse:
    """What is due for it; or, by `?show=`, what somebody has and what has ended."""
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    chosen = [each for each in entities if each.code == request.GET.get("entity")] or entities
    show = request.GET.get("show") if request.GET.get("show") in SHOWN else "recommended"
    context = {"show": show, "entities": entities, "entity": chosen[0] if len(chosen) == 1 else None}
    context["agencies"] = Agency.objects.filter(entity__in=chosen, in_use=True).exists()
    if show == "recommended":
        found = handing_over.recommended(chosen)
        context |= {"page": cut(found, request.GET.get("page")), "totals": _totals(found)}
    else:
        rows = _placements(request.user).filter(entity__in=chosen, state__in=SHOWN[show])
        page = cut(rows.order_by("-id"), request.GET.get("page"))
        became = placements.figures(page)
        context |= {"page": page, "rows": [(row, became[row.pk]) for row in page]}
    return render(request, "collections/hand_overs.html", context)


def _totals(found: list[handing_over.Recommended]) -> list[tuple[str, object, int]]:
    by: dict[str, list[handing_over.Recommended]] = {}
    for row in found:
        by.setdefault(row.currency, []).append(row)
    return [(currency, sum(row.total for row in rows), len(rows)) for currency, rows in sorted(by.items())]


# --- Handing over


@needs("debts.hand_over")
@require_http_methods(FORM)
def hand_over(request: HttpRequest, pk: int, entity_pk: int, currency: str) -> HttpResponse:
    """Choose what of a customer's overdue items goes to whom."""
    customer = get_object_or_404(Customer.objects.for_user(request.user), pk=pk)
    entity = get_object_or_404(LegalEntity.objects.for_user(request.user), pk=entity_pk)
    if currency not in known_currencies():
        raise Http404
    today = clock.today(entity.time_zone)
    rows = handing_over.may_be_chosen(customer, entity, currency, today)
    form = PlaceForm(request.POST if request.method == "POST" else None, entity=entity)
    wanted = {row.item_id for row in rows if row.is_recommended}
    if request.method == "POST":
        theirs = {str(row.item_id): row.item_id for row in rows}
        wanted = {theirs[key] for key in request.POST.getlist("item") if key in theirs}
        if form.is_valid():
            try:
                placed = placements.place(
                    form.cleaned_data["agency"], wanted, reason=form.cleaned_data["reason"], on=today,
                    actor=Actor.of(request.user),
                )  # fmt: skip
            except HandOverRefused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, f"{customer.name} is with {placed.agency.name}.")
                return redirect("placement", placed.pk)
    context = {
        "customer": customer,
        "entity": entity,
        "currency": currency,
        "form": form,
        "rows": [(row, reasons.title(row.blocked) if row.blocked else "", row.item_id in wanted) for row in rows],
    }
    return render(request, "collections/hand_over.html", context, status=422 if form.is_bound else 200)


# --- A case


@needs("book.read")
@require_safe
def placement(request: HttpRequest, pk: int) -> HttpResponse:
    found = _placement(request.user, pk)
    became = placements.figures([found])[found.pk]
    items = {row.item_id: row.item for row in found.items.select_related("item")}
    context = {
        "placement": found,
        "became": became,
        "rows": [(row, items[row.item_id]) for row in became.items],
        "failed": found.document_id is None and claims.has_failed(found),
        "at_work": found.document_id is None and claims.is_being_made(found),
        "message": Message.objects.filter(key=claims_mail.key_of(found)).first(),
    }
    return render(request, "collections/placement.html", context)


@needs("debts.hand_over")
@require_safe
def placement_file(request: HttpRequest, pk: int) -> HttpResponse:
    """What was handed over, as it was."""
    found = _placement(request.user, pk)
    if found.document is None:
        raise Http404
    records.exported("Debts handed over", actor=Actor.of(request.user), placement=pk)
    return documents.answer(found.document.name, found.document.media_type, bytes(found.document.content))


@needs("debts.hand_over")
@require_POST
def send_placement(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        message = claims_mail.send(_placement(request.user, pk), actor=Actor.of(request.user))
        messages.success(request, f"It goes to {message.recipient}.")
    except HandOverRefused as refused:
        messages.error(request, str(refused))
    return redirect("placement", pk)


@needs("debts.hand_over")
@require_http_methods(FORM)
def recall_placement(request: HttpRequest, pk: int) -> HttpResponse:
    about = "Tell the agency yourself. From today on reminders go on where they stood."
    return _end(request, pk, placements.recall, "Recall", about)


@needs("debts.hand_over")
@require_http_methods(FORM)
def give_back_placement(request: HttpRequest, pk: int) -> HttpResponse:
    about = "The agency does not go on with it. From today on reminders go on where they stood."
    return _end(request, pk, placements.give_back, "Given back", about)


def _end(request: HttpRequest, pk: int, act, action: str, about: str) -> HttpResponse:
    found = _placement(request.user, pk)

    def end(reason: str) -> str:
        ended = act(found, reason=reason, on=clock.today(found.entity.time_zone), actor=Actor.of(request.user))
        return f"{found.customer.name} is ours again: {ended.get_state_display().lower()}."

    form = ReasonForm(request.POST if request.method == "POST" else None)
    heading = f"{action}: {found.customer.name}, {found.agency.name}?"
    back = reverse("placement", args=[pk])
    return act_by_form(request, form, end, refusals=CANNOT, heading=heading, about=about, action=action, back=back)


def _placements(user: User):
    return Placement.objects.for_user(user).select_related("entity", "customer", "agency")


def _placement(user: User, pk: int) -> Placement:
    rows = _placements(user).select_related("document").defer("document__content")
    return get_object_or_404(rows, pk=pk)


# --- Agencies


@needs("book.read")
@require_safe
def agency_list(request: HttpRequest) -> HttpResponse:
    rows = Agency.objects.for_user(request.user).select_related("entity").order_by("entity__code", "-in_use", "code")
    return render(request, "collections/agencies.html", {"agencies": rows})


@needs("agencies.edit")
@require_http_methods(FORM)
def new_agency(request: HttpRequest) -> HttpResponse:
    entities = LegalEntity.objects.for_user(request.user).order_by("code")
    form = AgencyForm(request.POST if request.method == "POST" else None, entities=entities)

    def add(entity: LegalEntity, code: str, **facts) -> str:
        return f"{agencies.add(entity, code, actor=Actor.of(request.user), **facts).name} is there."

    return act_by_form(
        request, form, add, refusals=CANNOT, heading="New agency or lawyer", action="Add",
        about="Who collects what we hand over.", back=reverse("agencies"),
    )  # fmt: skip


@needs("agencies.edit")
@require_http_methods(FORM)
def edit_agency(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Agency.objects.for_user(request.user).select_related("entity"), pk=pk)
    initial = {name: getattr(found, name) for name in agencies.FACTS}
    form = AgencyForm(
        request.POST if request.method == "POST" else None, entities=LegalEntity.objects.none(), known=True,
        initial=initial,
    )  # fmt: skip

    def change(**facts) -> str:
        return f"{agencies.change(found, actor=Actor.of(request.user), **facts).name} is changed."

    return act_by_form(
        request, form, change, refusals=CANNOT, heading=f"{found.name} of {found.entity.code}", action="Save",
        about="What was handed over already stays as it was agreed then.", back=reverse("agencies"),
    )  # fmt: skip
