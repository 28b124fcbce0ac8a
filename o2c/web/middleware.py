"""What every page needs done around it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from o2c.core import formats
from o2c.core.states import IllegalMove, LostRace


class ReaderMiddleware:
    """Writes numbers and days as the person expects, and keeps signed-in pages out of shared caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = request.user.language if request.user.is_authenticated else "en"
        with formats.written_for(language):
            response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-cache"
        return response


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
