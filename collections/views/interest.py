"""Interest on late payment in the browser: what is owed and how it was worked out, notes, packs and rules."""

import re
from datetime import date
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.collections.interest import charging, packs
from o2c.collections.interest.charging import InterestRefused
from o2c.collections.interest.packs import PackRefused
from o2c.collections.interest.working_out import Due, work_out
from o2c.collections.models import InterestAgreement, InterestNote, InterestPack, InterestRules
from o2c.collections.views.policies import for_who_sees_all
from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.forms import DayField
from o2c.core.money import MoneyError, known_currencies
from o2c.core.pages import act_by_form
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.core.states import IllegalMove, LostRace
from o2c.orders.models import Customer, LegalEntity

FORM = ["GET", "HEAD", "POST"]
CANNOT = (InterestRefused, PackRefused, MoneyError, IllegalMove, LostRace)
POINTS = {"max_digits": 6, "decimal_places": 3, "min_value": 0, "max_value": packs.HIGHEST}


class UntilForm(forms.Form):
    until = DayField(label="Up to and with")


class RulesForm(forms.Form):
    pack = forms.ModelChoiceField(
        InterestPack.objects.all(), label="Pack", required=False, empty_label="None: no interest is charged"
    )
    begins_on = DayField(
        label="For what was due from", required=False, help_text="What was due before this day bears no interest."
    )
    minimum = forms.DecimalField(
        label="Least of a note", min_value=0, max_digits=19, decimal_places=4, help_text="In the base currency."
    )
    days_to_pay = forms.IntegerField(label="Days to pay it", min_value=0, max_value=365)
    after_payment = forms.BooleanField(
        label="Also for what was paid late", required=False, help_text="Interest stays owed when the item is settled."
    )
    compensates = forms.BooleanField(
        label="With compensation", required=False, help_text="The pack's sum for each item that was late, once."
    )
    only_agreed = forms.BooleanField(
        label="Only by agreement", required=False,
        help_text="Of nobody but those with whom a pack is agreed: persistent late payers, for instance.",
    )  # fmt: skip


class AgreementForm(forms.Form):
    entity = forms.ModelChoiceField(None, label="Legal entity", to_field_name="code", empty_label=None)
    pack = forms.ModelChoiceField(InterestPack.objects.all(), label="Pack", required=False, empty_label="No interest")
    begins_on = DayField(label="For what is due from", required=False, help_text="Empty: for all.")
    reason = forms.CharField(label="What was agreed", max_length=200, help_text="The contract, and where it says so.")

    def __init__(self, *args, entities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = entities


class PackForm(forms.Form):
    code = forms.SlugField(label="Code", max_length=20)
    name = forms.CharField(label="Name", max_length=100)
    source = forms.CharField(label="Source", max_length=300, help_text="The law or the contract, with the paragraph.")
    points = forms.DecimalField(label="Percent a year", help_text="Beyond a reference rate, if it has one.", **POINTS)
    consumer_points = forms.DecimalField(
        label="Percent a year of private persons", required=False, help_text="Empty: they owe nothing.", **POINTS
    )
    has_reference = forms.BooleanField(
        label="Has a reference rate", required=False, help_text="That you enter for each half-year."
    )
    kept = forms.BooleanField(
        label="The first rate stays", required=False, help_text="The rate of the day on which interest begins."
    )
    year = forms.TypedChoiceField(label="Days in a year", choices=[(365, "365"), (360, "360")], coerce=int)
    compensation = forms.DecimalField(
        label="Compensation for each item", required=False, min_value=0, max_digits=19, decimal_places=4
    )
    currency = forms.CharField(label="Currency of the compensation", required=False, max_length=3)

    def clean_currency(self) -> str:
        return self.cleaned_data["currency"].upper()


class RateForm(forms.Form):
    begins_on = DayField(label="First day of the half-year")
    percent = forms.DecimalField(label="Reference rate in percent", max_digits=6, decimal_places=3)


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=200)


# --- What is owed


@needs("book.read")
@require_safe
def interest(request: HttpRequest) -> HttpResponse:
    """What late payers of a legal entity owe up to a day, customer by customer, and what is left out."""
    entities = _entities(request)
    entity = next((each for each in entities if each.code == request.GET.get("entity")), None) or _charging(entities)
    context = {"entities": entities, "entity": entity}
    if entity:
        until = _until(request, entity)
        found = work_out(entity, until)
        owed = sorted((due for due in found if due.total and not due.because), key=lambda due: -due.total)
        context |= {
            "rules": getattr(entity, "interest_rules", None),
            "until": until,
            "form": UntilForm(initial={"until": until}),
            "page": cut(owed, request.GET.get("page")),
            "totals": _totals(owed),
            "left": [due for due in found if due.because or any(each.because for each in due.items)][:100],
        }
    return render(request, "collections/interest.html", context)


