"""Loaded files: what they were, what came of them, what was wrong with which row."""

from itertools import islice
from pathlib import Path

from django import forms
from django.conf import settings
from django.contrib import messages as says
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core import formats
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.imports import previewing
from o2c.core.models import ImportRun, ImportUpload, User
from o2c.core.pages import onward, show_form
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.orders.models import LegalEntity
from o2c.web.loading import KINDS
from o2c.web.uploads import acts, undoing

# So many findings are sorted by reason on the page; all of them are in the errors file.
FINDINGS = 20_000


def _seen(user: User) -> QuerySet[ImportRun]:
    if user.all_entities:
        return ImportRun.objects.all()
    return ImportRun.objects.filter(Q(owner__in=LegalEntity.objects.for_user(user).values("code")))


def _title(kind: str) -> str:
    return KINDS[kind].title if kind in KINDS else kind


@needs("book.read")
@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    """What waits for somebody, and what was loaded. The checks of uploads are told on the upload's own page."""
    runs = _seen(request.user).exclude(pk__in=ImportUpload.objects.exclude(checked=None).values("checked"))
    page = cut(runs.order_by("-id"), request.GET.get("page"))
    for run in page:
        run.title = _title(run.kind)
    waiting = list(
        acts.seen_by(request.user)
        .exclude(state__in=["loaded", "discarded"])
        .select_related("uploaded_by", "checked")
        .order_by("-id")[:50]
    )
    for upload in waiting:
        upload.title, upload.mine = _title(upload.kind), acts.may_load(request.user, upload)
    return render(request, "web/imports.html", {"page": page, "waiting": waiting})


@needs("book.read")
@require_safe
def import_run(request: HttpRequest, pk: int) -> HttpResponse:
    """One loading: its counts, and what was found, by reason."""
    run = get_object_or_404(_seen(request.user), pk=pk)
    path = _errors_file(run)
    key = request.GET.get("reason", "")
    found, reasons, more = [], [], False
    if path:
        found = list(islice(previewing.findings(path), FINDINGS + 1))
        more, found = len(found) > FINDINGS, found[:FINDINGS]
        reasons = previewing.reasons(found)
    chosen = next((each for each in reasons if each.key == key), None)
    if chosen:
        found = [each for each in found if previewing.key_of(each) == key]
    context = {
        "run": run,
        "title": _title(run.kind),
        "reasons": reasons,
        "reason": chosen,
        "page": cut(found, request.GET.get("page")),
        "more": more,
        "has_file": path is not None,
        "mine": undoing.may_undo(request.user, run),
        "can_be_undone": undoing.can_be_undone(run),
        "tried": undoing.tried(run),
        "columns": sorted(run.mapping.get("columns", {}).items()),
    }
    return render(request, "web/import_run.html", context)


@needs("imports.load")
@require_http_methods(["GET", "HEAD", "POST"])
def undo_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a load back, after saying what that does. Where something builds on it, the load's page says what."""
    run = get_object_or_404(_seen(request.user), pk=pk)
    if not undoing.may_undo(request.user, run):
        raise PermissionDenied
    back = reverse("import_run", args=[pk])
    if not undoing.can_be_undone(run):
        says.error(request, "There is nothing of it to take back.")
        return onward(request, back)
    if request.method == "POST":
        undoing.ask(run, by=request.user)
        return onward(request, back)
    about = [f"{formats.number(run.created)} created rows are taken back" if run.created else ""]
    about += [f"{formats.number(run.updated)} changed rows get their former values" if run.updated else ""]
    about += [f"{formats.number(run.settled_as_absent)} items are open again" if run.settled_as_absent else ""]
    return show_form(
        request,
        forms.Form(),
        heading=f"Take {run.file_name} back?",
        about=f"{'; '.join(each for each in about if each)}. What was booked is reversed with today's date, master data"
        " is deleted. All of it or nothing: where anything builds on it, such as a payment applied since, it stays.",
        action="Take it back",
        style="danger",
        back=back,
    )


@needs("book.read")
@require_safe
def import_errors(request: HttpRequest, pk: int) -> FileResponse:
    """The rows of a file that were not taken, with line, column, value and reason."""
    run = get_object_or_404(_seen(request.user), pk=pk)
    path = _errors_file(run)
    if path is None:
        raise Http404
    entity = LegalEntity.objects.filter(code=run.owner).values_list("pk", flat=True)
    records.exported(
        "Rejected rows of an import",
        actor=Actor.of(request.user),
        entity_ids=entity if run.owner else None,
        import_run=pk,
    )
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"errors-{pk}.csv", content_type="text/csv")


def _errors_file(run: ImportRun) -> Path | None:
    """The file of what was found, where it is still kept; only what we wrote ourselves, whatever a row may name."""
    path = Path(run.errors_file).resolve() if run.errors_file else None
    kept = [Path(settings.O2C_RUN_DIR).resolve(), Path(settings.MEDIA_ROOT).resolve()]
    if path is None or not any(path.is_relative_to(folder) for folder in kept) or not path.is_file():
        return None
    return path
