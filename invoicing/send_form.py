"""The dialog by which what has a paper is sent by e-mail: to whom, and once more where it went there before."""

from collections.abc import Callable, Sequence

from django import forms
from django.contrib import messages as says
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from o2c.core.models import Message
from o2c.core.pages import onward, show_form
from o2c.invoicing import correspondents
from o2c.orders.models import Contact, Customer


class ReaderField(forms.ModelChoiceField):
    """Who of a customer can be written to."""

    def __init__(self, **kwargs):
        super().__init__(Contact.objects.none(), label="To", empty_label=None, **kwargs)

    def offer(self, customer_id: int) -> None:
        readers = correspondents.readers(customer_id)
        self.queryset = Contact.objects.filter(pk__in=[each.pk for each in readers])
        self.choices = [(each.pk, f"{each.name} <{each.email}>, {each.get_role_display().lower()}") for each in readers]


class SendForm(forms.Form):
    contact = ReaderField()
    again = forms.BooleanField(label="Send it again", required=False)

    def __init__(self, data=None, *, customer_id: int):
        super().__init__(data)
        self.fields["contact"].offer(customer_id)
        if "again" not in (data or {}):  # only asked where it went there before
            del self.fields["again"]


def send_by_form(
    request: HttpRequest,
    number: str,
    *,
    customer: Customer,
    send: Callable[..., Message],
    sent: Callable[[], Sequence[Message]],
    back: str,
) -> HttpResponse:
    """Ask to whom, and send; then the message. `send` raises NotSent, SentBefore; `sent` are the messages before."""
    form = SendForm(request.POST if request.method == "POST" else None, customer_id=customer.pk)
    if request.method == "POST" and form.is_valid():
        try:
            message = send(**form.cleaned_data)
        except correspondents.SentBefore as refused:
            data = request.POST.copy()
            data["again"] = ""
            form = SendForm(data, customer_id=customer.pk)
            form.is_valid()
            form.add_error("again", str(refused))
        except correspondents.NotSent as refused:
            form.add_error(None, str(refused))
        else:
            says.success(request, f"{number} is on its way to {message.recipient}.")
            return onward(request, reverse("message", args=[message.pk]))
    about = "The paper goes along as a PDF, with a short text in the contact’s language."
    if before := sent():
        about += f" It was sent to {before[0].recipient} on {before[0].created_at:%Y-%m-%d}."
    if not form.fields["contact"].choices:
        about = f"{customer.name} has no contact with an e-mail address. Add one on the customer’s page."
    return show_form(request, form, heading=f"Send {number} by e-mail", about=about, action="Send it", back=back)
