"""Files of banks that people send: small ones are loaded while they wait, large ones by a worker."""

import uuid
from pathlib import Path

import structlog
from django.conf import settings
from django.db import transaction

from o2c.core import clock, states
from o2c.core.actors import Actor, acting
from o2c.core.models import User
from o2c.invoicing.bank import keeping
from o2c.invoicing.bank.statements import Refused
from o2c.invoicing.direct_debit import answers
from o2c.invoicing.models import BankAccount, BankLoad
from o2c.orders.models import LegalEntity

log = structlog.get_logger()
State = BankLoad.State
# So much is read in a few seconds, for which a person waits.
AT_ONCE = 2 << 20
# Beyond these, what was refused of a file is no longer a list to work through.
MOST_REFUSED = 200


def folder() -> Path:
    """Where files lie until they are loaded; outside of everything the web serves."""
    return Path(settings.MEDIA_ROOT) / "bank"


def path(key: uuid.UUID) -> Path:
    return folder() / key.hex / "file"


def receive(key: uuid.UUID, *, name: str, size: int, entity: LegalEntity | None, by: User) -> BankLoad:
    """Take over a file that lies under its key."""
    with acting(Actor.of(by)):
        return BankLoad.objects.create(key=key, file_name=name[:255], size=size, entity=entity, sent_by=by)


def work(load_id: int) -> BankLoad | None:
    """Load a file and write down what came of it; None where somebody else is at it or has done it.

    All in one transaction: who is killed meanwhile has done nothing, and the next one does it.
    """
    with transaction.atomic():
        waiting = BankLoad.objects.select_for_update(skip_locked=True, of=("self",)).select_related("sent_by", "entity")
        found = waiting.filter(pk=load_id, state=State.WAITING).first()
        if found is None:
            return None
        seen = BankAccount.objects.for_user(found.sent_by)
        if found.entity_id:
            seen = seen.filter(entity=found.entity)
        facts: dict
        try:
            facts = (_answered if answers.is_answer(path(found.key)) else _loaded)(found, seen)
            state = State.LOADED
        except FileNotFoundError:
            state, facts = State.REFUSED, {"refused": [{"where": "", "reason": "The file is gone; send it again."}]}
        except Refused as refused:
            state, facts = State.REFUSED, {"refused": [{"where": refused.where, "reason": refused.reason}]}
        states.move(found, state, done_at=clock.now(), **facts)
        transaction.on_commit(lambda: remove(found.key))
    found.refresh_from_db()
    return found


def _loaded(found: BankLoad, seen) -> dict:
    """The statements in the file. Raises Refused."""
    loaded = keeping.load(path(found.key), name=found.file_name, seen=seen, actor=Actor.of(found.sent_by))
    return {
        "format": loaded.format,
        "created": loaded.created,
        "unchanged": loaded.unchanged,
        "refused": [{"where": each.where, "reason": each.reason} for each in loaded.refused[:MOST_REFUSED]],
        "statements": loaded.new,
    }


def _answered(found: BankLoad, seen) -> dict:
    """A bank's answer to a file of direct debits comes by the same door; what came of it. Raises Refused."""
    done = answers.load(path(found.key), name=found.file_name, seen=seen, actor=Actor.of(found.sent_by))
    return {
        "format": answers.FORMAT,
        "created": done.accepted + done.rejected,
        "unchanged": done.unchanged,
        "refused": [{"where": name, "reason": "This payment is not in our file."} for name in done.unknown],
    }


def remove(key: uuid.UUID) -> None:
    """Let go of a file: it is kept with its statements."""
    target = path(key)
    target.unlink(missing_ok=True)
    if target.parent.is_dir():
        target.parent.rmdir()


def waiting() -> list[int]:
    """Files that wait: their worker has died, or nobody has told one of them."""
    return list(BankLoad.objects.filter(state=State.WAITING).order_by("pk").values_list("pk", flat=True)[:20])
