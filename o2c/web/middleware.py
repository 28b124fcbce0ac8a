"""What every page needs done around it."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from o2c.core import formats
from o2c.core.api.shortcut import ROOT as API
from o2c.core.states import IllegalMove, LostRace


class ReaderMiddleware:
    """Writes numbers and days as the person expects, and has no browser or proxy keep what a person has seen."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = request.user.language if request.user.is_authenticated else "en"
        with formats.written_for(language):
            response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response


class AddressMiddleware:
    """Refuses a page's address with a NUL in it: PostgreSQL holds none, so a look-up by it could only fail."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.path_info + request.META.get("QUERY_STRING", "")
        if not request.path_info.startswith(API) and ("\0" in asked or "%00" in asked):
            raise BadRequest("There is a NUL in the address.")
        return self.get_response(request)


class LostRaceMiddleware:
    """Somebody else was quicker: says so, instead of failing. The act has changed nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, LostRace | IllegalMove):
            return render(request, "409.html", {"lost": exception}, status=409)
        return None


# What no page of ours uses, also not one that was broken into; passkeys are for this address alone.
UNUSED = "accelerometer autoplay camera display-capture geolocation gyroscope magnetometer microphone midi payment usb"
PERMISSIONS = ", ".join(
    [
        *(f"{feature}=()" for feature in UNUSED.split()),
        "publickey-credentials-create=(self)",
        "publickey-credentials-get=(self)",
    ]
)


class PermissionsMiddleware:
    """Says which of a browser's abilities pages may use: none but passkeys."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Permissions-Policy"] = PERMISSIONS
        return response
