"""Who calls: a program by its key, or a signed-in person by the session."""

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from o2c.core.api import keys
from o2c.core.api.models import ApiKey

SCHEME = "Api-Key"


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key <prefix>.<secret>`."""

    def authenticate(self, request: Request) -> tuple[ApiKey, None] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        scheme, _, text = header.partition(" ")
        if not header:
            return None
        if scheme.lower() != SCHEME.lower():
            raise AuthenticationFailed(f"Send the header Authorization: {SCHEME} <key>.")
        key = keys.recognise(text.strip())
        if key is None:
            raise AuthenticationFailed("This key is unknown, expired or revoked.")
        return key, None

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


class PersonAuthentication(SessionAuthentication):
    """A signed-in person; what changes something needs the CSRF token."""
