"""The list of what was published goes by the names and addresses that things have now."""

from .models import Update
from .workflow import address_of


def keep_up(instance, raw, **kwargs):
    """After something is saved: let what the updates say of it have its title and its address.

    Stored, so that a page of updates about every kind of thing is one query.
    """
    if raw:  # fixtures: nothing in them was published at the desk
        return
    known = {"title": instance.headline[:300], "address": address_of(instance)}
    Update.objects.of(instance).exclude(**known).update(**known)
