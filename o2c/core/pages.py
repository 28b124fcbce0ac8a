"""A form on its own page or in the dialog, and the way on from it: every app's views answer alike."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render


def show_form(request: HttpRequest, form: forms.Form, *, heading: str, action: str, back: str, **more) -> HttpResponse:
    """The form as a page, or as the dialog's inside when htmx asks; 422 where what was typed cannot be taken.

    `more` may hold about, style, buttons and across; see templates/form.html.
    """
    context = {"form": form, "heading": heading, "action": action, "back": back, **more}
    return render(request, "form.html", context, status=422 if form.is_bound else 200)


def onward(request: HttpRequest, url: str) -> HttpResponse:
    """To the next page, also from a form that htmx has sent."""
    return HttpResponse(status=204, headers={"HX-Redirect": url}) if request.htmx else redirect(url)
