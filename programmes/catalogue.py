"""The public programmes as lists show them, and how they belong together."""

from collections import defaultdict

from publishing.kept import while_unchanged
from publishing.paging import beginning

from .models import Programme

MOST_PROGRAMMES = 24  # of a page that is not of programmes alone, flagships first


@while_unchanged
def catalogue():
    """Return {slug: Programme} of all that are public, in order, by one query.

    Each is without its text, which no list shows, and knows its ``public_parent``,
    ``public_successor`` and ``public_parts``, which are of the catalogue themselves.
    """
    programmes = (
        Programme.objects.public()
        .with_participation()
        .defer("body", "also_known_as")
        .order_by(*Programme._meta.ordering, "pk")
    )
    by_key, parts = {}, defaultdict(list)
    for programme in programmes:
        by_key[programme.pk] = programme
        parts[programme.parent_id].append(programme)
    for programme in programmes:
        programme.public_parent = by_key.get(programme.parent_id)
        programme.public_successor = by_key.get(programme.succeeded_by_id)
        programme.public_parts = parts[programme.pk]
    return {programme.slug: programme for programme in programmes}


def first_programmes():
    """Return the Beginning of the catalogue, for a page that is not of programmes alone."""
    return beginning(list(catalogue().values()), MOST_PROGRAMMES)
