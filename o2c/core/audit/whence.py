"""From where an act comes: the address and browser, the request, the job, or the command. `acting` notes it."""

import os
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

# A browser's name for itself can be as long as its sender likes; the beginning says what it is.
AGENT_LENGTH = 200
_whence: ContextVar[Mapping[str, str] | None] = ContextVar("whence", default=None)


def current() -> dict[str, str]:
    """What is known of where the present act comes from; of a command line its name."""
    known = _whence.get()
    return dict(known) if known is not None else _command()


def of_request(request: HttpRequest) -> dict[str, str]:
    """The address, the browser (or program) and the id of a request."""
    facts = {
        "address": client_address(request.META),
        "agent": request.META.get("HTTP_USER_AGENT", "").replace("\x00", "")[:AGENT_LENGTH],
        "request": getattr(request, "id", ""),
    }
    return {name: value for name, value in facts.items() if value}


def enter(facts: Mapping[str, str]):
    """From now on acts of this thread come from there, until `leave` is called with the answer."""
    return _whence.set(facts)


def leave(token) -> None:
    _whence.reset(token)


def clear() -> None:
    """Nothing is known any more: a job has ended."""
    _whence.set(None)


def client_address(meta: Mapping) -> str:
    """The client's address: the peer's, or what the proxies named in O2C_PROXIES say of it. Empty where none is known.

    Each proxy adds its peer at the end of X-Forwarded-For, so the list is read from its end for as long as proxies of
    ours speak: what a client writes there itself is never believed.
    """
    peer = meta.get("REMOTE_ADDR", "")
    said = [part.strip() for part in meta.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    while said and _is_proxy(peer):
        peer = said.pop()
    return _address(peer)


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


def _is_proxy(peer: str) -> bool:
    if not peer:  # a socket has no address: what speaks through it is a proxy of this machine, if there are any
        return bool(settings.O2C_PROXIES)
    address = _address(peer)
    return bool(address) and any(ip_address(address) in network for network in settings.O2C_PROXIES)


def _command() -> dict[str, str]:
    name = os.path.basename(sys.argv[0]) if sys.argv else ""
    return {"command": sys.argv[1][:60]} if name == "manage.py" and len(sys.argv) > 1 else {}
