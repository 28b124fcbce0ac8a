"""Files from the browser: sent, mapped, checked, loaded, and watched meanwhile."""

from django import forms
from django.contrib import messages as says
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.core import leases
from o2c.core.care import broker
from o2c.core.imports.kinds import Kind
from o2c.core.imports.mapping import DEFAULT_SOURCE, Refused
from o2c.core.models import ImportRun, ImportUpload, Partition
from o2c.core.pages import onward, show_form
from o2c.core.rights import needs
from o2c.orders.models import LegalEntity
from o2c.web.loading import KINDS
from o2c.web.uploads import acts, keeping, maps, progress
from o2c.web.uploads.forms import UploadForm
from o2c.web.uploads.keeping import Keeper

State = ImportUpload.State
FORM = ["GET", "HEAD", "POST"]
# A worker says every ten seconds that it lives.
SILENT_AFTER = 60


def _upload(request: HttpRequest, pk: int) -> ImportUpload:
    """One that the person sees, of a kind that they may load."""
    found = get_object_or_404(acts.seen_by(request.user).select_related("checked", "uploaded_by"), pk=pk)
    if not acts.may_load(request.user, found):
        raise PermissionDenied
    return found


# --- Sending a file


@csrf_exempt  # the token is read with the form, and so only when it is known where the file goes
@needs("imports.load")
@require_http_methods(FORM)
def new_import(request: HttpRequest) -> HttpResponse:
    """The form, and the file that it sends: it goes to disk as it comes, before anything else of the form is read."""
    keeper = Keeper(request)
    request.upload_handlers = [keeper]
    try:
        return _new_import(request, keeper)
    finally:
        keeper.forget()