@needs("book.read")
@require_safe
def interest_of(request: HttpRequest, pk: int, currency: str) -> HttpResponse:
    """How a customer's interest was worked out, item by item and day by day."""
    customer = get_object_or_404(Customer.objects.for_user(request.user), pk=pk)
    entities = _entities(request)
    entity = next((each for each in entities if each.code == request.GET.get("entity")), None) or _charging(entities)
    if entity is None or currency not in known_currencies():
        raise Http404
    until = _until(request, entity)
    found = next((due for due in work_out(entity, until, [customer.pk]) if due.currency == currency), None)
    nothing = Due(customer.pk, customer.name, customer.number, customer.is_consumer, currency)
    context = {"entity": entity, "customer": customer, "until": until, "due": found or nothing}
    return render(request, "collections/interest_of.html", context)


@needs("interest.charge")
@require_POST
def charge_interest(request: HttpRequest) -> HttpResponse:
    entity = LegalEntity.objects.for_user(request.user).filter(code=request.POST.get("entity", "")).first()
    form = UntilForm(request.POST)
    if entity is None or not form.is_valid():
        messages.error(request, "Say which legal entity charges, and up to which day.")
        return redirect("interest")
    back = f"{reverse('interest')}?entity={entity.code}"
    until = form.cleaned_data["until"]
    try:
        chosen = [_key(key) for key in request.POST.getlist("chosen")]
        notes = charging.charge(
            entity, chosen, until=until, on=clock.today(entity.time_zone), actor=Actor.of(request.user)
        )
    except InterestRefused as refused:
        messages.error(request, str(refused))
        return redirect(f"{back}&until={until}")
    if notes:
        many = f"{len(notes)} notes are" if len(notes) > 1 else f"{notes[0].number} is"
        messages.success(request, f"{many} in the books, {notes[0].item.due_on:%d %b %Y} is the day to pay.")
    else:
        messages.info(request, "Nothing was charged: choose customers, or somebody else has charged them.")
    return redirect(f"{reverse('interest_notes')}?entity={entity.code}")


def _key(key: str) -> tuple[int, str]:
    match = re.fullmatch(r"([0-9]{1,18})-([A-Z]{3})", key)
    if match is None:
        raise InterestRefused("No such customer.")
    return int(match[1]), match[2]


def _entities(request: HttpRequest) -> list[LegalEntity]:
    return list(LegalEntity.objects.for_user(request.user).select_related("interest_rules__pack").order_by("code"))


def _charging(entities: list[LegalEntity]) -> LegalEntity | None:
    """The first that charges interest, else the first."""
    return next((each for each in entities if hasattr(each, "interest_rules")), entities[0] if entities else None)


def _until(request: HttpRequest, entity: LegalEntity) -> date:
    """The day that was asked for, none to come."""
    today = clock.today(entity.time_zone)
    form = UntilForm(request.GET)
    return min(form.cleaned_data["until"], today) if form.is_valid() else today


def _totals(owed: list[Due]) -> list[tuple[str, Decimal, int]]:
    by: dict[str, list[Due]] = {}
    for due in owed:
        by.setdefault(due.currency, []).append(due)
    return [(currency, sum(due.total for due in dues), len(dues)) for currency, dues in sorted(by.items())]


# --- Notes


@needs("book.read")
@require_safe
def interest_notes(request: HttpRequest) -> HttpResponse:
    found = InterestNote.objects.for_user(request.user).select_related("entity", "customer", "item")
    if request.GET.get("state") in InterestNote.State:
        found = found.filter(state=request.GET["state"])
    if request.GET.get("entity"):
        found = found.filter(entity__code=request.GET["entity"])
    if request.GET.get("customer"):
        found = found.filter(customer__number=request.GET["customer"])
    context = {"page": cut(found.order_by("-id"), request.GET.get("page")), "states": InterestNote.State.choices}
    return render(request, "collections/interest_notes.html", context)


@needs("book.read")
@require_safe
def interest_note(request: HttpRequest, pk: int) -> HttpResponse:
    note = _note(request, pk)
    charges = note.charges.select_related("item", "pack").order_by("item__due_on", "id")
    context = {"note": note, "charges": [charging.worked(charge) for charge in charges]}
    return render(request, "collections/interest_note.html", context)


@needs("interest.waive")
@require_http_methods(FORM)
def waive_interest(request: HttpRequest, pk: int) -> HttpResponse:
    return _end(request, pk, charging.waive, "Waive", "It is not owed, and what it charged for is never charged again.")


@needs("interest.waive")
@require_http_methods(FORM)
def reverse_interest(request: HttpRequest, pk: int) -> HttpResponse:
    return _end(request, pk, charging.reverse, "Reverse", "It was wrong: its days may be charged again, rightly.")


def _end(request: HttpRequest, pk: int, act, action: str, about: str) -> HttpResponse:
    note = _note(request, pk)

    def end(reason: str) -> str:
        ended = act(note, reason=reason, on=clock.today(note.entity.time_zone), actor=Actor.of(request.user))
        return f"{note.number} is {ended.get_state_display().lower()}."

    form = ReasonForm(request.POST if request.method == "POST" else None)
    back = reverse("interest_note", args=[pk])
    heading = f"{action} {note.number}?"
    return act_by_form(request, form, end, refusals=CANNOT, heading=heading, about=about, action=action, back=back)


