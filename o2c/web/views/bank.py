"""Files of banks from the browser: sent, loaded at once or by a worker, and what came of them."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core.models import User
from o2c.core.pages import onward
from o2c.core.rights import needs
from o2c.invoicing import jobs
from o2c.invoicing.bank import arriving, listing
from o2c.invoicing.models import BankLoad, BankStatement
from o2c.orders.models import LegalEntity
from o2c.web.uploads import keeping
from o2c.web.uploads.keeping import Keeper

FORM = ["GET", "HEAD", "POST"]


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
    if request.method == "POST" and keeper.too_large:
        form.errors.pop("file", None)
        form.add_error(
            "file", f"The file is larger than {keeping.largest() // keeping.MB:,} MB, the most that is taken."
        )
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


@needs("bank.load")
@require_safe
def bank_load(request: HttpRequest, pk: int) -> HttpResponse:
    """What came of a file that was sent."""
    found = get_object_or_404(BankLoad.objects.for_user(request.user).select_related("entity", "sent_by"), pk=pk)
    statements = BankStatement.objects.for_user(request.user).filter(pk__in=found.statements[:200])
    context = {"load": found, "statements": statements.select_related("account", "entity").order_by("pk")}
    return render(request, "web/bank_load.html", context)
