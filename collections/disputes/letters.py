"""Writing to the customer about a case: by e-mail, in the words of whoever settles it."""

from django.conf import settings

from o2c.collections.disputes.keeping import DisputeRefused, tell
from o2c.collections.models import Dispute
from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.mail import address, one_line
from o2c.core.models import Message
from o2c.invoicing import correspondents
from o2c.orders.models import Contact

MOST_TEXT = 20_000
SUBJECTS = {
    "en": "Your complaint about {number}",
    "de": "Ihre Reklamation zu {number}",
    "fr": "Votre réclamation concernant {number}",
}


def write(dispute: Dispute, text: str, *, to: Contact | None, actor: Actor) -> Message:
    """Queue an answer for a contact of the customer, else the first that can be written to. Raises DisputeRefused."""
    can = correspondents.readers(dispute.customer_id)
    reader = to if to in can else None if to else next(iter(can), None)
    if reader is None:
        raise DisputeRefused("Nobody of this customer can be written to by e-mail.", "letter")
    language = reader.language or dispute.customer.language
    now = clock.now()
    before = Message.objects.filter(key__startswith=f"dispute:{dispute.pk}:").count()
    message = Message.objects.create(
        key=f"dispute:{dispute.pk}:{before + 1}",
        owner=dispute.entity.code,
        sender=address(dispute.entity.name, dispute.entity.email or settings.DEFAULT_FROM_EMAIL),
        recipient=address(reader.name, reader.email),
        subject=one_line(SUBJECTS.get(language, SUBJECTS["en"]).format(number=dispute.item.number))[:400],
        text=f"{text.strip()[:MOST_TEXT]}\n\n{dispute.entity.name}\n",
        language=language,
        country=dispute.customer.country,
        created_at=now,
        not_before=now,
    )
    tell(dispute, f"Written to {reader.name}: {text.strip()}", actor)
    return message
