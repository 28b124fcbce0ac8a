"""Keys by which programs call the API: for administrators. A secret is shown once, in the answer to its making."""

from datetime import UTC, datetime, time, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core import clock
from o2c.core.actors import Actor, acting
from o2c.core.api import keys
from o2c.core.pages import onward, show_form
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.orders import access
from o2c.orders.models import LegalEntity
from o2c.web.access.guards import fresh
from o2c.web.forms import ApiKeyForm, RotateForm

FORM = ["GET", "HEAD", "POST"]
SIZE = 100


@needs("keys.manage")
@require_safe
def api_keys(request: HttpRequest) -> HttpResponse:
    found = access.keys_of(request.user).prefetch_related("secrets").order_by("-revoked_at", "name")
    page = cut(found, request.GET.get("page"), SIZE)
    codes = dict(LegalEntity.objects.for_user(request.user).values_list("id", "code"))
    now = clock.now()
    shown = [
        {
            "key": key,
            "entities": [codes[pk] for pk in key.entity_ids],
            "secrets": sorted(
                (secret for secret in key.secrets.all() if secret.expires_at is None or secret.expires_at > now),
                key=lambda secret: secret.pk,
            ),
            "used": max((secret.last_used_at for secret in key.secrets.all() if secret.last_used_at), default=None),
            "over": key.expires_at is not None and key.expires_at <= now,
        }
        for key in page
    ]
    return render(request, "web/api_keys.html", {"page": page, "shown": shown})


@needs("keys.manage")
@require_http_methods(FORM)
@fresh
def new_api_key(request: HttpRequest) -> HttpResponse:
    form = ApiKeyForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        facts, actor = form.cleaned_data, Actor.of(request.user)
        everything = facts.get("all_entities", False)
        try:
            with acting(actor):
                issued = keys.create(
                    name=facts["name"],
                    scopes=facts["scopes"],
                    all_entities=everything,
                    expires_at=_end_of(facts["last_day"]),
                    requests_a_minute=facts["requests_a_minute"],
                    actor=actor,
                )
                access.grant_key(issued.key, facts["entities"], everything=everything, actor=actor)
        except keys.KeyRefused as refused:
            form.add_error("name", str(refused))
        else:
            return _show(request, issued)
    return show_form(request, form, heading="New API key", action="Make the key", back=reverse("api_keys"))


@needs("keys.manage")
@require_http_methods(FORM)
@fresh
def rotate_api_key(request: HttpRequest, pk: int) -> HttpResponse:
    key = get_object_or_404(access.keys_of(request.user), pk=pk)
    form = RotateForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        overlap = timedelta(hours=form.cleaned_data["overlap"])
        try:
            issued = keys.rotate(key, actor=Actor.of(request.user), overlap=overlap)
        except keys.KeyRefused as refused:
            form.add_error(None, str(refused))
        else:
            return _show(request, issued)
    return show_form(
        request,
        form,
        heading=f"New secret for {key.name}?",
        about="The key, what it may do and its limit stay the same.",
        action="Make a new secret",
        back=reverse("api_keys"),
    )


@needs("keys.manage")
@require_http_methods(FORM)
@fresh
def revoke_api_key(request: HttpRequest, pk: int) -> HttpResponse:
    key = get_object_or_404(access.keys_of(request.user), pk=pk)
    if request.method == "POST":
        keys.revoke(key, actor=Actor.of(request.user))
        messages.success(request, f"{key.name} is revoked: from now on the API refuses it.")
        return onward(request, reverse("api_keys"))
    return show_form(
        request,
        forms.Form(),
        heading=f"Revoke {key.name}?",
        about="Programs that use it are refused at once. This cannot be taken back.",
        action="Revoke it",
        style="danger",
        back=reverse("api_keys"),
    )


def _show(request: HttpRequest, issued: keys.Issued) -> HttpResponse:
    """The one time that a secret is seen: an answer that nobody keeps, not a page to come back to."""
    answer = render(request, "web/api_key.html", {"issued": issued})
    answer["Cache-Control"] = "no-store"
    return answer


def _end_of(day) -> datetime | None:
    return None if day is None else datetime.combine(day + timedelta(days=1), time(), UTC)
