"""Reads the environment: typed, with errors that name the variable."""

from __future__ import annotations

import os
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from o2c.core.hours import Hours

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


class BadEnvironment(Exception):
    """An environment variable cannot be used; the message says which one and what is expected."""


class Environment:
    """One reading of the environment. An empty value counts as not set."""

    def __init__(self, values: Mapping[str, str] = os.environ) -> None:
        self._values = values

    def text(self, name: str, default: str = "") -> str:
        return self._values.get(name, "").strip() or default

    def flag(self, name: str, default: bool) -> bool:
        value = self.text(name).lower()
        if value and value not in TRUE | FALSE:
            raise BadEnvironment(f"{name} must be 1 or 0, not {value!r}.")
        return value in TRUE if value else default

    def number(self, name: str, default: int) -> int:
        value = self.text(name)
        try:
            return int(value) if value else default
        except ValueError:
            raise BadEnvironment(f"{name} must be a whole number, not {value!r}.") from None

    def words(self, name: str) -> list[str]:
        return [word for word in self.text(name).replace(",", " ").split() if word]

    def path(self, name: str, default: Path) -> Path:
        value = self.text(name)
        return Path(value).expanduser() if value else default


def database(name: str, url: str) -> dict[str, Any]:
    """Django's DATABASES entry of a postgres://user:password@host:port/database?sslmode=… address.

    A socket's folder goes into the query (?host=/run/postgresql); every other query key is passed to libpq.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise BadEnvironment(f"{name} must begin with postgres://; o2c runs on PostgreSQL only.")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    if not parts.path.strip("/"):
        raise BadEnvironment(f"{name} names no database: postgres://user:password@host:5432/DATABASE")
    return {
        "ENGINE": "o2c.core.database",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


def networks(name: str, words: list[str]) -> list[IPv4Network | IPv6Network]:
    """Addresses and networks: 10.0.0.7, 10.1.0.0/16, ::1."""
    try:
        return [ip_network(word, strict=False) for word in words]
    except ValueError as error:
        raise BadEnvironment(f"{name} must list addresses or networks such as 10.1.0.0/16: {error}.") from None


@dataclass(frozen=True)
class SingleSignOn:
    """An OpenID Connect provider, and what its groups mean here.

    `roles` maps a group to a role for people who are not known yet; empty: they are refused.
    """

    name: str
    issuer: str
    client_id: str
    secret: str
    groups_claim: str
    roles: dict[str, str]
    entities: list[str]
    only: bool
    break_glass: str

    @property
    def origin(self) -> str:
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    def app(self) -> dict[str, Any]:
        """The provider as allauth's settings name it."""
        return {
            "provider_id": "sso",
            "name": self.name,
            "client_id": self.client_id,
            "secret": self.secret,
            "settings": {"server_url": self.issuer},
        }


def single_sign_on(env: Environment) -> SingleSignOn | None:
    """What O2C_OIDC_* say; None where no provider is named. Raises BadEnvironment where they contradict each other."""
    issuer = env.text("O2C_OIDC_ISSUER").rstrip("/")
    only = env.flag("O2C_SSO_ONLY", default=False)
    if not issuer:
        if only:
            raise BadEnvironment("O2C_SSO_ONLY needs a provider: set O2C_OIDC_ISSUER.")
        return None
    parts = urlsplit(issuer)
    local = parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise BadEnvironment("O2C_OIDC_ISSUER must begin with https://, as tokens travel to it.")
    for name in ("O2C_OIDC_CLIENT_ID", "O2C_OIDC_SECRET"):
        if not env.text(name):
            raise BadEnvironment(f"O2C_OIDC_ISSUER needs {name}.")
    if only and not env.text("O2C_BREAK_GLASS"):
        raise BadEnvironment(
            "O2C_SSO_ONLY needs O2C_BREAK_GLASS, the user name of an administrator who gets in without the provider."
        )
    roles = {}
    for pair in env.words("O2C_OIDC_ROLES"):
        group, equals, role = pair.partition("=")
        if not (group and equals and role):
            raise BadEnvironment(f"O2C_OIDC_ROLES lists GROUP=role, not {pair!r}.")
        roles[group] = role
    return SingleSignOn(
        name=env.text("O2C_OIDC_NAME", "single sign-on"),
        issuer=issuer,
        client_id=env.text("O2C_OIDC_CLIENT_ID"),
        secret=env.text("O2C_OIDC_SECRET"),
        groups_claim=env.text("O2C_OIDC_GROUPS_CLAIM", "groups"),
        roles=roles,
        entities=env.words("O2C_OIDC_ENTITIES"),
        only=only,
        break_glass=env.text("O2C_BREAK_GLASS"),
    )


