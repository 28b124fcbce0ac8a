"""Handing entries over to the general ledger: `manage.py journal export`."""

from datetime import date
from pathlib import Path

from django.core.management.base import CommandError

from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.commands import BookCommand
from o2c.invoicing import journal
from o2c.orders.models import LegalEntity


class Command(BookCommand):
    help = "Export entries with their postings in the accounts of the company's own chart, each entry once."

    def add_arguments(self, parser):
        parser.add_argument("what", choices=["export"])
        parser.add_argument("--entity", required=True, help="Code of the legal entity.")
        parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True, help="Such as 2026-03-01.")
        parser.add_argument("--until", dest="last", type=date.fromisoformat, required=True, help="The last day.")
        parser.add_argument("--format", choices=list(journal.FORMATS), default="csv")
        parser.add_argument("--again", action="store_true", help="Also entries that were exported before.")
        parser.add_argument("--to", type=Path, help="Write to this file; else to standard output.")

    def handle(self, *args, **options):
        entity = LegalEntity.objects.filter(code=options["entity"]).first()
        if entity is None:
            raise CommandError(f"There is no legal entity {options['entity']}.")
        actor = Actor("manage.py journal")
        try:
            made = journal.export(
                entity,
                options["first"],
                options["last"],
                again=options["again"],
                actor=actor,
            )
        except journal.JournalRefused as refused:
            raise CommandError(str(refused)) from None
        if made is None:
            self.stderr.write("Nothing to export: every entry of these days was exported before, or there is none.")
            return
        records.exported(
            "Journal export", actor=actor, entity_ids=[entity.pk], journal_export=made.pk, format=options["format"]
        )
        pieces = journal.FORMATS[options["format"]](made)
        if options["to"]:
            with options["to"].open("w", encoding="utf-8", newline="") as file:
                file.writelines(pieces)
        else:
            for piece in pieces:
                self.stdout.write(piece, ending="")
        self.stderr.write(f"Export {made.pk}: {made.entries} entries of {entity.code}.")
