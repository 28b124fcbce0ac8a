"""Invoices: the list, the page of one, issuing, crediting and cancelling."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.collections.models import NoticeLine
from o2c.core import clock, documents
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.models import MessageAttachment
from o2c.core.money import MoneyError
from o2c.core.pages import onward, show_form
from o2c.core.paging import cut
from o2c.core.rights import may, needs
from o2c.core.states import LostRace
from o2c.core.units import unit_name
from o2c.invoicing import early_offers
from o2c.invoicing.einvoices import issued as einvoices
from o2c.invoicing.einvoices.read import CII, FACTURX, UBL
from o2c.invoicing.einvoices.write import FORMATS
from o2c.invoicing.invoices import correcting, drafts, issuing
from o2c.invoicing.invoices.drafts import InvoiceRefused
from o2c.invoicing.invoices.forms import MOST_LINES, CorrectionForm, InvoiceFilter
from o2c.invoicing.invoices.listing import SHORTEST_NUMBER, SHOWS, InvoiceListing
from o2c.invoicing.models import Allocation, Invoice, OpenItem
from o2c.invoicing.papers import keeping
from o2c.orders.models import LegalEntity

CANNOT = (InvoiceRefused, LostRace, MoneyError)
FORM = ["GET", "HEAD", "POST"]
TABS = {"": "All", "drafts": "Drafts", "issued": "Issued", "cancelled": "Cancelled", "credits": "Credit notes"}
MOST_AT_ONCE = 200
EINVOICES = ((FACTURX, "Factur-X"), (UBL, "UBL"), (CII, "CII"))


# --- The list


@needs("book.read")
@require_safe
def invoices(request: HttpRequest) -> HttpResponse:
    return _list(request)


def _list(request: HttpRequest, *, refused: list | None = None, status: int = 200) -> HttpResponse:
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    form = InvoiceFilter(request.GET, entities=entities)
    form.is_valid()
    asked = form.cleaned_data
    show = request.GET.get("show", "")
    number = asked.get("number", "").strip()
    listing = InvoiceListing(
        entity_ids=tuple(entity.pk for entity in entities if asked.get("entity") in ("", None, entity.code)),
        show=show if show in SHOWS else "",
        customer=asked.get("customer", "").strip(),
        number=number if len(number) >= SHORTEST_NUMBER else "",
        since=asked.get("since"),
        until=asked.get("until"),
    )
    kept = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    context = {
        "form": form,
        "listing": listing,
        "page": cut(listing, request.GET.get("page")),
        "totals": listing.totals(),
        "tabs": [(name, title, name == listing.show) for name, title in TABS.items()],
        "kept": kept,
        "short": bool(number) and not listing.number,
        "today": max((clock.today(entity.time_zone) for entity in entities), default=clock.today()),
        "many": listing.show == "drafts" and may(request.user, "invoices.issue"),
        "refused": refused or [],
    }
    return render(request, "invoicing/invoices.html", context, status=status)


@needs("invoices.issue")
@require_POST
def issue_invoices(request: HttpRequest) -> HttpResponse:
    """Issue the chosen drafts; those that break a rule stay drafts, and it is said why."""
    ids = [int(pk) for pk in request.POST.getlist("chosen")[:MOST_AT_ONCE] if pk.isdecimal() and len(pk) < 19]
    found = list(_seen(request).filter(pk__in=ids, state=Invoice.State.DRAFT))
    allowed = [draft for draft in found if may(request.user, issuing.RIGHT[draft.kind])]
    back = f"{reverse('invoices')}?show=drafts"
    if not found:
        messages.warning(request, "No draft was chosen.")
        return onward(request, back)
    issued, refused = [], [(draft, ["Your role issues no credit notes."]) for draft in found if draft not in allowed]
    by_entity = defaultdict(list)
    for draft in allowed:
        by_entity[draft.entity].append(draft)
    for entity, some in sorted(by_entity.items(), key=lambda pair: pair[0].code):
        try:
            done = issuing.issue_all(
                [draft.pk for draft in some], entity=entity, actor=Actor.of(request.user), partly=True
            )
        except LostRace as lost:
            refused += [(draft, [str(lost)]) for draft in some]
            continue
        issued += done.numbers.values()
        refused += [
            (draft, [fault.text for fault in done.refused[draft.pk]]) for draft in some if draft.pk in done.refused
        ]
    if issued:
        few = f": {', '.join(issued)}" if len(issued) <= 5 else ""
        messages.success(request, f"{len(issued)} {'is' if len(issued) == 1 else 'are'} issued{few}.")
    if not refused:
        return onward(request, back)
    request.GET = request.GET.copy()
    request.GET["show"] = "drafts"
    return _list(request, refused=refused, status=422)


# --- One


@needs("book.read")
@require_safe
def invoice(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(
        _seen(request).select_related("customer", "entity", "terms", "corrects", "document", "import_run"), pk=pk
    )
    lines = list(found.lines.order_by("position"))
    parts = defaultdict(list)
    for part in found.adjustments.order_by("position"):
        parts[part.line_id].append(part)
    for line in lines:
        line.parts = parts[line.pk]
        line.unit_name = unit_name(line.unit, "en", line.quantity)
    owed = OpenItem.objects.filter(entry_id=found.entry_id).order_by("due_on", "pk")
    owed = owed.annotate(offer_id=early_offers.of_item("pk"), offer_until=early_offers.of_item("last_on"))
    items = list(owed) if found.entry_id else []
    corrections = list(found.corrections.order_by("pk"))
    settled = _settled(items)
    today = clock.today(found.entity.time_zone)
    found.open = sum(item.open_amount for item in items)
    context = {
        "invoice": found,
        "tab": {Invoice.State.DRAFT: "drafts", Invoice.State.CANCELLED: "cancelled"}.get(found.state, "issued")
        if found.kind == Invoice.Kind.INVOICE
        else "credits",
        "discounts": [
            {"until": date.fromisoformat(tier["until"]), "pay": Decimal(tier["pay"]), "percent": tier["percent"]}
            for tier in (found.agreed or {}).get("discounts", [])
        ],
        "lines": lines,
        "adjustments": parts[None],
        "taxes": list(found.taxes.all()),
        "items": items,
        "open": found.open,
        "late": max((today - item.due_on).days for item in items if item.open_amount > 0)
        if any(item.open_amount > 0 for item in items)
        else 0,
        "settled": settled,
        "corrections": corrections,
        "credited": sum(note.gross_total for note in corrections if note.state != Invoice.State.DRAFT),
        "hindrances": issuing.hindrances(found) if found.state == Invoice.State.DRAFT else [],
        "may_issue": may(request.user, issuing.RIGHT[found.kind]),
        "printed": found.numbered_here and bool(lines),
        "einvoices": EINVOICES,
        "editable": len(lines) <= MOST_LINES,
        "correctable": found.kind == Invoice.Kind.INVOICE
        and found.state == Invoice.State.ISSUED
        and not found.posted_elsewhere,
        "history": _history(found, items, corrections, settled),
        "today": today,
    }
    return render(request, "invoicing/invoice.html", context)


@needs("book.read")
@require_safe
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """The invoice as a PDF: as it was given out, or of a draft as it would be, marked as a draft."""
    found = get_object_or_404(_seen(request), pk=pk)
    if found.state == Invoice.State.DRAFT:
        return documents.answer(f"draft-{pk}.pdf", documents.PDF, keeping.preview(found))
    try:
        kept = keeping.document_of(found)
    except keeping.NoDocument as none:
        raise Http404 from none
    records.exported("Invoice", actor=Actor.of(request.user), entity_ids=[found.entity_id], invoice=pk)
    return documents.answer(kept.name, kept.media_type, bytes(kept.content))


@needs("book.read")
@require_safe
def einvoice(request: HttpRequest, pk: int) -> HttpResponse:
    """The invoice as an e-invoice, in the syntax that is asked for; why not, where it would be refused."""
    found = get_object_or_404(_seen(request), pk=pk)
    syntax = request.GET.get("syntax", FACTURX)
    if syntax not in FORMATS:
        raise Http404
    try:
        return einvoices.answer(found, syntax, actor=Actor.of(request.user))
    except keeping.NoDocument as none:
        raise Http404 from none
    except einvoices.NotWritten as broken:
        messages.error(request, f"It would be refused as an e-invoice. {broken}")
        return redirect("invoice", pk)


def _settled(items: list[OpenItem]) -> list[Allocation]:
    """What settled it, or what it settles, with the other side as `other`."""
    mine = {item.pk for item in items}
    debits = {item.pk for item in items if item.amount > 0}
    rows = Allocation.objects.filter(debit_item__in=debits) | Allocation.objects.filter(credit_item__in=mine - debits)
    rows = rows.select_related("debit_item__entry__invoice", "credit_item__entry__invoice", "credit_item__receipt")
    found = list(rows.order_by("id")[:200])
    for row in found:
        row.other = row.credit_item if row.debit_item_id in mine else row.debit_item
        row.receipt = getattr(row.other, "receipt", None)
        row.invoice = getattr(row.other.entry, "invoice", None)
    return found


def _history(found: Invoice, items, corrections, settled) -> list[dict]:
    """What happened with it, the latest first."""
    told = [{"at": found.created_at, "icon": "note", "what": "Drafted", "who": found.created_by}]
    if found.issued_at:
        what = f"Issued as {found.number}"
        told.append({"at": found.issued_at, "icon": "check", "what": what, "who": found.issued_by})
    for note in corrections:
        if note.issued_at:
            what = "Cancelled by" if note.cancels else "Credited by"
            told.append(
                {
                    "at": note.issued_at, "icon": "flag", "what": f"{what} {note.number}", "who": note.issued_by,
                    "href": reverse("invoice", args=[note.pk]), "amount": note.gross_total,
                }
            )  # fmt: skip
    for row in settled:
        if row.receipt is not None:
            what = "Paid by" if row.amount > 0 else "Payment undone:"
            told.append(
                {
                    "at": row.recorded_at, "icon": "cash", "what": f"{what} {row.receipt.number or 'payment history'}",
                    "who": row.actor, "href": reverse("receipt", args=[row.receipt.pk]), "amount": row.amount,
                }
            )  # fmt: skip
    lines = NoticeLine.objects.filter(item__in=items, scenario_id=None).select_related("notice__message", "notice__run")
    for notice in {line.notice_id: line.notice for line in lines}.values():
        state = notice.message.state if notice.message else notice.state
        told.append(
            {
                "at": notice.run.created_at, "icon": "send", "what": f"Reminder, level {notice.level} ({state})",
                "who": notice.run.proposed_by, "href": reverse("notice", args=[notice.pk]),
            }
        )  # fmt: skip
    if found.document_id:
        sent = MessageAttachment.objects.filter(document_id=found.document_id).select_related("message")
        for attached in sent:
            told.append(
                {
                    "at": attached.message.created_at, "icon": "mail", "who": "",
                    "what": f"To {attached.message.recipient} ({attached.message.state})",
                    "href": reverse("message", args=[attached.message_id]),
                }
            )  # fmt: skip
    return sorted(told, key=lambda one: one["at"], reverse=True)


# --- Acts


@needs("invoices.issue")
@require_http_methods(FORM)
def issue_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    found = _draft(request, pk)
    if not may(request.user, issuing.RIGHT[found.kind]):
        raise PermissionDenied
    back = reverse("invoice", args=[pk])
    if request.method == "POST":
        try:
            issued = issuing.issue(found, actor=Actor.of(request.user))
        except CANNOT as refused:
            messages.error(request, f"It is not issued. {refused}")
        else:
            messages.success(request, f"{issued.number} is issued.")
        return onward(request, back)
    return show_form(
        request,
        forms.Form(),
        heading=f"Issue this {found.get_kind_display().lower()}?",
        about="It gets the next number, is posted and is owed from then on. It never changes again: what is wrong is "
        "credited or cancelled.",
        action="Issue it",
        back=back,
    )


@needs("invoices.edit")
@require_http_methods(FORM)
def discard_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    found = _draft(request, pk)
    if request.method == "POST":
        drafts.discard(found, actor=Actor.of(request.user))
        messages.success(request, "The draft is thrown away.")
        return onward(request, f"{reverse('invoices')}?show=drafts")
    return show_form(
        request,
        forms.Form(),
        heading="Throw this draft away?",
        about="It has no number yet, so nothing is missing afterwards.",
        action="Throw it away",
        style="danger",
        back=reverse("invoice", args=[pk]),
    )


@needs("invoices.correct")
@require_http_methods(FORM)
def credit_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft a credit note over the whole of it; its lines are then cut down and it is issued."""
    return _correct(
        request,
        pk,
        correcting.credit,
        lambda note: reverse("edit_invoice" if note.state == Invoice.State.DRAFT else "invoice", args=[note.pk]),
        heading="Credit {number}",
        about="A draft with all its lines is made; cut it down to what is credited, and issue it.",
        action="Write the credit note",
        said="The credit note is a draft: cut it down to what is credited.",
    )


