"""Settings. Everything a person sets comes from the environment; see docs/administrator."""

from __future__ import annotations

import os
from pathlib import Path

from ligne.site import env, hosts, keyring

HOME: Path = env.home()
SECRET_KEY = env.secret_key(HOME)
SECRET_KEY_FALLBACKS = keyring.before(HOME)
DEBUG = False
ALLOWED_HOSTS = hosts.allowed()
DEMO = env.demo()

INSTALLED_APPS = [
    "ligne.site.apps.SiteConfig",
    "ligne.desks",
    "ligne.supervision",
    "ligne.channels.email",
    "ligne.channels.chat",
    "ligne.channels.visio",
    "ligne.channels.web",
    "ligne.channels.voice",
    "ligne.routing",
    "ligne.contacts",
    "ligne.contracts",
    "ligne.customers",
    "ligne.catalogue",
    "ligne.staff",
    "ligne.journal",
    "ligne.kit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "procrastinate.contrib.django",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "ligne.site.middleware.RequestContext",
    "ligne.site.observe.Observe",
    "ligne.site.shield.HealthByAnyName",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ligne.site.shield.Shield",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "ligne.site.middleware.CurrentViewer",
    "ligne.site.resending.Once",
    "ligne.site.middleware.ContentSecurityPolicy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ligne.site.sessions.Activity",
    "django_htmx.middleware.HtmxMiddleware",
    "ligne.site.accounts.TooManyTries",
    "ligne.site.middleware.CrossOrigin",
    "ligne.site.middleware.DomainErrors",
]

ROOT_URLCONF = "ligne.site.urls"
WSGI_APPLICATION = "ligne.site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["ligne.kit.templatetags.ui"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ligne.site.context.everywhere",
            ],
        },
    }
]

DATABASES = env.databases(HOME)
DATABASE_DIRECT = env.direct()
DATABASE_ROUTERS = ["ligne.kit.database.Route"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = ["ligne.site.accounts.ByAddress"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "ligne.site.accounts.Adapter"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "10/m/ip,5/5m/key"}
MFA_ADAPTER = "ligne.site.accounts.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "Ligne Claire"
MFA_PASSKEY_LOGIN_ENABLED = False
USERSESSIONS_TRACK_ACTIVITY = True
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "site_cache",
        # Counts of failed sign-ins live here: a flood of others must not push them out.
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    },
}

SESSION_ENGINE = "ligne.site.session_store"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = env.flag("LIGNE_HTTPS", default=False)
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = env.listed("LIGNE_ORIGINS", "")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SESSION_COOKIE_SECURE else 0

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
TIME_ZONE = os.environ.get("LIGNE_ZONE", "Europe/Paris")
USE_TZ = True
FORMAT_MODULE_PATH = ["ligne.site.formats"]

STATIC_URL = "/static/"
STATICFILES_DIRS = [Path(__file__).parent / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

FILES_ROOT = HOME / "files"
# Another host name under which files alone are served, by signed addresses that end; "": they come from our own.
FILES_URL = os.environ.get("LIGNE_FILES_URL", "").rstrip("/")
# The socket of a ClamAV daemon: a path, or host:port; "": files are not scanned for viruses.
CLAMD = os.environ.get("LIGNE_CLAMD", "")
# The largest mail or file we accept, bytes.
MAX_UPLOAD = 25 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024

# Machines inside our own network that webhooks and mailboxes may name: names, addresses, networks (10.1.0.0/16).
PRIVATE_TARGETS = env.listed("LIGNE_PRIVATE_TARGETS", "")
# Whether they may name any, and webhooks do without TLS: for demos and tests.
WEBHOOKS_PRIVATE = env.flag("LIGNE_WEBHOOKS_PRIVATE", default=DEMO)

SMTP_OUT = env.smtp_out(DEMO)
SMTP_PORT = env.port("LIGNE_SMTP_PORT", 2525)
SMTP_HOST = os.environ.get("LIGNE_SMTP_HOST", "127.0.0.1")
# How the listener introduces itself to other mail servers.
SMTP_HOSTNAME = os.environ.get("LIGNE_SMTP_NAME", "ligne.localhost")
# A second listener that speaks LMTP, for a mail server in front of us; 0: none.
LMTP_PORT = env.port("LIGNE_LMTP", 1) if os.environ.get("LIGNE_LMTP") else 0
WEB_PORT = env.port("LIGNE_PORT", 8000)
PUBLIC_URL = env.public_url()

# The telephone: see docs/administrateur/telephone.md.
VOICE = env.voice()
# Where the controller of calls listens for exchanges, and the secret by which they know each other.
ARI_HOST = os.environ.get("LIGNE_ARI_HOST", "127.0.0.1")
ARI_PORT = env.port("LIGNE_ARI_PORT", 8088)
ARI_PASSWORD = os.environ.get("LIGNE_ARI_PASSWORD") or keyring.derived("ari", SECRET_KEY)
# Where Asterisk is fetched to; the centres of a machine share it.
PBX_PROGRAMS = env.pbx_programs()
PBX_NAME = os.environ.get("LIGNE_PBX_NAME", "pbx")
PBX_HOME = HOME / PBX_NAME
PBX_HTTP_HOST = os.environ.get("LIGNE_PBX_HTTP_HOST", "127.0.0.1")
PBX_HTTP_PORT = env.port("LIGNE_PBX_HTTP_PORT", 8089)
# Where the recordings of each exchange are fetched from, and softphones reach it through us.
EXCHANGES = env.exchanges(PBX_NAME, PBX_HTTP_PORT)
PBX_EXTRA = [Path(name) for name in env.listed("LIGNE_PBX_EXTRA", "")]
SIP_BIND = os.environ.get("LIGNE_SIP_BIND", "127.0.0.1:5060")
SIP_TRUNK = os.environ.get("LIGNE_SIP_TRUNK", "")
# In the demo any SIP telephone of this machine is the carrier.
SIP_TRUNK_FROM = env.listed("LIGNE_SIP_TRUNK_FROM", "127.0.0.0/8" if DEMO else "")
# Where softphones find the exchange on our one origin.
SIP_PATH = "/sip"
RTP_PORTS = (env.port("LIGNE_RTP_FIRST", 20000), env.port("LIGNE_RTP_LAST", 21999))
# Who takes payments keyed in during calls; empty: nobody. See docs/administrateur/telephone.md.
PAYMENT = os.environ.get("LIGNE_PAYMENT", "demonstration" if DEMO else "")
PAYMENT_HOME = HOME / "bank"
# Helpers for sound through firewalls: "stun:host:port"; "turn:host:port" with its user and secret.
STUN = os.environ.get("LIGNE_STUN", "")
TURN = env.turn()

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
LOGGING_CONFIG = None
env.configure_logging()
