import logging
import re
from contextlib import contextmanager
from datetime import timedelta
from unicodedata import normalize

from django.conf import settings
from django.db import DatabaseError, connection, models
from django.db.models import F, Q
from django.utils import timezone

from publishing.fields import AddressField, LinesField
from publishing.models import Content

logger = logging.getLogger(__name__)

LONGEST = 80  # characters of a query that is kept
MOST_KEPT = 1000
MOMENT = 200  # milliseconds
WORD = re.compile(r"\w{2}")
TELLS_OF_A_PERSON = re.compile(r"@|\d|://|www\.")


class OutOfScope(Content):
    """A subject that nobody here answers for, with the words that people type for it.

    The finder then leads with the general route instead of the nearest programme.
    """

    name = models.CharField(
        max_length=100, unique=True, help_text="What it is about, for your eyes only."
    )
    slug = AddressField(help_text="A short name for it in files. Never shown.")
    words = LinesField(
        help_text="What people type for it, one word or phrase on a line. It beats a programme "
        "that fits no better, so leave out whatever a researcher might mean."
    )

    class Meta:
        ordering = ["name"]
        verbose_name = "subject out of scope"
        verbose_name_plural = "subjects out of scope"

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.slug,)


@contextmanager
def impatient():
    """Let SQLite wait for another writer a moment only, instead of its usual time."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        [usual] = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {MOMENT}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")


class UnansweredQueryQuerySet(models.QuerySet):
    def record(self, question):
        """Count ``question``, unless it may tell of a person: an address, a number, a long text.

        No visitor waits for it: what cannot be written at once is not counted.
        """
        text = normalize("NFKC", question).casefold()
        if len(text) > LONGEST or TELLS_OF_A_PERSON.search(text) or not WORD.search(text):
            return
        try:
            with impatient():
                now = timezone.now()
                if not self.filter(text=text).update(times=F("times") + 1, last_asked=now):
                    self.create(text=text, last_asked=now)
                self.purge()
        except DatabaseError as error:
            logger.warning("An unanswered query was not counted: %s", error)

    def purge(self):
        """Delete what nobody has asked for so long, and the oldest of too many; return how many."""
        old = Q(last_asked__lt=timezone.now() - timedelta(days=settings.UNANSWERED_QUERY_DAYS))
        newest = self.order_by("-last_asked").values_list("last_asked", flat=True)
        if surplus := newest[MOST_KEPT : MOST_KEPT + 1].first():
            old |= Q(last_asked__lte=surplus)
        return self.filter(old).delete()[0]


class UnansweredQuery(models.Model):
    """What people asked in vain: its words and how often, nothing about who asked."""

    text = models.CharField(max_length=LONGEST, unique=True)
    times = models.PositiveIntegerField(default=1)
    last_asked = models.DateTimeField(db_index=True)

    objects = UnansweredQueryQuerySet.as_manager()

    class Meta:
        ordering = ["-times", "text"]
        verbose_name_plural = "unanswered queries"

    def __str__(self):
        return self.text
