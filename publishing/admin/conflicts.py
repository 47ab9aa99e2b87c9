"""Two people at one form: what the one saved while the other typed."""

from copy import deepcopy
from functools import cached_property

from .. import diff, state
from ..models import Revision


class Conflict:
    """What a form that was opened at revision ``number`` did not know of.

    ``opened`` is the State that it showed, ``theirs`` the one that others have saved since, and
    ``mine`` what the form now holds of both; None while something typed is wrong.
    """

    mine = None

    def __init__(self, thing, number, opened, theirs):
        self.model = type(thing)
        self.opened = opened
        self.theirs = theirs
        revisions = Revision.objects.of(thing).select_related("user")
        # Of a form that can't be placed only the newest is told: the others may be long ago.
        self.since = list(revisions.filter(pk__gt=number) if number else revisions[:1])

    @cached_property
    def changed_there(self):
        return list(state.differences(self.opened, self.theirs))

    @property
    def places(self):
        """The names of the places that others changed."""
        return state.Names(self.model).places(self.changed_there)

    def both(self):
        """Return the Changes from theirs to mine, at the places that both changed."""
        if self.mine is None:
            return []
        there = [found.place for found in self.changed_there]
        met = [
            found
            for found in state.differences(self.theirs, self.mine)
            if any(touch(found.place, place) for place in there)
        ]
        return diff.changes(self.model, self.theirs, with_differences(self.theirs, met))


def touch(one, other):
    """Whether two places are the same, or one is a part of something and the other lies in it."""
    return one[:2] == other[:2] and (one[2] == other[2] or None in (one[2], other[2]))


def with_differences(before, differences):
    """Return the State ``before`` with ``differences`` from it, and no others."""
    result = deepcopy(before)
    for key, part, field, _, after in differences:
        if part is None:
            result[key] = after
        elif field is not None:
            result[key][part][field] = after
        elif after is None:
            del result[key][part]
        else:
            result[key][part] = after
    return result
