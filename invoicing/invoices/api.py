"""Invoices in the API: written, issued, corrected, read."""

from dataclasses import replace
from datetime import date
from hashlib import sha256

from django.db import DataError
from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import clock, documents, locks
from o2c.core.api import conditions
from o2c.core.api.endpoints import FileEndpoint, FileRenderer, PlainJSONRenderer, operation
from o2c.core.api.problems import Problem, at
from o2c.core.audit import records
from o2c.invoicing import correspondents
from o2c.invoicing.api import BookEndpoint, EntityQuery
from o2c.invoicing.einvoices import issued
from o2c.invoicing.einvoices.read import CII, FACTURX, UBL
from o2c.invoicing.einvoices.write import MEDIA_TYPES
from o2c.invoicing.invoices import correcting, drafts, issuing, sending
from o2c.invoicing.invoices.correcting import Part
from o2c.invoicing.invoices.drafts import NUMERIC_OVERFLOW, Declared, Draft, InvoiceRefused
from o2c.invoicing.invoices.wire import (
    CancelIn,
    CreditIn,
    InvoiceChange,
    InvoiceDetail,
    InvoiceIn,
    InvoiceQuery,
    InvoiceView,
    SendIn,
    SentView,
    draft_of,
    refused,
    terms_named,
    with_parts,
)
from o2c.invoicing.models import Invoice
from o2c.invoicing.papers import keeping
from o2c.orders.api.naming import EXTERNAL, check_key, contact_named, customer_named, entity_named
from o2c.orders.models import LegalEntity


class InvoiceEndpoint(BookEndpoint):
    tag = "Invoices"

    def rows(self) -> QuerySet[Invoice]:
        return Invoice.objects.for_user(self.request.user).annotate(
            entity_code=F("entity__code"), base_currency=F("entity__base_currency"), terms_code=F("terms__code")
        )

    def visible(self, pk: int) -> Invoice:
        return self.find(Invoice.objects.for_user(self.request.user).select_related("entity"), pk=pk)

    def answer(self, invoice: Invoice, status: int = 200) -> Response:
        row = with_parts(self.find(self.rows(), pk=invoice.pk))
        location = reverse("api:invoice", args=[row.pk]) if status == 201 else None
        return self.one(row, InvoiceDetail, status=status, location=location)

    def said(self, given: dict, entity: LegalEntity, **facts) -> Draft:
        """The draft that a body says, of what the caller sees. Raises Problem."""
        corrects = None
        if given.get("corrects") is not None:
            corrects = Invoice.objects.for_user(self.request.user).filter(pk=given["corrects"]).first()
            if corrects is None:
                raise at("/corrects", "unknown", "There is no such invoice.")
        return draft_of(
            given,
            entity=entity,
            customer=customer_named(self.request.user, given["customer"]),
            terms=terms_named(given.get("terms")),
            corrects=corrects,
            **facts,
        )

    def issued(self, invoice: Invoice) -> Invoice:
        self.check_right(issuing.RIGHT[invoice.kind])
        return issuing.issue(invoice, actor=self.actor)

    def locked_draft(self, pk: int) -> Invoice:
        """A draft the caller sees, locked in the version that they name. Raises Problem, LostRace."""
        draft = drafts.hold(self.visible(pk))
        conditions.check_writing(self.request, draft)
        return draft

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, InvoiceRefused):
            exc = refused(exc.faults)
        elif isinstance(exc, DataError) and getattr(exc.__cause__, "pgcode", "") == NUMERIC_OVERFLOW:
            exc = at("/lines", "range", "It comes to more than can be booked.")
        return super().handle_exception(exc)


