"""Foggara's settings. This file, with config/env.py, is the only reader of the environment.

Every variable is described in docs/operating/settings.md; a test holds the two together.
"""

from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import env
from rewards.chain.configuration import read_chains

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.boolean("DEBUG", default=False)
# DEMO opens what only a development chain may have: the faucet, demo people, and e-mail kept in files.
DEMO = env.boolean("DEMO", default=False)
SECRET_KEY = env.text("SECRET_KEY")
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured("SECRET_KEY must have at least 32 characters.")
SITE_URL = env.url("SITE_URL", "http://localhost:8000", schemes={"http", "https"}).rstrip("/")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
IS_HTTPS = SITE_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "csp",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.headless",
    "config",
    "lib",
    "accounts",
    "rewards",
    "annotation",
]

MIDDLEWARE = [
    "lib.request_id.RequestIdMiddleware",
    "lib.nul.NulMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "lib.caching.NoStoreMiddleware",
    "lib.metrics.RequestMetricsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "lib.bodies.BodyLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.middleware.PersonalMiddleware",
    "accounts.middleware.StaffSecondFactorMiddleware",
    "config.middleware.RefusalMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.IdempotencyMiddleware",
]
if DEMO:
    MIDDLEWARE.insert(0, "lib.statements.StatementCountMiddleware")

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

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
                "config.context.site",
            ],
        },
    },
]

# --- Data -----------------------------------------------------------------------------------------
DATABASES = {
    "default": env.database("DATABASE_URL")
    | {
        "CONN_MAX_AGE": env.integer("DATABASE_CONN_MAX_AGE_SECONDS", 600, low=0, high=86400),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"options": "-c lock_timeout=10s -c idle_in_transaction_session_timeout=300s"},
    }
}
REDIS_URL = env.url("REDIS_URL", None, schemes={"redis", "rediss", "unix"})
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "foggara",
    }
}
# Sessions live in Valkey with the database behind them, so that a request costs no statement and a flush no sign-out.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 14 * 24 * 3600

# --- People ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = env.choice(
    "ACCOUNT_EMAIL_VERIFICATION", "mandatory", allowed={"mandatory", "optional", "none"}
)
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.account_forms.SignInForm",
    "signup": "accounts.account_forms.SignUpForm",
    "add_email": "accounts.account_forms.AddAddressForm",
    "reset_password": "accounts.account_forms.ForgottenPasswordForm",
    "reset_password_from_key": "accounts.account_forms.NewPasswordForm",
    "change_password": "accounts.account_forms.ChangePasswordForm",
}
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_HTTPS else "http"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 5
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Per address (IP); failed tries per account are limited by allauth besides. A demo signs a crowd in from one machine.
SIGN_INS_PER_MINUTE = env.integer("SIGN_INS_PER_MINUTE", 6000 if DEMO else 30, low=1, high=1_000_000)
ACCOUNT_RATE_LIMITS = {"login": f"{SIGN_INS_PER_MINUTE}/m/ip", "signup": f"{SIGN_INS_PER_MINUTE}/m/ip"}
# How many proxies of ours stand in front: only what they add to X-Forwarded-For is believed.
TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0, low=0, high=5)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
STAFF_NEEDS_SECOND_FACTOR = env.boolean("STAFF_NEEDS_SECOND_FACTOR", default=not DEMO)
HEADLESS_ADAPTER = "accounts.adapter.HeadlessAdapter"
HEADLESS_CLIENTS = ("browser",)
MFA_TOTP_ISSUER = "Foggara"
# One step of 30 seconds to either side, for clocks that are a little off.
MFA_TOTP_TOLERANCE = 1
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Foggara <no-reply@localhost>")
EMAIL_BACKEND = (
    "django.core.mail.backends.filebased.EmailBackend" if DEMO else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_FILE_PATH = env.text("EMAIL_FILE_PATH", str(BASE_DIR / "var" / "mail"))
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", 25, low=1, high=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_TIMEOUT = 10
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", default=False)

# --- Browser security -----------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_SSL_REDIRECT = IS_HTTPS and env.boolean("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.boolean("BEHIND_TLS_PROXY", default=False) else None
)
SECURE_CONTENT_TYPE_NOSNIFF = True
# The preload list of the browsers is for the owner of a domain to ask for, not for us.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:", "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF, "blob:"],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# --- Files ----------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.text("STATIC_ROOT", str(BASE_DIR / "var" / "static"))
MEDIA_ROOT = env.text("MEDIA_ROOT", str(BASE_DIR / "var" / "media"))
# Media is never served by address: views stream it after asking access.py.
MEDIA_URL = "media-is-served-by-views/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Collected by whoever builds the image, read by whoever serves: what is for everybody is not kept like uploads.
    "staticfiles": {"BACKEND": "lib.staticfiles.ModuleManifestStorage", "OPTIONS": {"file_permissions_mode": 0o644}},
}
UPLOAD_MAX_BYTES = env.integer("UPLOAD_MAX_BYTES", 2 * 1024**3, low=1024, high=1024**4)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024**2
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024**2
FILE_UPLOAD_PERMISSIONS = 0o600

