"""What personal data the site holds: the sections of the privacy page.

A new kind of personal data is a new Holding with a template of its own. A test compares the models
named here with all that there are.
"""

from dataclasses import dataclass

from django.conf import settings

SECONDS_A_DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Holding:
    """One kind of personal data, or of none; its template says what, why and for how long."""

    slug: str
    heading: str
    models: tuple[str, ...] = ()  # the labels of those that hold it

    @property
    def template(self):
        return f"pages/privacy/_{self.slug}.html"


HOLDINGS = [
    Holding("visitors", "If you read this site"),
    # Words alone; but nobody can tell what people type.
    Holding("searches", "If you search this site", ("finder.UnansweredQuery",)),
    Holding(
        "people",
        "If you are named on this site",
        (
            "admin.LogEntry",  # names the entries that were changed
            "partners.Partnership",
            "people.Person",
            "people.Role",
            "programmes.Testimonial",
            "publishing.Redirect",  # has the former address of whoever was renamed
        ),
    ),
    Holding(
        "staff",
        "If you edit this site",
        (
            "admin.LogEntry",
            "auth.User",
            "partners.Partner",  # its editors
            "programmes.Programme",  # its editors
            "sessions.Session",
        ),
    ),
    Holding("server", "What the server notes"),
]


def cookies():
    """Return (name, days it is kept, what it does) of each cookie that the desk may set.

    The days are None for one that ends with the browser's session, or sooner.
    """
    return [
        (
            settings.SESSION_COOKIE_NAME,
            None
            if settings.SESSION_EXPIRE_AT_BROWSER_CLOSE
            else settings.SESSION_COOKIE_AGE // SECONDS_A_DAY,
            "keeps you signed in",
        ),
        (
            settings.CSRF_COOKIE_NAME,
            settings.CSRF_COOKIE_AGE // SECONDS_A_DAY if settings.CSRF_COOKIE_AGE else None,
            "tells your own forms from forged ones",
        ),
        ("messages", None, "carries a message to the next page, such as “saved”"),
    ]
