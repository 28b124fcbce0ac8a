"""Payment terms: the list, and one with what it means by example."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.rights import needs
from o2c.orders import agreements
from o2c.orders.agreements import TermsRefused
from o2c.orders.models import Account, LegalEntity, PaymentTerms
from o2c.orders.terms import Terms
from o2c.web.setup import agreeing
from o2c.web.setup.forms import TermsForm
from o2c.web.views.shared import for_who_sees_all

RIGHT = "setup.manage"


@needs(RIGHT)
@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    found = PaymentTerms.objects.order_by("code").prefetch_related("discounts", "instalments")
    used = dict(Account.objects.exclude(terms=None).values_list("terms").annotate(Count("id")))
    rows = [(each, agreeing.in_words(Terms.of(each)), used.get(each.pk, 0)) for each in found]
    return render(request, "setup/terms.html", {"rows": rows})


@needs(RIGHT)
@for_who_sees_all
@require_http_methods(["GET", "HEAD", "POST"])
def new_terms(request: HttpRequest) -> HttpResponse:
    """New terms, from nothing or, with `?like=`, from some that are there."""
    initial = {"kind": PaymentTerms.Kind.NET, "days": 30}
    if request.GET.get("like", "").isdecimal():
        initial = agreeing.cells(get_object_or_404(PaymentTerms, pk=int(request.GET["like"])))
    form = TermsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid() and request.POST.get("and") != "example":
        try:
            made = agreements.create(
                form.cleaned_data["code"], agreeing.agreement(form.cleaned_data), actor=Actor.of(request.user)
            )
        except TermsRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{made.code} is agreed.")
            return redirect("terms")
    return _show(request, form, None)


@needs(RIGHT)
@for_who_sees_all
@require_http_methods(["GET", "HEAD", "POST"])
def edit_terms(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(PaymentTerms.objects.prefetch_related("discounts", "instalments"), pk=pk)
    form = TermsForm(request.POST if request.method == "POST" else None, initial=agreeing.cells(found), terms=found)
    if request.method == "POST" and form.is_valid() and request.POST.get("and") != "example":
        try:
            agreements.change(found, agreeing.agreement(form.cleaned_data), actor=Actor.of(request.user))
        except TermsRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{found.code} is saved.")
            return redirect("terms")
    return _show(request, form, found)


def _show(request: HttpRequest, form: TermsForm, found: PaymentTerms | None) -> HttpResponse:
    """The form, and beside it what is typed means for an invoice of today."""
    example = None
    if form.is_bound and form.is_valid():
        try:
            wanted = agreeing.agreement(form.cleaned_data)
            agreements.check(wanted)
            meant = Terms(wanted.kind, wanted.days, wanted.day_of_month, wanted.tiers, wanted.shares)
            example = _example(request, meant)
        except TermsRefused as refused:
            form.add_error(None, str(refused))
    elif found is not None and not form.is_bound:
        example = _example(request, Terms.of(found))
    context = {
        "form": form,
        "terms": found,
        "example": example,
        "has_parts": any(percent.value() for percent, _ in form.parts()),
        "accounts": Account.objects.filter(terms=found).count() if found else 0,
    }
    # An example that was asked for is no refusal.
    wrong = form.is_bound and not (form.is_valid() and request.POST.get("and") == "example")
    return render(request, "setup/edit_terms.html", context, status=422 if wrong else 200)


def _example(request: HttpRequest, meant: Terms) -> dict:
    entity = LegalEntity.objects.for_user(request.user).order_by("code").first()
    today = clock.today(entity.time_zone if entity else "UTC")
    currency = entity.base_currency if entity else "EUR"
    return {"of": agreeing.example(meant, today, currency), "currency": currency, "amount": agreeing.EXAMPLE}
