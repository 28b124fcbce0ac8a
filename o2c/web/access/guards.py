"""Guards for views beside `needs`: a sign-in of late, and the pages on which a second factor is set up."""

from collections.abc import Callable
from functools import wraps

import structlog
from allauth.account.internal.flows import reauthentication
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from requests import RequestException

from o2c.core import sessions
from o2c.core.actors import Actor, acting
from o2c.core.rights import needs

log = structlog.get_logger()


def fresh(view: Callable) -> Callable:
    """A view for what must not be done from a desk that was left: who has not signed in of late does so again.

    What was sent is done once they have; in a dialog they come back to the form. Stands under `needs`.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not reauthentication.get_reauthentication_flows(request.user):
            # known by single sign-on only: asked there again
            if sessions.age(request) >= reauthentication.app_settings.REAUTHENTICATION_TIMEOUT:
                back = request.get_full_path()
                logout(request)
                return redirect_to_login(back)
        elif reauthentication.is_reauthentication_required(request, app=""):
            if request.htmx:
                url = f"{reverse('account_reauthenticate')}?{urlencode({'next': request.get_full_path()})}"
                return HttpResponse(status=204, headers={"HX-Redirect": url})
            raise ReauthenticationRequired
        return view(request, *args, **kwargs)

    return guarded


def own(view: Callable, *, without_factor: bool = False) -> Callable:
    """One of allauth's views about oneself: for everybody who is signed in, and audited.

    `without_factor` lets in people whose role needs a second factor which they do not have yet.
    """

    @wraps(view)
    def audited(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return view(request, *args, **kwargs)
        with acting(Actor.of(request.user)):
            return view(request, *args, **kwargs)

    guarded = needs("self.manage")(audited)
    guarded.without_factor = without_factor
    return guarded


def again(view: Callable) -> Callable:
    """One of allauth's views in which a person signs in again: from then on the session has another key."""

    @wraps(view)
    def renewing(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        before = len(get_authentication_records(request, request.user))
        response = view(request, *args, **kwargs)
        if request.user.is_authenticated and len(get_authentication_records(request, request.user)) > before:
            sessions.renew(request)
        return response

    return renewing


def open_door(view: Callable) -> Callable:
    """A view that does not ask for a factor, because it leads to one or out."""
    view.without_factor = True
    return view


def patient(view: Callable) -> Callable:
    """A view that asks the single sign-on's provider something: says so where it does not answer."""

    @wraps(view)
    def asking(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except RequestException as failure:
            log.warning("single sign-on does not answer", reason=type(failure).__name__)
            words = "The sign-on did not answer. Try again in a while."
            return render(request, "account/refused.html", {"why": words}, status=502)

    return asking
