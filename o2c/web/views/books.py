"""Closing the books of past months."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from o2c.core import formats
from o2c.core.actors import Actor
from o2c.core.pages import onward, show_form
from o2c.core.rights import needs
from o2c.invoicing import closing
from o2c.invoicing.forms import ClosingForm
from o2c.orders.models import LegalEntity


@needs("books.close")
@require_http_methods(["GET", "HEAD", "POST"])
def close_books(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)
    form = ClosingForm(request.POST if request.method == "POST" else None, initial={"until": found.closed_until})
    back = reverse("journal")
    if request.method == "POST" and form.is_valid():
        until = form.cleaned_data["until"]
        try:
            closing.close(found, until, actor=Actor.of(request.user))
        except closing.ClosingRefused as refused:
            form.add_error("until", str(refused))
        else:
            said = f"closed until {formats.day(until)}" if until else "open"
            messages.success(request, f"The books of {found.code} are {said}.")
            return onward(request, back)
    return show_form(
        request,
        form,
        heading=f"Close the books of {found.code}",
        about="Nothing more is booked on that day or before: no invoice, no receipt, no correction.",
        action="Close them",
        back=back,
    )
