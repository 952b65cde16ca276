"""All settings. What may differ between two installations comes from environment variables or a .env file, and is
explained in the README's table and in .env.example. The defaults run on one machine without any other service.
"""

import os
import shutil
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF

from imageweb import environment as env
from imageweb.permissions import PRIVATE_UMASK

# Set here, since every process reads the settings before it writes a file.
os.umask(PRIVATE_UMASK)

BASE_DIR = Path(__file__).resolve().parent.parent
env.read_file(BASE_DIR / ".env")

# ── where and what ──
DATA_DIR = env.folder("DATA_DIR", BASE_DIR / "var")
HOST = env.matching("HOST", "127.0.0.1", env.LISTENS_ON, "127.0.0.1")
PORT = env.integer("PORT", 8000, least=1, most=65535)
SITE_URL = env.origin("SITE_URL", f"http://localhost:{PORT}", ["http", "https"])
SITE_NAME = env.text("SITE_NAME", "Imageweb")
DEBUG = env.boolean("DEBUG", False)
SECRET_KEY = env.secret("SECRET_KEY", DATA_DIR / "secret_key")
SECRET_KEY_FALLBACKS = env.csv_list("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", urlsplit(SITE_URL).hostname or "", *env.host_names("ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
TIME_ZONE = env.zone("TIME_ZONE", "UTC")
USE_TZ = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "generations" / "locale"]
USE_I18N = True

# ── the application ──
INSTALLED_APPS = [
    "generations",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_htmx",
    "template_partials",
]
MIDDLEWARE = [
    "generations.middleware.transport.RequestLogMiddleware",
    "generations.middleware.transport.HttpsMismatchMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "generations.middleware.transport.GZipPagesMiddleware",
    "generations.middleware.transport.RequestSizeLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "generations.middleware.person.ViewerMiddleware",
    "generations.middleware.person.ActorMiddleware",
    "generations.middleware.person.PersonLanguageMiddleware",
    "generations.middleware.person.HtmxLoginRedirectMiddleware",
    "generations.middleware.person.SessionOwnerMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "generations.middleware.person.SecondFactorMiddleware",
    "generations.middleware.transport.ErrorPagesMiddleware",
]
ROOT_URLCONF = "generations.urls"
WSGI_APPLICATION = "imageweb.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "generations.web.context.page_context",
            ],
        },
    }
]

# ── database ──
DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'imageweb.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE: a transaction that reads before it writes would otherwise fail at once, whatever the timeout.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # Without jit: to compile one query of a page takes 300 ms, and to run it 20.
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        {
            "pool": {"min_size": 0, "max_size": env.integer("DATABASE_POOL", 20, least=2), "timeout": 5},
            "options": "-c lock_timeout=20s -c idle_in_transaction_session_timeout=30s -c jit=off",
        }
    )

# ── broker: it only notifies workers; the database holds all state, so losing the broker loses nothing ──
REDIS_URL = env.redis("REDIS_URL")
WORKER_THREADS = env.integer("WORKER_THREADS", 32, least=1, most=400)

# ── counters shared by the web processes of a host, such as failed sign-ins; needs no service ──
CACHES = {
    "default": {
        "BACKEND": "imageweb.cache.FileCache",
        "LOCATION": DATA_DIR / "cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},  # of more, a third goes by chance, which would forget who guesses
    },
}

# ── web server ──
WEB_WORKERS = env.integer("WEB_WORKERS", 1, least=1, most=64)
WEB_THREADS = env.integer("WEB_THREADS", 16, least=1, most=256)

