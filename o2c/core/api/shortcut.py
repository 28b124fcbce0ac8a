"""Requests of programs go straight to their endpoint, past what only people's pages need around them."""

from collections.abc import Callable

from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse

ROOT = "/api/v1/"
SCHEME = "api-key "


class ShortcutMiddleware:
    """Who sends a key is known by it, or refused: sessions, cookies, messages and what follows from them have no part.

    All that stands in front of this in MIDDLEWARE is done for programs too. Addresses of the API with a slash at their
    end are pages.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self.answer = convert_exception_to_response(_Straight()._get_response)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = request.path_info
        if (
            address.startswith(ROOT)
            and not address.endswith("/")
            and request.META.get("HTTP_AUTHORIZATION", "").lower().startswith(SCHEME)
        ):
            return self.answer(request)
        return self.get_response(request)


class _Straight(BaseHandler):
    """Django's way from a request to its view and back, without any middleware."""

    _view_middleware: list = []
    _template_response_middleware: list = []
    _exception_middleware: list = []
