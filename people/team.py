"""The team of the partnership."""

from publishing.kept import while_unchanged

from .models import Role


@while_unchanged
def team():
    """Return the public roles of the team, in order, with who holds them."""
    return list(Role.objects.public().team().with_people())
