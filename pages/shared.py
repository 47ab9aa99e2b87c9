"""What most pages show or lean on: read once for each state of the content, not for each page."""

from functools import cached_property

from partners.models import Partner, Partnership
from publishing import version
from publishing.kept import while_unchanged
from publishing.models import SourceDocument
from publishing.provenance import Library

from .models import Page


class Shared:
    """The few rows that are on many pages, each kind read when it is first asked for."""

    @cached_property
    def partnership(self):
        """Whose site this is; None before there is any."""
        return Partnership.objects.select_related("general_route").first()

    @cached_property
    def library(self):
        """The sources, to tell whose words are whose."""
        return Library(SourceDocument.objects.all())

    @cached_property
    def pages(self):
        """{path: Page} of all that are public, in the order of their paths, with passages."""
        pages = Page.objects.public().prefetch_related("passages")
        return {page.path: page for page in pages}

    @cached_property
    def partners(self):
        """The partners that are public, in order."""
        return list(Partner.objects.public())


def shared():
    """Return the Shared of the content as the database holds it now."""
    return Shared() if version.may_lag() else _kept()


@while_unchanged
def _kept():
    found = Shared()
    for name, value in vars(Shared).items():
        if isinstance(value, cached_property):
            # All at once: what is kept must be of the state that it is kept for.
            getattr(found, name)
    return found


def page_at(path):
    """Return the Page at ``path`` with its passages, None unless it is public."""
    return shared().pages.get(path)
