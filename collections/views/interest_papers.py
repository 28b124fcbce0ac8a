"""The document of a note of interest: shown, and sent by e-mail."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.collections.interest import papers, sending
from o2c.collections.interest.charging import InterestRefused
from o2c.collections.models import InterestNote
from o2c.core import documents, mail
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.pages import act_by_form
from o2c.core.rights import needs
from o2c.orders.models import Contact


class SendForm(forms.Form):
    contact = forms.ModelChoiceField(Contact.objects.none(), label="To", empty_label=None)
    again = forms.BooleanField(label="Send it again", required=False)

    def __init__(self, data=None, *, note: InterestNote, again: bool):
        super().__init__(data)
        contacts = Contact.objects.filter(customer=note.customer_id, in_use=True).exclude(email="")
        usable = [each for each in contacts.order_by("pk") if mail.usable(each.email)]
        usable.sort(key=lambda each: each.role != Contact.Role.BILLING)
        self.fields["contact"].queryset = contacts.filter(pk__in=[each.pk for each in usable])
        self.fields["contact"].choices = [
            (each.pk, f"{each.name} <{each.email}>, {each.get_role_display().lower()}") for each in usable
        ]
        if not again:  # only asked where it went out before
            del self.fields["again"]


@needs("book.read")
@require_safe
def interest_document(request: HttpRequest, pk: int) -> HttpResponse:
    """The note as a PDF, as it was given out."""
    note = get_object_or_404(InterestNote.objects.for_user(request.user), pk=pk)
    kept = papers.document_of(note)
    records.exported("InterestNote", actor=Actor.of(request.user), entity_ids=[note.entity_id], note=pk)
    return documents.answer(kept.name, kept.media_type, bytes(kept.content))


@needs("interest.charge")
@require_http_methods(["GET", "HEAD", "POST"])
def send_interest(request: HttpRequest, pk: int) -> HttpResponse:
    rows = InterestNote.objects.for_user(request.user).select_related("entity", "customer", "item")
    note = get_object_or_404(rows, pk=pk)
    before = sending.sent(note)

    def send(**asked) -> str:
        message = sending.send(note, actor=Actor.of(request.user), **asked)
        return f"{note.number} is on its way to {message.recipient}."

    form = SendForm(request.POST if request.method == "POST" else None, note=note, again=bool(before))
    about = "The paper goes along as a PDF, with a short text in the contact’s language."
    if before:
        about += f" It was sent to {before[0].recipient} on {before[0].created_at:%Y-%m-%d}."
    if not form.fields["contact"].choices:
        about = f"{note.customer.name} has no contact with an e-mail address. Add one on the customer’s page."
    return act_by_form(
        request, form, send, refusals=(InterestRefused,), heading=f"Send {note.number} by e-mail", about=about,
        action="Send it", back=reverse("interest_note", args=[pk]),
    )  # fmt: skip
