"""Where our rules enter allauth: who may sign in and how, what is told to whom, and how secrets are kept."""

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from o2c.core import factors, sealing, sessions
from o2c.core.actors import Actor, acting
from o2c.core.audit import records, signs, whence
from o2c.core.models import User
from o2c.web import staff
from o2c.web.access import joining, only

log = structlog.get_logger()
# Second factors are kept encrypted.
FACTORS = "second factors"
# What people are told by mail after it was done with their account, so that they notice what was not them.
TOLD = {
    "account/email/password_changed": "Your password was changed.",
    "account/email/password_set": "A password was set for you.",
    "account/email/password_reset": "Your password was set anew, by a link that was mailed to you.",
    "mfa/email/totp_activated": "An authenticator app was added.",
    "mfa/email/totp_deactivated": "Your authenticator app was removed.",
    "mfa/email/webauthn_added": "A passkey was added.",
    "mfa/email/webauthn_removed": "A passkey was removed.",
    "socialaccount/email/account_connected": "Your account was connected with a single sign-on.",
    "mfa/email/recovery_codes_generated": "New recovery codes were made; the ones before are void.",
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "This user name and password do not belong together.",
        "too_many_login_attempts": "Too many wrong tries. Wait a quarter of an hour, or set a new password.",
        "incorrect_password": "That is not your password.",
        "enter_current_password": "That is not your password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """As the audit trail has it. Behind a socket there may be none; then all callers share one, and its limits."""
        return whence.client_address(request.META) or "0.0.0.0"  # noqa: S104 an address that is nobody's

    # --- Wrong tries are counted by address, by account from an address, and by account from anywhere

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials) -> str:
        return f"{self.get_client_ip(request)}:{_account(credentials)}"

    def pre_authenticate(self, request: HttpRequest, **credentials) -> None:
        try:
            super().pre_authenticate(request, **credentials)
            self._account_usage = ratelimit.consume(
                request, app="allauth.account", action="account_failed", key=_account(credentials)
            )
            if not self._account_usage:
                raise self.validation_error("too_many_login_attempts")
        except ValidationError:
            named = User.objects.filter(username__iexact=_account(credentials)).first()
            signs.failed(signs.Kind.LOCKED_OUT, named)
            raise

    def _rollback_login_failed_rl_usage(self) -> None:
        super()._rollback_login_failed_rl_usage()
        self._account_usage.rollback()

    # --- Signing in

    def pre_login(self, request: HttpRequest, user: User, **facts) -> HttpResponse | None:
        if not user.is_active:
            return self.respond_user_inactive(request, user)
        records = get_authentication_records(request, user)
        if not only.has_a_password(user) and records[-1:] and records[-1]["method"] != "socialaccount":
            return refused(request, "Here one signs in by single sign-on only.")
        return None

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        sessions.begin(request)

    def is_reauthentication_required(self, *, app: str, **facts) -> bool:
        """Who has just signed in need not do so again."""
        if sessions.age(allauth_context.request) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
            return False
        return super().is_reauthentication_required(app=app, **facts)

    def get_reauthentication_methods(self, user) -> list[dict]:
        names = {
            "reauthenticate": "By password",
            "mfa_reauthenticate": "By a code",
            "mfa_reauthenticate:webauthn": "By a passkey",
        }
        methods = super().get_reauthentication_methods(user)
        return [method | {"description": names[method["id"]]} for method in methods]

    # --- Passwords

    def set_password(self, user: User, password: str) -> None:
        """Wherever else the person is signed in, they no longer are."""
        with acting(Actor.of(user)):
            user.set_password(password)
            user.save(update_fields=["password"])
            records.record(records.Kind.PASSWORD_SET, actor=Actor.of(user))
            sessions.end_all(user, but=allauth_context.request.session.session_key)

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _, token = key.partition("-")
        return f"{settings.O2C_URL}{reverse('password_reset_confirm', args=[uid, token])}"

    def send_password_reset_mail(self, user: User, email: str, context: dict) -> None:
        """By a job, so that the answer takes as long whether or not there is such a person."""
        if only.has_a_password(user):
            staff.queue_password_link(user)

    # --- What is told

    def send_notification_mail(self, template_prefix: str, user: User, context=None, email=None) -> None:
        """Tell the person what was done with their account; done it is, also where the mail server is away."""
        if not user.email:
            return
        facts = {"what": TOLD[template_prefix], "user": user, "address": self.get_client_ip(self.request)}
        try:
            send_mail(facts["what"].rstrip("."), render_to_string("account/told.txt", facts), None, [user.email])
        except OSError as failure:
            log.warning("notification not mailed", user=user.pk, reason=type(failure).__name__)


class FactorAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code or passkey is not right, or was used already.",
        "cannot_delete_authenticator": "Your role needs a second factor. Add another one before you remove this.",
    }

    def get_totp_label(self, user: User) -> str:
        return user.get_username()

    def encrypt(self, text: str) -> str:
        return sealing.seal(FACTORS, text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(FACTORS, encrypted_text)

    def can_delete_authenticator(self, authenticator) -> bool:
        return factors.may_remove(authenticator)

    def generate_authenticator_name(self, user: User, type) -> str:
        return f"Passkey {user.authenticator_set.filter(type=type).count() + 1}"

    def _get_site_name(self) -> str:
        return "o2c"

    def _get_user_identifier(self, user: User) -> str:
        return user.get_username()


class SignOnAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin) -> None:
        """Find the person here; allauth then signs in whom `sociallogin` is connected with."""
        if sociallogin.is_existing:
            return
        try:
            user = joining.person_for(sociallogin.account.extra_data, settings.O2C_SINGLE_SIGN_ON)
        except joining.NotKnown as unknown:
            raise ImmediateHttpResponse(refused(request, str(unknown))) from None
        with acting(Actor.of(user)):
            sociallogin.connect(request, user)

    def on_authentication_error(self, request: HttpRequest, provider, error=None, exception=None, **facts) -> None:
        reason = type(exception).__name__ if exception else str(error)
        log.warning("single sign-on failed", reason=reason)
        words = "The sign-on did not answer as it should, or you turned back. Try again."
        raise ImmediateHttpResponse(refused(request, words, status=400))


def refused(request: HttpRequest, why: str, status: int = 403) -> HttpResponse:
    return render(request, "account/refused.html", {"why": why}, status=status)


def _account(credentials: dict) -> str:
    return str(credentials.get("username") or credentials.get("email") or "").lower()
