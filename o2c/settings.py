"""All settings, read once from the environment.

Nothing set: an embedded PostgreSQL and Valkey in the run folder, reachable from this machine only. For production set
DATABASE_URL, REDIS_URL, SECRET_KEY, O2C_URL and SMTP_URL; docs/operations.md lists every variable.
"""

from datetime import timedelta
from urllib.parse import urlsplit

import pghistory
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from o2c import ROOT
from o2c.core.api.told import PROBLEM
from o2c.core.care import logs
from o2c.core.environment import (
    BadEnvironment,
    Environment,
    broker,
    database,
    gateway,
    hooks,
    hours,
    mailboxes,
    networks,
    single_sign_on,
    smtp,
)
from o2c.core.services.instance import Instance
from o2c.core.services.postgres import Postgres
from o2c.core.services.valkey import Valkey

env = Environment()
try:
    DEBUG = env.flag("O2C_DEBUG", default=False)
    O2C_PORT = env.number("O2C_PORT", 8000)
    O2C_SMTP = smtp("SMTP_URL", env.text("SMTP_URL"))
    # By blanks alone: a password may have a comma in it.
    O2C_MAILBOXES = mailboxes("IMAP_URL", env.text("IMAP_URL").split())
    # By blanks alone: a secret may have a comma in it.
    O2C_MAIL_HOOKS = hooks("O2C_MAIL_HOOKS", env.text("O2C_MAIL_HOOKS").split())
    O2C_MAIL_HOURS = hours(
        "O2C_MAIL_HOURS",
        env.text("O2C_MAIL_HOURS"),
        business_days=env.flag("O2C_MAIL_BUSINESS_DAYS", default=False),
    )
    O2C_MAIL_PER_DOMAIN = env.number("O2C_MAIL_PER_DOMAIN", 0)
    if not 0 <= O2C_MAIL_PER_DOMAIN <= 1000:
        raise BadEnvironment("O2C_MAIL_PER_DOMAIN must be a number from 0 (no limit) to 1000 messages a minute.")
    # Jobs that hand over messages at once: the other workers are free for what people wait for.
    O2C_SENDERS = max(1, env.number("O2C_SENDERS", 2))
    O2C_SMS, O2C_POST = gateway(env, "O2C_SMS"), gateway(env, "O2C_POST")
    O2C_SMS_HOURS = hours(
        "O2C_SMS_HOURS",
        env.text("O2C_SMS_HOURS", "08:00-20:00"),
        business_days=env.flag("O2C_SMS_BUSINESS_DAYS", default=False),
    )
    O2C_SMS_PER_MINUTE = env.number("O2C_SMS_PER_MINUTE", 0)
    if not 0 <= O2C_SMS_PER_MINUTE <= 1000:
        raise BadEnvironment("O2C_SMS_PER_MINUTE must be a number from 0 (no limit) to 1000 messages a minute.")
    O2C_POST_COLOUR, O2C_POST_DUPLEX = env.flag("O2C_POST_COLOUR", default=False), env.flag("O2C_POST_DUPLEX", True)
    O2C_HASHED_STATIC = env.flag("O2C_HASHED_STATIC", default=not DEBUG)
    DATABASE_URL, REDIS_URL = env.text("DATABASE_URL"), env.text("REDIS_URL")
    DATABASE_REPLICA_URL = env.text("DATABASE_REPLICA_URL")
    O2C_REPLICA_MAX_LAG = env.number("O2C_REPLICA_MAX_LAG", 30)
    O2C_METRICS_FROM = networks("O2C_METRICS_FROM", env.words("O2C_METRICS_FROM") or ["127.0.0.0/8", "::1/128"])
    O2C_METRICS_TOKEN = env.text("O2C_METRICS_TOKEN")
    O2C_PROXIES = networks("O2C_PROXIES", env.words("O2C_PROXIES"))
    O2C_ON_ACCOUNT_DAYS = env.number("O2C_ON_ACCOUNT_DAYS", 14)
    O2C_RATES_URL = env.text("O2C_RATES_URL")
    O2C_RETENTION = env.words("O2C_RETENTION")
    O2C_SINGLE_SIGN_ON = single_sign_on(env)
    O2C_MFA_REQUIRED = frozenset(env.words("O2C_MFA_REQUIRED"))
    O2C_SESSION_IDLE = timedelta(minutes=env.number("O2C_SESSION_IDLE_MINUTES", 60))
    O2C_SESSION_LIMIT = timedelta(hours=env.number("O2C_SESSION_HOURS", 12))
    O2C_UPLOAD_MAX_MB = env.number("O2C_UPLOAD_MAX_MB", 500)
    _databases = {
        alias: database(name, url)
        for alias, name, url in (
            ("default", "DATABASE_URL", DATABASE_URL),
            ("replica", "DATABASE_REPLICA_URL", DATABASE_REPLICA_URL),
        )
        if url
    }
