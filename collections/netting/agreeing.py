"""Agreements about netting: written down, changed, ended. One counts on a day."""

from datetime import date, timedelta

from o2c.collections.netting.refusing import NettingRefused, by_the_database
from o2c.core import documents, outbox
from o2c.core.actors import Actor, acting
from o2c.core.models import Document
from o2c.invoicing.models import Netting, NettingAgreement
from o2c.orders.models import Account, Customer, LegalEntity

Nets = NettingAgreement.Nets
# What a signed paper may be; pages show it as such.
SIGNED = {b"%PDF": documents.PDF, b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}
LARGEST = 10 * 1024 * 1024


def agree(
    *,
    entity: LegalEntity,
    customer: Customer,
    since: date,
    actor: Actor,
    until: date | None = None,
    nets: str = Nets.DUE,
    reference: str = "",
    paper: tuple[str, bytes] | None = None,
) -> NettingAgreement:
    """Write an agreement down; `paper` is the signed one, its name and content. Raises NettingRefused."""
    _in_order(since, until)
    with acting(actor), by_the_database():
        if not Account.objects.filter(entity=entity, customer=customer).exists():
            raise NettingRefused(f"{customer.number} has no account with {entity.code}.", "entity")
        made = NettingAgreement.objects.create(
            entity=entity, customer=customer, since=since, until=until, nets=nets, reference=reference.strip()[:60],
            document=_kept(paper),
        )  # fmt: skip
        outbox.emit("netting.agreed", entity_id=entity.pk, customer_id=customer.pk, agreement_id=made.pk)
        return made


def change(
    agreement: NettingAgreement,
    *,
    until: date | None,
    nets: str,
    reference: str,
    actor: Actor,
    paper: tuple[str, bytes] | None = None,
) -> NettingAgreement:
    """Say anew until when it counts, what is netted by it and what it is called. What was netted stays.

    Raises NettingRefused.
    """
    with acting(actor), by_the_database():
        agreement = lock(agreement)
        _in_order(agreement.since, until)
        facts = {"until": until, "nets": nets, "reference": reference.strip()[:60]}
        if paper is not None:
            facts["document"] = _kept(paper)
        changed = {name: value for name, value in facts.items() if getattr(agreement, name) != value}
        if changed:
            NettingAgreement.objects.filter(pk=agreement.pk).update(**changed)
            agreement.refresh_from_db()
            outbox.emit(
                "netting.agreed", entity_id=agreement.entity_id, customer_id=agreement.customer_id,
                agreement_id=agreement.pk,
            )  # fmt: skip
        return agreement


def end(agreement: NettingAgreement, *, on: date, actor: Actor) -> NettingAgreement:
    """It counts no more from the day on: nothing is asked for or approved by it. Raises NettingRefused where it ended.

    One that had not begun counted on no day.
    """
    with acting(actor):
        agreement = lock(agreement)
        last = max(on, agreement.since) - timedelta(days=1)
        if agreement.until is not None and agreement.until <= last:
            raise NettingRefused(f"It ended on {agreement.until}.")
        return change(agreement, until=last, nets=agreement.nets, reference=agreement.reference, actor=actor)


def counts(agreement: NettingAgreement, on: date) -> bool:
    return agreement.since <= on and (agreement.until is None or agreement.until >= on)


def refuse_unless_counts(agreement: NettingAgreement, on: date) -> None:
    if not counts(agreement, on):
        raise NettingRefused(f"The agreement does not count on {on}.")


def lock(agreement: NettingAgreement) -> NettingAgreement:
    return NettingAgreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)


def waiting(agreement: NettingAgreement) -> int:
    """How many nettings by it wait for approval."""
    return Netting.objects.filter(agreement=agreement, state=Netting.State.ASKED).count()


def _in_order(since: date, until: date | None) -> None:
    if until is not None and until < since - timedelta(days=1):
        raise NettingRefused("It ends before it begins.", "until")


def _kept(paper: tuple[str, bytes] | None) -> Document | None:
    """Raises NettingRefused for what is no PDF or picture, or too large."""
    if paper is None:
        return None
    name, content = paper
    kind = next((kind for begins, kind in SIGNED.items() if content.startswith(begins)), None)
    if kind is None:
        raise NettingRefused("The signed paper is a PDF, a JPEG or a PNG.", "paper")
    if len(content) > LARGEST:
        raise NettingRefused("The signed paper is larger than 10 MB.", "paper")
    made = documents.of(name, kind, content)
    made.save()
    return made
