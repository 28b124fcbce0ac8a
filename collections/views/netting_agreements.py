"""Agreements about netting in the browser: written down with the signed paper, changed and ended."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.collections.netting import agreeing
from o2c.collections.netting_forms import AgreementForm, NewAgreementForm
from o2c.core import clock, documents
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.pages import act_by_form
from o2c.core.rights import needs
from o2c.invoicing.cash import CashRefused
from o2c.invoicing.forms import OnDayForm
from o2c.invoicing.models import NettingAgreement
from o2c.orders.models import Customer, LegalEntity

FORM = ["GET", "HEAD", "POST"]


def _typed(request: HttpRequest) -> tuple:
    return (request.POST, request.FILES) if request.method == "POST" else ()


@needs("netting.agree")
@require_http_methods(FORM)
def agree_netting(request: HttpRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.for_user(request.user), pk=pk)
    entities = LegalEntity.objects.for_user(request.user).filter(accounts__customer=customer).order_by("code")

    def agree(entity: LegalEntity, **facts) -> str:
        made = agreeing.agree(entity=entity, customer=customer, **facts, actor=Actor.of(request.user))
        return f"Agreed: from {made.since.isoformat()} on we net with {customer.name}."

    form = NewAgreementForm(*_typed(request), entities=entities, initial={"since": clock.today(), "nets": "due"})
    return act_by_form(
        request, form, agree, refusals=(CashRefused,), heading=f"Netting with {customer.name}", action="Agree it",
        about="What is disputed is never netted. Each netting is asked for by one person and approved by another.",
        back=reverse("customer", args=[pk]),
    )  # fmt: skip


@needs("netting.agree")
@require_http_methods(FORM)
def change_netting_agreement(request: HttpRequest, pk: int) -> HttpResponse:
    found = _agreement(request, pk)

    def change(**facts) -> str:
        agreeing.change(found, **facts, actor=Actor.of(request.user))
        return "The agreement is changed."

    initial = {"reference": found.reference, "nets": found.nets, "until": found.until}
    form = AgreementForm(*_typed(request), initial=initial)
    return act_by_form(
        request, form, change, refusals=(CashRefused,), action="Change it", back=reverse("netting_agreements"),
        heading=f"Change the agreement with {found.customer.name}",
        about=f"With {found.entity.code} since {found.since.isoformat()}. What was netted stays.",
    )  # fmt: skip


@needs("netting.agree")
@require_http_methods(FORM)
def end_netting_agreement(request: HttpRequest, pk: int) -> HttpResponse:
    found = _agreement(request, pk)
    waits = agreeing.waiting(found)

    def end(on) -> str:
        agreeing.end(found, on=on, actor=Actor.of(request.user))
        return "The agreement is ended."

    about = "Nothing is netted by it from that day on. What was netted stays."
    if waits:
        about += f" {waits} that wait for approval can then only be refused or taken back."
    form = OnDayForm(*_typed(request)[:1], initial={"on": clock.today(found.entity.time_zone)})
    return act_by_form(
        request, form, end, refusals=(CashRefused,), heading=f"End the agreement with {found.customer.name}?",
        about=about, action="End it", style="danger", back=reverse("netting_agreements"),
    )  # fmt: skip


@needs("netting.read")
@require_safe
def netting_paper(request: HttpRequest, pk: int) -> HttpResponse:
    found = _agreement(request, pk)
    if found.document is None:
        raise Http404
    records.exported("Signed netting agreement", actor=Actor.of(request.user), agreement=found.pk)
    return documents.answer(found.document.name, found.document.media_type, bytes(found.document.content))


def _agreement(request: HttpRequest, pk: int) -> NettingAgreement:
    rows = NettingAgreement.objects.for_user(request.user).select_related("entity", "customer", "document")
    return get_object_or_404(rows, pk=pk)
