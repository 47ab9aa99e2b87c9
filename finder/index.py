"""The index of this process, as fresh as the content."""

from publishing.kept import while_unchanged

from . import entries
from .matching import Index


def build():
    return Index(entries.public(), entries.out_of_scope(), entries.filler())


@while_unchanged
def current():
    """Return the Index of the content as the database holds it now."""
    return build()
