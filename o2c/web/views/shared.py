"""What belongs to all legal entities together."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse


def for_who_sees_all(view: Callable) -> Callable:
    """Payment terms, teams and queues are shared: who sees only some legal entities leaves them as they are."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.all_entities:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
