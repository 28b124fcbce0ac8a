"""Sets a company up from the command line: by a file, or by questions; and tells what is missing."""

import json
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from o2c.core import firstperson
from o2c.core.actors import Actor
from o2c.core.commands import BookCommand
from o2c.web.setup import checklist, document
from o2c.web.setup.applying import apply
from o2c.web.setup.asking import ask_all

ACTOR = Actor("manage.py setup")


class Command(BookCommand):
    help = (
        "Set the company up: from a file (docs/setup.md), by questions at a terminal, or tell what is missing."
        " The same file again changes nothing."
    )

    def add_arguments(self, parser):
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--file", type=Path, help="apply this set-up, all of it or nothing")
        what.add_argument(
            "--check", action="store_true", help="tell what is missing; exit code 1 if something needed is"
        )
        what.add_argument("--export", action="store_true", help="write the present set-up as such a file")
        what.add_argument("--token", action="store_true", help="print the address that makes the first administrator")
        parser.add_argument("--json", action="store_true", help="answer as JSON")

    def handle(self, *args, **options):
        if options["file"]:
            self.apply(document_of(options["file"]), options["json"])
        elif options["check"]:
            self.check_list(options["json"])
        elif options["export"]:
            self.stdout.write(json.dumps(document.export(), indent=2, ensure_ascii=False))
        elif options["token"]:
            self.token()
        elif sys.stdin.isatty():
            self.ask()
        else:
            raise CommandError("Say --file SETUP.json, --check, --export or --token; questions need a terminal.")

    def apply(self, told: dict, as_json: bool) -> None:
        try:
            done = apply(told, actor=ACTOR)
        except document.DocumentRefused as refused:
            raise CommandError(f"Nothing was changed.\n{refused}") from None
        if as_json:
            self.stdout.write(json.dumps(done.as_json(), indent=2))
            return
        for title, places in (("Created", done.created), ("Changed", done.changed)):
            for place in places:
                self.stdout.write(f"{title} {place}")
        self.stdout.write(f"{len(done.created)} created, {len(done.changed)} changed, {done.unchanged} unchanged")
        for username, link in done.links.items():
            self.stdout.write(f"{username} sets a password within a day at {link}")

    def check_list(self, as_json: bool) -> None:
        found = checklist.lines()
        if as_json:
            self.stdout.write(json.dumps([line.as_json() for line in found], indent=2, ensure_ascii=False))
        else:
            for line in found:
                where = f" {settings.O2C_URL}{line.href}" if line.href else ""
                self.stdout.write(f"{line.weight_title}: {line.what}. {line.why} {line.mend}{where}")
            if not found:
                self.stdout.write("Nothing is missing.")
        if any(line.weight == checklist.NEEDED for line in found):
            sys.exit(1)

    def token(self) -> None:
        address = first_address()
        if address is None:
            raise CommandError("There is somebody already: sign in, or use manage.py createsuperuser.")
        self.stdout.write(address)

    def ask(self) -> None:
        try:
            told = ask_all(input, self.stdout.write)
        except (KeyboardInterrupt, EOFError):
            raise CommandError("Nothing was changed.") from None
        self.apply(told, as_json=False)


def document_of(path: Path) -> dict:
    try:
        return document.read(path)
    except document.DocumentRefused as refused:
        raise CommandError(f"Nothing was changed.\n{refused}") from None


def first_address(base: str | None = None) -> str | None:
    """The address at which the first administrator is made, with a new token; None where there is somebody."""
    token = firstperson.new_token()
    return f"{base or settings.O2C_URL}/setup/first/?token={token}" if token else None
