"""Money that is held back: one person asks for its release, another one decides."""

from django.db.models import QuerySet

from o2c.core import clock, outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.models import User
from o2c.invoicing.models import PaymentFinding, Quarantine


class QuarantineRefused(ValueError):
    """The release cannot be asked for or decided so; the text says why."""


def ask(held: Quarantine, *, why: str, actor: Actor) -> None:
    """Ask for the release of a line's money. Raises QuarantineRefused without a reason, or where it is asked for."""
    why = _said(why, "Say why this payment is in order.")
    with acting(actor):
        held = _locked(held)
        if held.state != Quarantine.State.HELD:
            raise QuarantineRefused(f"This payment is {held.get_state_display().lower()}.")
        states.move(
            held, Quarantine.State.ASKED, asked_by_id=_person(actor), asked_at=clock.now(), why=why, decision=""
        )


def release(held: Quarantine, *, decision: str, actor: Actor) -> None:
    """Let the money be taken for the customer it was held for. Raises QuarantineRefused for whoever asked for it.

    Roles do not matter: nobody releases what they asked for; the database refuses it too.
    """
    _decide(held, Quarantine.State.RELEASED, decision, actor)


def refuse(held: Quarantine, *, decision: str, actor: Actor) -> None:
    """Keep the money held. Whoever asked may take back their own asking so."""
    _decide(held, Quarantine.State.HELD, decision, actor)


def _decide(held: Quarantine, to: Quarantine.State, decision: str, actor: Actor) -> None:
    decision = _said(decision, "Give the reason of your decision.")
    with acting(actor):
        held = _locked(held)
        if held.state != Quarantine.State.ASKED:
            raise QuarantineRefused("Nobody has asked for the release of this payment.")
        person = _person(actor)
        if to == Quarantine.State.RELEASED and person == held.asked_by_id:
            raise QuarantineRefused("You asked for this release, so somebody else decides it.")
        states.move(held, to, decided_by_id=person, decided_at=clock.now(), decision=decision)
        if to == Quarantine.State.RELEASED:
            outbox.emit("bank.released", line_id=held.line_id, entity_id=held.entity_id)


def findings(quarantines: QuerySet[Quarantine] | list[Quarantine]) -> dict[int, list[PaymentFinding]]:
    """What was found of the lines that are held, by line."""
    found: dict[int, list[PaymentFinding]] = {}
    lines = [held.line_id for held in quarantines]
    for finding in PaymentFinding.objects.filter(line__in=lines).select_related("customer").order_by("line", "id"):
        found.setdefault(finding.line_id, []).append(finding)
    return found


def _locked(held: Quarantine) -> Quarantine:
    return Quarantine.objects.select_for_update(no_key=True).get(pk=held.pk)


def _said(text: str, wanted: str) -> str:
    text = text.strip()
    if not text:
        raise QuarantineRefused(wanted)
    return text[:300]


def _person(actor: Actor) -> int:
    """Raises QuarantineRefused where no person acts: two people look at it, no key and no job."""
    if actor.user_id is None or not User.objects.filter(pk=actor.user_id, is_active=True).exists():
        raise QuarantineRefused("Only a person decides this.")
    return actor.user_id
