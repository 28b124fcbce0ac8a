"""Absences in the browser: who is away, and who works on their tasks meanwhile."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.collections import absences
from o2c.collections.absences import AbsenceRefused
from o2c.collections.forms import AbsenceForm, workers
from o2c.collections.models import Absence
from o2c.core import clock, formats
from o2c.core.actors import Actor
from o2c.core.models import User
from o2c.core.pages import act_by_form
from o2c.core.rights import needs


@needs("tasks.work")
@require_safe
def absence_list(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    seen = absences.standing(today).filter(user__in=workers(None, request.user))
    return render(request, "collections/absences.html", {"absences": list(seen), "today": today})


@needs("tasks.work")
@require_http_methods(["GET", "HEAD", "POST"])
def new_absence(request: HttpRequest) -> HttpResponse:
    """One's own, or a colleague's who cannot: whoever works tasks may take those of others anyhow."""
    people = workers(None, request.user)
    form = AbsenceForm(
        request.POST if request.method == "POST" else None,
        people=people,
        today=clock.today(),
        initial={"user": request.user.pk},
    )

    def act(*, user: User, cover: User, **days) -> str:
        made = absences.enter(user, cover=cover, actor=Actor.of(request.user), **days)
        return f"{made.cover} works on {made.user}'s tasks until {formats.day(made.last_on)}."

    return act_by_form(
        request,
        form,
        act,
        refusals=(AbsenceRefused,),
        back=reverse("absences"),
        heading="New absence",
        action="Enter it",
    )


@needs("tasks.work")
@require_http_methods(["GET", "HEAD", "POST"])
def end_absence(request: HttpRequest, pk: int) -> HttpResponse:
    """From today on they are there again."""
    people = workers(None, request.user)
    found = get_object_or_404(Absence.objects.filter(user__in=people).select_related("user", "cover"), pk=pk)
    form = forms.Form(request.POST if request.method == "POST" else None)

    def act() -> str:
        absences.end(found, on=clock.today(), actor=Actor.of(request.user))
        return f"{found.user} works on their tasks again."

    return act_by_form(
        request,
        form,
        act,
        refusals=(AbsenceRefused,),
        back=reverse("absences"),
        heading=f"Is {found.user} there again?",
        about=f"{found.cover} no longer sees their tasks from today on.",
        action="There again",
    )
