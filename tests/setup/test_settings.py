"""What the environment says is taken, or refused with the name of the variable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c.core.environment import BadEnvironment, Environment, Smtp, broker, database, smtp
from tests.setup.conftest import python

PROVIDER = {"O2C_OIDC_CLIENT_ID": "o2c", "O2C_OIDC_SECRET": "kept"}
SHOW = "from django.conf import settings; print(settings.{})"


def setting(name: str, **environ: object) -> str:
    shown = python("-c", SHOW.format(name), DJANGO_SETTINGS_MODULE="o2c.settings", **environ)
    assert shown.returncode == 0, shown.stderr
    return shown.stdout.strip()


def refusal(**environ: object) -> str:
    done = python("-c", SHOW.format("DEBUG"), DJANGO_SETTINGS_MODULE="o2c.settings", **environ)
    assert done.returncode != 0
    return done.stderr.strip().splitlines()[-1]


def test_a_real_installation_without_a_secret_does_not_start():
    said = refusal(DATABASE_URL="postgres://u:p@db/o2c")
    assert "ImproperlyConfigured" in said
    assert "SECRET_KEY is not set" in said


def test_a_real_installation_takes_its_secret_and_server():
    real = {"DATABASE_URL": "postgres://u:p@db/o2c", "SECRET_KEY": "s" * 50, "REDIS_URL": "redis://q:6379/0"}
    assert setting("SECRET_KEY", **real) == "s" * 50
    assert setting("DATABASES['default']['HOST']", **real) == "db"
    assert setting("CELERY_BROKER_URL", **real) == "redis://q:6379/0"


def test_nothing_set_means_embedded_servers_of_the_run_folder(tmp_path):
    assert setting("DATABASES['default']['HOST']", O2C_RUN_DIR=tmp_path / "x").startswith(str(tmp_path / "x"))
    assert setting("DEBUG", O2C_RUN_DIR=tmp_path / "x") == "False"


def test_an_https_address_closes_the_doors():
    real = {"O2C_URL": "https://o2c.example.com/"}
    secure = (
        "SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SECURE_SSL_REDIRECT, settings.ALLOWED_HOSTS[-1]"
    )
    assert setting(secure, **real) == "True True True o2c.example.com"
    assert int(setting("SECURE_HSTS_SECONDS", **real)) >= 365 * 24 * 3600
    assert setting("SESSION_COOKIE_SECURE") == "False"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("O2C_PORT", "eighty"),
        ("O2C_DEBUG", "perhaps"),
        ("DATABASE_URL", "mysql://u:p@db/o2c"),
        ("DATABASE_URL", "postgres://u:p@db"),
        ("SMTP_URL", "mail.example.com"),
        ("O2C_URL", "o2c.example.com"),
    ],
)
def test_an_unusable_value_is_refused_by_name(name, value):
    said = refusal(**{name: value})
    assert "ImproperlyConfigured" in said
    assert name in said


def test_mail_servers():
    assert smtp("SMTP_URL", "") is None
    assert smtp("SMTP_URL", "smtp://mail") == Smtp("mail", 25, "", "", starttls=False, tls=False)
    assert smtp("SMTP_URL", "smtp+tls://a%40b:p%3Aw@mail:2525") == Smtp("mail", 2525, "a@b", "p:w", True, False)
    assert smtp("SMTP_URL", "smtps://mail") == Smtp("mail", 465, "", "", starttls=False, tls=True)


def test_a_database_address_in_all_its_parts():
    entry = database("DATABASE_URL", "postgresql://us%20er:p%2Fw@db:6432/o2c?sslmode=require&host=/run/pg")
    assert entry["USER"], entry["PASSWORD"] == ("us er", "p/w")
    assert (entry["HOST"], entry["PORT"], entry["NAME"]) == ("/run/pg", "6432", "o2c")
    assert entry["OPTIONS"] == {"sslmode": "require"}


def test_celery_spells_a_socket_its_own_way():
    assert broker("unix:///run/a%20b/valkey.sock?db=3") == "redis+socket:///run/a%20b/valkey.sock?virtual_host=3"
    assert broker("unix:///run/valkey.sock") == "redis+socket:///run/valkey.sock?virtual_host=0"
    assert broker("rediss://u:p@host:6380/1") == "rediss://u:p@host:6380/1"


@given(st.integers())
def test_whole_numbers_are_read_as_written(number):
    assert Environment({"N": f" {number} "}).number("N", 7) == number


@pytest.mark.parametrize(("text", "value"), [("1", True), ("YES", True), ("off", False), ("0", False), ("", True)])
def test_flags(text, value):
    assert Environment({"F": text}).flag("F", default=True) is value


@pytest.mark.parametrize("text", ["2", "ja", "truee"])
def test_a_flag_that_is_none_is_refused(text):
    with pytest.raises(BadEnvironment, match="F must be 1 or 0"):
        Environment({"F": text}).flag("F", default=False)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"O2C_SSO_ONLY": "1"}, "O2C_SSO_ONLY needs a provider"),
        ({"O2C_OIDC_ISSUER": "http://id.example"}, "must begin with https://"),
        ({"O2C_OIDC_ISSUER": "https://id.example"}, "needs O2C_OIDC_CLIENT_ID"),
        ({"O2C_OIDC_CLIENT_ID": "o2c", "O2C_OIDC_ISSUER": "https://id.example"}, "needs O2C_OIDC_SECRET"),
        ({"O2C_SSO_ONLY": "1", "O2C_OIDC_ISSUER": "https://x", **PROVIDER}, "needs O2C_BREAK_GLASS"),
        ({"O2C_OIDC_ROLES": "team", "O2C_OIDC_ISSUER": "https://x", **PROVIDER}, "lists GROUP=role"),
        ({"O2C_MFA_REQUIRED": "king"}, "O2C_MFA_REQUIRED names king"),
        ({"O2C_OIDC_ROLES": "team=king", "O2C_OIDC_ISSUER": "https://x", **PROVIDER}, "O2C_OIDC_ROLES names king"),
    ],
)
def test_a_way_in_that_is_half_said_is_refused_by_name(environ, said):
    done = python("-c", "import o2c.wsgi", **environ)
    assert done.returncode != 0
    assert said in done.stderr


def test_cookies_belong_to_this_host_alone_behind_tls():
    assert setting("SESSION_COOKIE_NAME", O2C_URL="https://o2c.example.com").startswith("__Host-")
    assert setting("CSRF_COOKIE_NAME", O2C_URL="https://o2c.example.com").startswith("__Host-")
    assert setting("O2C_THEME_COOKIE", O2C_URL="https://o2c.example.com").startswith("__Host-")