# --- Language and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French")), ("ja", _("Japanese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- API ------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.ApiKeyAuthentication",
        "accounts.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["lib.api.parsers.JsonParser"],
    "DEFAULT_PAGINATION_CLASS": "lib.api.pagination.CursorPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "lib.api.problems.problem_response",
    "DEFAULT_THROTTLE_CLASSES": ["lib.api.throttling.PersonThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "person": env.rate("API_RATE", "1200/min"),
        "submission": "240/min",
        "sign_in": f"{SIGN_INS_PER_MINUTE}/min",
    },
    "NUM_PROXIES": TRUSTED_PROXY_COUNT,
    "PAGE_SIZE": 50,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Foggara API",
    "DESCRIPTION": "Everything a page can do, this API can do. Errors are problem+json (RFC 9457).",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "accounts.api.identity_openapi.add_identity",
    ],
    "ENUM_NAME_OVERRIDES": {
        "AnswerStateEnum": "annotation.models.work.Answer.State",
        "AppealStateEnum": "annotation.models.appeal.Appeal.State",
        "VerdictDecisionEnum": "annotation.models.work.Verdict.Decision",
        "ExamAttemptStateEnum": "annotation.models.exam.ExamAttempt.State",
        "HiddenItemDecisionEnum": "annotation.models.item.HiddenItem.Decision",
        "VerdictReasonEnum": "annotation.models.work.Verdict.Reason",
        "ProjectStateEnum": "annotation.models.project.Project.State",
    },
}

# --- Celery ---------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_TIME_LIMIT = 3600
# A task whose worker was killed is handed out again after this long; every task is safe to run twice.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": env.integer("TASK_VISIBILITY_SECONDS", 3600, low=10, high=86400)
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

