"""A form on its own page or in the dialog, and the way on from it: every app's views answer alike."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render


def sent(request: HttpRequest):
    """What a form is bound to: what was sent, and nothing where the page is only asked for."""
    return request.POST if request.method == "POST" else None


def show_form(request: HttpRequest, form: forms.Form, *, heading: str, action: str, back: str, **more) -> HttpResponse:
    """The form as a page, or as the dialog's inside when htmx asks; 422 where what was typed cannot be taken.

    `more` may hold about, style, buttons and across; see templates/form.html.
    """
    context = {"form": form, "heading": heading, "action": action, "back": back, **more}
    return render(request, "form.html", context, status=422 if form.is_bound else 200)


def act_by_form(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[..., str],
    *,
    refusals: tuple[type[Exception], ...],
    back: str,
    to: str = "",
    **page,
) -> HttpResponse:
    """Show a form; once it is sent, do the act with what was typed, say what came of it and go on, `back` if not `to`.

    A refusal stands at the form, or at the field that it names as its `field`.
    """
    if request.method == "POST" and form.is_valid():
        try:
            said = act(**form.cleaned_data)
        except refusals as refused:
            field = getattr(refused, "field", None)
            form.add_error(field if field in form.fields else None, str(refused))
        else:
            messages.success(request, said)
            return onward(request, to or back)
    return show_form(request, form, back=back, **page)


def onward(request: HttpRequest, url: str) -> HttpResponse:
    """To the next page, also from a form that htmx has sent."""
    return HttpResponse(status=204, headers={"HX-Redirect": url}) if request.htmx else redirect(url)