except BadEnvironment as bad:
    raise ImproperlyConfigured(str(bad)) from None

# --- The instance: where this installation keeps its files

INSTANCE = Instance.of()
O2C_RUN_DIR = INSTANCE.run
O2C_MAIL_SPOOL = O2C_RUN_DIR / "mail"
O2C_SMS_SPOOL = O2C_SMS.folder if O2C_SMS and O2C_SMS.folder else O2C_RUN_DIR / "sms"
O2C_POST_SPOOL = O2C_POST.folder if O2C_POST and O2C_POST.folder else O2C_RUN_DIR / "post"
MEDIA_ROOT = env.path("O2C_MEDIA_DIR", O2C_RUN_DIR / "files")

# --- The outside address, and what follows from it

O2C_URL = env.text("O2C_URL", f"http://127.0.0.1:{O2C_PORT}").rstrip("/")
_address = urlsplit(O2C_URL)
if _address.scheme not in {"http", "https"} or not _address.hostname:
    raise ImproperlyConfigured("O2C_URL must be the address people type, such as https://o2c.example.com")
HTTPS = _address.scheme == "https"
ALLOWED_HOSTS = sorted({_address.hostname, "localhost", "127.0.0.1", "[::1]", *env.words("O2C_HOSTS")})
CSRF_TRUSTED_ORIGINS = [O2C_URL]
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS and env.flag("O2C_HSTS_SUBDOMAINS", default=False)
# TLS ends at a proxy in front of us, which must set this header itself and never pass on a client's.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS

# --- Secrets

SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
if not SECRET_KEY:
    if DATABASE_URL and not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. With DATABASE_URL this is a real installation and needs one of its own:"
            " python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    SECRET_KEY = INSTANCE.secret()

# --- What it is made of

INSTALLED_APPS = [
    "o2c.core.apps.MasterDataConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "pgtrigger",
    "pghistory",
    "djmoney",
    "django_htmx",
    "django_filters",
    "csp",
    "rest_framework",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "o2c.core.apps.CoreConfig",
    "o2c.orders.apps.OrdersConfig",
    "o2c.invoicing.apps.InvoicingConfig",
    "o2c.collections.apps.CollectionsConfig",
    "o2c.analytics.apps.AnalyticsConfig",
    "o2c.web.apps.WebConfig",
]
MIDDLEWARE = [
    "o2c.core.services.health.HealthMiddleware",
    "o2c.core.care.probes.ProbeMiddleware",
    "o2c.core.care.requests.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "o2c.web.middleware.PermissionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Programs go no further: what follows is for people and their sessions.
    "o2c.core.api.shortcut.ShortcutMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "o2c.web.middleware.AddressMiddleware",
    "o2c.web.middleware.ReaderMiddleware",
    "o2c.web.access.middleware.SessionMiddleware",
    "o2c.web.access.middleware.SecondFactorMiddleware",
    "o2c.web.middleware.LostRaceMiddleware",
]
ROOT_URLCONF = "o2c.urls"
WSGI_APPLICATION = "o2c.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "o2c.web.context.shell",
            ],
            "builtins": ["django.templatetags.static", "o2c.web.templatetags.o2c"],
        },
    },
]

# --- PostgreSQL

DATABASES = _databases
if "default" not in DATABASES:
    DATABASES["default"] = {"ENGINE": "o2c.core.database", **Postgres(INSTANCE).address()}
for _database in DATABASES.values():
    _database |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
if "replica" in DATABASES:
    DATABASES["replica"]["TEST"] = {"MIRROR": "default"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Valkey or Redis: Celery's broker and the cache

CELERY_BROKER_URL = broker(REDIS_URL or Valkey(INSTANCE).url())
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL or Valkey(INSTANCE).url(),
        "KEY_PREFIX": "o2c",
    },
}

# --- Jobs. A killed worker's job comes back and may run twice, so jobs are written for that.

CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = CELERY_EVENT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_TIMEZONE = "UTC"
# One tick asks the database what is due and not yet done: no schedule table to drift, no missed day.
CELERY_BEAT_SCHEDULE = {"tick": {"task": "o2c.wiring.tick", "schedule": 300.0, "options": {"expires": 290}}}
CELERY_BEAT_SCHEDULE_FILENAME = str(O2C_RUN_DIR / "beat" / "schedule")

