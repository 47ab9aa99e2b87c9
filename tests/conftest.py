import os
import tempfile
from contextlib import contextmanager

import pytest

# Set here, before Django reads its settings. (Were the settings module named in pyproject.toml,
# pytest-django would read them before this file.)
# Nothing but DATABASE_URL (tests/__main__.py) comes from the shell of whoever runs the tests.
data = tempfile.TemporaryDirectory(prefix="tests-")
for name in (
    "PRODUCTION",
    "DEBUG",
    "ALLOWED_HOSTS",
    "BASE_URL",
    "HOST",
    "PORT",
    "CONTENT",
    "TRUSTED_PROXIES",
    "HSTS_SECONDS",
    "EMAIL_URL",
    "TEAM_EMAIL",
    "ENQUIRY_MONTHS",
    "ANSWER_WORKING_DAYS",
    "TIMER",
    "SECURITY_CONTACT",
    "WORKERS",
):
    os.environ.pop(name, None)
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "mi_site.settings",
    "DATA": data.name,
    "SECRET_KEY": "for-the-tests-only-not-a-secret-Qw7Zk2Vx9Lr4Ht6Yb1Nc",
}


def pytest_configure():
    from django.conf import settings

    # No collecting before the tests: static files are served from where they were written.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True
    # The real hashers take a quarter of a second, which is their purpose.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_unconfigure():
    data.cleanup()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The real content is in the test database: ERA and Alex Archibald are the cast."""
    from django.core.management import call_command

    with django_db_blocker.unblock():
        call_command("load_content", verbosity=0)


@pytest.fixture
def committing_db(transactional_db):
    """For a test that must really commit.

    The one before it emptied the database behind itself, so the content is loaded again.
    """
    from django.core.management import call_command

    call_command("load_content", verbosity=0)


@pytest.fixture
def empty_database(django_db_blocker):
    """The setting for an empty database, of the kind that these tests run on."""
    with another_database(django_db_blocker) as environment:
        yield environment


@contextmanager
def another_database(django_db_blocker):
    from django.db import connection

    if connection.vendor == "sqlite":
        yield {}
        return
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute("CREATE DATABASE started")
        yield {"DATABASE_URL": os.environ["DATABASE_URL"].rpartition("/")[0] + "/started"}
        cursor.execute("DROP DATABASE started WITH (FORCE)")
