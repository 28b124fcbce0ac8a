"""Money that is held back: one person asks for its release, another one decides."""

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from o2c.core import clock, outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.models import User
from o2c.invoicing.models import PaymentFinding, Quarantine, Refund


class QuarantineRefused(ValueError):
    """The release cannot be asked for or decided so; the text says why."""


def ask(held: Quarantine, *, why: str, actor: Actor) -> None:
    """Ask for the release of what is held. Raises QuarantineRefused without a reason, or where it is asked for."""
    why = _said(why, f"Say why this {held.what} is in order.")
    with acting(actor):
        held = _locked(held)
        if held.state != Quarantine.State.HELD:
            raise QuarantineRefused(f"This {held.what} is {held.get_state_display().lower()}.")
        states.move(
            held, Quarantine.State.ASKED, asked_by_id=_person(actor), asked_at=clock.now(), why=why, decision=""
        )


def release(held: Quarantine, *, decision: str, actor: Actor) -> None:
    """Let the money be taken for the customer it was held for, or the refund be approved.

    Raises QuarantineRefused for whoever asked for the release, or for the refund. Roles do not matter: nobody releases
    what they asked for; the database refuses it too.
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
            raise QuarantineRefused(f"Nobody has asked for the release of this {held.what}.")
        person = _person(actor)
        if to == Quarantine.State.RELEASED and person == held.asked_by_id:
            raise QuarantineRefused("You asked for this release, so somebody else decides it.")
        if to == Quarantine.State.RELEASED and held.refund and person == held.refund.asked_by_id:
            raise QuarantineRefused("You asked for this refund, so somebody else decides it.")
        states.move(held, to, decided_by_id=person, decided_at=clock.now(), decision=decision)
        if to == Quarantine.State.RELEASED and held.refund:
            # readers of what has changed learn that it is held no more
            Refund.objects.filter(pk=held.refund_id).update(updated_at=Now())
            outbox.emit("refunds.released", refund_id=held.refund_id, entity_id=held.entity_id)
        elif to == Quarantine.State.RELEASED:
            outbox.emit("bank.released", line_id=held.line_id, entity_id=held.entity_id)


def current(quarantines: QuerySet[Quarantine]) -> QuerySet[Quarantine]:
    """Without those of refunds that nobody wants any more: they were refused or taken back while they were held."""
    return quarantines.filter(Q(refund=None) | Q(refund__state=Refund.State.ASKED) | Q(state="released"))


def findings(quarantines: QuerySet[Quarantine] | list[Quarantine]) -> dict[int, list[PaymentFinding]]:
    """What was found of the lines and the refunds that are held, by the id of the quarantine."""
    found: dict[tuple, list[PaymentFinding]] = {}
    lines = [held.line_id for held in quarantines if held.line_id]
    refunds = [held.refund_id for held in quarantines if held.refund_id]
    wanted = PaymentFinding.objects.filter(Q(line__in=lines) | Q(refund__in=refunds))
    for finding in wanted.select_related("customer").order_by("id"):
        found.setdefault((finding.line_id, finding.refund_id), []).append(finding)
    return {held.pk: found.get((held.line_id, held.refund_id), []) for held in quarantines}


def _locked(held: Quarantine) -> Quarantine:
    """It, locked. Raises QuarantineRefused where its refund is wanted no more."""
    held = Quarantine.objects.select_for_update(no_key=True, of=("self",)).select_related("refund").get(pk=held.pk)
    if held.refund and held.refund.state != Refund.State.ASKED:
        raise QuarantineRefused(f"This refund is {held.refund.get_state_display().lower()}.")
    return held


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
