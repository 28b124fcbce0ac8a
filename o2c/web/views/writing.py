"""Writing an invoice: one page of forms, whose buttons add, move and remove lines, and which says what it comes to."""

import re
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.pages import onward
from o2c.core.rights import may, needs
from o2c.core.states import LostRace
from o2c.core.taxes import TaxCategory
from o2c.invoicing.invoices import correcting, drafts, issuing
from o2c.invoicing.invoices.drafts import InvoiceRefused
from o2c.invoicing.invoices.sheet import Sheet
from o2c.invoicing.invoices.trying import Tried, attempt
from o2c.invoicing.models import Invoice, InvoiceLine
from o2c.orders.models import Account, Customer, LegalEntity

FORM = ["GET", "HEAD", "POST"]
MOST_CHOICES = 12
# What few invoices need is folded away until it says something.
MORE = (
    "due_on", "delivered_on", "period_from", "period_until", "deliver_to_country", "contract_reference",
    "exemption_reason", "prepaid", "rounding",
)  # fmt: skip
# Presses that only change the page: where they act, and on which row.
PRESS = re.compile(r"(next|line|adjustment|(up|down|drop)-(line|adjustment)-([0-9]{1,3}))")


@needs("invoices.edit")
@require_http_methods(FORM)
def new_invoice(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _take(request, Sheet.sent(request.POST, user=request.user), None)
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    customer = Customer.objects.for_user(request.user).filter(number=request.GET.get("customer", "")).first()
    account = None
    if customer is not None:
        account = Account.objects.for_user(request.user).filter(customer=customer).select_related("entity").first()
    entity = account.entity if account else entities[0] if entities else None
    head = {
        "customer": customer.number if customer else "",
        "entity": entity.code if entity else "",
        "currency": account.currency if account else entity.base_currency if entity else "",
        "issued_on": clock.today(entity.time_zone) if entity else None,
    }
    return _show(request, Sheet.fresh(head, _usual(entity, customer), user=request.user), None)


@needs("invoices.edit")
@require_http_methods(FORM)
def edit_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(
        Invoice.objects.for_user(request.user).select_related("customer", "entity", "terms", "corrects"), pk=pk
    )
    if found.state != Invoice.State.DRAFT:
        raise LostRace(f"{found.number} is issued, and no draft any more.")
    if request.method == "POST":
        return _take(request, Sheet.sent(request.POST, user=request.user, corrects=found.corrects), found)
    return _show(request, Sheet.of(correcting.as_draft(found), user=request.user), found)


@needs("invoices.edit")
@require_safe
def invoice_customers(request: HttpRequest) -> HttpResponse:
    """The customers that fit what is typed so far, as choices of the field."""
    text = " ".join(request.GET.get("customer", "").split())[:100]
    seen = Customer.objects.for_user(request.user)
    found = []
    if len(text) > 1:
        found = list(seen.filter(number__istartswith=text).order_by("number")[:MOST_CHOICES])
        if len(found) < MOST_CHOICES:
            found += list(seen.filter(name__icontains=text).order_by("name")[: MOST_CHOICES - len(found)])
    return render(request, "invoicing/customer_choices.html", {"found": list(dict.fromkeys(found))})


def _usual(entity: LegalEntity | None, customer: Customer | None) -> dict:
    """How a first line is taxed: as the customer's last one was, else as the legal entity's last in its own country."""
    if entity is None:
        return {}
    lines = InvoiceLine.objects.filter(invoice__entity=entity)
    last = lines.filter(invoice__customer=customer).order_by("-id").first() if customer else None
    last = last or lines.filter(category=TaxCategory.STANDARD).order_by("-id").first()
    return {"category": last.category, "rate": f"{last.rate.normalize():f}"} if last else {}


def _take(request: HttpRequest, sheet: Sheet, existing: Invoice | None) -> HttpResponse:
    press = request.POST.get("act", "")
    if request.GET.get("live"):
        return _worth(request, sheet, existing)
    if PRESS.fullmatch(press):
        return _show(request, sheet.pressed(press), existing)
    return _save(request, sheet, existing, issue=press == "issue")


def _save(request: HttpRequest, sheet: Sheet, existing: Invoice | None, *, issue: bool) -> HttpResponse:
    kind = existing.kind if existing else Invoice.Kind.INVOICE
    if issue and not may(request.user, issuing.RIGHT[kind]):
        raise PermissionDenied
    actor = Actor.of(request.user)
    if sheet.is_valid():
        try:
            with transaction.atomic():
                written = drafts.write(
                    sheet.draft(existing), actor=actor, existing=existing, seen=_seen(request) if existing else None
                )
                if issue:
                    written = issuing.issue(written, actor=actor)
        except InvoiceRefused as refused:
            sheet.tell(refused.faults)
        except LostRace as lost:
            sheet.head.add_error(None, f"{lost} What you typed is still here.")
        else:
            messages.success(request, f"{written.number} is issued." if issue else "The draft is saved.")
            return onward(request, reverse("invoice", args=[written.pk]))
    return _show(request, sheet, existing, status=422)


def _seen(request: HttpRequest) -> datetime:
    """The version that the page was made of. Raises LostRace where it is none."""
    try:
        return datetime.fromisoformat(request.POST.get("seen", ""))
    except ValueError:
        raise LostRace("Look at the draft again.") from None


def _show(request: HttpRequest, sheet: Sheet, existing: Invoice | None, status: int = 200) -> HttpResponse:
    credit_note = existing is not None and existing.kind == Invoice.Kind.CREDIT_NOTE
    context = _tried(request, sheet, existing) | {
        "sheet": sheet,
        "existing": existing,
        "seen": request.POST.get("seen") or (existing.updated_at.isoformat() if existing else ""),
        "may_issue": may(request.user, issuing.RIGHT[existing.kind if existing else Invoice.Kind.INVOICE]),
        "back": reverse("invoice", args=[existing.pk]) if existing else reverse("invoices"),
        "credit_note": credit_note,
        "more_open": any(
            sheet.head[name].value() or sheet.head[name].errors for name in MORE if name in sheet.head.fields
        ),
        "left": _left(existing) if credit_note and existing.corrects else None,
    }
    return render(request, "invoicing/write.html", context, status=status)


def _worth(request: HttpRequest, sheet: Sheet, existing: Invoice | None) -> HttpResponse:
    """What it comes to as it is typed, and nothing else of the page."""
    return render(request, "invoicing/worth_live.html", _tried(request, sheet, existing) | {"oob": True})


def _tried(request: HttpRequest, sheet: Sheet, existing: Invoice | None) -> dict:
    draft, places = sheet.attempt(existing)
    tried = attempt(draft, actor=Actor.of(request.user)) if draft and places else Tried()
    nets = dict(zip(places, tried.nets, strict=False))
    return {
        "invoice": tried.invoice,
        "taxes": tried.taxes,
        "adjustments": tried.adjustments,
        "nets": [(place, nets.get(place)) for place in range(len(sheet.lines))],
        "lines": [(form, nets.get(place)) for place, form in enumerate(sheet.lines)],
        "faults": sheet.told(tried.faults, places),
        "currency": draft.currency if draft else "",
    }


def _left(note: Invoice):
    """What of the invoice is left to credit by others than this draft."""
    issued = note.corrects.corrections.exclude(state=Invoice.State.DRAFT)
    return note.corrects.gross_total - sum(issued.values_list("gross_total", flat=True))