# ── storage: private, never a public folder ──
STORAGE_BUCKET = env.matching("STORAGE_BUCKET", "", env.BUCKET, "pictures")
STORAGE_ENDPOINT = env.endpoint("STORAGE_ENDPOINT")
STORAGES: dict[str, dict[str, Any]] = {
    "files": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files", "base_url": None},
    },
    "staticfiles": {"BACKEND": "imageweb.static_files.HashedStaticFiles"},
}
if STORAGE_BUCKET:
    STORAGES["bucket"] = {
        "BACKEND": "imageweb.bucket.Bucket",
        "OPTIONS": {
            "bucket_name": STORAGE_BUCKET,
            "endpoint_url": STORAGE_ENDPOINT or None,
            "access_key": env.text("STORAGE_ACCESS_KEY") or None,
            "secret_key": env.text("STORAGE_SECRET_KEY") or None,
            "region_name": env.matching("STORAGE_REGION", "", env.REGION, "eu-west-1") or None,
            # Loaded only here, as the library takes 8 MB of each process. Short timeouts, to tell soon that a bucket is
            # unreachable. Services other than Amazon's lack the newer checksums.
            "client_config": import_module("botocore.config").Config(
                connect_timeout=3,
                read_timeout=15,
                max_pool_connections=32,
                retries={"mode": "standard", "total_max_attempts": 2},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
            "max_memory_size": 8 * 1024 * 1024,
            "default_acl": None,
            "file_overwrite": True,
        },
    }
STORAGES["default"] = STORAGES["bucket" if STORAGE_BUCKET else "files"]
DISK_MB = shutil.disk_usage(DATA_DIR).total // 2**20
MIN_FREE_BYTES = env.integer("MIN_FREE_MB", min(1024, DISK_MB // 20), most=DISK_MB) * 2**20
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder", "imageweb.static_files.AppFiles"]
WHITENOISE_MAX_AGE = 3600
if DEBUG:
    STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"

# ── the first provider ──
OPENAI_BASE_URL = env.url("OPENAI_BASE_URL", "", ["http", "https"])
OPENAI_API_KEY = env.token("OPENAI_API_KEY")
SANDBOX = env.boolean("SANDBOX", not OPENAI_BASE_URL)
SANDBOX_PACE = env.integer("SANDBOX_PACE_PERCENT", 100, most=1000) / 100

# ── limits ──
MAX_UPLOAD_BYTES = env.integer("MAX_UPLOAD_MB", 40, least=1, most=200) * 1024 * 1024
MAX_REFERENCES_BYTES = env.integer("MAX_REFERENCES_MB", 2048, least=1) * 1024 * 1024
MAX_ANSWER_BYTES = env.integer("MAX_ANSWER_MB", 64, least=1, most=512) * 1024 * 1024
RECORD_ADDRESSES = env.choice("RECORD_ADDRESSES", "short", ["full", "short", "none"])
TRASH_DAYS = env.integer("TRASH_DAYS", 30, least=1, most=3650)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_NUMBER_FIELDS = 600
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# ── accounts ──
AUTH_USER_MODEL = "generations.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "studio"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "generations.views.accounts.ClosedSignUp"
ACCOUNT_FORMS = {"login": "generations.forms.people.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/5m/key",
    "share_password": "10/10m/key",  # the key is of a lock and a network: a stranger elsewhere locks nobody out
    "share_network": "20/m/ip",  # one rate in each, as what was counted before one of several refuses is not given back
    "share_lock": "1000/h/key",
    "share_write": "120/m/ip,1200/10m/key",
    "share_visitor": "30/10m/key",
    "share_newcomer": "20/h/ip",
    "invite": "300/d/key",
    "check_addresses": "30/m/key,300/h/key",
}
# Of whom a second factor is asked before anything else. A team's reviewers are also who leads one.
REQUIRE_SECOND_FACTOR = env.choice("REQUIRE_SECOND_FACTOR", "nobody", ["nobody", "staff", "reviewers", "everyone"])
MFA_ADAPTER = "generations.views.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
# One that was typed as it ended still counts, once; a telephone's clock is seldom right to the second.
MFA_TOTP_TOLERANCE = 1
# Accounts are made by who can read the mail, or by administrators.
MFA_ALLOW_UNVERIFIED_EMAIL = True

# ── single sign-on by OpenID Connect; who is let in, generations.models.single_sign_on says ──
env.together(["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"])
OIDC_ISSUER = env.private_url("OIDC_ISSUER")
OIDC_CLIENT_ID = env.token("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env.token("OIDC_CLIENT_SECRET")
OIDC_NAME = env.text("OIDC_NAME")
OIDC_SCOPES = env.csv_list("OIDC_SCOPES", "openid,profile,email")
OIDC_GROUP_CLAIM = env.text("OIDC_GROUP_CLAIM", "groups")
OIDC_TRUST_EMAIL = env.boolean("OIDC_TRUST_EMAIL", False)
SOCIALACCOUNT_ADAPTER = "generations.views.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_PROVIDERS: dict[str, dict[str, Any]] = {"openid_connect": {"SCOPE": OIDC_SCOPES, "APPS": []}}
if OIDC_ISSUER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"].append(
        {
            "provider_id": "sso",
            "name": OIDC_NAME,
            "client_id": OIDC_CLIENT_ID,
            "secret": OIDC_CLIENT_SECRET,
            "settings": {"server_url": OIDC_ISSUER, "oauth_pkce_enabled": True},
        }
    )

# ── behind proxies ──
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXIES", 0, most=10)

# ── mail: without it no message is sent, and administrators set passwords ──
EMAIL_URL = env.url("EMAIL_URL", "", ["smtp", "smtps", "smtp+plain"])
EMAIL_SCHEME = urlsplit(EMAIL_URL).scheme
EMAIL_HOST = urlsplit(EMAIL_URL).hostname or ""
EMAIL_PORT = urlsplit(EMAIL_URL).port or {"smtps": 465, "smtp+plain": 25}.get(EMAIL_SCHEME, 587)
EMAIL_HOST_USER = unquote(urlsplit(EMAIL_URL).username or "")
EMAIL_HOST_PASSWORD = unquote(urlsplit(EMAIL_URL).password or "")
EMAIL_USE_SSL = EMAIL_SCHEME == "smtps"
EMAIL_USE_TLS = EMAIL_SCHEME == "smtp"
EMAIL_TIMEOUT = 10
EMAIL_TOTAL_SECONDS = 60
DEFAULT_FROM_EMAIL = env.sender("EMAIL_FROM", SITE_NAME, urlsplit(SITE_URL).hostname or "localhost")
EMAIL_BACKEND = "imageweb.mail.EmailBackend" if EMAIL_URL else "django.core.mail.backends.dummy.EmailBackend"

# ── security ──
IS_HTTPS = SITE_URL.startswith("https://")
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
# Both bind hosts that are not this one, and cannot be taken back soon.
HSTS_SCOPE = env.choice("HSTS_SCOPE", "host", ["host", "subdomains", "preload"])
SECURE_HSTS_INCLUDE_SUBDOMAINS = HSTS_SCOPE != "host"
SECURE_HSTS_PRELOAD = HSTS_SCOPE == "preload"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SECURE_REDIRECT_EXEMPT = [r"^healthz", r"^metrics$"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_ENGINE = "imageweb.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "imageweb_session", "imageweb_csrf"
CSRF_FAILURE_VIEW = "generations.views.addresses.csrf_failure"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# ── monitoring ──
METRICS_TOKEN = env.token("METRICS_TOKEN", least=env.MIN_SECRET)

# ── log ──
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"])
LOG_FORMAT = env.choice("LOG_FORMAT", "text", ["text", "json"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"secrets": {"()": "imageweb.logs.WithoutSecrets"}},
    "formatters": {
        "text": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
        "json": {"()": "imageweb.logs.AsJson"},
    },
    "handlers": {
        # Its level is that of every line, whatever a library says of its own loggers.
        "console": {
            "class": "logging.StreamHandler",
            "level": LOG_LEVEL,
            "formatter": LOG_FORMAT,
            "filters": ["secrets"],
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # A line for each request is for machines.
        "imageweb.requests": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"},
        "django.server": {"level": "WARNING", "handlers": ["console"]},
        "botocore": {"level": "WARNING"},
        "fido2": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "celery.apps.worker": {"level": "INFO"},
        "kombu": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        "pyvips": {"level": "WARNING"},
        "psycopg.pool": {"level": "ERROR"},
        "waitress.queue": {"level": "ERROR"},
    },
}