def broker(url: str) -> str:
    """Celery's spelling of a Redis address: it has its own for Unix sockets (unix:///path?db=2)."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    number = dict(parse_qsl(parts.query)).get("db", "0")
    return f"redis+socket://{parts.path}?virtual_host={number}"


@dataclass(frozen=True)
class Smtp:
    """Where mail is handed in. `starttls` upgrades a plain connection, `tls` speaks TLS from the first byte."""

    host: str
    port: int
    user: str
    password: str
    starttls: bool
    tls: bool


SMTP_SCHEMES = {"smtp": (25, False, False), "smtp+tls": (587, True, False), "smtps": (465, False, True)}


def smtp(name: str, url: str) -> Smtp | None:
    """The mail server of an smtp://, smtp+tls:// (STARTTLS) or smtps:// address; None when it is empty."""
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in SMTP_SCHEMES or not parts.hostname:
        raise BadEnvironment(f"{name} must look like smtp+tls://user:password@host:587 (or smtp://, smtps://).")
    port, starttls, tls = SMTP_SCHEMES[parts.scheme]
    return Smtp(
        host=parts.hostname,
        port=parts.port or port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=starttls,
        tls=tls,
    )


@dataclass(frozen=True)
class Gateway:
    """Where messages of a channel are handed over: to an address that takes them with a token, or into a folder."""

    url: str = ""
    token: str = field(default="", repr=False)
    folder: Path | None = None


def gateway(env: Environment, name: str) -> Gateway | None:
    """What NAME_URL and NAME_TOKEN say: https://… with a token, or file:///folder; None where nothing is said."""
    url, token = env.text(f"{name}_URL"), env.text(f"{name}_TOKEN")
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.strip("/"):
        return Gateway(folder=Path(unquote(parts.path)))
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not parts.hostname or not safe or "@" in parts.netloc:
        raise BadEnvironment(
            f"{name}_URL must begin with https://, as a token travels to it, or name a file:///folder."
        )
    if not re.fullmatch(r"[!-~]+", token):
        raise BadEnvironment(f"{name}_URL needs {name}_TOKEN, the provider's token.")
    return Gateway(url=url, token=token)


def hooks(name: str, words: list[str]) -> dict[str, tuple[bytes, ...]]:
    """Providers and the secrets that they sign with: NAME=SECRET, one NAME with two secrets while it is changed.

    A secret is `whsec_` and Base64 of it, or any text; at least 24 bytes.
    """
    found: dict[str, tuple[bytes, ...]] = {}
    for word in words:
        hook, equals, text = word.partition("=")
        try:
            encoded = text.startswith("whsec_")
            secret = b64decode(text.removeprefix("whsec_"), validate=True) if encoded else text.encode()
        except ValueError:
            secret = b""
        if not equals or not re.fullmatch(r"[a-z0-9-]{1,40}", hook) or len(secret) < 24:
            raise BadEnvironment(
                f"{name} lists NAME=SECRET: small letters and figures, and a secret of at least 24 bytes."
            )
        found[hook] = (*found.get(hook, ()), secret)
    return found


def hours(name: str, text: str, *, business_days: bool) -> Hours | None:
    """Hours of day such as 08:00-18:00; None where there are none. Raises BadEnvironment."""
    if not text:
        if business_days:
            raise BadEnvironment(f"Mail that goes out on days of business only needs {name}, the hours of such a day.")
        return None
    first, dash, last = text.partition("-")
    try:
        opens, closes = time.fromisoformat(first.strip()), time.fromisoformat(last.strip())
    except ValueError:
        opens = closes = time()
    if not dash or opens >= closes:
        raise BadEnvironment(f"{name} must be hours of one day such as 08:00-18:00, not {text!r}.")
    return Hours(opens, closes, business_days)


@dataclass(frozen=True)
class Imap:
    """A mailbox that is read. `entity` is the code of the legal entity whose mail it is; empty: of the only one."""

    host: str
    port: int
    user: str
    password: str
    starttls: bool
    tls: bool
    folder: str
    entity: str

    @property
    def name(self) -> str:
        """What it is called: never with its password."""
        return f"{self.user}@{self.host}/{self.folder}"


IMAP_SCHEMES = {"imap": (143, False, False), "imap+tls": (143, True, False), "imaps": (993, False, True)}


def mailboxes(name: str, addresses: list[str]) -> tuple[Imap, ...]:
    """The mailboxes of imaps://user:password@host:993/FOLDER#ENTITY addresses (imap+tls:// speaks STARTTLS)."""
    found = []
    for address in addresses:
        parts = urlsplit(address)
        if parts.scheme not in IMAP_SCHEMES or not parts.hostname or not parts.username:
            raise BadEnvironment(f"{name} must list addresses like imaps://user:password@host/INBOX#ENTITY.")
        port, starttls, tls = IMAP_SCHEMES[parts.scheme]
        found.append(
            Imap(
                host=parts.hostname,
                port=parts.port or port,
                user=unquote(parts.username),
                password=unquote(parts.password or ""),
                starttls=starttls,
                tls=tls,
                folder=unquote(parts.path.strip("/")) or "INBOX",
                entity=unquote(parts.fragment),
            )
        )
    return tuple(found)
