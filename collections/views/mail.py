"""Mail that came in: what waits to be answered, one mail with what it seems to say, and what is done with it."""

from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.collections.incoming import acts, reading
from o2c.collections.incoming.models import IncomingMail, MailboxPlace
from o2c.collections.incoming.suggesting import About, Suggestion
from o2c.collections.models import Inquiry
from o2c.core import addresses, documents, phones
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.models import User
from o2c.core.pages import act_by_form
from o2c.core.paging import cut
from o2c.core.rights import may, needs
from o2c.core.states import IllegalMove, LostRace
from o2c.orders.models import Account, Contact, Customer

FORM = ["GET", "HEAD", "POST"]
STATE = IncomingMail.State
KIND = IncomingMail.Kind
VERDICT = IncomingMail.Verdict
TABS = {
    "waiting": ("To answer", Q(state=STATE.NEW, kind=KIND.LETTER, customer__isnull=False)),
    "nobody": ("Whose?", Q(state=STATE.NEW, kind=KIND.LETTER, customer=None)),
    "done": ("Done", Q(state=STATE.DONE, kind=KIND.LETTER)),
    "machines": ("From machines", ~Q(kind=KIND.LETTER)),
}


@needs("book.read")
@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    tab = request.GET.get("show") if request.GET.get("show") in TABS else "waiting"
    found = _seen(request.user).filter(TABS[tab][1]).select_related("customer", "entity")
    context = {
        "page": cut(found.order_by("-id"), request.GET.get("page")),
        "tab": tab,
        "tabs": {name: title for name, (title, _) in TABS.items()},
        "configured": bool(settings.O2C_MAILBOXES),
        "troubled": MailboxPlace.objects.exclude(error="") if request.user.all_entities else (),
    }
    return render(request, "collections/mails.html", context)


@needs("book.read")
@require_safe
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_seen(request.user).select_related("customer", "entity", "contact", "message"), pk=pk)
    items = [named.item for named in found.items.select_related("item").order_by("item__due_on", "item_id")]
    known = bool(found.contact_id) or (
        found.customer_id is not None
        and Contact.objects.filter(customer=found.customer_id, email__iexact=found.address).exists()
    )
    context = {
        "mail": found,
        "items": items,
        "known": known,
        "dead": bool(found.address) and addresses.is_dead(found.address),
        "inquiry": Inquiry.objects.filter(mails__mail=found).first(),
        "disputes": list(found.disputes.select_related("item").order_by("id")),
        "suggestions": [_shown(each, found, items, request.user) for each in acts.suggestions(found)],
        "rest": found.text if found.text.strip() != found.said.strip() else "",
    }
    return render(request, "collections/mail.html", context)


