"""Passwords, as allauth checks them; where single sign-on is the only door, only the break-glass person has one."""

from allauth.account.auth_backends import AuthenticationBackend

from o2c.web.access import only


class Backend(AuthenticationBackend):
    def _check_password(self, user, password: str):
        found = super()._check_password(user, password)
        return found if found is None or only.has_a_password(found) else None
