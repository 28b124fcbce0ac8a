"""The collectors' work in the browser: lists of tasks, and what is done with one."""

from datetime import date, timedelta

from django.contrib import messages
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.collections import absences, bulk, calling, targets
from o2c.collections import worklist as acts
from o2c.collections.forms import AssignForm, DoneForm, SnoozeForm, TaskForm
from o2c.collections.models import Queue, Task
from o2c.collections.strategies import ranking
from o2c.core import clock, formats
from o2c.core.actors import Actor
from o2c.core.models import User
from o2c.core.pages import onward, show_form
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.orders.models import LegalEntity

# So long the list offers to take back what was done with many.
UNDO_SHOWN = timedelta(minutes=10)
TABS = {"mine": "Mine", "queue": "For anyone", "snoozed": "Snoozed"}
LEADS_TABS = {**TABS, "team": "My team"}


@needs("book.read")
@require_safe
def worklist(request: HttpRequest) -> HttpResponse:
    """What there is for me to do, the most money at risk first."""
    today = today_of(request.user)
    tabs = LEADS_TABS if request.user.leads.exists() else TABS
    tab = request.GET.get("show") if request.GET.get("show") in tabs else "mine"
    if tab == "mine":
        tasks = acts.waiting(request.user, today)
    elif tab == "queue":
        tasks = acts.in_queues(request.user, today)
    elif tab == "team":
        tasks = acts.of_teams(request.user)
    else:
        tasks = (
            Task.objects.for_user(request.user)
            .filter(assignee=request.user, state=Task.State.SNOOZED, snoozed_until__gt=today)
            .select_related("customer", "entity", "queue", "assignee", "claimed_by")
            .order_by("snoozed_until", "id")
        )
    claimed = Task.objects.for_user(request.user).filter(claimed_by=request.user, state=Task.State.CLAIMED)
    page = cut(tasks, request.GET.get("page"))
    why = ranking.explain(page)
    for task in page:
        task.ranked = why.get(task.pk)
    context = {
        "tab": tab,
        "tabs": tabs,
        "today": today,
        "page": page,
        "covered": list(absences.standing(today).on(today).filter(cover=request.user)),
        "last": bulk.last_of(request.user, UNDO_SHOWN),
        "progress": targets.of(request.user),
        "claimed": list(claimed.select_related("customer", "entity").order_by("-claimed_at", "id")[:10]),
    }
    return render(request, "collections/worklist.html", context)


@needs("book.read")
@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """Who has how much to do; and the tasks of one of them."""
    seen = Task.objects.for_user(request.user).filter(state__in=acts.LIVE)
    loads = list(
        seen.values(
            "assignee_id", "assignee__username", "queue_id", "queue__name", "entity__code", "entity__base_currency"
        )
        .annotate(tasks=Count("id"), at_risk=Sum("at_risk"))
        .order_by("assignee__username", "queue__name", "entity__code")
    )
    chosen = seen
    if request.GET.get("assignee", "").isdecimal():
        chosen = chosen.filter(assignee_id=int(request.GET["assignee"]))
    if request.GET.get("queue", "").isdecimal():
        chosen = chosen.filter(assignee=None, queue_id=int(request.GET["queue"]))
    if request.GET.get("entity"):
        chosen = chosen.filter(entity__code=request.GET["entity"])
    if request.GET.get("state") in acts.LIVE:
        chosen = chosen.filter(state=request.GET["state"])
    chosen = chosen.select_related("customer", "entity", "queue", "assignee", "claimed_by").order_by("-rank", "id")
    context = {
        "loads": loads,
        "page": cut(chosen, request.GET.get("page")),
        "today": today_of(request.user),
        "last": bulk.last_of(request.user, UNDO_SHOWN),
    }
    return render(request, "collections/tasks.html", context)


@needs("tasks.work")
@require_POST
def claim_next(request: HttpRequest) -> HttpResponse:
    task = acts.claim_next(request.user, today_of(request.user))
    if task is None:
        messages.info(request, "Nothing is left to claim today.")
        return redirect("worklist")
    return redirect("task", task.pk)


@needs("tasks.work")
@require_POST
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    task = _task(request, pk)
    try:
        acts.claim(task, request.user)
    except acts.TaskRefused as refused:
        return _too_late(request, task, refused)
    return redirect("task", pk)


@needs("tasks.work")
@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    task = _task(request, pk)
    try:
        acts.release(task, Actor.of(request.user))
    except acts.TaskRefused as refused:
        return _too_late(request, task, refused)
    messages.success(request, f"{task.customer.name} is back in the list.")
    return redirect("worklist")


