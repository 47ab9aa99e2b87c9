"""A time ahead, as staff write it: a day and a time of day by the clocks of the site's own zone."""

from datetime import datetime, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from ..zone import zone_name

# The button that asks for a time. Beside any other the two fields may be empty.
SCHEDULE = "_schedule"

# Whoever means a time beyond that has most likely mistyped the year.
FURTHEST = timedelta(days=5 * 366)


def moment(day, time):
    """Return ``time`` on ``day`` as clocks here show it.

    Raises ValidationError for what they never show, or show twice, as they are put forward or back
    (PEP 495: ``fold`` tells the two readings of a time apart).
    """
    zone = timezone.get_default_timezone()
    first, second = (datetime.combine(day, time).replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    told = {"time": f"{first:%H:%M}", "day": f"{first:%-d %B %Y}"}
    if first.utcoffset() < second.utcoffset():
        raise ValidationError(
            "There is no %(time)s on %(day)s: clocks are put forward over it. Choose another time.",
            params=told,
        )
    if first.utcoffset() > second.utcoffset():
        raise ValidationError(
            "There is %(time)s twice on %(day)s: clocks are put back over it. Choose another time.",
            params=told,
        )
    return first


class TimeAhead(forms.Form):
    """The fields of a form whose step can be taken later, by its button ``SCHEDULE``."""

    day = forms.DateField(
        label="Date",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    time = forms.TimeField(
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["time"].help_text = f"{zone_name()} time. It happens within a minute of it."

    @property
    def is_later(self):
        """Whether the step is asked for later, rather than now."""
        return SCHEDULE in self.data

    def at(self):
        """Return the time that was asked for, of a valid form; None for now."""
        return self.cleaned_data.get("at")

    def clean(self):
        """Refuse a time that has passed, or that is none; and one that another button passes by."""
        cleaned = super().clean() or self.cleaned_data
        if not self.is_later:
            if any(cleaned.get(name) is not None for name in ("day", "time")):
                # Enter in one of the fields presses the first button of the form.
                self.add_error("day", "To wait for this time, press “Schedule”; else empty it.")
            return cleaned
        for name, missing in (("day", "Choose a date."), ("time", "Choose a time.")):
            if name not in self.errors and cleaned.get(name) is None:
                self.add_error(name, missing)
        if not {"day", "time"} & set(self.errors):
            self.clean_at(cleaned)
        return cleaned

    def clean_at(self, cleaned):
        try:
            at = moment(cleaned["day"], cleaned["time"])
        except ValidationError as error:
            self.add_error("time", error)
            return
        now = timezone.localtime()
        if at < now.replace(second=0, microsecond=0):  # the minute that runs is soon enough
            self.add_error(
                "day" if at.date() < now.date() else "time",
                f"This has passed: it is {now:%H:%M} on {now:%-d %B %Y}. Choose a time ahead.",
            )
        elif at > now + FURTHEST:
            self.add_error("day", "This is more than five years ahead. Is the year right?")
        else:
            cleaned["at"] = at
