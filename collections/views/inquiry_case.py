"""An inquiry on its page: the conversation, and the answer, written beside the e-mail as it goes out."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from o2c.collections import texts
from o2c.collections.inquiries import answering
from o2c.collections.inquiries.answering import Desk, Draft
from o2c.collections.inquiries.keeping import InquiryChanged, InquiryRefused
from o2c.collections.inquiry_forms import LANGUAGES, AnswerForm
from o2c.collections.models import Activity, IncomingMail, Inquiry, Task
from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.rights import may, needs

MOST_SAID = 200


@dataclass(frozen=True)
class Said:
    """One part of the conversation: what the customer wrote, what we answered, or what was noted or done."""

    at: datetime
    kind: str
    text: str
    who: str
    title: str = ""
    href: str = ""
    files: tuple = ()


@needs("book.read")
@require_safe
def inquiry(request: HttpRequest, pk: int) -> HttpResponse:
    """An inquiry with all that was said, and the answer as it is written."""
    return _page(request, found_inquiry(request, pk))


def _page(request: HttpRequest, found: Inquiry, form: AnswerForm | None = None, status: int = 200) -> HttpResponse:
    mails = list(answering.mails_of(found)[:MOST_SAID])
    context = _case(request, found, mails)
    if found.state == Inquiry.State.OPEN and may(request.user, "inquiries.work"):
        context |= answer_context(request, answering.Desk.of(found, mails), form)
    return render(request, "collections/inquiry.html", context, status=status)


def _case(request: HttpRequest, found: Inquiry, mails: list[IncomingMail]) -> dict:
    others = Inquiry.objects.for_user(request.user).filter(customer=found.customer_id).exclude(pk=found.pk)
    tasks = Task.objects.filter(customer=found.customer_id, key__startswith=f"inquiry:{found.pk}:")
    return {
        "inquiry": found,
        "now": clock.now(),
        "items": [each.item for each in found.items.select_related("item").order_by("item__due_on", "item_id")],
        "said": _conversation(found, mails),
        "tasks": list(tasks.order_by("id")),
        "others": list(others.order_by("-id")[:6]),
    }


def _conversation(found: Inquiry, mails: list[IncomingMail]) -> list[Said]:
    """The latest first."""
    answers = found.answers.select_related("message").prefetch_related("message__attachments__document")
    done = found.activities.exclude(text__startswith="Answered ").order_by("-id")[:MOST_SAID]
    said = [
        Said(mail.came_at, "mail", mail.said or mail.text, mail.writer or mail.address, mail.subject or "No subject",
             reverse("mail", args=[mail.pk]))
        for mail in mails
    ]  # fmt: skip
    for each in answers:
        message = each.message
        files = [file.document.name for file in message.attachments.all()] if message else ()
        title = f"{each.get_how_display()}: {each.subject}" if each.subject else each.get_how_display()
        href = reverse("message", args=[message.pk]) if message else ""
        said.append(Said(each.answered_at, "answer", each.text, each.actor, title, href, tuple(files)))
    for each in done:
        kind = "note" if each.kind == Activity.Kind.NOTE else "done"
        said.append(Said(each.happened_at, kind, each.text, each.actor))
    if found.text and not mails:
        who = found.contact.name if found.contact else ""
        said.append(Said(found.received_at, "mail", found.text, who, found.get_channel_display()))
    return sorted(said, key=lambda each: each.at, reverse=True)[:MOST_SAID]


# --- The answer


def called(name: str) -> str:
    """What a wording of an answer is called."""
    return Inquiry.Kind(name.removeprefix(texts.ANSWER)).label


def answer_context(request: HttpRequest, desk: Desk, form: AnswerForm | None = None) -> dict:
    """What the answer's part of the page shows."""
    name, language, text = answering.template(desk, request.GET.get("template", ""), request.GET.get("language", ""))
    if form is None:
        draft = answering.begun(desk, text, language)
        form, shown = AnswerForm.begun(desk, draft), _composed(request, desk, draft)
    else:
        shown = _shown(request, desk, form)
    return {
        "answer_form": form,
        "template": name,
        "templates": [(each, called(each)) for each in texts.answers()],
        "language": form["language"].value(),
        "languages": LANGUAGES,
        "fields": texts.ANSWER_FIELDS,
        "no_address": "" if desk.readers else answering.NO_ADDRESS,
    } | shown


def _shown(request: HttpRequest, desk: Desk, form: AnswerForm) -> dict:
    """The answer by what is typed, or what keeps it from going out."""
    if not form.is_valid():
        return {"faults": [wrong for errors in form.errors.values() for wrong in errors]}
    return _composed(request, desk, form.draft())


def _composed(request: HttpRequest, desk: Desk, draft: Draft) -> dict:
    try:
        return {"composed": answering.compose(desk, draft, me=str(request.user))}
    except InquiryRefused as refused:
        return {"faults": [str(refused)]}


@needs("inquiries.work")
@require_POST
def try_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer by what is typed; nothing is kept."""
    found = found_inquiry(request, pk)
    desk = Desk.of(found)
    shown = _shown(request, desk, AnswerForm(request.POST, desk=desk))
    context = {"inquiry": found, "language": request.POST.get("language", "en")} | shown
    return render(request, "collections/inquiry_live.html", context)


@needs("inquiries.work")
@require_POST
def answer_inquiry(request: HttpRequest, pk: int) -> HttpResponse:
    found = found_inquiry(request, pk)
    form = AnswerForm(request.POST, desk=Desk.of(found))
    if form.is_valid():
        try:
            done = answering.answer(
                found, form.draft(), key=form.cleaned_data["key"], seen=form.cleaned_data["seen"],
                actor=Actor.of(request.user),
            )  # fmt: skip
        except InquiryChanged as refused:
            form.add_error(None, str(refused))
        except InquiryRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            said = "The answer is on its way." if done.message_id else "The answer is written down."
            messages.success(request, said)
            return redirect("inquiry", pk)
    found.refresh_from_db()
    if found.state != Inquiry.State.OPEN:
        wrong = form.non_field_errors() or ["It is not open any more."]
        messages.error(request, " ".join(wrong))
        return redirect("inquiry", pk)
    return _page(request, found, form, status=422)


def found_inquiry(request: HttpRequest, pk: int) -> Inquiry:
    rows = Inquiry.objects.for_user(request.user)
    related = rows.select_related("entity", "customer", "contact", "owner", "queue", "dispute__item")
    return get_object_or_404(related, pk=pk)
