"""Files of disputes in the browser: sent, saved, removed."""

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.collections.disputes import DisputeRefused, files
from o2c.collections.models import Dispute, DisputeFile
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.pages import act_by_form
from o2c.core.rights import needs

TOO_LARGE = f"The file is larger than {files.MOST_BYTES // files.MB} MB, the most that is taken."


class Holder(FileUploadHandler):
    """Holds one file up to what is taken; of a larger one nothing is kept, of a far larger one nothing is read."""

    def __init__(self, request=None):
        super().__init__(request)
        self.too_large = False
        self.parts: list[bytes] = []
        self.size = 0

    def handle_raw_input(self, input_data, meta, content_length, boundary, encoding=None):
        if content_length > 8 * files.MOST_BYTES:
            self.too_large = True
            raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data, start):
        self.size += len(raw_data)
        if self.size > files.MOST_BYTES:
            self.too_large = True
            self.parts.clear()
        else:
            self.parts.append(raw_data)
        return

    def file_complete(self, file_size):
        content = b"" if self.too_large else b"".join(self.parts)
        return SimpleUploadedFile(self.file_name, content, self.content_type)


class FileForm(forms.Form):
    file = forms.FileField(
        label="File", allow_empty_file=True, help_text=f"{files.TAKEN}; up to {files.MOST_BYTES // files.MB} MB.",
        widget=forms.FileInput(attrs={"class": "drop", "accept": files.ACCEPT}),
    )  # fmt: skip


@csrf_exempt  # the token is read with the form, and so only once it is known how much of a file is held
@needs("disputes.open")
@require_http_methods(["GET", "HEAD", "POST"])
def attach_dispute(request: HttpRequest, pk: int) -> HttpResponse:
    holder = Holder(request)
    request.upload_handlers = [holder]
    return _attach(request, pk, holder)


@csrf_protect
def _attach(request: HttpRequest, pk: int, holder: Holder) -> HttpResponse:
    found = get_object_or_404(Dispute.objects.for_user(request.user).select_related("item"), pk=pk)
    form = FileForm(*((request.POST, request.FILES) if request.method == "POST" else ()))

    def act(file) -> str:
        if holder.too_large:
            raise DisputeRefused(TOO_LARGE, "file")
        made = files.attach(found, file.name, file.read(), actor=Actor.of(request.user))
        return f"{made.name} is with the dispute."

    return act_by_form(
        request, form, act, refusals=(DisputeRefused,), back=reverse("dispute", args=[pk]), action="Add it",
        heading=f"Add a file to the dispute of {found.item.number}",
    )  # fmt: skip


@needs("book.read")
@require_safe
def dispute_file(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(DisputeFile.objects.for_user(request.user).select_related("document"), pk=pk)
    if found.document is None:
        raise Http404
    records.exported(
        "File of a dispute", actor=Actor.of(request.user), dispute=found.dispute_id, file=found.document.name
    )
    return files.answer(found)


@needs("disputes.open")
@require_POST
def remove_dispute_file(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(DisputeFile.objects.for_user(request.user).select_related("dispute"), pk=pk)
    try:
        files.remove(found, actor=Actor.of(request.user))
    except DisputeRefused as refused:
        messages.info(request, str(refused))
    return redirect("dispute", found.dispute_id)