@needs("invoices.correct")
@require_http_methods(FORM)
def cancel_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    return _correct(
        request,
        pk,
        correcting.cancel,
        lambda note: reverse("invoice", args=[note.corrects_id]),
        heading="Cancel {number}?",
        about="It is taken back as a whole by a credit note of its own number, at once and for good.",
        action="Cancel the invoice",
        style="danger",
        said="It is cancelled.",
    )


def _correct(request: HttpRequest, pk: int, act, onto, *, heading: str, said: str, **facts) -> HttpResponse:
    found = get_object_or_404(_seen(request).exclude(state=Invoice.State.DRAFT), pk=pk)
    today = clock.today(found.entity.time_zone)
    form = CorrectionForm(
        request.POST if request.method == "POST" else None,
        initial={"on": max(today, found.issued_on)},
        invoice=found,
    )
    if request.method == "POST" and form.is_valid():
        try:
            note = act(found, actor=Actor.of(request.user), **form.cleaned_data)
        except CANNOT as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, said)
            return onward(request, onto(note))
    return show_form(
        request, form, heading=heading.format(number=found.number), back=reverse("invoice", args=[pk]), **facts
    )


def _seen(request: HttpRequest):
    return Invoice.objects.for_user(request.user).select_related("customer", "entity")


def _draft(request: HttpRequest, pk: int) -> Invoice:
    """A draft. Raises LostRace, which is told on a page of its own, for what is issued by now."""
    found = get_object_or_404(_seen(request), pk=pk)
    if found.state != Invoice.State.DRAFT:
        raise LostRace(f"{found.number} is issued, and no draft any more.")
    return found
