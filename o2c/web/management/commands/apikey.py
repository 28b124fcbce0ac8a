"""Keys of the API: made, listed, rotated, revoked. A new key stands alone on standard output, this once."""

from datetime import timedelta

from django.core.management.base import CommandError
from django.db import transaction

from o2c.core import clock
from o2c.core.actors import SYSTEM, acting
from o2c.core.api import keys
from o2c.core.api.fields import moment
from o2c.core.api.scopes import SCOPES
from o2c.core.commands import BookCommand
from o2c.core.models import ApiKey
from o2c.orders import access
from o2c.orders.models import LegalEntity


class Command(BookCommand):
    help = "Make, list, rotate and revoke the keys by which programs call the API."

    def add_arguments(self, parser):
        does = parser.add_subparsers(dest="does", required=True)
        create = does.add_parser("create", help="Make a key and print it, this once.")
        create.add_argument("--name", required=True, help="What it is for; names it in the audit trail.")
        create.add_argument(
            "--scopes", required=True, help=f"Which, with commas between, or all. There are {', '.join(SCOPES)}."
        )
        create.add_argument(
            "--entity", action="append", default=[], help="Code of a legal entity it sees; may be repeated. None: all."
        )
        create.add_argument("--days", type=int, help="For how many days; without it until revoked.")
        create.add_argument("--requests-a-minute", type=int, help="Another limit than the usual one.")
        does.add_parser("list", help="All keys, never their secrets.")
        rotate = does.add_parser("rotate", help="Print a new secret of a key; the old one is good a while longer.")
        rotate.add_argument("name")
        rotate.add_argument("--overlap-hours", type=float, default=24, help="How long the old one is good (24).")
        revoke = does.add_parser("revoke", help="End a key at once.")
        revoke.add_argument("name")

    def handle(self, *, does: str, **options):
        try:
            getattr(self, does)(**options)
        except keys.KeyRefused as refused:
            raise CommandError(str(refused)) from None

    def create(self, *, name, scopes, entity, days, requests_a_minute, **options):
        wanted = list(SCOPES) if scopes == "all" else [scope.strip() for scope in scopes.split(",") if scope.strip()]
        if days is not None and not 0 < days <= 36500:
            raise CommandError("--days is between 1 and 36500.")
        if requests_a_minute is not None and not 0 < requests_a_minute < 2**31:
            raise CommandError("--requests-a-minute is at least 1.")
        found = {each.code: each for each in LegalEntity.objects.filter(code__in=entity)}
        if missing := sorted(set(entity) - found.keys()):
            raise CommandError(f"There is no legal entity {', '.join(missing)}.")
        with transaction.atomic(), acting(SYSTEM):
            issued = keys.create(
                name=name,
                scopes=wanted,
                all_entities=not entity,
                expires_at=clock.now() + timedelta(days=days) if days else None,
                requests_a_minute=requests_a_minute,
                actor=SYSTEM,
            )
            access.grant_key(issued.key, found.values(), everything=not entity, actor=SYSTEM)
        self.stdout.write(issued.text)

    def list(self, **options):
        codes = dict(LegalEntity.objects.values_list("id", "code"))
        for key in ApiKey.objects.prefetch_related("secrets").order_by("name"):
            state = "revoked" if key.revoked_at else f"until {moment(key.expires_at)}" if key.expires_at else "valid"
            sees = "all" if key.all_entities else ",".join(codes[pk] for pk in key.entity_ids)
            self.stdout.write(f"{key.name}\t{state}\tsees {sees}\t{','.join(key.scopes)}")
            for secret in sorted(key.secrets.all(), key=lambda each: each.pk):
                until = f"until {moment(secret.expires_at)}" if secret.expires_at else "valid"
                self.stdout.write(f"  {secret.prefix}…\t{until}\tlast used {moment(secret.last_used_at) or 'never'}")

    def rotate(self, *, name, overlap_hours, **options):
        issued = keys.rotate(self.named(name), actor=SYSTEM, overlap=timedelta(hours=overlap_hours))
        self.stdout.write(issued.text)

    def revoke(self, *, name, **options):
        keys.revoke(self.named(name), actor=SYSTEM)
        self.stderr.write(f"{name} is revoked.")

    @staticmethod
    def named(name: str) -> ApiKey:
        key = ApiKey.objects.filter(name=name).first()
        if key is None:
            raise CommandError(f"There is no key named {name}.")
        return key