class Invoices(InvoiceEndpoint):
    @operation("invoices:read", "List invoices", gives=InvoiceView, query=InvoiceQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Invoices and credit notes, drafts too, without their lines."""
        rows = self.asked_for(
            self.narrowed(self.rows()),
            state="state",
            kind="kind",
            number="number",
            issued_from="issued_on__gte",
            issued_until="issued_on__lte",
        )
        return self.page(rows, InvoiceView)

    @operation("invoices:write", "Write an invoice", takes=InvoiceIn, gives=InvoiceDetail, statuses=(201,), money=True)
    def post(self, request: Request, given: dict) -> Response:
        """A draft, which may still be incomplete; or, with `issue`, an issued invoice or nothing.

        A rule that is broken (EN 16931) is a validation problem with the rule as its code.
        """
        draft = self.said(given, entity_named(request.user, given["entity"]), kind=given["kind"])
        invoice = drafts.write(draft, actor=self.actor)
        if given["issue"]:
            invoice = self.issued(invoice)
        return self.answer(invoice, status=201)


class OneInvoice(InvoiceEndpoint):
    @operation("invoices:read", "Read an invoice", gives=InvoiceDetail)
    def get(self, request: Request, pk: int) -> Response:
        return self.answer(self.visible(pk))

    @operation("invoices:write", "Change a draft", takes=InvoiceChange, gives=InvoiceDetail, conditional=True)
    def put(self, request: Request, pk: int, given: dict) -> Response:
        """Says the draft anew. What is issued never changes: it is credited or cancelled (409)."""
        existing = self.locked_draft(pk)
        known = {name: getattr(existing, name) for name in ("kind", "source", "external_id")}
        draft = self.said(given, existing.entity, **known)
        if not _says(existing, draft):
            drafts.write(draft, actor=self.actor, existing=existing)
        return self.answer(existing)

    @operation("invoices:write", "Discard a draft", statuses=(204,), conditional=True)
    def delete(self, request: Request, pk: int) -> Response:
        """What is issued is not discarded (409)."""
        drafts.discard(self.locked_draft(pk), actor=self.actor)
        return Response(status=204)


class InvoiceDocument(FileEndpoint, InvoiceEndpoint):
    @operation("invoices:read", "Read an invoice as PDF", media=documents.PDF)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """As it was given out, the same for good. A draft has none, nor what another system has numbered (404)."""
        invoice = self.visible(pk)
        try:
            kept = keeping.document_of(invoice)
        except keeping.NoDocument as none:
            raise Problem("not-found", str(none)) from None
        records.exported("Invoice", actor=self.actor, entity_ids=[invoice.entity_id], invoice=pk)
        return self.file(
            documents.answer(kept.name, kept.media_type, bytes(kept.content)), f'"{kept.pk}-{kept.sha256[:16]}"'
        )


class XmlRenderer(FileRenderer):
    media_type = "application/xml"
    format = "xml"


class EInvoiceEndpoint(FileEndpoint, InvoiceEndpoint):
    """An invoice that we issued, after EN 16931, in one of the syntaxes."""

    def einvoice(self, pk: int, syntax: str) -> HttpResponse:
        try:
            answer = issued.answer(self.visible(pk), syntax, actor=self.actor)
        except keeping.NoDocument as none:
            raise Problem("not-found", str(none)) from None
        except issued.NotWritten as broken:
            raise Problem("conflict", str(broken)) from None
        return self.file(answer, f'"{sha256(answer.content).hexdigest()[:32]}"')


class InvoiceUbl(EInvoiceEndpoint):
    renderer_classes = [XmlRenderer, PlainJSONRenderer]

    @operation("invoices:read", "Read an invoice as UBL", media=MEDIA_TYPES[UBL], refuses=True)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """UBL 2.1 after EN 16931. 409 where it would be refused as an e-invoice, with the rules that it breaks."""
        return self.einvoice(pk, UBL)


class InvoiceCii(EInvoiceEndpoint):
    renderer_classes = [XmlRenderer, PlainJSONRenderer]

    @operation("invoices:read", "Read an invoice as CII", media=MEDIA_TYPES[CII], refuses=True)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """CII D16B after EN 16931. 409 where it would be refused as an e-invoice, with the rules that it breaks."""
        return self.einvoice(pk, CII)


class InvoiceFacturX(EInvoiceEndpoint):
    @operation("invoices:read", "Read an invoice as Factur-X", media=MEDIA_TYPES[FACTURX], refuses=True)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Its paper with the same invoice in CII inside (Factur-X, ZUGFeRD). 409 where it would be refused so."""
        return self.einvoice(pk, FACTURX)


class ExternalInvoice(InvoiceEndpoint):
    @operation("invoices:read", "Read an invoice by its key elsewhere", gives=InvoiceDetail, query=EntityQuery)
    def get(self, request: Request, source: str, external_id: str) -> Response:
        return self.answer(self.by_key(self.rows(), source, external_id))

    @operation(
        "invoices:write", "Write an invoice by its key elsewhere",
        takes=InvoiceIn, gives=InvoiceDetail, statuses=(200, 201), conditional=True,
    )  # fmt: skip
    def put(self, request: Request, source: str, external_id: str, given: dict) -> Response:
        """The same again changes nothing.

        A draft is said anew, and issued with `issue`. What is issued never changes: with other facts it is refused
        (409); credit it. The key is one within the legal entity and the source.
        """
        check_key(source, external_id)
        if source == "o2c":
            raise Problem("validation", errors=[{"parameter": "source", "code": "reserved", "detail": "o2c is ours."}])
        entity = entity_named(request.user, given["entity"])
        draft = self.said(given, entity, kind=given["kind"], source=source, external_id=external_id)
        locks.hold("invoice", entity.pk, source, external_id)
        existing = (
            Invoice.objects.select_for_update(no_key=True)
            .filter(entity=entity, source=source, external_id=external_id)
            .first()
        )
        conditions.check_writing(request, existing)
        if existing is not None and existing.state != Invoice.State.DRAFT:
            if not _says(existing, draft):
                raise Problem("conflict", f"{existing.number} is issued with other facts and never changes; credit it.")
            return self.answer(existing)
        if existing is None or not _says(existing, draft):
            invoice = drafts.write(draft, actor=self.actor, existing=existing)
        else:
            invoice = existing
        if given["issue"]:
            invoice = self.issued(invoice)
        return self.answer(invoice, status=201 if existing is None else 200)


class IssueInvoice(InvoiceEndpoint):
    @operation("invoices:write", "Issue a draft", gives=InvoiceDetail, money=True)
    def post(self, request: Request, pk: int) -> Response:
        """It is numbered, posted and owed from now on, and never changes again.

        Where a rule is broken nothing happens; the pointers are into the invoice.
        """
        return self.answer(self.issued(self.visible(pk)))


class SendInvoice(InvoiceEndpoint):
    refusals = (*InvoiceEndpoint.refusals, correspondents.NotSent)

    @operation(
        "invoices:write", "Send an invoice by e-mail",
        takes=SendIn, gives=SentView, money=True, right="invoices.issue",
    )  # fmt: skip
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Its paper goes to the contact you name, else to who pays the customer's bills, in the contact's language.

        Refused (409) for a draft, where nobody can be written to, and where it went to that address before, unless you
        want it `again`.
        """
        invoice = self.find(
            Invoice.objects.for_user(request.user).select_related("entity", "customer", "corrects"), pk=pk
        )
        contact = contact_named(invoice.customer_id, given)
        message = sending.send(invoice, contact=contact, again=given["again"], actor=self.actor)
        return Response(SentView().to_representation(message))


class CancelInvoice(InvoiceEndpoint):
    @operation(
        "invoices:write", "Cancel an invoice",
        takes=CancelIn, gives=InvoiceDetail, statuses=(201,), money=True, right="invoices.correct",
    )  # fmt: skip
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Take it back as a whole by a credit note, which is answered.

        Refused (409) where something of it is settled or credited already: undo that, or credit the rest.
        """
        invoice = self.visible(pk)
        on = _day(given, invoice)
        return self.answer(correcting.cancel(invoice, on=on, note=given["note"], actor=self.actor), status=201)


class CreditInvoice(InvoiceEndpoint):
    @operation(
        "invoices:write", "Credit an invoice",
        takes=CreditIn, gives=InvoiceDetail, statuses=(201,), money=True, right="invoices.correct",
    )  # fmt: skip
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Draft a credit note over all of an invoice, or over some of its lines; with `issue` it is issued.

        Percentages follow what is credited; fixed allowances and charges are credited in proportion.
        """
        invoice = self.visible(pk)
        parts = None
        if "lines" in given:
            parts = [Part(line["position"], line.get("quantity")) for line in given["lines"]]
        on = _day(given, invoice)
        note = correcting.credit(invoice, on=on, note=given["note"], parts=parts, actor=self.actor)
        if given["issue"]:
            note = self.issued(note)
        return self.answer(note, status=201)


def _day(given: dict, invoice: Invoice) -> date:
    """The day of a correction. Raises Problem where it would stand before its invoice."""
    on = given.get("on")
    if on is not None and on < invoice.issued_on:
        raise at("/on", "range", f"The invoice is of {invoice.issued_on}.")
    return on or clock.today(invoice.entity.time_zone)


def _says(invoice: Invoice, draft: Draft) -> bool:
    """Whether an invoice says already what a draft says. Raises InvoiceRefused where it declares other totals."""
    plain = replace(draft, declared=Declared(), lines=tuple(replace(line, net=None) for line in draft.lines))
    there = correcting.as_draft(invoice)
    if invoice.state != Invoice.State.DRAFT:  # what was left open was filled in when it was issued
        left_open = {"deliver_to_country": "", "due_on": None}
        there = replace(there, **{name: empty for name, empty in left_open.items() if getattr(plain, name) == empty})
    if there != plain:
        return False
    if wrong := drafts.against_declared(invoice, draft):
        raise InvoiceRefused(wrong)
    return True


urlpatterns = [
    path("invoices", Invoices.as_view(), name="invoices"),
    path("invoices/<int:pk>", OneInvoice.as_view(), name="invoice"),
    path("invoices/<int:pk>/document", InvoiceDocument.as_view(), name="invoice-document"),
    path("invoices/<int:pk>/ubl", InvoiceUbl.as_view(), name="invoice-ubl"),
    path("invoices/<int:pk>/cii", InvoiceCii.as_view(), name="invoice-cii"),
    path("invoices/<int:pk>/facturx", InvoiceFacturX.as_view(), name="invoice-facturx"),
    path("invoices/<int:pk>/issue", IssueInvoice.as_view(), name="issue-invoice"),
    path("invoices/<int:pk>/send", SendInvoice.as_view(), name="send-invoice"),
    path("invoices/<int:pk>/cancel", CancelInvoice.as_view(), name="cancel-invoice"),
    path("invoices/<int:pk>/credit", CreditInvoice.as_view(), name="credit-invoice"),
    path(f"invoices/{EXTERNAL}", ExternalInvoice.as_view(), name="external-invoice"),
]
