"""Sending the file of a hand-over to the agency, by e-mail, once. It names nobody: who is meant stands in the file."""

from django.conf import settings

from o2c.collections.models import Placement
from o2c.collections.placements import HandOverRefused
from o2c.core import clock, outbox
from o2c.core.actors import Actor, acting
from o2c.core.mail import address, one_line
from o2c.core.models import Document, Message, MessageAttachment

# As mail servers take it: what is written in the file grows by a third on its way.
MOST_BYTES = 10 * 1024 * 1024
LANGUAGES = {"DE": "de", "AT": "de", "CH": "de", "LI": "de", "FR": "fr", "LU": "fr", "MC": "fr"}
WORDS = {
    "en": (
        "Case {case}, client {reference}: claims of {entity}",
        "Dear Sir or Madam,",
        "please collect the claims in the attached file for us. It holds the claims with the debtor, the contacts,"
        " everything that was tried so far, and the papers.",
        "Our case: {case}\nOur client number: {reference}",
        "Yours faithfully",
    ),
    "de": (
        "Vorgang {case}, Kundennummer {reference}: Forderungen der {entity}",
        "Sehr geehrte Damen und Herren,",
        "bitte ziehen Sie die Forderungen in der angehängten Datei für uns ein. Sie enthält die Forderungen mit dem"
        " Schuldner, die Ansprechpartner, was bisher unternommen wurde, und die Belege.",
        "Unser Vorgang: {case}\nUnsere Kundennummer: {reference}",
        "Mit freundlichen Grüßen",
    ),
    "fr": (
        "Dossier {case}, client {reference} : créances de {entity}",
        "Madame, Monsieur,",
        "veuillez recouvrer pour nous les créances du fichier joint. Il contient les créances avec le débiteur, les"
        " contacts, tout ce qui a été entrepris jusqu'ici et les pièces.",
        "Notre dossier : {case}\nNotre numéro de client : {reference}",
        "Veuillez agréer nos salutations distinguées",
    ),
}


def key_of(placement: Placement) -> str:
    return f"placement:{placement.pk}"


def send(placement: Placement, *, actor: Actor) -> Message:
    """Queue the file for the agency. Raises HandOverRefused without an address or a file, once it was sent or ended,
    and for a file that mail servers refuse."""
    with acting(actor):
        placement = (
            Placement.objects.select_for_update(no_key=True, of=("self",))
            .select_related("agency", "entity")
            .get(pk=placement.pk)
        )
        if placement.state != Placement.State.PLACED:
            raise HandOverRefused("It has ended: the agency has nothing to collect any more.")
        if not placement.agency.email:
            raise HandOverRefused(f"{placement.agency.name} has no e-mail address.")
        if placement.document_id is None:
            raise HandOverRefused("Its file is not there yet.")
        size = len(Document.objects.values_list("content", flat=True).get(pk=placement.document_id))
        if size > MOST_BYTES:
            raise HandOverRefused(f"The file has {size // 1024 // 1024} MB, more than mail servers take: download it.")
        if Message.objects.filter(key=key_of(placement)).exists():
            raise HandOverRefused("It was sent already.")
        message = _message(placement)
        message.save()
        MessageAttachment.objects.create(message=message, document_id=placement.document_id, position=1)
        outbox.emit("debts.sent", entity_id=placement.entity_id, placement_id=placement.pk)
        return message


def _message(placement: Placement) -> Message:
    entity, agency = placement.entity, placement.agency
    language = LANGUAGES.get(entity.country, "en")
    facts = {"case": placement.pk, "reference": agency.reference or "–", "entity": entity.name}
    subject, *paragraphs, regards = (words.format(**facts) for words in WORDS[language])
    now = clock.now()
    return Message(
        key=key_of(placement),
        owner=entity.code,
        sender=address(entity.name, entity.email or settings.DEFAULT_FROM_EMAIL),
        recipient=address(agency.name, agency.email),
        subject=one_line(subject)[:400],
        text="\n\n".join([*paragraphs, f"{regards}\n{entity.name}\n"]),
        language=language,
        country=entity.country,
        created_at=now,
        not_before=now,
    )
