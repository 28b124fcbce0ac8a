"""The addresses of signing in. Where allauth knows a page by a name of its own, that name stands beside ours."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount.providers.openid_connect import views as openid
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from o2c.web.access import views
from o2c.web.access.guards import again, open_door, own, patient

FORM = require_http_methods(["GET", "HEAD", "POST"])
READ = require_http_methods(["GET", "HEAD"])


def named(route: str, view, *names: str, **given) -> list:
    """One page under several names."""
    return [path(route, view, given, name=name) for name in names]


urlpatterns = [
    *named("login/", FORM(account.login), "login", "account_login"),
    *named("login/code/", FORM(mfa.authenticate), "mfa_authenticate"),
    *named("login/passkey/", FORM(webauthn.login_webauthn), "mfa_login_webauthn"),
    *named("login/ended/", READ(account.account_inactive), "account_inactive"),
    *named("login/sso/", require_POST(patient(openid.login)), "openid_connect_login", provider_id="sso"),
    *named("login/sso/back/", READ(patient(openid.callback)), "openid_connect_callback", provider_id="sso"),
    *named("logout/", open_door(require_POST(account.logout)), "logout", "account_logout"),
    *named("password-reset/", FORM(account.password_reset), "password_reset", "account_reset_password"),
    *named("password-reset/sent/", READ(account.password_reset_done), "password_reset_done"),
    *named("password-reset/sent/", READ(account.password_reset_done), "account_reset_password_done"),
    *named(
        "password-reset/done/",
        READ(account.password_reset_from_key_done),
        "password_reset_complete",
        "account_reset_password_from_key_done",
    ),
    *named(
        "password-reset/<uidb36>/<key>/",
        FORM(account.password_reset_from_key),
        "password_reset_confirm",
        "account_reset_password_from_key",
    ),
    *named("profile/", views.profile, "profile", "mfa_index", "mfa_list_webauthn"),
    *named("profile/password/", views.password, "password"),
    *named("profile/password/", views.password, "account_change_password", "account_set_password"),
    *named("profile/again/", own(FORM(again(account.reauthenticate)), without_factor=True), "account_reauthenticate"),
    *named("profile/again/code/", own(FORM(again(mfa.reauthenticate))), "mfa_reauthenticate"),
    *named("profile/again/passkey/", own(FORM(again(webauthn.reauthenticate_webauthn))), "mfa_reauthenticate_webauthn"),
    *named("profile/second-factor/", views.second_factor, "second_factor"),
    *named("profile/app/", own(FORM(totp.activate_totp), without_factor=True), "mfa_activate_totp"),
    *named("profile/app/remove/", own(FORM(totp.deactivate_totp)), "mfa_deactivate_totp"),
    *named("profile/recovery/", own(READ(recovery.view_recovery_codes)), "mfa_view_recovery_codes"),
    *named("profile/recovery/new/", own(FORM(recovery.generate_recovery_codes)), "mfa_generate_recovery_codes"),
    *named("profile/passkeys/add/", own(FORM(webauthn.add_webauthn), without_factor=True), "mfa_add_webauthn"),
    *named("profile/passkeys/<int:pk>/", own(FORM(webauthn.edit_webauthn)), "mfa_edit_webauthn"),
    *named("profile/passkeys/<int:pk>/remove/", own(FORM(views.remove_passkey)), "mfa_remove_webauthn"),
    *named("profile/sessions/<int:pk>/end/", views.end_session, "end_session"),
    *named("profile/sessions/end/", views.end_other_sessions, "end_other_sessions"),
    path("theme/", views.theme, name="theme"),
]