# --- Chain ----------------------------------------------------------------------------------------
CHAIN_RPC_URL = env.url("CHAIN_RPC_URL", None, schemes={"http", "https"})
CHAIN_ID = env.integer("CHAIN_ID", 31337, low=1, high=2**53)
CHAIN_CONFIRMATIONS = env.integer("CHAIN_CONFIRMATIONS", 3, low=0, high=1000)
# Asked in this order when the first one fails, lags or is busy.
CHAIN_RPC_FALLBACK_URLS = env.urls("CHAIN_RPC_FALLBACK_URLS", schemes={"http", "https"})
CHAIN_FINALITY = env.choice("CHAIN_FINALITY", "", allowed={"", "safe", "finalized"})
# Further chains, and the accepted tokens of each; CHAIN_ID stays the one that wallets sign in with.
CHAINS = read_chains(env.text("CHAINS_FILE", ""))
CHAIN_OPERATOR_KEYSTORE = env.text("CHAIN_OPERATOR_KEYSTORE", "")
CHAIN_OPERATOR_PASSWORD = env.text("CHAIN_OPERATOR_PASSWORD", "")
# Who signs: an encrypted file here, or a key management service that never gives its key away.
CHAIN_SIGNER = env.choice("CHAIN_SIGNER", "keystore", allowed={"keystore", "kms"})
CHAIN_KMS_URL = env.url("CHAIN_KMS_URL", "", schemes={"http", "https"}) if CHAIN_SIGNER == "kms" else ""
CHAIN_KMS_KEY_ID = env.text("CHAIN_KMS_KEY_ID", "")
CHAIN_KMS_TOKEN = env.text("CHAIN_KMS_TOKEN", "")
# Who holds the contracts' other roles when they are deployed; a development chain has its own.
CHAIN_ADMIN_ADDRESS = env.evm_address("CHAIN_ADMIN_ADDRESS")
CHAIN_GUARDIAN_ADDRESS = env.evm_address("CHAIN_GUARDIAN_ADDRESS")
CHAIN_TREASURY_ADDRESS = env.evm_address("CHAIN_TREASURY_ADDRESS")
# Shorter than a day, a client could take back on chain what people have earned before it is released.
CHAIN_CLOSE_NOTICE_SECONDS = env.integer(
    "CHAIN_CLOSE_NOTICE_SECONDS", 3 * 86400, low=0 if DEMO else 86400, high=30 * 86400
)
SETTLEMENT_INTERVAL_SECONDS = env.integer("SETTLEMENT_INTERVAL_SECONDS", 3600, low=1, high=7 * 86400)
# A few payments wait so long for company, which makes each cheaper; docs/algorithms/batching.md has the rule.
SETTLEMENT_LONGEST_WAIT_SECONDS = env.integer(
    "SETTLEMENT_LONGEST_WAIT_SECONDS", 0 if DEMO else 6 * 3600, low=0, high=7 * 86400
)
SETTLEMENT_OVERHEAD_PERCENT = env.integer("SETTLEMENT_OVERHEAD_PERCENT", 25, low=1, high=1000)
# What is too little to be sent becomes a credit that its owner can claim, after so long.
SETTLEMENT_DUST_SECONDS = env.integer("SETTLEMENT_DUST_SECONDS", 30 * 86400, low=60, high=365 * 86400)
# Where items are collected until they are sure: so long a hard one is kept for the people whose answers tell most.
HARD_ITEM_WAIT_SECONDS = env.integer("HARD_ITEM_WAIT_SECONDS", 600, low=0, high=30 * 86400)
# The clock of each step of an appeal, where a project has none of its own.
APPEAL_PERIOD_SECONDS = env.integer("APPEAL_PERIOD_SECONDS", 72 * 3600, low=1 if DEMO else 3600, high=30 * 86400)
PAY_NOW_INTERVAL_SECONDS = env.integer("PAY_NOW_INTERVAL_SECONDS", 86400, low=0, high=30 * 86400)
SETTLEMENT_DELAY_SECONDS = env.integer("SETTLEMENT_DELAY_SECONDS", 0 if DEMO else 3600, low=0, high=86400)
# Somebody who sends a token straight to a contract harms nobody; if that stopped the chain, one unit would stop wages.
UNASKED_TRANSFERS_STOP = env.boolean("UNASKED_TRANSFERS_STOP", default=False)
RECONCILE_INTERVAL_SECONDS = env.integer("RECONCILE_INTERVAL_SECONDS", 60 if DEMO else 3600, low=5, high=86400)
PLATFORM_FEE_BPS = env.integer("PLATFORM_FEE_BPS", 500, low=0, high=2000)

# --- Metrics --------------------------------------------------------------------------------------
# Without a token /metrics/ answers this machine only; config/gunicorn.py sets the folder of its workers' counters.
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
METRICS_FOLDER = env.text("PROMETHEUS_MULTIPROC_DIR", "")
# Whom /.well-known/security.txt names; without one there is no such file.
SECURITY_CONTACT = env.text("SECURITY_CONTACT", "") and env.url("SECURITY_CONTACT", None, schemes={"https", "mailto"})

# --- Operators' log -------------------------------------------------------------------------------
LOG_FORMAT = env.choice("LOG_FORMAT", "json", allowed={"json", "text"})
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", allowed={"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "lib.request_id.RequestIdFilter"}},
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
        },
        "text": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["request_id"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # Two lines for every task, several times a second, would bury what matters.
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}
