"""What is looked at before any page: is the session still good, and has a person the factor that their role needs?"""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from o2c.core import factors, sessions
from o2c.core.api.problems import KINDS, MEDIA_TYPE

HAS_FACTOR = "o2c_factor"  # in the session: looked up once


class SessionMiddleware:
    """Ends sessions that were left alone or are too old; the person is told so and comes back to where they were."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            if sessions.is_over(request):
                logout(request)
                if not request.path.startswith("/api/"):
                    messages.info(request, "You were signed out, because you were away for a while.")
                    return _to_sign_in(request)
            else:
                sessions.note(request)
        return self.get_response(request)


class SecondFactorMiddleware:
    """Lets people whose role needs a second factor set one up, and do nothing else before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        if not request.user.is_authenticated or not factors.required(request.user):
            return None
        if request.session.get(HAS_FACTOR) or getattr(view, "without_factor", False):
            return None
        if factors.has(request.user):
            request.session[HAS_FACTOR] = True
            return None
        if request.path.startswith("/api/"):
            return _forbidden("Your role needs a second factor. Set it up in your profile.")
        url = reverse("second_factor")
        return HttpResponse(status=204, headers={"HX-Redirect": url}) if request.htmx else redirect(url)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("login")})
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")


def _forbidden(detail: str) -> JsonResponse:
    kind = KINDS["forbidden"]
    body = {"type": "/problems/forbidden", "title": kind.title, "status": kind.status, "detail": detail}
    return JsonResponse(body, status=kind.status, content_type=MEDIA_TYPE)
