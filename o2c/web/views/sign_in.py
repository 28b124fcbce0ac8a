"""Signing in and out, one's own profile, and the theme."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash, views
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from o2c.core.actors import Actor, acting
from o2c.core.audit import records, signs
from o2c.core.models import User
from o2c.core.rights import needs
from o2c.web.context import THEMES
from o2c.web.forms import ProfileForm

ATTEMPTS, WITHIN_SECONDS = 10, 15 * 60
YEAR = 365 * 24 * 3600


class SignInForm(AuthenticationForm):
    """Refuses for a while after many wrong passwords for one name from one address."""

    def clean(self):
        name = str(self.cleaned_data.get("username", "")).lower()
        key = f"sign-in:{self.request.META.get('REMOTE_ADDR', '')}:{name}"
        if cache.get(key, 0) >= ATTEMPTS:
            signs.failed(signs.Kind.LOCKED_OUT, User.objects.filter(username__iexact=name).first())
            raise ValidationError("Too many wrong passwords. Wait a quarter of an hour, or set a new password.")
        try:
            facts = super().clean()
        except ValidationError:
            cache.add(key, 0, WITHIN_SECONDS)
            cache.incr(key)
            raise
        cache.delete(key)
        return facts


sign_in = views.LoginView.as_view(
    template_name="registration/login.html", authentication_form=SignInForm, redirect_authenticated_user=True
)
sign_out = views.LogoutView.as_view()


@needs("self.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user = request.user
    facts = {name: getattr(user, name) for name in ProfileForm.base_fields}
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=facts)
    password = PasswordChangeForm(user)
    if request.method == "POST" and form.is_valid():
        with acting(Actor.of(user)):
            User.objects.filter(pk=user.pk).update(**form.cleaned_data)
        messages.success(request, "Your profile is saved.")
        return redirect("profile")
    status = 422 if form.is_bound else 200
    return render(request, "web/profile.html", {"form": form, "password": password}, status=status)


@needs("self.manage")
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    form = PasswordChangeForm(request.user, request.POST)
    if form.is_valid():
        with acting(Actor.of(request.user)):
            form.save()
            records.record(records.Kind.PASSWORD_SET, actor=Actor.of(request.user))
        update_session_auth_hash(request, form.user)
        messages.success(request, "Your password is changed.")
        return redirect("profile")
    facts = {name: getattr(request.user, name) for name in ProfileForm.base_fields}
    context = {"form": ProfileForm(initial=facts), "password": form}
    return render(request, "web/profile.html", context, status=422)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark, or forget it and follow the system."""
    back = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = redirect(back if safe else "/")
    if request.POST.get("theme") in THEMES:
        response.set_cookie("theme", request.POST["theme"], max_age=YEAR, samesite="Lax", secure=settings.HTTPS)
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response
