"""Files of a case: told by their content, limited, kept as they are, and given out so that nothing of them runs."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from o2c.collections import disputes
from o2c.collections.disputes import DisputeRefused, files
from o2c.collections.models import DisputeFile
from o2c.core.actors import SYSTEM
from o2c.core.models import AccessRecord, Document, Role
from tests.given import DAY

PDF = b"%PDF-1.7\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
JPEG = b"\xff\xd8\xff\xe0" + bytes(16)


def packed(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return held.getvalue()


DOCX = packed("[Content_Types].xml", "word/document.xml")
XLSX = packed("[Content_Types].xml", "xl/workbook.xml")
MACROS = packed("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")
TAKEN = {
    "proof.pdf": (PDF, "application/pdf"),
    "photo.PNG": (PNG, "image/png"),
    "photo.jpeg": (JPEG, "image/jpeg"),
    "letter.docx": (DOCX, f"{files.OFFICE}.wordprocessingml.document"),
    "list.xlsx": (XLSX, f"{files.OFFICE}.spreadsheetml.sheet"),
    "list.csv": ("Müller;1,00\n".encode("cp1252"), "text/csv"),
    "mail.eml": (b"From: a@b.example\n\nHello", "message/rfc822"),
}
REFUSED = {
    "a program": ("run.exe", b"MZ\x90\0", "not taken"),
    "a program called a picture": ("photo.png", b"MZ\x90\0", "not taken"),
    "a page called a text": ("note.txt", b"  <html><script>1</script>", "not taken"),
    "a drawing that runs": ("drawing.svg", b"<svg onload='x'/>", "not taken"),
    "an archive": ("all.zip", packed("a.txt"), "not taken"),
    "an archive called a letter": ("a.docx", packed("a.txt"), "not taken"),
    "a letter with macros": ("a.docx", MACROS, "macros"),
    "a broken archive": ("a.xlsx", b"PK\x03\x04broken", "broken"),
    "a picture called a paper": ("proof.pdf", PNG, "its content is image/png"),
    "a paper called a text": ("proof.txt", PDF, "its content is application/pdf"),
    "nothing": ("empty.txt", b"", "empty"),
    "zeros": ("zeros.txt", bytes(20), "not taken"),
    "a way to elsewhere": ("../../etc/passwd.txt", b"x", "no path"),
    "another way to elsewhere": ("..\\boot.txt", b"x", "no path"),
    "dots": ("..", b"x", "no path"),
    "no name": (" ", b"x", "has a name"),
    "a long name": ("x" * 200 + ".txt", b"x", "has a name"),
}  # fmt: skip


@pytest.fixture
def case(given):
    return disputes.open(given.open_item("50.00 EUR"), reason="Too dear", on=DAY, actor=SYSTEM)


@pytest.mark.parametrize("name", TAKEN)
def test_a_file_is_told_by_its_content(case, name):
    content, media_type = TAKEN[name]
    made = files.attach(case, name, content, actor=SYSTEM)
    assert (made.document.media_type, bytes(made.document.content), made.size) == (media_type, content, len(content))
    assert case.activities.latest("id").text == f"File added: {name}"


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_taken_is_refused_and_nothing_is_kept(case, what):
    name, content, why = REFUSED[what]
    with pytest.raises(DisputeRefused, match=why) as refused:
        files.attach(case, name, content, actor=SYSTEM)
    assert refused.value.field == "file"
    assert (DisputeFile.objects.count(), Document.objects.count()) == (0, 0)


def test_the_largest_is_taken_and_one_byte_more_is_not(case):
    files.attach(case, "a.pdf", PDF.ljust(files.MOST_BYTES), actor=SYSTEM)
    with pytest.raises(DisputeRefused, match="larger than 10 MB"):
        files.attach(case, "b.pdf", PDF.ljust(files.MOST_BYTES + 1), actor=SYSTEM)


def test_the_same_content_is_one_file_and_there_is_a_most(case, monkeypatch):
    first = files.attach(case, "a.pdf", PDF, actor=SYSTEM)
    assert files.attach(case, "b.pdf", PDF, actor=SYSTEM) == first
    monkeypatch.setattr(files, "MOST_FILES", 2)
    files.attach(case, "c.pdf", PDF + b"2", actor=SYSTEM)
    with pytest.raises(DisputeRefused, match="at most 2 files"):
        files.attach(case, "d.pdf", PDF + b"3", actor=SYSTEM)


def test_a_removed_file_is_gone_and_that_it_was_there_stays(case):
    made = files.attach(case, "a.pdf", PDF, actor=SYSTEM)
    files.remove(made, actor=SYSTEM)
    with pytest.raises(DisputeRefused, match="gone already"):
        files.remove(made, actor=SYSTEM)
    made.refresh_from_db()
    assert (made.document, made.name, Document.objects.count()) == (None, "a.pdf", 0)
    assert files.attach(case, "a.pdf", PDF, actor=SYSTEM) != made


# --- In the browser


@pytest.fixture
def client(given) -> Client:
    client = Client()
    client.force_login(given.user("anna", Role.COLLECTOR))
    return client


def send(client: Client, case, name: str, content: bytes):
    return client.post(reverse("attach_dispute", args=[case.pk]), {"file": SimpleUploadedFile(name, content)})


def test_a_page_that_is_called_a_picture_is_saved_and_never_shown(client, case):
    """A text that a browser might take for a page is given out as bytes, to be saved, in a sandbox."""
    assert send(client, case, "note.txt", b"hello <script>alert(1)</script>").status_code == 302
    made = DisputeFile.objects.get()
    answer = client.get(reverse("dispute_file", args=[made.pk]))
    assert answer.content == b"hello <script>alert(1)</script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="note.txt"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert AccessRecord.objects.get(what="File of a dispute").facts["file"] == "note.txt"
    client.post(reverse("remove_dispute_file", args=[made.pk]))
    assert client.get(reverse("dispute_file", args=[made.pk])).status_code == 404


def test_a_file_that_is_too_large_is_refused_at_its_field(client, case):
    answer = send(client, case, "a.pdf", PDF.ljust(files.MOST_BYTES + 1))
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"] == ["The file is larger than 10 MB, the most that is taken."]
    answer = send(client, case, "run.exe", b"MZ")
    assert "This kind of file is not taken" in answer.context["form"].errors["file"][0]
    assert not DisputeFile.objects.exists()


def test_a_path_in_the_name_leads_nowhere(client, case):
    send(client, case, "../../up.txt", b"x")
    assert DisputeFile.objects.get().name == "up.txt"


def test_files_of_other_entities_are_not_there(given, case):
    made = files.attach(case, "a.pdf", PDF, actor=SYSTEM)
    client = Client()
    client.force_login(given.user("far", Role.COLLECTOR, entities=[given.entity("UK1")]))
    for name, pk in (("dispute_file", made.pk), ("dispute", case.pk), ("attach_dispute", case.pk)):
        assert client.get(reverse(name, args=[pk])).status_code == 404
    assert client.post(reverse("remove_dispute_file", args=[made.pk])).status_code == 404
