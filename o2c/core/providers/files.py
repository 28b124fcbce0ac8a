"""The spool: messages as files, in a folder for each channel."""

import os
from pathlib import Path

from django.conf import settings

from o2c.core.models import Message

ENDINGS = {Message.Channel.EMAIL: (".eml",), Message.Channel.SMS: (".json",), Message.Channel.LETTER: (".json", ".pdf")}


def folder(channel: str) -> Path:
    return {
        Message.Channel.EMAIL: settings.O2C_MAIL_SPOOL,
        Message.Channel.SMS: settings.O2C_SMS_SPOOL,
        Message.Channel.LETTER: settings.O2C_POST_SPOOL,
    }[Message.Channel(channel)]


def write(files: list[tuple[str, bytes]], into: Path) -> None:
    """Write each file whole or not at all; they are on the disk when this returns.

    Files are named by their message's reference, so writing a message again writes the same ones.
    """
    into.mkdir(parents=True, exist_ok=True)
    for name, content in files:
        draft = into / f".{name}.{os.getpid()}"
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(into / name)
    handle = os.open(into, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(references: list[str]) -> None:
    """Remove the files of messages, whichever way they went."""
    for channel, endings in ENDINGS.items():
        for reference in references:
            for ending in endings:
                (folder(channel) / f"{reference}{ending}").unlink(missing_ok=True)
