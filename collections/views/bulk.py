"""Acts on the tasks that were ticked in a list, and taking back the last one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from o2c.collections import bulk
from o2c.collections.bulk_forms import BulkForm, DoneForm, GiveForm, RemindForm, SnoozeForm
from o2c.collections.views.worklist import today_of
from o2c.collections.worklist import TaskRefused
from o2c.core.pages import onward, show_form
from o2c.core.rights import needs


@needs("tasks.work")
@require_http_methods(["GET", "HEAD", "POST"])
def snooze_many(request: HttpRequest) -> HttpResponse:
    form = _form(request, SnoozeForm, today=today_of(request.user))
    return _act(request, form, bulk.snooze, heading="Snooze the chosen tasks", action="Snooze")


@needs("tasks.work")
@require_http_methods(["GET", "HEAD", "POST"])
def finish_many(request: HttpRequest) -> HttpResponse:
    return _act(request, _form(request, DoneForm), bulk.finish, heading="Done with the chosen tasks", action="Done")


@needs("tasks.work")
@require_http_methods(["GET", "HEAD", "POST"])
def remind_many(request: HttpRequest) -> HttpResponse:
    return _act(
        request,
        _form(request, RemindForm, today=today_of(request.user)),
        bulk.remind,
        heading="Remind the customers of the chosen tasks",
        about="Each customer gets one mail about what is overdue, with its statement. It goes after two minutes and can"
        " be taken back until then. Who has no address, gets no reminders or owes nothing overdue that we may ask for"
        " (it is contested, promised, on hold, with an agency) is left out.",
        action="Send",
    )


@needs("tasks.assign")
@require_http_methods(["GET", "HEAD", "POST"])
def give_many(request: HttpRequest) -> HttpResponse:
    return _act(
        request,
        _form(request, GiveForm),
        bulk.give,
        heading="Give the chosen tasks to somebody",
        about="Tasks that somebody else is working on stay.",
        action="Give",
    )


@needs("tasks.work")
@require_POST
def undo_many(request: HttpRequest, pk: int) -> HttpResponse:
    act = get_object_or_404(bulk.seen_by(request.user), pk=pk)
    try:
        undone = bulk.undo(act, request.user)
    except TaskRefused as refused:
        context = {"says": str(refused), "back": reverse("worklist"), "back_title": "To the worklist"}
        return render(request, "409.html", context, status=409)
    said = [f"{_tasks(undone.tasks)} as before"] if undone.tasks or not undone.mails else []
    said += [f"{undone.mails} mail{'s' * (undone.mails != 1)} stopped"] if undone.mails else []
    late = [f"{_tasks(undone.tasks_left)} moved on meanwhile"] if undone.tasks_left else []
    late += [f"{undone.mails_left} mail{'s' * (undone.mails_left != 1)} had gone"] if undone.mails_left else []
    say = messages.warning if late else messages.success
    say(request, f"Taken back: {', '.join(said + late)}.")
    return onward(request, _back(request))


def _tasks(count: int) -> str:
    return f"{count} task{'s' * (count != 1)}"


def _form(request: HttpRequest, form: type[BulkForm], **more) -> BulkForm:
    data = request.POST if request.method == "POST" else None
    return form(data, user=request.user, chosen=request.GET.getlist("chosen"), **more)


def _act(request: HttpRequest, form: BulkForm, act, **page) -> HttpResponse:
    """Show the form; once it is sent, act on its tasks. What was done stands above the list, where it can be undone."""
    back = _back(request)
    if request.method == "POST" and form.is_valid():
        facts = dict(form.cleaned_data)
        tasks = [task.pk for task in facts.pop("chosen")]
        try:
            done = act(request.user, tasks, **facts)
        except TaskRefused as refused:
            form.add_error("until" if "until" in form.fields else None, str(refused))
        else:
            if not done.changes.exists():
                messages.warning(request, "Nothing was done: none of the chosen tasks could be.")
            return onward(request, back)
    return show_form(request, form, back=back, **page)


def _back(request: HttpRequest) -> str:
    """The list that the tasks were ticked in."""
    asked = request.GET.get("list")
    return reverse(asked if asked in ("tasks", "board") else "worklist")
