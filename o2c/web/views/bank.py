"""Files of banks from the browser: sent, loaded at once or by a worker, and what came of them."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core.actors import Actor
from o2c.core.models import User
from o2c.core.pages import onward
from o2c.core.rights import needs
from o2c.invoicing import jobs
from o2c.invoicing.bank import arriving, listing
from o2c.invoicing.bank.statements import Refused
from o2c.invoicing.models import BankLoad, BankStatement, RemittanceAdvice
from o2c.invoicing.remittances import keeping as advices
from o2c.orders.models import LegalEntity
from o2c.web.uploads import keeping
from o2c.web.uploads.keeping import Keeper

FORM = ["GET", "HEAD", "POST"]
# An advice of ten thousand lines is a few megabytes; so much is read while a person waits.
LARGEST_ADVICE = 8 << 20


class BankFileForm(forms.Form):
    entity = forms.ModelChoiceField(
        LegalEntity.objects.none(),
        label="Legal entity",
        to_field_name="code",
        required=False,
        empty_label="Whose account it is",
        help_text="Only needed where two legal entities have the same account.",
    )
    file = forms.FileField(label="File", allow_empty_file=True, widget=forms.FileInput(attrs={"class": "drop"}))

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = LegalEntity.objects.for_user(user).order_by("code")


@csrf_exempt  # the token is read with the form, and so only when it is known where the file goes
@needs("bank.load")
@require_http_methods(FORM)
def load_bank_file(request: HttpRequest) -> HttpResponse:
    """The form, and the file that it sends: it goes to disk as it comes, before anything else of the form is read."""
    keeper = Keeper(request, arriving.folder())
    request.upload_handlers = [keeper]
    try:
        return _load_bank_file(request, keeper)
    finally:
        keeper.forget()


@csrf_protect
def _load_bank_file(request: HttpRequest, keeper: Keeper) -> HttpResponse:
    form = BankFileForm(*((request.POST, request.FILES) if request.method == "POST" else ()), user=request.user)
    keeper.tell(form)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        keeper.taken = True
        load = arriving.receive(
            file.key, name=file.called, size=file.size, entity=form.cleaned_data["entity"], by=request.user
        )
        if load.size <= arriving.AT_ONCE:
            arriving.work(load.pk)
        else:
            jobs.load_bank_file.delay(load.pk)
        return onward(request, reverse("bank_load", args=[load.pk]))
    context = {
        "form": form,
        "accounts": listing.accounts(request.user),
        "largest_mb": keeping.largest() // keeping.MB,
        "largest": keeping.largest(),
    }
    status = 413 if keeper.too_large else 422 if form.is_bound else 200
    return render(request, "web/load_bank_file.html", context, status=status)


class AdviceFileForm(BankFileForm):
    """A file of remittance advice; how a table is written is only asked where its rows leave it open."""

    decimal = forms.ChoiceField(
        label="Decimal mark of a table",
        required=False,
        choices=[("", "As its rows tell"), (",", "Comma: 1.234,50"), (".", "Point: 1,234.50")],
    )
    date_format = forms.ChoiceField(
        label="Days of a table",
        required=False,
        choices=[
            ("", "As its rows tell"),
            ("%d.%m.%Y", "31.12.2026"),
            ("%d/%m/%Y", "31/12/2026"),
            ("%m/%d/%Y", "12/31/2026"),
            ("%Y-%m-%d", "2026-12-31"),
        ],
    )

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        self.fields["entity"].empty_label = "Whom the payee names"
        self.fields["entity"].help_text = "Only needed where the file does not say whom the payment is for."

    def map(self) -> dict[str, str]:
        """What of a table's map was said."""
        return {name: value for name in ("decimal", "date_format") if (value := self.cleaned_data.get(name))}


@csrf_exempt  # as above
@needs("bank.load")
@require_http_methods(FORM)
def load_remittance(request: HttpRequest) -> HttpResponse:
    """The form for a file of remittance advice, and what came of the file that it sent."""
    keeper = Keeper(request, arriving.folder(), LARGEST_ADVICE)
    request.upload_handlers = [keeper]
    try:
        return _load_remittance(request, keeper)
    finally:
        keeper.forget()


@csrf_protect
def _load_remittance(request: HttpRequest, keeper: Keeper) -> HttpResponse:
    form = AdviceFileForm(*((request.POST, request.FILES) if request.method == "POST" else ()), user=request.user)
    loaded = None
    keeper.tell(form)
    if request.method == "POST" and form.is_valid():
        file, entity = form.cleaned_data["file"], form.cleaned_data["entity"]
        seen = LegalEntity.objects.for_user(request.user)
        try:
            loaded = advices.load(
                file.path,
                name=file.called,
                seen=seen.filter(pk=entity.pk) if entity else seen,
                actor=Actor.of(request.user),
                raw=form.map(),
            )
        except Refused as refused:
            form.add_error("file", str(refused))
    context = {
        "form": form,
        "loaded": loaded,
        "made": RemittanceAdvice.objects.filter(pk__in=loaded.new[:200]).order_by("pk") if loaded else [],
        "largest_mb": LARGEST_ADVICE >> 20,
        "largest": LARGEST_ADVICE,
    }
    status = 200 if loaded or not form.is_bound else 413 if keeper.too_large else 422
    return render(request, "web/load_remittance.html", context, status=status)


@needs("bank.load")
@require_safe
def bank_load(request: HttpRequest, pk: int) -> HttpResponse:
    """What came of a file that was sent."""
    found = get_object_or_404(BankLoad.objects.for_user(request.user).select_related("entity", "sent_by"), pk=pk)
    statements = BankStatement.objects.for_user(request.user).filter(pk__in=found.statements[:200])
    context = {"load": found, "statements": statements.select_related("account", "entity").order_by("pk")}
    return render(request, "web/bank_load.html", context)