def _note(request: HttpRequest, pk: int) -> InterestNote:
    found = InterestNote.objects.for_user(request.user).select_related("entity", "customer", "item")
    return get_object_or_404(found, pk=pk)


# --- Packs, rules and agreements


@needs("book.read")
@require_safe
def interest_packs(request: HttpRequest) -> HttpResponse:
    entities = LegalEntity.objects.for_user(request.user)
    rows = []
    for pack in packs.known():
        rates = sorted(pack.rates.all(), key=lambda rate: rate.begins_on, reverse=True)
        rows.append({"pack": pack, "rates": rates, "compensations": pack.compensations.all()})
    context = {
        "rows": rows,
        "entities": entities.select_related("interest_rules__pack").order_by("code"),
        "agreements": InterestAgreement.objects.for_user(request.user)
        .select_related("entity", "customer", "pack")
        .order_by("customer__name", "entity__code")[:200],
    }
    return render(request, "collections/interest_packs.html", context)


@needs("interest.rules")
@for_who_sees_all
@require_http_methods(FORM)
def new_interest_pack(request: HttpRequest) -> HttpResponse:
    def write(**facts) -> str:
        return f"{packs.write(**facts, actor=Actor.of(request.user)).name} is there."

    form = PackForm(request.POST if request.method == "POST" else None)
    heading, about = "New pack", "A contract, or a law that does not come with o2c. It is not changed afterwards."
    back = reverse("interest_packs")
    return act_by_form(
        request, form, write, refusals=CANNOT, heading=heading, about=about, action="Add", back=back, across=True
    )


@needs("interest.rules")
@for_who_sees_all
@require_http_methods(FORM)
def enter_interest_rate(request: HttpRequest, pk: int) -> HttpResponse:
    pack = get_object_or_404(InterestPack, pk=pk)

    def enter(begins_on: date, percent: Decimal) -> str:
        rate = packs.enter_rate(pack, begins_on, percent, actor=Actor.of(request.user))
        return f"{rate.percent.normalize():f} % counts from {begins_on:%d %b %Y}."

    form = RateForm(request.POST if request.method == "POST" else None)
    back = reverse("interest_packs")
    return act_by_form(
        request, form, enter, refusals=CANNOT, heading=f"Reference rate: {pack.name}", about=pack.source,
        action="Enter", back=back,
    )  # fmt: skip


@needs("interest.rules")
@require_http_methods(FORM)
def interest_rules(request: HttpRequest, pk: int) -> HttpResponse:
    """By what a legal entity charges late payers."""
    entity = get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)
    own = InterestRules.objects.filter(entity=entity).first() or InterestRules(entity=entity, begins_on=None)
    fields = ("pack", "begins_on", "minimum", "days_to_pay", "after_payment", "compensates", "only_agreed")
    form = RulesForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(own, name, None) if name != "pack" else own.pack_id for name in fields},
    )

    def rule(**facts) -> str:
        packs.rule(entity, **facts, actor=Actor.of(request.user))
        return f"{entity.code} charges {'by ' + facts['pack'].name if facts['pack'] else 'no interest'}."

    heading = f"Interest of {entity.name}"
    back = reverse("interest_packs")
    return act_by_form(request, form, rule, refusals=CANNOT, heading=heading, action="Save", back=back)


@needs("interest.rules")
@require_http_methods(FORM)
def agree_interest(request: HttpRequest, pk: int) -> HttpResponse:
    """What was agreed with one customer."""
    customer = get_object_or_404(Customer.objects.for_user(request.user), pk=pk)
    entities = LegalEntity.objects.for_user(request.user).filter(accounts__customer=customer).order_by("code")
    form = AgreementForm(request.POST if request.method == "POST" else None, entities=entities)

    def agree(entity: LegalEntity, pack: InterestPack | None, begins_on: date | None, reason: str) -> str:
        packs.agree(entity, customer, pack=pack, begins_on=begins_on, reason=reason, actor=Actor.of(request.user))
        return f"{customer.name} pays {'by ' + pack.name if pack else 'no interest'} to {entity.code}."

    heading = f"Interest of {customer.name}"
    back = reverse("customer", args=[pk])
    return act_by_form(request, form, agree, refusals=CANNOT, heading=heading, action="Save", back=back)


@needs("interest.rules")
@require_POST
def forget_interest(request: HttpRequest, pk: int) -> HttpResponse:
    """Of an agreement: the legal entity's rules count for the customer again."""
    agreement = get_object_or_404(InterestAgreement.objects.for_user(request.user), pk=pk)
    packs.forget(agreement, actor=Actor.of(request.user))
    messages.success(request, "The legal entity's rules count for the customer again.")
    return redirect("interest_packs")
