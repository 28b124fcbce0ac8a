"""What is handed over of a message, by its channel: an e-mail, or plain values and the paper of a letter."""

import json
import re
from base64 import b64encode

from django.conf import settings

from o2c.core import mail
from o2c.core.mail import Mail, Unsendable
from o2c.core.models import Message

E164 = re.compile(r"\+[1-9]\d{6,14}")


def email(message: Message) -> Mail:
    """Raises Unsendable."""
    return mail.compose(
        reference=message.reference,
        sender=message.sender,
        recipient=message.recipient,
        reply_to=message.reply_to,
        subject=message.subject,
        text=message.text,
        html=message.html,
        language=message.language,
        dated=message.created_at,
        in_reply_to=message.in_reply_to,
        attachments=_files(message),
    )


def values(message: Message) -> dict:
    """What is said of a text message or a letter, but for the letter's file. Raises Unsendable."""
    said = {"reference": str(message.reference), "from": message.sender, "language": message.language}
    if message.channel == Message.Channel.SMS:
        if not E164.fullmatch(message.recipient):
            raise Unsendable(f"{mail.one_line(message.recipient)!r} is no telephone number such as +4915112345678")
        return said | {"number": message.recipient, "text": message.text}
    if not message.address:
        raise Unsendable("It has no postal address")
    return said | {
        "address": message.address["lines"],
        "country": message.address["country"],
        "colour": settings.O2C_POST_COLOUR,
        "duplex": settings.O2C_POST_DUPLEX,
    }


def letter(message: Message) -> bytes:
    """The paper of a letter. Raises Unsendable."""
    papers = _files(message)
    if not papers:
        raise Unsendable("The letter has no paper")
    return papers[0].content


def request(message: Message) -> bytes:
    """A text message or a letter as one JSON object, with its paper in Base64. Raises Unsendable."""
    said = values(message)
    if message.channel == Message.Channel.LETTER:
        said["pdf"] = b64encode(letter(message)).decode()
    return json.dumps(said, ensure_ascii=False).encode()


def files(message: Message) -> list[tuple[str, bytes]]:
    """A message as files by their names, in the order in which they are written. Raises Unsendable."""
    if message.channel == Message.Channel.EMAIL:
        return [(f"{message.reference}.eml", email(message).content)]
    said, paper = values(message), []
    if message.channel == Message.Channel.LETTER:
        said["pdf"] = f"{message.reference}.pdf"
        paper = [(said["pdf"], letter(message))]
    # Whoever sees the object finds the paper beside it.
    return [*paper, (f"{message.reference}.json", json.dumps(said, ensure_ascii=False, indent=1).encode())]


def _files(message: Message) -> list[mail.Attachment]:
    """What goes with it, as it was read when the message was claimed."""
    return getattr(message, "files", [])