# --- Mail. Without a server, messages are kept as files.

if O2C_SMTP:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = O2C_SMTP.host, O2C_SMTP.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = O2C_SMTP.user, O2C_SMTP.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = O2C_SMTP.starttls, O2C_SMTP.tls
    EMAIL_TIMEOUT = 30
else:
    EMAIL_BACKEND = "o2c.web.mail.SpoolBackend"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("O2C_MAIL_FROM", f"o2c@{_address.hostname}")

# --- People

AUTH_USER_MODEL = "core.User"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "/login/"
AUTHENTICATION_BACKENDS = ["o2c.web.access.backend.Backend"]
# Long and not well known; which signs it is made of, and for how long it is kept, is the person's affair (ASVS 6.2).
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "o2c.web.access.words.OwnWordsValidator"},
]
PASSWORD_RESET_TIMEOUT = 24 * 3600
SESSION_COOKIE_AGE = int(O2C_SESSION_LIMIT.total_seconds())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Browsers do not tell ports apart: two instances on one machine would log each other out.
# With __Host-, a browser takes the cookie from this host alone, over TLS, and from no subdomain or script of it.
_mine = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_mine}o2c_session_{O2C_PORT}", f"{_mine}o2c_csrf_{O2C_PORT}"
O2C_THEME_COOKIE = f"{_mine}theme"

# --- Signing in (o2c.web.access): administrators take people on, nobody signs up by themselves

ACCOUNT_ADAPTER = "o2c.web.access.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "o2c.web.access.forms.SignInForm",
    "reauthenticate": "o2c.web.access.forms.AgainForm",
    "reset_password_from_key": "o2c.web.access.forms.NewPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 a class
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
# Counted in Valkey. login_failed: wrong passwords and codes, by address, and by account from one address;
# account_failed: by account from anywhere, high enough that nobody is locked out by a stranger's few tries.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "50/15m/ip,10/15m/key",
    "account_failed": "100/1h/key",
    "reauthenticate": "10/5m/user",
    "change_password": "10/5m/user",
    "reset_password": "30/1h/ip,5/1h/key",
    "reset_password_from_key": "30/1h/ip",
}
MFA_ADAPTER = "o2c.web.access.adapters.FactorAdapter"
MFA_FORMS = {
    "authenticate": "o2c.web.access.forms.CodeForm",
    "reauthenticate": "o2c.web.access.forms.CodeAgainForm",
    "activate_totp": "o2c.web.access.forms.FirstCodeForm",
    "add_webauthn": "o2c.web.access.forms.PasskeyForm",
    "edit_webauthn": "o2c.web.access.forms.PasskeyNameForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an administrator wrote the address down; nobody brings their own
MFA_TOTP_ISSUER = "o2c"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # on this machine only: browsers refuse it elsewhere
SOCIALACCOUNT_ADAPTER = "o2c.web.access.adapters.SignOnAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [O2C_SINGLE_SIGN_ON.app()] if O2C_SINGLE_SIGN_ON else [],
    }
}

# --- What a page may do in the browser

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        # The way to the single sign-on begins with a form, and browsers hold its redirects to this too.
        "form-action": [SELF, *([O2C_SINGLE_SIGN_ON.origin] if O2C_SINGLE_SIGN_ON else [])],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4_000  # an order of 200 lines has some 2,600

# --- The API. Each endpoint says itself how it is called and read (o2c.core.api); docs/api.md.

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "URL_FORMAT_OVERRIDE": None,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "o2c",
    "DESCRIPTION": "Receivables: customers, open items, receipts, allocations and their chasing.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "POSTPROCESSING_HOOKS": [],
    "APPEND_COMPONENTS": {"schemas": {"Problem": PROBLEM}},
    "SERVERS": [{"url": "/"}],
}
O2C_API_REQUESTS_A_MINUTE = env.number("O2C_API_REQUESTS_A_MINUTE", 30_000)

# --- Languages and time. Each legal entity has its own zone; the clock here is UTC.

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français")]
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

# --- Files that pages load: collected by `make setup`, named by their content, served by WhiteNoise

STATIC_URL = "/static/"
STATIC_ROOT = ROOT / ".build" / "static"
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if O2C_HASHED_STATIC
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not O2C_HASHED_STATIC

# --- Logging: JSON on standard output, without persons or money; see docs/monitoring.md

LOGGING = logs.settings()

# --- The audit trail: additions, changes and removals of master data

PGHISTORY_DEFAULT_TRACKERS = (pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
