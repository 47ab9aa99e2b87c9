"""Days that enquiries go by: in London, and without bank holidays, of which nobody tells the site."""

import calendar
import datetime

SATURDAY = 5


def months_after(day, months):
    """Return ``day`` so many months later: the last of a month that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))


def working_days_after(day, number):
    """Return the day that lies ``number`` working days, Monday to Friday, after ``day``."""
    while number:
        day += datetime.timedelta(days=1)
        number -= day.weekday() < SATURDAY
    return day
