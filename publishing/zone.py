"""The zone by whose clocks the site tells the time."""

from django.utils import timezone


def zone_name():
    """Return what people call it: “London” for Europe/London."""
    return timezone.get_default_timezone_name().rpartition("/")[2].replace("_", " ")
