"""Mail to our own people where no mail server is set: kept as files that a mail program opens."""

import uuid

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend


class SpoolBackend(BaseEmailBackend):
    """Writes each message as an .eml file into the spool folder, readable by the owner alone."""

    def send_messages(self, messages) -> int:
        folder = settings.O2C_MAIL_SPOOL
        folder.mkdir(parents=True, exist_ok=True)
        for message in messages:
            path = folder / f"people-{uuid.uuid4()}.eml"
            path.touch(mode=0o600)
            path.write_bytes(message.message().as_bytes(linesep="\r\n"))
        return len(messages)
