"""Starts, stops and shows the embedded PostgreSQL and Valkey."""

import json

from django.core.management.base import BaseCommand, CommandError

from o2c.core.services import Instance, ServiceFailed
from o2c.core.services.commands import Servers, apply_migrations, say


class Command(BaseCommand):
    help = "The embedded PostgreSQL and Valkey of this instance: up, down, status."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("act", choices=["up", "down", "status"])
        parser.add_argument("--json", action="store_true", help="print the status as JSON")

    def handle(self, *, act, json: bool, **options):
        instance = Instance.of()
        servers = Servers(instance)
        try:
            if act == "up":
                servers.up(say)
                if servers.postgres:
                    apply_migrations(instance)
            elif act == "down":
                servers.down()
        except ServiceFailed as failure:
            raise CommandError(str(failure)) from None
        if act == "status" or json:
            self.stdout.write(as_json(servers) if json else as_text(servers))


def state(servers: Servers) -> dict:
    """What runs where; a server with an address of its own is shown as external."""
    shown = {"run_dir": str(servers.instance.run)}
    for name in ("postgres", "valkey"):
        server = getattr(servers, name)
        if server is None:
            shown[name] = {"external": True}
        else:
            shown[name] = {
                "external": False,
                "running": server.answers(),
                "pid": server.pid() or None,
                "sockets": str(server.sockets if name == "postgres" else server.socket.parent),
                "log": str(server.log),
            }
    return shown


def as_json(servers: Servers) -> str:
    return json.dumps(state(servers))


def as_text(servers: Servers) -> str:
    shown = state(servers)
    lines = [f"instance  {shown.pop('run_dir')}"]
    for name, server in shown.items():
        if server["external"]:
            lines.append(f"{name:9} external")
        elif server["running"]:
            lines.append(f"{name:9} running, process {server['pid']}, sockets in {server['sockets']}")
        else:
            lines.append(f"{name:9} stopped")
    return "\n".join(lines)
