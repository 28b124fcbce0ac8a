"""Who may sign in: for administrators."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from o2c.core import factors, sessions
from o2c.core import people as acts
from o2c.core.actors import Actor, acting
from o2c.core.models import User
from o2c.core.paging import cut
from o2c.core.rights import RIGHTS, needs
from o2c.orders import access
from o2c.orders.models import LegalEntity
from o2c.web import staff
from o2c.web.access import only
from o2c.web.access.guards import fresh
from o2c.web.forms import PersonForm

SIZE = 100


@needs("users.manage")
@require_http_methods(["GET", "HEAD"])
def people(request: HttpRequest) -> HttpResponse:
    everyone = (
        access.people_of(request.user).prefetch_related("entity_access__entity").order_by("-is_active", "username")
    )
    page = cut(everyone, request.GET.get("page"), SIZE)
    return render(request, "web/people.html", {"page": page, "rights": RIGHTS})


@needs("users.manage")
@require_http_methods(["GET", "HEAD", "POST"])
@fresh
def new_person(request: HttpRequest) -> HttpResponse:
    form = PersonForm(
        request.POST if request.method == "POST" else None,
        entities=LegalEntity.objects.for_user(request.user),
        everything=request.user.all_entities,
    )
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            user = staff.take_on(actor=Actor.of(request.user), everything=facts.pop("all_entities", False), **facts)
        except acts.PeopleRefused as refused:
            form.add_error(None, str(refused))
        else:
            _send_link(request, user)
            return redirect("people")
    return render(request, "web/person.html", {"form": form}, status=422 if form.is_bound else 200)


@needs("users.manage")
@require_http_methods(["GET", "HEAD", "POST"])
@fresh
def person(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(access.people_of(request.user), pk=pk)
    initial = {
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "roles": user.roles,
        "all_entities": user.all_entities,
        "entities": [access.entity_id for access in user.entity_access.all()],
    }
    form = PersonForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        person=user,
        entities=LegalEntity.objects.for_user(request.user),
        everything=request.user.all_entities,
    )
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            staff.change(user, actor=Actor.of(request.user), everything=facts.pop("all_entities", False), **facts)
        except acts.PeopleRefused as refused:
            form.add_error("roles", str(refused))
        else:
            messages.success(request, f"{user} is saved.")
            return redirect("people")
    context = {
        "form": form,
        "person": user,
        "factors": Authenticator.objects.filter(user=user).order_by("pk"),
        "places": sessions.of(user, request.session.session_key),
    }
    return render(request, "web/person.html", context, status=422 if form.is_bound else 200)


@needs("users.manage")
@require_POST
@fresh
def deactivate_person(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(access.people_of(request.user), pk=pk)
    try:
        acts.deactivate(user, actor=Actor.of(request.user))
    except acts.PeopleRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{user} can no longer sign in.")
    return redirect("person", pk)


@needs("users.manage")
@require_POST
@fresh
def activate_person(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(access.people_of(request.user), pk=pk)
    acts.activate(user, actor=Actor.of(request.user))
    messages.success(request, f"{user} can sign in again.")
    return redirect("person", pk)


@needs("users.manage")
@require_POST
@fresh
def send_password_link(request: HttpRequest, pk: int) -> HttpResponse:
    _send_link(request, get_object_or_404(access.people_of(request.user), pk=pk, is_active=True))
    return redirect("person", pk)


@needs("users.manage")
@require_POST
@fresh
def remove_factors(request: HttpRequest, pk: int) -> HttpResponse:
    """For somebody who has lost what they sign in with."""
    user = get_object_or_404(access.people_of(request.user), pk=pk)
    if user == request.user:
        messages.error(request, "Your own factors you remove in your profile.")
    else:
        factors.take_away(user, actor=Actor.of(request.user))
        messages.success(request, f"{user} signs in without a second factor until they add one, and is signed out now.")
    return redirect("person", pk)


@needs("users.manage")
@require_POST
@fresh
def end_person_sessions(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(access.people_of(request.user), pk=pk)
    with acting(Actor.of(request.user)):
        sessions.end_all(user, but=request.session.session_key)
    messages.success(request, f"{user} is signed out everywhere{' else' if user == request.user else ''}.")
    return redirect("person", pk)


def _send_link(request: HttpRequest, user: User) -> None:
    if not only.has_a_password(user):
        messages.success(request, f"{user} signs in by single sign-on.")
        return
    try:
        staff.send_password_link(user)
    except OSError as failure:
        messages.warning(request, f"The mail server did not take the link for {user}: {failure}. Send it again later.")
    else:
        messages.success(request, f"A link to set a password is on its way to {user.email}.")
