"""The programmes that pages begin with which are not about programmes alone."""

from publishing.kept import while_unchanged
from publishing.paging import beginning

from .models import Programme

MOST_PROGRAMMES = 24  # flagships first; all are on a page of their own


@while_unchanged
def first_programmes():
    """Return the Beginning of the public programmes, as lists and cards show them.

    Without what is long, which none of these shows.
    """
    programmes = Programme.objects.public().with_participation().select_related("parent")
    shown = programmes.defer("body", "also_known_as", "parent__body", "parent__also_known_as")
    return beginning(shown, MOST_PROGRAMMES)
