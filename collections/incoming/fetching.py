"""Taking in what has come to the mailboxes, from where it was left off. Safe to run again, and to be killed."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.db import transaction

from o2c.collections.incoming import keeping
from o2c.collections.incoming.boxes import Mailbox, NoMailbox
from o2c.collections.incoming.models import MailboxPlace
from o2c.core import clock
from o2c.core.environment import Imap
from o2c.orders.models import LegalEntity

log = structlog.get_logger()


def fetch() -> dict[str, int]:
    """Take in the new mails of every mailbox; how many of each. One that cannot be read holds up no other.

    Raises NoMailbox at the end where any could not be read, so that it is seen.
    """
    came, broken = {}, []
    for imap in settings.O2C_MAILBOXES:
        try:
            came[imap.name] = fetch_from(imap)
        except NoMailbox as error:
            log.warning("mailbox.unreadable", mailbox=imap.name)
            MailboxPlace.objects.update_or_create(name=imap.name, defaults={"error": str(error)[:400]})
            broken.append(str(error))
    if broken:
        raise NoMailbox("; ".join(broken))
    return came


def fetch_from(imap: Imap) -> int:
    """Take in what came to one mailbox since it was last read; how many mails. Raises NoMailbox.

    The place moves on with each mail, in its transaction. Where the server has numbered its mails anew all are read
    again, and those that are known stay one.
    """
    entity = _entity(imap)
    place, _ = MailboxPlace.objects.get_or_create(name=imap.name)
    count = 0
    with Mailbox(imap) as box:
        uid = place.uid if place.validity == box.validity else 0
        for mails in box.after(uid):
            for mail in mails:
                with transaction.atomic():
                    taken = keeping.take_in(mail.raw, mailbox=imap.name, entity=entity, size=mail.size, cut=mail.cut)
                    MailboxPlace.objects.filter(pk=place.pk).update(uid=mail.uid, validity=box.validity)
                count += taken is not None
        MailboxPlace.objects.filter(pk=place.pk).update(validity=box.validity, read_at=clock.now(), error="")
    return count


def _entity(imap: Imap) -> LegalEntity:
    if imap.entity:
        found = LegalEntity.objects.filter(code=imap.entity).first()
        if found is None:
            raise NoMailbox(f"{imap.name}: there is no legal entity {imap.entity}, which IMAP_URL names.")
        return found
    entities = list(LegalEntity.objects.all()[:2])
    if len(entities) != 1:
        raise NoMailbox(f"{imap.name}: say in IMAP_URL whose mail it is: …/{imap.folder}#CODE of the legal entity.")
    return entities[0]
