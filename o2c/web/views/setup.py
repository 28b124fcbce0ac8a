"""Setting up: the first administrator, what there is to do, and what is missing."""

from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core import firstperson
from o2c.core.rights import needs
from o2c.web.setup import checklist as missing
from o2c.web.setup import steps as known
from o2c.web.setup.forms import TakeOverForm

RIGHT = "setup.manage"


@needs(RIGHT)
@require_safe
def _overview(request: HttpRequest) -> HttpResponse:
    found = known.steps(request.user)
    context = {
        "steps": found,
        "next": known.next_step(found),
        "done": sum(step.done is not False for step in found),
        "missing": missing.lines(request.user),
    }
    return render(request, "setup/overview.html", context)


def setup(request: HttpRequest) -> HttpResponse:
    """How far the set-up is; while nobody can sign in, the way to the first administrator."""
    if not request.user.is_authenticated and request.method in ("GET", "HEAD") and firstperson.wanted():
        return redirect("first_administrator")
    return _overview(request)


setup.right = RIGHT


@sensitive_post_parameters("password", "again", "token")
@require_http_methods(["GET", "HEAD", "POST"])
def first_administrator(request: HttpRequest) -> HttpResponse:
    """Whoever has the token that was printed becomes the first administrator; afterwards the page is gone."""
    if not firstperson.wanted():
        return redirect("setup")
    token = request.GET.get("token", "")[:100]
    form = TakeOverForm(request.POST if request.method == "POST" else None, initial={"token": token})
    if request.method == "POST" and form.is_valid():
        try:
            user = firstperson.take_over(**form.cleaned_data)
        except firstperson.TakeoverRefused as refused:
            form.add_error("token", str(refused))
        except ValidationError as weak:
            form.add_error("password", weak)
        else:
            login(request, user)
            return redirect("new_entity")
    if token and firstperson.fits(token) and not form.is_bound:
        form.fields["token"].widget = form.fields["token"].hidden_widget()
    status = 422 if form.is_bound else 200
    return render(request, "setup/first.html", {"form": form, "here": reverse("first_administrator")}, status=status)


@needs(RIGHT)
@require_safe
def checklist(request: HttpRequest) -> HttpResponse:
    return render(request, "setup/checklist.html", {"lines": missing.lines(request.user)})