@needs("book.read")
@require_safe
def mail_file(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    """A file that came with a mail, to be saved: nothing that others sent is ever shown by the browser itself."""
    found = get_object_or_404(_seen(request.user, raw=True), pk=pk)
    file = next((each for each in found.files if each["part"] == part), None)
    content = reading.part(bytes(found.raw), part) if file else None
    if content is None:
        raise Http404
    records.exported("File of a mail", actor=Actor.of(request.user), mail=pk, file=file["name"])
    return documents.answer(file["name"], "application/octet-stream", content)


@needs("book.read")
@require_safe
def mail_source(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_seen(request.user, raw=True), pk=pk)
    if not found.raw:
        raise Http404
    records.exported("Mail as it came", actor=Actor.of(request.user), mail=pk)
    return documents.answer(f"mail-{pk}.eml", "application/octet-stream", bytes(found.raw))


class WhoseForm(forms.Form):
    customer = forms.CharField(label="Customer", max_length=40, help_text="Its number.")

    def __init__(self, *args, mail: IncomingMail, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        here = Account.objects.for_user(user).filter(entity=mail.entity_id).values("customer_id")
        self.choice = Customer.objects.filter(pk__in=here)

    def clean_customer(self) -> Customer:
        found = self.choice.filter(number__iexact=self.cleaned_data["customer"].strip()).first()
        if found is None:
            raise forms.ValidationError("There is no such customer with this legal entity.")
        return found


class AnswerForm(forms.Form):
    text = forms.CharField(label="Answer", max_length=20_000, widget=forms.Textarea(attrs={"rows": 10}))
    settled = forms.BooleanField(label="Nothing more is to be done", required=False, initial=True)


@needs("mail.work")
@require_http_methods(FORM)
def lay_mail(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_seen(request.user).select_related("entity", "customer"), pk=pk)
    initial = {"customer": found.customer.number if found.customer else ""}
    form = WhoseForm(_sent(request), mail=found, user=request.user, initial=initial)

    def act(customer: Customer) -> str:
        acts.lay_to(found, customer, actor=Actor.of(request.user))
        return f"It is {customer.name}'s."

    return act_by_form(
        request, form, act, refusals=(acts.MailRefused,), back=reverse("mail", args=[pk]),
        heading="Whose mail is it?", about=f"{found.writer} {found.address}: {found.subject}", action="Lay it there",
    )  # fmt: skip


@needs("mail.work")
@require_http_methods(FORM)
def answer_mail(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_seen(request.user).select_related("entity", "customer"), pk=pk)

    def act(text: str, settled: bool) -> str:
        acts.answer(found, text, settled=settled, actor=Actor.of(request.user))
        return "The answer is on its way."

    return act_by_form(
        request, AnswerForm(_sent(request)), act, refusals=(acts.MailRefused,), back=reverse("mail", args=[pk]),
        heading=f"Answer {found.writer or found.address}", about=f"{found.address} · {found.subject}", action="Send it",
    )  # fmt: skip


@needs("mail.work")
@require_POST
def settle_mail(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_seen(request.user), pk=pk)
    act = acts.settle if request.POST.get("to") == STATE.DONE else acts.reopen
    try:
        act(found, actor=Actor.of(request.user))
    except (IllegalMove, LostRace):
        messages.info(request, "Somebody else was faster.")
    return redirect("mail", pk)


@needs("mail.work")
@require_POST
def judge_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """Say of something that a mail seems to say that it is so, or that it is not."""
    found = get_object_or_404(_seen(request.user).select_related("entity"), pk=pk)
    asked, verdict = request.POST.get("about", ""), request.POST.get("verdict", "")
    # A promise or a dispute is so once it is written down, on the page for that.
    if asked not in set(About) or verdict not in VERDICT or (verdict == VERDICT.ACCEPTED and asked in acts.RIGHTS):
        messages.error(request, "Say of what, and whether it is so.")
        return redirect("mail", pk)
    act = acts.confirm if verdict == VERDICT.ACCEPTED else acts.dismiss
    try:
        act(found, About(asked), actor=Actor.of(request.user))
    except acts.MailRefused as refused:
        messages.info(request, str(refused))
    return redirect("mail", pk)


@needs("customers.edit")
@require_POST
def use_address(request: HttpRequest, pk: int) -> HttpResponse:
    """Messages go to a contact's address and number again."""
    customers = Customer.objects.for_user(request.user)
    contacts = Contact.objects.filter(customer__in=customers).select_related("customer")
    found = get_object_or_404(contacts, pk=pk)
    for address in filter(None, (found.email, phones.mobile(found.phone, found.customer.country))):
        if addresses.use_again(address, actor=Actor.of(request.user)):
            messages.success(request, f"Messages go to {address} again.")
    return redirect("customer", found.customer_id)


def _seen(user: User, *, raw: bool = False):
    found = IncomingMail.objects.for_user(user)
    return found if raw else found.defer("raw")


def _sent(request: HttpRequest):
    return request.POST if request.method == "POST" else None


def _shown(suggestion: Suggestion, mail: IncomingMail, items: list, user: User) -> dict:
    """A suggestion with what a person said of it, else where it is done."""
    said = mail.verdicts.get(suggestion.about)
    return {
        "it": suggestion,
        "verdict": VERDICT(said["verdict"]).label if said else "",
        "by": said["by"] if said else "",
        "way": None if said else _way(suggestion, mail, items, user),
        "is_done_elsewhere": suggestion.about in acts.RIGHTS,
    }


def _way(suggestion: Suggestion, mail: IncomingMail, items: list, user: User) -> tuple[str, str] | None:
    """Where a person does what a mail suggests, and what the button says; None where there is no such page for them."""
    customer = mail.customer_id
    open_items = [item for item in items if item.open_amount > 0]
    if customer is None:
        return None
    match suggestion.about:
        case About.PROMISE if may(user, "promises.record"):
            asked = {"pay_by": suggestion.on.isoformat()} if suggestion.on else {}
            asked |= {"mail": mail.pk}
            asked |= {"items": ",".join(str(item.pk) for item in open_items)} if open_items else {}
            return f"{reverse('record_promise', args=[customer])}?{urlencode(asked)}", "Record the promise…"
        case About.DISPUTE if open_items and may(user, "disputes.open"):
            asked = urlencode({"reason": suggestion.words[:200], "mail": mail.pk})
            return f"{reverse('open_dispute', args=[open_items[0].pk])}?{asked}", f"Dispute {open_items[0].number}…"
        case About.PAID if may(user, "bank.read"):
            asked = urlencode({"show": "all", "q": mail.customer.name})
            return f"{reverse('bank_lines')}?{asked}", "Look for the payment"
        case About.COPY if may(user, "inquiries.work"):
            asked = urlencode({"mail": mail.pk, "kind": Inquiry.Kind.COPY.value})
            return f"{reverse('open_inquiry', args=[customer])}?{asked}", "Open an inquiry…"
        case About.COPY:
            asked = urlencode({"customer": mail.customer.number})
            return f"{reverse('invoices')}?{asked}", "Its invoices"
        case About.CONTACT if may(user, "customers.edit"):
            return f"{reverse('customer', args=[customer])}#contacts", "Its contacts"
    return None
