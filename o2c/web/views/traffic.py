"""What goes out: messages, and what became of them."""

from django.contrib import messages as says
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.collections.models import DunningRun
from o2c.core import documents
from o2c.core import messages as acts
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.models import Message, MessageAttachment, User
from o2c.core.pages import onward, show_form
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.invoicing.models import StatementRun
from o2c.orders.models import LegalEntity
from o2c.web.forms import ResolveForm

VERDICTS = {"sent": acts.settle_as_sent, "queued": acts.send_again, "cancelled": acts.give_up}


def _seen_messages(user: User) -> QuerySet[Message]:
    """Messages of the legal entities the user sees."""
    if user.all_entities:
        return Message.objects.all()
    return Message.objects.filter(owner__in=LegalEntity.objects.for_user(user).values("code"))


@needs("book.read")
@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    found = _seen_messages(request.user)
    state = request.GET.get("state", "")
    if state in Message.State:
        found = found.filter(state=state)
    run = None
    if request.GET.get("run", "").isdecimal():
        run = get_object_or_404(DunningRun.objects.for_user(request.user), pk=int(request.GET["run"]))
        found = found.filter(notice__run=run)
    statements = None
    if request.GET.get("statements", "").isdecimal():
        statements = get_object_or_404(StatementRun.objects.for_user(request.user), pk=int(request.GET["statements"]))
        found = found.filter(statement__run=statements)
    context = {
        "page": cut(found.select_related("notice").order_by("-id"), request.GET.get("page")),
        "state": state,
        "states": [(value, value.replace("_", " ").capitalize()) for value in Message.State.values],
        "run": run,
        "statements": statements,
    }
    return render(request, "web/messages.html", context)


@needs("book.read")
@require_safe
def message(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(
        _seen_messages(request.user).select_related("notice__customer", "statement__customer"), pk=pk
    )
    files = MessageAttachment.objects.filter(message=found).order_by("position")
    context = {
        "message": found,
        "notice": getattr(found, "notice", None),
        "statement": getattr(found, "statement", None),
        "batches": found.printed.select_related("batch").order_by("-id"),
        "events": found.events.order_by("-at", "-id")[:20],
        # their names and sizes, without reading them
        "files": files.annotate(size=Length("document__content")).values_list("position", "document__name", "size"),
    }
    return render(request, "web/message.html", context)


@needs("book.read")
@require_safe
def message_file(request: HttpRequest, pk: int, position: int) -> HttpResponse:
    """A file as it goes, or went, with the message."""
    attached = MessageAttachment.objects.filter(message__in=_seen_messages(request.user)).select_related("document")
    found = get_object_or_404(attached, message=pk, position=position).document
    records.exported("File of a message", actor=Actor.of(request.user), message=pk, file=found.name)
    return documents.answer(found.name, found.media_type, bytes(found.content))


@needs("messages.resolve")
@require_POST
def retry_message(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_seen_messages(request.user), pk=pk)
    acts.send_again(found, actor=Actor.of(request.user))
    says.success(request, "It is queued again.")
    return redirect("message", pk)


@needs("messages.resolve")
@require_http_methods(["GET", "HEAD", "POST"])
def resolve_message(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_seen_messages(request.user), pk=pk)
    form = ResolveForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        VERDICTS[form.cleaned_data["verdict"]](found, actor=Actor.of(request.user))
        says.success(request, "That is written down.")
        return onward(request, reverse("message", args=[pk]))
    return show_form(
        request,
        form,
        heading="What became of this message?",
        about=f"To {found.recipient}: {found.subject}. Ask the recipient, or look into the mail server's log.",
        action="Write it down",
        back=reverse("message", args=[pk]),
    )
