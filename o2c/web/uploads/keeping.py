"""Where uploaded files lie, and how they get there: streamed to disk under random names, counted, never in memory.

The folder is outside of everything the web serves. What a sender called a file is kept as a text, never used as a name.
"""

import hashlib
import json
import os
import shutil
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.forms import Form

from o2c.core.models import ImportUpload

FIELD = "file"
FILE, LOOK, PREVIEW = "file", "look.json", "preview.json"
MB = 1024 * 1024
# Beside the file itself, a form has a few fields and boundaries.
FORM_ROOM = 64 * 1024


def largest() -> int:
    """The most bytes an uploaded file may have."""
    return settings.O2C_UPLOAD_MAX_MB * MB


def imports_folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "imports"


def folder(upload: ImportUpload) -> Path:
    return imports_folder() / upload.key.hex


def path(upload: ImportUpload) -> Path:
    return folder(upload) / FILE


def write(upload: ImportUpload, name: str, facts: dict[str, Any]) -> None:
    """Keep what is known of a file beside it; a reader finds the old or the new, never half of one."""
    target = folder(upload) / name
    draft = target.with_suffix(f".{uuid.uuid4().hex}")
    with open(draft, "x", opener=_private, encoding="utf-8") as file:
        json.dump(facts, file, ensure_ascii=False)
    draft.replace(target)


def read(upload: ImportUpload, name: str) -> dict[str, Any] | None:
    """What was kept, or None where it is no longer there."""
    try:
        return json.loads((folder(upload) / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def remove(key: uuid.UUID) -> None:
    """Let go of a file and all that was kept beside it."""
    shutil.rmtree(imports_folder() / key.hex, ignore_errors=True)


def remove_orphans(before: datetime) -> int:
    """Let go of folders that no upload knows: what was being sent when its process died. The number of them."""
    removed = 0
    there = [each for each in sorted(imports_folder().glob("*")) if each.is_dir() and len(each.name) == 32]
    known = {key.hex for key in ImportUpload.objects.filter(removed_at=None).values_list("key", flat=True)}
    for each in there:
        if each.name not in known and each.stat().st_mtime < before.timestamp():
            shutil.rmtree(each, ignore_errors=True)
            removed += 1
    return removed


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


class Kept(UploadedFile):
    """A file that has arrived on disk. Nothing of it is in memory."""

    def __init__(self, key: uuid.UUID, path: Path, name: str, size: int, sha256: str):
        super().__init__(file=None, name=name, size=size)
        self.key, self.path, self.sha256 = key, path, sha256
        self.called = self.name or "file"


class Keeper(FileUploadHandler):
    """Takes the one file of an upload form to disk as it comes, and refuses what is larger than allowed.

    Whoever uses it takes the file (`taken`) or has it removed (`forget`). So many bytes are taken as `most`, else as
    the settings say.
    """

    chunk_size = MB

    def __init__(self, request=None, home: Path | None = None, most: int | None = None):
        super().__init__(request)
        self.most = most or largest()
        self.home = home or imports_folder()
        self.key: uuid.UUID | None = None
        self.too_large = False
        self.taken = False

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):  # noqa: N803 Django's name
        self.too_large = content_length > self.most + FORM_ROOM

    def new_file(self, field_name, file_name, content_type, *args, **kwargs):
        super().new_file(field_name, file_name, content_type, *args, **kwargs)
        if field_name != FIELD or self.key or self.too_large:
            raise SkipFile
        self.key = uuid.uuid4()
        here = self.home / self.key.hex
        here.mkdir(parents=True, mode=0o700)
        self.path = here / FILE
        self.file = open(self.path, "xb", opener=_private)  # noqa: SIM115 closed when it is whole
        self.digest = hashlib.sha256()

    def receive_data_chunk(self, raw_data, start):
        if start + len(raw_data) > self.most:
            self.too_large = True
            self.forget()
            raise SkipFile
        self.digest.update(raw_data)
        self.file.write(raw_data)
        return

    def file_complete(self, file_size):
        self.file.close()
        return Kept(self.key, self.path, self.file_name, file_size, self.digest.hexdigest())

    def tell(self, form: Form) -> None:
        """Say at the form's file that it was too large, where it was."""
        if self.too_large:
            form.errors.pop(FIELD, None)
            form.add_error(FIELD, f"The file is larger than {self.most // MB:,} MB, the most that is taken.")

    def upload_interrupted(self):
        self.forget()

    def forget(self) -> None:
        if hasattr(self, "file"):
            self.file.close()
        if self.key and not self.taken:
            shutil.rmtree(self.home / self.key.hex, ignore_errors=True)