@csrf_protect
def _new_import(request: HttpRequest, keeper: Keeper) -> HttpResponse:
    entities = LegalEntity.objects.for_user(request.user)
    seen = ImportRun.objects.filter(owner__in=entities.values("code")).exclude(source=DEFAULT_SOURCE)
    form = UploadForm(
        *((request.POST, request.FILES) if request.method == "POST" else ()),
        user=request.user,
        kinds=acts.kinds_for(request.user),
        sources=list(seen.order_by("source").values_list("source", flat=True).distinct()[:50]),
        initial={name: request.GET.get(name, "") for name in ("kind", "entity", "source")},
    )
    keeper.tell(form)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            upload = acts.receive(
                facts["file"],
                kind=KINDS[facts["kind"]],
                entity=facts["entity"],
                source=facts["source"].strip(),
                by=request.user,
            )
        except Refused as refused:
            form.add_error("file", str(refused))
        else:
            keeper.taken = True
            to = "map_import" if upload.state == State.UPLOADED else "import_upload"
            return onward(request, reverse(to, args=[upload.pk]))
    context = {"form": form, "largest_mb": keeping.largest() // keeping.MB, "largest": keeping.largest()}
    status = 413 if keeper.too_large else 422 if form.is_bound else 200
    return render(request, "web/new_import.html", context, status=status)


# --- The map


@needs("imports.load")
@require_http_methods(FORM)
def map_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Which of their columns is which of our fields. Sent with and=look it is only read again."""
    upload = _upload(request, pk)
    if upload.state not in (State.UPLOADED, State.CHECKED):
        return onward(request, reverse("import_upload", args=[pk]))
    kind = KINDS[upload.kind]
    try:
        look = acts.look_of(upload)
    except Refused as refused:
        says.error(request, str(refused))
        return redirect("imports")
    proposal = acts.propose(upload, look)
    raw = upload.mapping or proposal.map | {"source": upload.source}
    form = maps.MapForm(None, kind=kind, look=look, proposal=proposal, raw=raw, complete=upload.complete)
    problem = upload.problem
    if request.method == "POST":
        sent = request.POST.get("and") == "check"
        form = maps.MapForm(request.POST, kind=kind, look=look, proposal=proposal, raw=raw, judged=sent)
        if form.told() != _told(look.told):
            form, problem = _look_again(upload, form, kind)
        elif sent and form.is_valid():
            try:
                acts.check(upload, form.raw(), complete=bool(form.cleaned_data.get("complete")), by=request.user)
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                return onward(request, reverse("import_upload", args=[pk]))
    context = {"upload": upload, "kind": kind, "form": form, "look": form.look, "problem": problem}
    return render(request, "web/map_import.html", context, status=422 if form.is_bound and form.errors else 200)


def _told(told: dict) -> dict:
    return {key: "tab" if value == "\t" else value for key, value in told.items()}


def _look_again(upload: ImportUpload, form: maps.MapForm, kind: Kind) -> tuple[maps.MapForm, str]:
    """The file read another way has other columns, so the map is guessed anew."""
    told = {key: "\t" if value == "tab" else value for key, value in form.told().items()}
    before = form.look.told
    if told.get("skip_lines") == before.get("skip_lines"):
        told.pop("skip_lines", None)  # found for what the person has just changed
    try:
        look = acts.look_again(upload, told)
    except Refused as refused:
        return form, str(refused)
    proposal = acts.propose(upload, look)
    raw = proposal.map | {"source": form.said("source") or upload.source}
    return maps.MapForm(None, kind=kind, look=look, proposal=proposal, raw=raw), ""


# --- Watching, checking, loading


@needs("imports.load")
@require_safe
def import_upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Where an upload stands: how far it is, or what the check found, or what became of it."""
    upload = _upload(request, pk)
    if upload.state == State.LOADED and upload.loaded_id:
        return onward(request, reverse("import_run", args=[upload.loaded_id]))
    if upload.state == State.UPLOADED:
        return onward(request, reverse("map_import", args=[pk]))
    kind = KINDS[upload.kind]
    context = {"upload": upload, "kind": kind, "run": upload.checked}
    if upload.state in acts.WORK:
        return render(request, "web/import_upload.html", context | _watched(upload))
    preview = acts.preview_of(upload) if upload.state == State.CHECKED else None
    if preview is not None:
        key = request.GET.get("reason", "")
        fields = {each.name: each for each in kind.fields}
        rows = [
            (row, [(cell, maps.shown(fields[cell.field], cell.read)) for cell in row.cells])
            for row in preview.shown(key)
        ]
        run = upload.checked
        context |= {
            "preview": preview,
            "rows": rows,
            "reason": preview.reason(key),
            "titles": [(maps.title(name), theirs) for name, theirs in preview.fields],
            "changes": run.created + run.updated + run.settled_as_absent if run else 0,
        }
    return render(request, "web/import_upload.html", context)


def _watched(upload: ImportUpload) -> dict:
    """How far it is, and whether anybody is there to do it."""
    part = Partition.objects.filter(work=acts.WORK[upload.state], subject_id=upload.pk, number=upload.attempt).first()
    try:
        alive = any(silent < SILENT_AFTER for silent in broker.workers().values())
    except broker.Unreachable:
        alive = False
    return {
        "far": progress.far(upload),
        "begun": part is not None and part.state == "leased",
        "died": part is not None and part.state == "leased" and leases.is_dead(part.holder),
        "alive": alive,
    }


@needs("imports.load")
@require_POST
def load_import(request: HttpRequest, pk: int) -> HttpResponse:
    upload = _upload(request, pk)
    run = upload.checked
    if run and run.settled_as_absent and request.POST.get("settle") != "yes":
        says.error(request, "Say that the open items which the file lacks are to be settled.")
        return redirect("import_upload", pk)
    acts.load(upload, by=request.user)
    return redirect("import_upload", pk)


@needs("imports.load")
@require_POST
def stop_import(request: HttpRequest, pk: int) -> HttpResponse:
    upload = _upload(request, pk)
    acts.stop(upload)
    says.success(request, "It is stopped. Nothing of it was kept.")
    return redirect("import_upload", pk)


@needs("imports.load")
@require_http_methods(FORM)
def discard_import(request: HttpRequest, pk: int) -> HttpResponse:
    upload = _upload(request, pk)
    if request.method == "POST":
        acts.discard(upload)
        says.success(request, f"{upload.file_name} is discarded.")
        return onward(request, reverse("imports"))
    if upload.state not in (State.UPLOADED, State.CHECKED):
        raise Http404
    return show_form(
        request,
        forms.Form(),
        heading=f"Discard {upload.file_name}?",
        about="The file is removed. Nothing of it was loaded.",
        action="Discard",
        style="danger",
        back=reverse("import_upload", args=[pk]),
    )
