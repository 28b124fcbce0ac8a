"""One's own profile: who one is, the password, second factors, where one is signed in. And the theme."""

from allauth.account.internal import flows
from allauth.decorators import rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.core import factors, sessions
from o2c.core.actors import Actor, acting
from o2c.core.models import User
from o2c.core.rights import needs
from o2c.web.access import only
from o2c.web.access.forms import OtherPasswordForm
from o2c.web.access.guards import fresh, open_door
from o2c.web.context import THEMES
from o2c.web.forms import ProfileForm

YEAR = 365 * 24 * 3600


@needs("self.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user = request.user
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=_facts(user))
    if request.method == "POST" and form.is_valid():
        with acting(Actor.of(user)):
            User.objects.filter(pk=user.pk).update(**form.cleaned_data)
        messages.success(request, "Your profile is saved.")
        return redirect("profile")
    return _page(request, form=form)


@needs("self.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    if request.method != "POST" or not only.has_a_password(request.user):
        return redirect("profile")
    return _change_password(request)


@rate_limit(action="change_password")
def _change_password(request: HttpRequest) -> HttpResponse:
    form = OtherPasswordForm(data=request.POST, user=request.user)
    if form.is_valid():
        form.save()
        flows.password_change.finalize_password_change(request, form.user)
        return redirect("profile")
    return _page(request, password=form)


@open_door
@needs("self.manage")
@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """Where people are led whose role needs a second factor, until they have one."""
    if factors.has(request.user):
        return redirect("profile")
    return render(request, "account/second_factor.html")


class RemovePasskeyView(RemoveWebAuthnView):
    """allauth asks this of authenticator apps only: the last factor of who must have one stays."""

    template_name = "mfa/webauthn/authenticator_confirm_delete.html"

    def form_valid(self, form) -> HttpResponse:
        if not factors.may_remove(self.get_object()):
            messages.error(self.request, "Your role needs a second factor. Add another one before you remove this.")
            return redirect("profile")
        return super().form_valid(form)


remove_passkey = RemovePasskeyView.as_view()


@needs("self.manage")
@require_POST
@fresh
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    if not sessions.end(request.user, pk):
        raise Http404
    messages.success(request, "There you are signed out.")
    return redirect("profile")


@needs("self.manage")
@require_POST
@fresh
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    sessions.end_all(request.user, but=request.session.session_key)
    messages.success(request, "You are signed out everywhere else.")
    return redirect("profile")


@open_door
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark, or forget it and follow the system."""
    back = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = redirect(back if safe else "/")
    if request.POST.get("theme") in THEMES:
        response.set_cookie(
            settings.O2C_THEME_COOKIE,
            request.POST["theme"],
            max_age=YEAR,
            samesite="Lax",
            secure=settings.HTTPS,
            httponly=True,
        )
    else:
        response.delete_cookie(settings.O2C_THEME_COOKIE, samesite="Lax")
    return response


def _facts(user: User) -> dict:
    return {name: getattr(user, name) for name in ProfileForm.base_fields}


def _page(request: HttpRequest, *, form=None, password=None) -> HttpResponse:
    user = request.user
    own = list(Authenticator.objects.filter(user=user).order_by("pk"))
    kinds = Authenticator.Type
    context = {
        "form": form or ProfileForm(initial=_facts(user)),
        "password": (password or OtherPasswordForm(user=user)) if only.has_a_password(user) else None,
        "app": next((each for each in own if each.type == kinds.TOTP), None),
        "passkeys": [each for each in own if each.type == kinds.WEBAUTHN],
        "codes_left": next(
            (len(each.wrap().get_unused_codes()) for each in own if each.type == "recovery_codes"), None
        ),
        "required": factors.required(user),
        "places": sessions.of(user, request.session.session_key),
    }
    bound = context["form"].is_bound or (password is not None)
    return render(request, "web/profile.html", context, status=422 if bound else 200)


def _unused(codes: Authenticator) -> int:
    return len(codes.wrap().get_unused_codes())
