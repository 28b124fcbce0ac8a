"""Letters in the browser: what waits to be printed, the file to print, and that it was taken to the post."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.collections import printing
from o2c.collections.models import DunningRun, LetterBatch
from o2c.core import documents, formats
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.models import Message, User
from o2c.core.pages import act_by_form
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.core.states import IllegalMove, LostRace
from o2c.orders.models import LegalEntity


class PrintForm(forms.Form):
    what = forms.ChoiceField(label="Letters")
    double_sided = forms.BooleanField(
        label="Printed on both sides", required=False, initial=True, help_text="Each letter begins on a new sheet."
    )

    def __init__(self, *args, waiting: list[dict], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = list(_choices(waiting))


def _choices(waiting: list[dict]):
    entities: dict[int, list[dict]] = {}
    for row in waiting:
        entities.setdefault(row["entity_id"], []).append(row)
    for pk, rows in entities.items():
        if len(rows) > 1:
            yield f"entity-{pk}", f"{rows[0]['entity__code']}: all {sum(row['count'] for row in rows)}"
        for row in rows:
            yield f"run-{row['run_id']}", f"{row['entity__code']}: {row['count']} of {formats.day(row['run__as_of'])}"


@needs("book.read")
@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    batches = LetterBatch.objects.for_user(request.user).select_related("entity", "run").order_by("-id")
    page = cut(batches, request.GET.get("page"))
    context = {
        "waiting": printing.waiting(LegalEntity.objects.for_user(request.user)),
        "page": page,
        "at_work": any(batch.state == LetterBatch.State.MAKING for batch in page),
    }
    return render(request, "collections/letters.html", context)


@needs("letters.print")
@require_http_methods(["GET", "HEAD", "POST"])
def print_letters(request: HttpRequest) -> HttpResponse:
    waiting = printing.waiting(LegalEntity.objects.for_user(request.user))
    initial = {"what": request.GET.get("what", ""), "double_sided": True}
    form = PrintForm(request.POST if request.method == "POST" else None, waiting=waiting, initial=initial)

    def act(what: str, double_sided: bool) -> str:
        kind, _, pk = what.partition("-")
        run = DunningRun.objects.for_user(request.user).select_related("entity").get(pk=pk) if kind == "run" else None
        entity = run.entity if run else LegalEntity.objects.for_user(request.user).get(pk=pk)
        batch = printing.begin(entity, run=run, double_sided=double_sided, actor=Actor.of(request.user))
        return f"{batch.count} letter{'' if batch.count == 1 else 's'} will be one file in a moment."

    return act_by_form(
        request, form, act, refusals=(printing.PrintingRefused,), back=reverse("letters"),
        heading="Print letters", about="One PDF in the order of country and post code.", action="Make the file",
    )  # fmt: skip


@needs("book.read")
@require_safe
def letter_batch(request: HttpRequest, pk: int) -> HttpResponse:
    found = _batch(request.user, pk)
    letters = found.letters.select_related("message__notice__customer").order_by("position")
    context = {
        "batch": found,
        "page": cut(letters, request.GET.get("page")),
        "at_work": found.state == LetterBatch.State.MAKING,
        "unposted": found.letters.filter(message__state=Message.State.PRINTED).count(),
    }
    return render(request, "collections/letter_batch.html", context)


@needs("letters.print")
@require_safe
def letter_file(request: HttpRequest, pk: int) -> HttpResponse:
    found = _batch(request.user, pk)
    if found.document is None:
        raise Http404
    records.exported("Letters to print", actor=Actor.of(request.user), batch=pk, letters=found.count)
    return documents.answer(found.document.name, found.document.media_type, bytes(found.document.content))


@needs("letters.print")
@require_POST
def print_again(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        batch = printing.begin_again(_batch(request.user, pk), actor=Actor.of(request.user))
    except printing.PrintingRefused as refused:
        messages.info(request, str(refused))
        return redirect("letter_batch", pk)
    return redirect("letter_batch", batch.pk)


@needs("letters.print")
@require_POST
def post_letters(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        count = printing.posted(_batch(request.user, pk), actor=Actor.of(request.user))
        messages.success(request, f"{count} letter{' is' if count == 1 else 's are'} posted.")
    except printing.PrintingRefused as refused:
        messages.info(request, str(refused))
    return redirect("letter_batch", pk)


@needs("letters.print")
@require_POST
def leave_out_letter(request: HttpRequest, pk: int) -> HttpResponse:
    entities = LegalEntity.objects.for_user(request.user).values("code")
    found = get_object_or_404(Message, pk=pk, owner__in=entities)
    try:
        if found.channel != Message.Channel.LETTER:
            raise LostRace
        printing.left_out(found, actor=Actor.of(request.user))
        messages.success(request, "It is not posted.")
    except (IllegalMove, LostRace):
        messages.info(request, "It is no letter that waits.")
    return redirect("message", pk)


def _batch(user: User, pk: int) -> LetterBatch:
    rows = LetterBatch.objects.for_user(user).select_related("entity", "run", "again", "document")
    return get_object_or_404(rows.defer("document__content"), pk=pk)
