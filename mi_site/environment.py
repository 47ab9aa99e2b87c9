"""How settings.py reads the environment.

A wrong value is one clear line, never a guess and never a traceback. A variable that is set to
nothing counts as not set.
"""

import tempfile
import warnings
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management.utils import get_random_secret_key
from django.core.validators import URLValidator, validate_email
from environ import Env

YES = {"1", "true", "yes", "on"}
NO = {"0", "false", "no", "off"}
SMTP = "outbox.smtp.EmailBackend"
BACKENDS_WITHOUT_SERVER = {
    "django.core.mail.backends.console.EmailBackend",
    "django.core.mail.backends.filebased.EmailBackend",
    "django.core.mail.backends.locmem.EmailBackend",
}


class Environment(Env):
    def text(self, name, default=""):
        return self.str(name, default="").strip() or default

    def yes_or_no(self, name, default=False):
        """django-environ takes every word that it doesn't know for no."""
        word = self.text(name, default="yes" if default else "no").lower()
        if word not in YES | NO:
            raise ImproperlyConfigured(f"{name} must be 1 or 0, not {word!r}.")
        return word in YES

    def number(self, name, default, lowest, highest):
        word = self.text(name, default=str(default))
        # isdecimal() alone would take the digits of other scripts too.
        if not (
            word.isascii()
            and word.isdecimal()
            and len(word) < 12
            and lowest <= int(word) <= highest
        ):
            raise ImproperlyConfigured(
                f"{name} must be a number from {lowest} to {highest}, not {word!r}."
            )
        return int(word)

    def names(self, name, default):
        return [word.strip() for word in self.text(name).split(",") if word.strip()] or default

    def origin(self, name, default):
        """A scheme and a host, without the closing slash."""
        word = self.text(name, default=default).removesuffix("/")
        try:
            parts = urlsplit(word)
            is_origin = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            is_origin = False
        if not is_origin or word != f"{parts.scheme}://{parts.netloc}":
            raise ImproperlyConfigured(
                f"{name} must be like https://www.example.org, not {word!r}."
            )
        return word

    def contact(self, name):
        """Where to write to, as a URI: mailto: or https:; "" where it is not set."""
        word = self.text(name)
        scheme, _, mailbox = word.partition(":")
        try:
            if scheme == "mailto":
                validate_email(mailbox)
            elif word:
                URLValidator(["https"])(word)
        except ValidationError as error:
            raise ImproperlyConfigured(
                f"{name} must be like mailto:security@example.org or "
                f"https://www.example.org/security, not {word!r}."
            ) from error
        return word

    def mailbox(self, name):
        """An e-mail address; "" where it is not set."""
        word = self.text(name)
        try:
            if word:
                validate_email(word)
                word.encode("ascii")  # it stands in a header, where Django encodes names only
        except (ValidationError, UnicodeEncodeError) as error:
            raise ImproperlyConfigured(
                f"{name} must be like team@example.org, not {word!r}."
            ) from error
        return word

    def email_server(self, name):
        """Django's settings for an SMTP server; without one, e-mail is printed where the site runs.

        The address may hold a password, so no message repeats it.
        """
        word = self.text(name, default="consolemail://")
        try:
            server = self.email_url_config(word)
        except (ImproperlyConfigured, KeyError, ValueError):
            server = {}
        backend = server.pop("EMAIL_BACKEND", "")
        is_smtp = backend == "django.core.mail.backends.smtp.EmailBackend"
        if not ((is_smtp and server["EMAIL_HOST"]) or backend in BACKENDS_WITHOUT_SERVER):
            raise ImproperlyConfigured(
                f"{name} must be like smtp+tls://user:password@host:587, or consolemail:// to "
                "print e-mail instead of sending it."
            )
        return server | {"EMAIL_BACKEND": SMTP if is_smtp else backend}

    def folder(self, name, default):
        """A folder to write in, made when it is missing."""
        path = Path(self.text(name, default=default)).expanduser().resolve()
        try:
            path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=path):
                pass
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name}: cannot write in the folder {path} ({error.strerror}). "
                "Name another, or make it writable."
            ) from error
        return path

    def database(self, name, default):
        """SQLite or PostgreSQL. The address may hold a password, so no message repeats it."""
        word = self.text(name)
        if not word:
            return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(default)}
        try:
            with warnings.catch_warnings(
                action="error"
            ):  # django-environ only warns of an address it cannot use
                database = self.db_url_config(word)
        except (ValueError, UserWarning):
            database = {}
        engine = database.get("ENGINE")
        if engine == "django.db.backends.sqlite3" or (
            engine == "django.db.backends.postgresql" and database["NAME"]
        ):
            return database
        raise ImproperlyConfigured(
            f"{name} must be like postgres://user:password@host:5432/name "
            "or sqlite:////folder/db.sqlite3."
        )


def kept_secret_key(folder):
    """The key of a local site: made once, kept in its folder, readable by its owner only."""
    path = folder / "secret_key"
    try:
        if not path.exists():
            # Written aside and then linked into place: of two processes that start at once
            # one wins, both read the winner's key, and nobody ever reads half of one.
            with tempfile.NamedTemporaryFile("w", dir=folder) as draft:
                draft.write(get_random_secret_key())
                draft.flush()
                with suppress(FileExistsError):
                    path.hardlink_to(draft.name)
        return path.read_text()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The secret key cannot be kept in {path} ({error.strerror})."
        ) from error
