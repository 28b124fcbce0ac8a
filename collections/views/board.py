"""The manager's board in the browser: who has how much, and giving it to somebody else."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.collections import board as boards
from o2c.collections import bulk
from o2c.collections.board_forms import MoveForm, TargetForm
from o2c.collections.models import Target
from o2c.collections.targets import TargetRefused, set_target, standing
from o2c.collections.views.worklist import UNDO_SHOWN
from o2c.collections.worklist import TaskRefused
from o2c.core import clock, formats
from o2c.core.actors import Actor
from o2c.core.pages import act_by_form, onward, show_form
from o2c.core.rights import may, needs
from o2c.invoicing.forms import bucket_cells
from o2c.orders.models import LegalEntity


@needs("board.read")
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """A column for each person and pool that one looks after."""
    found = boards.board(request.user)
    for column in found.people:
        column.bars = [
            {"currency": currency, "total": total, "cells": bucket_cells(found.bucket_names, buckets)}
            for currency, total, buckets in column.ageing
        ]
    context = {"board": found, "last": bulk.last_of(request.user, UNDO_SHOWN), "today": found.today}
    return render(request, "collections/board.html", context)


@needs("tasks.assign")
@require_http_methods(["GET", "HEAD", "POST"])
def move_tasks(request: HttpRequest) -> HttpResponse:
    """Give what was ticked or dragged, or all of somebody's, to a person or a queue; with the accounts, if so."""
    asked = request.POST if request.method == "POST" else request.GET
    form = MoveForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        chosen=request.GET.getlist("chosen"),
        of=asked.get("of", ""),
        accounts=may(request.user, "customers.edit"),
    )
    back = reverse("board")
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        more = {"key": facts["key"], "accounts": facts.get("accounts", False)}
        try:
            if facts["of"]:
                done = bulk.give_all(request.user, facts["of"], facts["to"], **more)
            else:
                done = bulk.give(request.user, [task.pk for task in facts["chosen"]], facts["to"], **more)
        except TaskRefused as refused:
            form.add_error(None, str(refused))
        else:
            if not done.changes.exists():
                messages.warning(request, "Nothing was given: it is being worked on, or not theirs to see.")
            return onward(request, back)
    heading = f"Give all of {form.whose} to somebody" if form.whose else "Give the chosen tasks to somebody"
    about = "Tasks that somebody else is working on stay."
    return show_form(request, form, heading=heading, about=about, action="Give", back=back)


@needs("board.read")
@require_safe
def targets(request: HttpRequest) -> HttpResponse:
    """What is expected of the people that one looks after, and of their teams."""
    rows = standing(clock.today()).filter(pk__in=boards.targets_of(request.user))
    return render(request, "collections/targets.html", {"targets": rows, "today": clock.today()})


@needs("targets.set")
@require_http_methods(["GET", "HEAD", "POST"])
def new_target(request: HttpRequest) -> HttpResponse:
    form = TargetForm(
        request.POST if request.method == "POST" else None,
        people=boards.people_of(request.user),
        teams=boards.teams_of(request.user),
        entities=LegalEntity.objects.for_user(request.user).order_by("code"),
        today=clock.today(),
    )

    def act(*, of, what: str, amount, from_on, entity) -> str:
        made = set_target(of, what, amount=amount, from_on=from_on, entity=entity, actor=Actor.of(request.user))
        said = Target.What(what).label.lower()
        if made.amount is None:
            return f"{of} has no target for {said} from {formats.day(from_on)}."
        return f"{of} has a target for {said} from {formats.day(from_on)}."

    return act_by_form(
        request, form, act, refusals=(TargetRefused,), back=reverse("targets"), heading="New target",
        about="A team's counts for each member who has none of their own. Without an amount a target ends.",
        action="Set it",
    )  # fmt: skip
