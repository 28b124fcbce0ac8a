"""allauth's forms in our words: no placeholders in place of labels, no help with markup in it."""

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm, ResetPasswordKeyForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateByCodeForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm

HOW = "At least 12 signs of any kind, and not a well-known one. A few words in a row are good."
CODE = {"code": "Code"}


class Plain:
    """Drops what allauth puts into the fields for templates other than ours."""

    words: dict[str, str] = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.help_text = ""
            field.label = self.words.get(name, field.label)


class SignInForm(Plain, LoginForm):
    """The name is still sent as `username`, by which browsers keep passwords."""

    words = {"login": "Username", "password": "Password"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autofocus"] = True

    def add_prefix(self, field_name: str) -> str:
        return "username" if field_name == "login" else super().add_prefix(field_name)


class AgainForm(Plain, ReauthenticateForm):
    words = {"password": "Password"}


class NewPasswordForm(Plain, ResetPasswordKeyForm):
    words = {"password1": "New password", "password2": "The same again"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = HOW


class OtherPasswordForm(Plain, ChangePasswordForm):
    words = {"oldpassword": "Password now", "password1": "New password", "password2": "The same again"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = HOW


def _digits(form) -> None:
    form.fields["code"].widget.attrs |= {"inputmode": "numeric", "autofocus": True, "class": "code"}


class CodeForm(Plain, AuthenticateForm):
    words = CODE

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = "From your authenticator app, or one of your recovery codes."
        _digits(self)


class CodeAgainForm(Plain, ReauthenticateByCodeForm):
    words = CODE

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _digits(self)


class FirstCodeForm(Plain, ActivateTOTPForm):
    words = {"code": "The code that the app shows"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _digits(self)


class PasskeyForm(Plain, AddWebAuthnForm):
    words = {"name": "Name", "passwordless": "Sign in with it alone"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].help_text = "So that you know which one it is: the device it lives on, say."
        self.fields["passwordless"].help_text = "Without a password. It must ask for a PIN, a finger or a face."
        self.fields["passwordless"].initial = True


class PasskeyNameForm(Plain, EditWebAuthnForm):
    words = {"name": "Name"}