@needs("tasks.work")
@require_http_methods(["GET", "HEAD", "POST"])
def snooze(request: HttpRequest, pk: int) -> HttpResponse:
    task = _task(request, pk)
    form = SnoozeForm(request.POST if request.method == "POST" else None, today=clock.today(task.entity.time_zone))
    if request.method == "POST" and form.is_valid():
        until = form.cleaned_data["until"]
        try:
            acts.snooze(task, until, Actor.of(request.user), form.cleaned_data["note"])
        except (acts.TaskTaken, acts.TaskFinished) as refused:
            return _too_late(request, task, refused)
        except acts.TaskRefused as refused:
            form.add_error("until", str(refused))
        else:
            messages.success(request, f"{task.customer.name} comes back on {until:%d %b %Y}.")
            return _next(request)
    return show_form(
        request,
        form,
        heading=f"Snooze {task.customer.name}",
        action="Snooze",
        buttons=[("next", "Snooze, next task"), ("", "Snooze")],
        back=reverse("task", args=[pk]),
    )


@needs("tasks.work")
@require_http_methods(["GET", "HEAD", "POST"])
def done(request: HttpRequest, pk: int) -> HttpResponse:
    task = _task(request, pk)
    form = DoneForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            acts.done(task, form.cleaned_data["outcome"], form.cleaned_data["note"], actor=Actor.of(request.user))
        except acts.TaskRefused as refused:
            return _too_late(request, task, refused)
        messages.success(request, f"{task.customer.name} is done.")
        return _next(request)
    return show_form(
        request,
        form,
        heading=f"Done with {task.customer.name}",
        action="Done",
        buttons=[("next", "Done, next task"), ("", "Done")],
        back=reverse("task", args=[pk]),
    )


@needs("tasks.work")
@require_POST
def called(request: HttpRequest, pk: int) -> HttpResponse:
    """How a call ended, by one key; then the next task."""
    task = _task(request, pk)
    outcome = request.POST.get("outcome")
    if outcome not in calling.BY_KEY:
        return HttpResponse("There is no such outcome.", status=422, content_type="text/plain")
    try:
        moved = calling.called(task, outcome, actor=Actor.of(request.user))
    except acts.TaskRefused as refused:
        return _too_late(request, task, refused)
    said = f"{task.customer.name}: {calling.Outcome(outcome).label.lower()}"
    if moved.state == Task.State.SNOOZED:
        said = f"{said}, comes back on {formats.day(moved.snoozed_until)}"
    messages.success(request, f"{said}.")
    task = acts.claim_next(request.user, today_of(request.user))
    return redirect("task", task.pk) if task else redirect("worklist")


@needs("tasks.assign")
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    task = _task(request, pk)
    form = AssignForm(request.POST if request.method == "POST" else None, entity=task.entity, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            acts.reassign(task, form.cleaned_data["to"], Actor.of(request.user))
        except acts.TaskRefused as refused:
            return _too_late(request, task, refused)
        messages.success(request, f"{task.customer.name} is now with {form.cleaned_data['to']}.")
        return onward(request, reverse("tasks"))
    return show_form(
        request,
        form,
        heading=f"Give {task.customer.name} to somebody else",
        about="Who is working on it now loses it.",
        action="Give",
        back=reverse("tasks"),
    )


@needs("tasks.work")
@require_http_methods(["GET", "HEAD", "POST"])
def new_task(request: HttpRequest) -> HttpResponse:
    initial = {
        "customer": request.GET.get("customer", ""),
        "entity": request.GET.get("entity", ""),
        "due_on": today_of(request.user),
    }
    form = TaskForm(request.POST if request.method == "POST" else None, initial=initial, user=request.user)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        to = facts.pop("to")
        task = acts.create(
            kind=Task.Kind.MANUAL,
            assignee=to if isinstance(to, User) else None,
            queue=to if isinstance(to, Queue) else None,
            actor=Actor.of(request.user),
            **facts,
        )
        messages.success(request, f"There is a new task about {task.customer.name}.")
        return onward(request, reverse("worklist"))
    return show_form(request, form, heading="New task", action="Make it", back=reverse("worklist"))


def _next(request: HttpRequest) -> HttpResponse:
    """Where a collector goes after a task: to the next one when asked, else to the list."""
    if request.POST.get("and") == "next":
        task = acts.claim_next(request.user, today_of(request.user))
        if task is not None:
            return onward(request, reverse("task", args=[task.pk]))
        messages.info(request, "Nothing is left to claim today.")
    return onward(request, reverse("worklist"))


def _too_late(request: HttpRequest, task: Task, refused: acts.TaskRefused) -> HttpResponse:
    context = {"says": str(refused), "back": reverse("worklist"), "back_title": "To the worklist"}
    return render(request, "409.html", context, status=409)


def _task(request: HttpRequest, pk: int) -> Task:
    return get_object_or_404(Task.objects.for_user(request.user).select_related("customer", "entity"), pk=pk)


def today_of(user: User) -> date:
    """The latest of the days of the user's legal entities: what is due somewhere is due."""
    zones = LegalEntity.objects.for_user(user).values_list("time_zone", flat=True)
    return max((clock.today(zone) for zone in set(zones)), default=clock.today())
