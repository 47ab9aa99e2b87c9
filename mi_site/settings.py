"""The one file of settings.

What may differ between two sites is read from the environment, here at the top and nowhere
else; the README holds the table. With nothing set this is a safe local site. Production is
the explicit choice, and refuses to start half-configured.
"""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from whitenoise.compress import Compressor

from .environment import SMTP, Environment, kept_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent

# The environment

env = Environment()
PRODUCTION = env.yes_or_no("PRODUCTION")
DEBUG = env.yes_or_no("DEBUG")

if PRODUCTION:
    if DEBUG:
        raise ImproperlyConfigured("PRODUCTION=1 never runs with DEBUG=1: unset one of them.")
    missing = [
        name
        for name in (
            "SECRET_KEY",
            "ALLOWED_HOSTS",
            "BASE_URL",
            "DATABASE_URL",
            "TRUSTED_PROXIES",
            "EMAIL_URL",
            "TEAM_EMAIL",
        )
        if not env.text(name)
    ]
    if missing:
        raise ImproperlyConfigured(f"PRODUCTION=1 needs these set as well: {', '.join(missing)}.")

HOST = env.text("HOST", default="127.0.0.1")
PORT = env.number("PORT", default=8000, lowest=1, highest=65535)
WORKERS = env.number("WORKERS", default=2, lowest=1, highest=64)
BASE_URL = env.origin(
    "BASE_URL", default=f"http://{'127.0.0.1' if HOST == '0.0.0.0' else HOST}:{PORT}"
)
SECURITY_CONTACT = env.contact("SECURITY_CONTACT")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", default=0, lowest=0, highest=9)
EMAIL = env.email_server("EMAIL_URL")
TEAM_EMAIL = env.mailbox("TEAM_EMAIL")
ENQUIRY_MONTHS = env.number("ENQUIRY_MONTHS", default=12, lowest=1, highest=120)
ANSWER_WORKING_DAYS = env.number("ANSWER_WORKING_DAYS", default=5, lowest=1, highest=60)
TIMER = env.yes_or_no("TIMER", default=True)
FOUR_EYES = env.yes_or_no("FOUR_EYES")
HSTS_SECONDS = env.number("HSTS_SECONDS", default=31_536_000, lowest=0, highest=63_072_000)

if PRODUCTION and not BASE_URL.startswith("https://"):
    raise ImproperlyConfigured("PRODUCTION=1 needs a BASE_URL that begins with https://.")
if PRODUCTION and EMAIL["EMAIL_BACKEND"] != SMTP:
    raise ImproperlyConfigured(
        "PRODUCTION=1 needs an EMAIL_URL like smtp+tls://user:password@host:587, which sends e-mail."
    )

# All that the site writes is in here: its SQLite database, its key, the collected static files.
DATA = env.folder("DATA", default=BASE_DIR / "var")
CONTENT = Path(env.text("CONTENT", default=BASE_DIR / "fixtures")).expanduser().resolve()
SECRET_KEY = env.text("SECRET_KEY") or kept_secret_key(DATA)
DATABASES = {"default": env.database("DATABASE_URL", default=DATA / "db.sqlite3")}

# The application

# Ours go from the top down: each imports only from those below it.
INSTALLED_APPS = [
    "desk.apps.DeskConfig",  # Django's admin, under our own AdminSite
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_prose_editor",  # for its static files
    "taggit",
    "finder",
    "pages",
    "enquiries",
    "faq",
    "programmes",
    "people",
    "partners",
    "topics",
    "publishing",
    "outbox",
    "timer",
    "mi_site",
]

MIDDLEWARE = [
    "mi_site.headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "mi_site.views.HealthMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "publishing.kept.OneVersionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "publishing.redirects.RedirectMiddleware",
]

ROOT_URLCONF = "mi_site.urls"
WSGI_APPLICATION = "mi_site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "pages.context_processors.site",
            ],
        },
    },
]

# The database

# A connection is kept for a minute, and tried before it is used again: a database that went
# away and came back is no error.
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # Readers and the one writer don't wait for each other.
        "init_command": "PRAGMA journal_mode=WAL",
        # A transaction that reads first and writes later would fail at once when another
        # wrote in between; so each begins as a writer.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds to wait for the other writer
    }
else:
    # A machine that is switched off doesn't answer at all; libpq alone would wait for minutes.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 10,  # seconds
        "tcp_user_timeout": 10_000,  # ms
    } | DATABASES["default"].get("OPTIONS", {})

# E-mail: the timer sends it, never a request

vars().update(EMAIL)
EMAIL_TIMEOUT = 20  # seconds for each answer of the mail server
DEFAULT_FROM_EMAIL = TEAM_EMAIL or "website@localhost"

# What the timer does, by name, so that the desk can show it

TIMER_JOBS = "mi_site.jobs.JOBS"

# What a preview shows, by name or by the app that serves it: pages that a visitor reads, with the
# drawings on them. Nothing that does something, and no file

PREVIEWED = {
    "pages:home",
    "pages:about",
    "pages:contacts",
    "pages:figures",
    "pages:figure",
    "pages:sources",
    "pages:source",
    "pages:updates",
    "pages:accessibility",
    "pages:privacy",
    "pages:detail",
    "programmes",
    "partners",
    "people",
    "topics",
    "faq",
    "finder:find",
    "mark",
    "favicon",
}

# What is kept of searches that found nothing

UNANSWERED_QUERY_DAYS = 90

# Language and time

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = False  # one language, for which Django has no words of its own
USE_TZ = True

# Static files

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Source maps too: the admin has 2.4 MB of them, and compressing what only a debugger asks
# for is more than half of the work.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]

# Security; the policies of content are in headers.py

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "desk.signing_in.csrf_failure"
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# The largest form, a programme with a hundred of each of its parts, has 3,800 fields and
# what is ticked on it. Beyond these two numbers the answer is 413.html.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440  # 2.5 MB, as Django has it

if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

if PRODUCTION:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    # Whoever watches the site asks it from inside, over plain HTTP.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = HSTS_SECONDS
    # Other hosts under the same domain are not ours to decide for, so neither
    # includeSubDomains nor preload.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# Logging: warnings and errors, to stderr. What visitors do wrong (4xx) is no news to us;
# a 500 comes with its traceback.

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "mi_site.logs.WithoutTokens",
            "fmt": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Django's own handlers would send mail, and print only with DEBUG.
        "django": {"handlers": [], "level": "WARNING"},
        "django.request": {"level": "ERROR"},
        # Django leaves it to the server to drop the body of an answer to HEAD.
        # gunicorn does, and would complain each time.
        "gunicorn.http.wsgi": {"level": "ERROR"},
        # Scanners ask for other hosts all day long.
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
        # Whoever sends too large a form is told so; Django would write a traceback each time.
        "django.security.RequestDataTooBig": {"level": "CRITICAL"},
        "django.security.TooManyFieldsSent": {"level": "CRITICAL"},
        "django.security.TooManyFilesSent": {"level": "CRITICAL"},
    },
}
