"""Django's settings. A deployment configures them by environment variables (docs/operations.md).

Two modes: `laptop` needs no configuration; `production` does not start without its
secrets.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from kombu import Queue

from . import database, environment, production
from .redis_nodes import KEY_TAG

BASE_DIR = Path(__file__).resolve().parent.parent
MODE = environment.choice("HOMOLOGA_MODE", "laptop", "production")
LAPTOP_ADMINISTRATOR = production.LAPTOP_ADMINISTRATOR
if MODE == "production":
    production.refuse_unless_safe()
DATA_DIR = Path(environment.text("HOMOLOGA_DATA_DIR", str(BASE_DIR / "var")))
if MODE == "laptop":
    DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = environment.choice("DJANGO_DEBUG", "0", "1") == "1"
SECRET_KEY = environment.text("HOMOLOGA_SECRET_KEY")
if not SECRET_KEY:
    SECRET_KEY = environment.kept_secret(DATA_DIR / "secret_key")
ALLOWED_HOSTS = environment.words(
    "HOMOLOGA_HOSTS", "localhost,127.0.0.1,[::1]" if MODE == "laptop" else ""
)
CSRF_TRUSTED_ORIGINS = environment.words("HOMOLOGA_ORIGINS")

INSTALLED_APPS = [
    "config.admin.HomologaAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "knox",
    "axes",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_filters",
    "models_registry",
    "certification",
]

MIDDLEWARE = [
    "certification.api.request_log.watched",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "certification.api.middleware.guarded",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "certification.api.middleware.StorableForms",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "certification.accounts.sessions.SessionLimits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
APPEND_SLASH = True
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database -----------------------------------------------------------------------------------


# Pairs that one worker process runs at the same time.
CERTIFICATION_CONCURRENCY = environment.number("CERTIFICATION_CONCURRENCY", 16, minimum=1)

DATABASES = {"default": database.from_environment(DATA_DIR, CERTIFICATION_CONCURRENCY)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Broker and cache -----------------------------------------------------------------------------

REDIS_URL = environment.redis_url()
if not REDIS_URL and MODE == "laptop":
    REDIS_URL = environment.broker_of_running_laptop(DATA_DIR)
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "certification.cache.ForgivingRedisCache",
            "LOCATION": REDIS_URL,
            # An older version, which may run at the same time, reads pickles under other keys.
            "KEY_PREFIX": f"{KEY_TAG}json",
            "OPTIONS": {
                "serializer": "certification.cache.Json",
                "pool_class": "config.redis_nodes.Pool",
                "nodes": environment.redis_nodes(),
                # A Redis that accepts connections but does not answer must not block a request.
                "socket_timeout": 2,
                "socket_connect_timeout": 2,
            },
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

CERTIFICATION_QUEUE_NAME = environment.text("CERTIFICATION_QUEUE_NAME", "model-certification")
CERTIFICATION_CONTROL_QUEUE_NAME = f"{CERTIFICATION_QUEUE_NAME}-control"

CELERY_BROKER_URL = environment.broker_url(REDIS_URL) or "redis://127.0.0.1:6379/0"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Workers wait for an unavailable broker without a limit.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# An error that the broker answers must not end a worker either.
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
    "visibility_timeout": 900,
    "socket_connect_timeout": 3,
    # A broker that accepts connections but does not answer must not block a request.
    "socket_timeout": 5,
    "socket_keepalive": True,
}
if REDIS_URL and not environment.text("CELERY_BROKER_URL"):
    CELERY_BROKER_TRANSPORT_OPTIONS["nodes"] = environment.redis_nodes()
# A request must not wait for an unavailable broker: the reconciler publishes lost messages again.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2}
# A pickle from somebody who can reach the broker would run as code.
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = CERTIFICATION_QUEUE_NAME
CELERY_TASK_QUEUES = [
    Queue(CERTIFICATION_QUEUE_NAME),
    # A queue of its own, because the fan-out of a job must not wait behind thousands of pairs.
    Queue(CERTIFICATION_CONTROL_QUEUE_NAME),
]
CELERY_TASK_ROUTES = {
    "certification.tasks.fan_out": {"queue": CERTIFICATION_CONTROL_QUEUE_NAME},
    "certification.tasks.housekeeping": {"queue": CERTIFICATION_CONTROL_QUEUE_NAME},
    "certification.tasks.open_due_rounds": {"queue": CERTIFICATION_CONTROL_QUEUE_NAME},
    "certification.tasks.prune": {"queue": CERTIFICATION_CONTROL_QUEUE_NAME},
    "certification.tasks.sync_with_aws": {"queue": CERTIFICATION_CONTROL_QUEUE_NAME},
}
CELERY_WORKER_CONCURRENCY = CERTIFICATION_CONCURRENCY
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "housekeeping": {
        "task": "certification.tasks.housekeeping",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "recertification": {
        "task": "certification.tasks.open_due_rounds",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "prune": {
        "task": "certification.tasks.prune",
        "schedule": crontab(hour="6", minute="20"),
        "options": {"expires": 3600},
    },
}
# The daily registry sync with AWS: off, only report differences, or apply them.
REGISTRY_SYNC = environment.choice("REGISTRY_SYNC", "off", "report", "apply")
if REGISTRY_SYNC != "off":
    CELERY_BEAT_SCHEDULE["sync-with-aws"] = {
        "task": "certification.tasks.sync_with_aws",
        "schedule": crontab(hour="5", minute="40"),
        "options": {"expires": 3600},
    }

# --- Certification --------------------------------------------------------------------------------

CERTIFICATION_TIMEOUT = environment.number("CERTIFICATION_TIMEOUT", 300_000, minimum=1000)  # ms
CERTIFICATION_MAX_RETRIES = environment.number("CERTIFICATION_MAX_RETRIES", 3)
CERTIFICATION_PASS_SCORE = environment.number("CERTIFICATION_PASS_SCORE", 70)
WORKER_BEAT_SECONDS = environment.number("WORKER_BEAT_SECONDS", 5, minimum=1)
WORKER_LOST_AFTER_SECONDS = environment.number("WORKER_LOST_AFTER_SECONDS", 30, minimum=2)
# Pairs of a region that run at the same time, over all workers; staff can set another limit.
CERTIFICATION_REGION_CONCURRENCY = environment.number(
    "CERTIFICATION_REGION_CONCURRENCY", 10, minimum=1
)
# Models in a row whose regional errors open a region's circuit breaker; seconds until half-open.
BREAKER_MODELS = environment.number("BREAKER_MODELS", 5, minimum=2)
BREAKER_OPEN_SECONDS = environment.number("BREAKER_OPEN_SECONDS", 30, minimum=1)
# Seconds that pairs wait for a region with an open circuit before they end INCONCLUSIVE.
REGION_GIVE_UP_AFTER_SECONDS = environment.number("REGION_GIVE_UP_AFTER_SECONDS", 3600, minimum=1)
# The port of a worker's health endpoint and metrics; 0: none.
WORKER_HEALTH_PORT = environment.number("WORKER_HEALTH_PORT", 3002)
WORKER_HEALTH_HOST = "127.0.0.1" if MODE == "laptop" else ""
# The bearer token of the web's /metrics; without one, /metrics is closed.
METRICS_TOKEN = environment.text("METRICS_TOKEN")
# Seconds that a published row waits, with an empty queue, before its message counts as lost.
REPUBLISH_AFTER_SECONDS = environment.number("REPUBLISH_AFTER_SECONDS", 15, minimum=1)

# Evidence (requests and responses) is deleted after so many days; 0 keeps it for ever.
CERTIFICATION_DETAILS_KEPT_DAYS = environment.number("CERTIFICATION_DETAILS_KEPT_DAYS", 180)

BEDROCK = environment.choice("HOMOLOGA_BEDROCK", "simulator", "aws")
if MODE == "production" and not environment.text("HOMOLOGA_BEDROCK"):
    BEDROCK = "aws"
# Kinds of routes by which models may be called (data residency): IN_REGION, GEO, GLOBAL.
ALLOWED_ROUTES = environment.some_of("HOMOLOGA_ROUTES", "IN_REGION", "GEO", "GLOBAL")
SIMULATOR_URL = environment.text("SIMULATOR_URL", "http://127.0.0.1:8100")

# What HOMOLOGA_BEDROCK=aws calls in place of AWS: only an address of this machine, as of a proxy.
BEDROCK_ENDPOINT = environment.loopback("AWS_ENDPOINT_URL_BEDROCK_RUNTIME")
BEDROCK_CONTROL_ENDPOINT = environment.loopback("AWS_ENDPOINT_URL_BEDROCK")

# --- People, sessions, tokens ---------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "certification.accounts.EmailOrUsernameBackend",
]
AXES_FAILURE_LIMIT = environment.number("HOMOLOGA_LOGIN_FAILURES", 8, minimum=1)
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_USERNAME_CALLABLE = "certification.accounts.sign_in.counted_as"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "certification.api.errors.locked_out"
AXES_VERBOSE = False
# Failures that stay after a lock-out has ended, until they are pruned.
AXES_ENABLE_ACCESS_FAILURE_LOG = True
# Days after which sign-ins and failed ones are deleted; 0 keeps them for ever.
SIGN_INS_KEPT_DAYS = environment.number("SIGN_INS_KEPT_DAYS", 180)
AUTH_PASSWORD_VALIDATORS = [
    *(
        {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
        for name, options in (
            ("UserAttributeSimilarityValidator", {}),
            ("MinimumLengthValidator", {"min_length": production.MIN_PASSWORD_LENGTH}),
            ("CommonPasswordValidator", {}),
            ("NumericPasswordValidator", {}),
        )
    ),
    {"NAME": "certification.accounts.password_validators.GuessableValidator"},
]
LOGIN_URL = "admin:login"
# Seconds: how long a session lasts in all, and without being used; and for how long after the
# password was given roles, passwords and tokens may be changed.
SESSION_COOKIE_AGE = environment.number("HOMOLOGA_SESSION_HOURS", 12, minimum=1) * 3600
SESSION_IDLE_SECONDS = environment.number("HOMOLOGA_SESSION_IDLE_MINUTES", 60, minimum=1) * 60
SESSION_CONFIRMED_SECONDS = environment.number("HOMOLOGA_CONFIRM_MINUTES", 15, minimum=1) * 60
LOGIN_REDIRECT_URL = "admin:index"

REST_KNOX = {
    "AUTH_HEADER_PREFIX": "Bearer",
    "TOKEN_TTL": timedelta(hours=environment.number("HOMOLOGA_TOKEN_HOURS", 12, minimum=1)),
    "TOKEN_PREFIX": "hml_",
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["knox.auth.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["certification.api.renderers.EnvelopeRenderer"],
    "DEFAULT_PARSER_CLASSES": ["certification.api.json_parser.JSONBody"],
    # The server determines the client's address (see FORWARDED_ALLOW_IPS). With the client's own
    # X-Forwarded-For, every forged address would get a new rate limit.
    "NUM_PROXIES": 0,
    "EXCEPTION_HANDLER": "certification.api.errors.exception_handler",
    "NON_FIELD_ERRORS_KEY": "body",
    "DEFAULT_THROTTLE_CLASSES": [
        "certification.api.throttling.UserThrottle",
        "certification.api.throttling.ScopeThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "user": f"{environment.number('API_REQUESTS_PER_MINUTE', 600, minimum=1)}/min",
        "login": f"{environment.number('API_LOGINS_PER_MINUTE', 30, minimum=1)}/min",
    },
    "DEFAULT_SCHEMA_CLASS": "certification.api.schema.PagedSchema",
    # Export formats are chosen by the path's suffix, not by a parameter "format".
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Homologa",
    "DESCRIPTION": "Certifies AI models, region by region. Every answer comes in an envelope: "
    '`{"status": "success", "data": …}` or '
    '`{"status": "error", "error": {"code", "message", "details"}}`.',
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "SCHEMA_PATH_PREFIX": "/api/",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "certification.api.schema.in_the_envelope",
    ],
    "ENUM_NAME_OVERRIDES": {
        "JobStatus": "certification.states.JobStatus",
        "JobType": "certification.states.JobType",
        "PairStatus": "certification.states.PairStatus",
        "StandingStatus": "certification.states.StandingStatus",
        "RouteKind": "certification.states.RouteKind",
        "RouteOutcome": "certification.states.RouteOutcome",
        "ErrorCategoryEnum": "certification.engine.Category",
        "CheckStatus": ["PASSED", "FAILED", "SKIPPED", "ERROR"],
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": False, "displayOperationId": True},
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_FORMATTER_CLASS": "certification.api.errors.EnvelopeFormatter",
}

if MODE == "production":
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
    # Browsers take such a cookie only over https and from this very host, not from a neighbour
    # under the same domain.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    LANGUAGE_COOKIE_NAME = "__Host-language"
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    # Refused instead: a client that follows redirects would send its token in the clear each time.
    SECURE_REDIRECT_EXEMPT = [r"^api/"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
# Not in a cookie of their own, whose name could not have the prefix.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Language, time, static files -----------------------------------------------------------------

LANGUAGE_CODE = "pt-br"
LANGUAGES = [("pt-br", _("Brazilian Portuguese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = environment.text("HOMOLOGA_TIME_ZONE", "America/Sao_Paulo")

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Laptop mode serves the source files; production uses the collected, fingerprinted ones.
WHITENOISE_USE_FINDERS = MODE == "laptop"
WHITENOISE_AUTOREFRESH = MODE == "laptop"
if MODE == "production":
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {
            "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
        },
    }

# --- Logs -----------------------------------------------------------------------------------------

LOG_FORMAT = environment.choice(
    "LOG_FORMAT", *(("json", "lines") if MODE == "production" else ("lines", "json"))
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "config.log_format.Json"},
        "lines": {"()": "config.log_format.Line"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {
        "handlers": ["stderr"],
        "level": environment.choice("LOG_LEVEL", "INFO", "DEBUG", "WARNING", "ERROR"),
    },
    "loggers": {
        "botocore": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        # Homologa logs each pair and each request itself, with their context.
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "uvicorn.access": {"level": "WARNING"},
        # Removes uvicorn's own handler.
        "uvicorn": {"handlers": [], "propagate": True},
    },
}
