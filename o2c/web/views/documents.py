"""Documents from the browser: orders and despatch advices of trading partners, invoices of ours, and what came of them.

They say all by themselves, so nothing is mapped; tables go over the imports.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from o2c.core.actors import Actor
from o2c.core.rights import needs
from o2c.invoicing.bank import arriving
from o2c.invoicing.einvoices import archives, coming
from o2c.orders.documents.facts import Refused
from o2c.orders.files import despatches, documents
from o2c.orders.models import LegalEntity, Order
from o2c.web.uploads.keeping import Keeper

FORM = ["GET", "HEAD", "POST"]
SHOWN = 200


@dataclass(frozen=True)
class What:
    """What a page loads: so much of it is read while a person waits, as more is a command's affair."""

    name: str
    title: str
    about: str
    back: str  # the list that the page belongs to
    back_title: str
    largest_mb: int = 8

    @property
    def largest(self) -> int:
        return self.largest_mb << 20


ORDERS = What(
    "orders",
    "Load orders",
    "What customers send: UBL Order (as Peppol’s) or X12 850. Each is priced and checked as one that is entered; one"
    " that came before is not taken twice.",
    "orders",
    "Orders",
)
DESPATCHES = What(
    "deliveries",
    "Load despatch advices",
    "What a warehouse or carrier sends: UBL DespatchAdvice. It becomes a delivery of the orders that it names.",
    "deliveries",
    "Deliveries",
)
INVOICES = What(
    "invoices",
    "Load e-invoices",
    "What we have issued elsewhere: UBL, CII or Factur-X, one document or a ZIP of them. Each is issued here with its"
    " own number, posted and owed, or refused; one that came before is not taken twice.",
    "invoices",
    "Invoices",
    largest_mb=32,
)
MOST_INVOICES = 200


class DocumentForm(forms.Form):
    file = forms.FileField(label="File", allow_empty_file=True, widget=forms.FileInput(attrs={"class": "drop"}))


@csrf_exempt  # the token is read with the form, and so only when it is known where the file goes
@needs("imports.orders")
@require_http_methods(FORM)
def load_orders(request: HttpRequest) -> HttpResponse:
    """The form for a file of orders, and what came of the file that it sent."""

    def take(path: Path, name: str) -> documents.Loaded:
        return documents.load(path, name=name, entities=_seen(request), actor=Actor.of(request.user))

    return _kept(request, take, ORDERS)


@csrf_exempt  # as above
@needs("imports.deliveries")
@require_http_methods(FORM)
def load_despatches(request: HttpRequest) -> HttpResponse:
    """The form for a file of despatch advices, and what came of it."""

    def take(path: Path, name: str) -> despatches.Loaded:
        folder = settings.O2C_RUN_DIR / "imports"
        return despatches.load(path, name=name, entities=_seen(request), actor=Actor.of(request.user), folder=folder)

    return _kept(request, take, DESPATCHES)


@csrf_exempt  # as above
@needs("imports.invoices")
@require_http_methods(FORM)
def load_invoices(request: HttpRequest) -> HttpResponse:
    """The form for e-invoices of ours, and what came of them."""

    def take(path: Path, name: str) -> coming.Loaded:
        return coming.load(
            archives.given(path, most=MOST_INVOICES),
            seen=LegalEntity.objects.for_user(request.user),
            actor=Actor.of(request.user),
            file_name=name,
            sha256=archives.digest(path),
            folder=settings.O2C_RUN_DIR / "imports",
        )

    return _kept(request, take, INVOICES)


def _seen(request: HttpRequest) -> list[LegalEntity]:
    return list(LegalEntity.objects.for_user(request.user).order_by("code"))


def _kept(request: HttpRequest, take: Callable[[Path, str], Any], what: What) -> HttpResponse:
    keeper = Keeper(request, arriving.folder(), what.largest)
    request.upload_handlers = [keeper]
    try:
        return _load(request, keeper, take, what)
    finally:
        keeper.forget()


@csrf_protect
def _load(request: HttpRequest, keeper: Keeper, take: Callable[[Path, str], Any], what: What) -> HttpResponse:
    form = DocumentForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    loaded = None
    keeper.tell(form)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            loaded = take(file.path, file.called)
        except Refused as refused:
            form.add_error("file", f"{refused.where}: {refused.reason}" if refused.where else refused.reason)
    context = {"form": form, "loaded": loaded, "what": what}
    if isinstance(loaded, documents.Loaded):
        shown = loaded.orders[:SHOWN]
        of = {
            order.number: order.pk
            for order in Order.objects.filter(entity__code=loaded.entity, number__in=[each.order for each in shown])
        }
        context |= {"rows": [(each, of.get(each.order)) for each in shown], "more": len(loaded.orders) - len(shown)}
    if isinstance(loaded, coming.Loaded):
        came = [each for each in loaded.documents if not each.problems]
        context |= {"came": came[:SHOWN], "more": len(came) - SHOWN if len(came) > SHOWN else 0}
    status = 200 if loaded or not form.is_bound else 413 if keeper.too_large else 422
    return render(request, "web/load_documents.html", context, status=status)
