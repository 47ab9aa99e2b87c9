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
        "enquiries",
        "If you write by the form of this site",
        (
            "enquiries.Enquiry",
            "enquiries.Event",
            "enquiries.Submission",  # keyed hashes alone; but of an address
            "outbox.OutgoingMessage",
        ),
    ),
    Holding(
        "people",
        "If you are named on this site",
        (
            "admin.LogEntry",  # names the entries that were changed
            "partners.Partnership",
            "people.Departure",
            "people.HandOver",
            "people.Person",
            "people.Role",
            "programmes.Testimonial",
            "publishing.Gone",  # has the address of somebody's page
            "publishing.Redirect",  # has the former address of whoever was renamed
            "publishing.Revision",  # what was said of somebody before
            "publishing.Update",  # names what was published
        ),
    ),
    Holding(
        "staff",
        "If you edit this site",
        (
            "admin.LogEntry",
            "auth.User",
            "enquiries.Enquiry",  # who answers it
            "enquiries.Event",  # who did what
            "partners.Partner",  # its editors
            "programmes.Programme",  # its editors
            "publishing.Plan",  # who planned it
            "publishing.Revision",  # who saved or published what
            "sessions.Session",
        ),
    ),
    Holding("server", "What the server notes"),
]


def form_cookie():
    """Return (name, days it is kept) of the one cookie that the form for enquiries sets."""
    return settings.CSRF_COOKIE_NAME, cookie_days(settings.CSRF_COOKIE_AGE)


def cookie_days(seconds):
    return seconds // SECONDS_A_DAY if seconds else None


def cookies():
    """Return (name, days it is kept, what it does) of each cookie that the desk may set.

    The days are None for one that ends with the browser's session, or sooner.
    """
    return [
        (
            settings.SESSION_COOKIE_NAME,
            None
            if settings.SESSION_EXPIRE_AT_BROWSER_CLOSE
            else cookie_days(settings.SESSION_COOKIE_AGE),
            "keeps you signed in",
        ),
        (
            settings.CSRF_COOKIE_NAME,
            cookie_days(settings.CSRF_COOKIE_AGE),
            "tells your own forms from forged ones",
        ),
        ("messages", None, "carries a message to the next page, such as “saved”"),
    ]
