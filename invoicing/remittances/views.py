"""Remittance advice in the browser: what waits for its money, what has found it, and each advice with its lines."""

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from o2c.core import clock, documents
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.invoicing.models import BankLine, OpenItem, RemittanceAdvice
from o2c.invoicing.remittances import joining, keeping
from o2c.invoicing.remittances.forms import LineForm

State = RemittanceAdvice.State
TABS = {
    State.WAITING: "Waiting",
    State.UNCLEAR: "Unclear",
    State.JOINED: "Joined",
    State.DROPPED: "Dropped",
    "": "All",
}
FLAGS = {
    "total": "Its lines do not make its total",
    "lines": "The amounts of a line do not go together",
    "no_lines": "It has no lines",
    "incomplete": "A part of it could not be read",
}
MOST_CANDIDATES = 20


@needs("bank.read")
@require_safe
def remittances(request: HttpRequest) -> HttpResponse:
    seen = RemittanceAdvice.objects.for_user(request.user)
    counted = dict(seen.order_by().values_list("state").annotate(Count("pk")))
    show = request.GET.get("show", State.WAITING)
    show = show if show in TABS else State.WAITING
    found = seen.filter(state=show) if show else seen
    page = cut(found.select_related("entity", "customer", "line"), request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(row, joining.age(row, clock.today(row.entity.time_zone))) for row in page],
        "show": show,
        "tabs": [
            (name, title, name == show, counted.get(name, 0) if name else sum(counted.values()))
            for name, title in TABS.items()
        ],
    }
    return render(request, "invoicing/remittances.html", context)


@needs("bank.read")
@require_safe
def remittance(request: HttpRequest, pk: int) -> HttpResponse:
    found = _advice(request, pk)
    named = keeping.lines_of(found)
    items = OpenItem.objects.for_user(request.user).in_bulk([item_id for _, item_id in named if item_id])
    candidates = BankLine.objects.for_user(request.user).filter(pk__in=found.candidates[:MOST_CANDIDATES])
    context = {
        "advice": found,
        "lines": [(line, items.get(item_id)) for line, item_id in named],
        "paid": sum((line.paid for line, _ in named), 0),
        "flags": [FLAGS.get(flag, flag) for flag in found.flags],
        "candidates": candidates.select_related("account").order_by("booked_on", "pk"),
        "age": joining.age(found, clock.today(found.entity.time_zone)),
        "file": _file_seen(request, found),
    }
    return render(request, "invoicing/remittance.html", context)


@needs("bank.read")
@require_safe
def remittance_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file as the payer wrote it, for whoever sees all that is in it."""
    found = _advice(request, pk)
    if not _file_seen(request, found):
        raise Http404
    records.exported(
        "Remittance advice", actor=Actor.of(request.user), entity_ids=[found.entity_id], file=found.file.name, advice=pk
    )
    return documents.answer(found.file.name, found.file.media_type, bytes(found.file.content))


@needs("cash.book")
@require_POST
def join_remittance(request: HttpRequest, pk: int) -> HttpResponse:
    found = _advice(request, pk)
    form = LineForm(request.POST)
    line = None
    if form.is_valid():
        line = BankLine.objects.for_user(request.user).filter(pk=form.cleaned_data["line"]).first()
    if line is None:
        messages.error(request, "Choose the line that it is of.")
        return redirect("remittance", pk)
    return _do(request, found, "It is joined; the line is looked at again.", joining.join_by_hand, line)


@needs("cash.book")
@require_POST
def part_remittance(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(request, _advice(request, pk), "It waits for another line; what was booked stays.", joining.part)


@needs("cash.book")
@require_POST
def drop_remittance(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(request, _advice(request, pk), "Nobody waits for its money any more.", joining.drop)


@needs("cash.book")
@require_POST
def take_up_remittance(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(request, _advice(request, pk), "It waits for its money again.", joining.take_up)


def _do(request: HttpRequest, found: RemittanceAdvice, said: str, act, *more) -> HttpResponse:
    try:
        act(found, *more, actor=Actor.of(request.user))
    except joining.JoinRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said)
    return redirect("remittance", found.pk)


def _seen(request: HttpRequest) -> QuerySet[RemittanceAdvice]:
    return RemittanceAdvice.objects.for_user(request.user).select_related("entity", "customer", "line__account", "file")


def _advice(request: HttpRequest, pk: int) -> RemittanceAdvice:
    return get_object_or_404(_seen(request), pk=pk)


def _file_seen(request: HttpRequest, found: RemittanceAdvice) -> bool:
    """A file may tell of several legal entities."""
    if found.file_id is None:
        return False
    of_file = RemittanceAdvice.objects.filter(file_id=found.file_id)
    return not of_file.exclude(pk__in=RemittanceAdvice.objects.for_user(request.user)).exists()
