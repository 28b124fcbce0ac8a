"""The journal export: entries handed over to the general ledger, each once."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.invoicing import journal as acts
from o2c.invoicing.models import JournalExport
from o2c.orders.models import LegalEntity
from o2c.web.setup.forms import JournalForm

RIGHT = "journal.export"
CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@needs(RIGHT)
@require_http_methods(["GET", "HEAD", "POST"])
def journal(request: HttpRequest) -> HttpResponse:
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    today = max((clock.today(entity.time_zone) for entity in entities), default=clock.today())
    initial = {
        "entity": entities[0].code if entities else "",
        "first": today.replace(day=1),
        "last": today,
    }
    form = JournalForm(request.POST if request.method == "POST" else None, initial=initial, user=request.user)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            made = acts.export(
                facts["entity"], facts["first"], facts["last"], again=facts["again"], actor=Actor.of(request.user)
            )
        except acts.JournalRefused as refused:
            form.add_error(None, str(refused))
        else:
            if made is None:
                messages.info(request, "There is nothing to export: every entry of these days was exported before.")
            else:
                messages.success(request, f"Export {made.pk} has {made.entries} entries. Download it below.")
            return redirect("journal")
    made = JournalExport.objects.for_user(request.user).select_related("entity")
    context = {
        "form": form,
        "entities": entities,
        "page": cut(made, request.GET.get("page")),
    }
    return render(request, "setup/journal.html", context, status=422 if form.is_bound else 200)


@needs(RIGHT)
@require_safe
def journal_file(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """An export as a file, as often as one likes: it always says the same."""
    made = get_object_or_404(JournalExport.objects.for_user(request.user).select_related("entity"), pk=pk)
    if form not in acts.FORMATS:
        raise Http404
    name = f"journal-{made.entity.code}-{made.pk}.{form}"
    records.exported(
        "Journal export", actor=Actor.of(request.user), entity_ids=[made.entity_id], journal_export=pk, format=form
    )
    return StreamingHttpResponse(
        acts.FORMATS[form](made),
        content_type=CONTENT_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
