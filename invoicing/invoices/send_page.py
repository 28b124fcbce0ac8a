"""The dialog by which an issued invoice is sent by e-mail."""

from django import forms
from django.contrib import messages as says
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from o2c.core import mail
from o2c.core.actors import Actor
from o2c.core.pages import onward, show_form
from o2c.core.rights import needs
from o2c.invoicing.invoices import sending
from o2c.invoicing.models import Invoice
from o2c.orders.models import Contact


class SendForm(forms.Form):
    contact = forms.ModelChoiceField(Contact.objects.none(), label="To", empty_label=None)
    again = forms.BooleanField(label="Send it again", required=False)

    def __init__(self, data=None, *, invoice: Invoice):
        super().__init__(data)
        contacts = Contact.objects.filter(customer=invoice.customer_id, in_use=True).exclude(email="")
        usable = [contact for contact in contacts.order_by("pk") if mail.usable(contact.email)]
        usable.sort(key=lambda contact: contact.role != Contact.Role.BILLING)
        field = self.fields["contact"]
        field.queryset = contacts.filter(pk__in=[contact.pk for contact in usable])
        field.choices = [
            (contact.pk, f"{contact.name} <{contact.email}>, {contact.get_role_display().lower()}")
            for contact in usable
        ]
        if "again" not in (data or {}):  # only asked where it went there before
            del self.fields["again"]


@needs("invoices.issue")
@require_http_methods(["GET", "HEAD", "POST"])
def send_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    seen = Invoice.objects.for_user(request.user).select_related("entity", "customer", "corrects")
    invoice = get_object_or_404(seen.exclude(state=Invoice.State.DRAFT), pk=pk)
    form = SendForm(request.POST if request.method == "POST" else None, invoice=invoice)
    if request.method == "POST" and form.is_valid():
        try:
            message = sending.send(invoice, actor=Actor.of(request.user), **form.cleaned_data)
        except sending.SentBefore as refused:
            data = request.POST.copy()
            data["again"] = ""
            form = SendForm(data, invoice=invoice)
            form.is_valid()
            form.add_error("again", str(refused))
        except sending.NotSent as refused:
            form.add_error(None, str(refused))
        else:
            says.success(request, f"{invoice.number} is on its way to {message.recipient}.")
            return onward(request, reverse("message", args=[message.pk]))
    before = sending.sent(invoice)
    about = "The paper goes along as a PDF, with a short text in the contact’s language."
    if before:
        about += f" It was sent to {before[0].recipient} on {before[0].created_at:%Y-%m-%d}."
    if not form.fields["contact"].choices:
        about = f"{invoice.customer.name} has no contact with an e-mail address. Add one on the customer’s page."
    return show_form(
        request,
        form,
        heading=f"Send {invoice.number} by e-mail",
        about=about,
        action="Send it",
        back=_page_of(invoice),
    )


def _page_of(invoice: Invoice) -> str:
    return reverse("invoice", args=[invoice.pk])
