"""Teams and the queues they serve."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.collections import pools
from o2c.collections import teams as acts
from o2c.collections.models import Queue, Team
from o2c.collections.worklist import LIVE
from o2c.core.actors import Actor
from o2c.core.pages import onward, show_form
from o2c.core.rights import needs
from o2c.web.setup.forms import QueueForm, TeamForm
from o2c.web.setup.pools import PoolForm
from o2c.web.views.shared import for_who_sees_all

RIGHT = "setup.manage"


@needs(RIGHT)
@for_who_sees_all
@require_safe
def teams(request: HttpRequest) -> HttpResponse:
    context = {
        "teams": Team.objects.select_related("lead").prefetch_related("members", "queues").order_by("name"),
        "queues": Queue.objects.prefetch_related("teams")
        .annotate(waiting=Count("task", filter=Q(task__state__in=LIVE, task__assignee=None)))
        .order_by("place", "name"),
    }
    return render(request, "setup/teams.html", context)


@needs(RIGHT)
@for_who_sees_all
@require_http_methods(["GET", "HEAD", "POST"])
def new_team(request: HttpRequest) -> HttpResponse:
    form = TeamForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = acts.create(form.cleaned_data.pop("code"), actor=Actor.of(request.user), **form.cleaned_data)
        except acts.TeamRefused as refused:
            form.add_error("members", str(refused))
        else:
            messages.success(request, f"{made.name} is a team.")
            return onward(request, reverse("teams"))
    return show_form(request, form, heading="New team", action="Make it", back=reverse("teams"))


@needs(RIGHT)
@for_who_sees_all
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Team, pk=pk)
    form = TeamForm(
        request.POST if request.method == "POST" else None,
        initial={
            "name": found.name,
            "lead": found.lead.username if found.lead else None,
            "members": list(found.members.values_list("username", flat=True)),
            "queues": list(found.queues.values_list("code", flat=True)),
        },
        team=found,
    )
    if request.method == "POST" and form.is_valid():
        try:
            acts.change(found, actor=Actor.of(request.user), **form.cleaned_data)
        except acts.TeamRefused as refused:
            form.add_error("members", str(refused))
        else:
            messages.success(request, f"{form.cleaned_data['name']} is saved.")
            return onward(request, reverse("teams"))
    return show_form(request, form, heading=found.name, action="Save", back=reverse("teams"))


@needs(RIGHT)
@for_who_sees_all
@require_POST
def dissolve_team(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Team, pk=pk)
    acts.dissolve(found, actor=Actor.of(request.user))
    messages.success(request, f"{found.name} is dissolved. Queues that no team serves are everybody's.")
    return redirect("teams")


@needs(RIGHT)
@for_who_sees_all
@require_http_methods(["GET", "HEAD", "POST"])
def new_queue(request: HttpRequest) -> HttpResponse:
    form = QueueForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = acts.open_queue(actor=Actor.of(request.user), **form.cleaned_data)
        messages.success(request, f"{made.name} is a queue. Say which team serves it, and what goes into it.")
        return onward(request, reverse("queue", args=[made.pk]))
    return show_form(
        request,
        form,
        heading="New queue",
        about="Tasks without a collector wait in the first pool that they fit, else in their legal entity's queue;"
        " managers can put a task into any.",
        action="Make it",
        back=reverse("teams"),
    )


@needs(RIGHT)
@for_who_sees_all
@require_http_methods(["GET", "HEAD", "POST"])
def queue(request: HttpRequest, pk: int) -> HttpResponse:
    """What goes into a queue and how it gives that out; what the pools would hold before it counts."""
    found = get_object_or_404(Queue.objects.prefetch_related("teams"), pk=pk)
    form = PoolForm(request.POST if request.method == "POST" else None, queue=found)
    wanted, status = pools.written(found), 200
    if request.method == "POST":
        wanted = form.checked()
        status = 200 if wanted else 422
        if wanted and request.POST.get("and") != "preview":
            try:
                pools.change(found, wanted, actor=Actor.of(request.user), seen=form.cleaned_data["seen"])
            except pools.PoolChanged as refused:
                form.add_error(None, str(refused))
                status = 409
            else:
                messages.success(request, f"{wanted.name} is saved, and its tasks are where they belong.")
                return redirect("teams")
    held = pools.preview(found, wanted) if wanted else None
    context = {"form": form, "queue": found, "held": held, "tried": request.method == "POST"}
    return render(request, "setup/queue.html", context, status=status)
