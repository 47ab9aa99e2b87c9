from django import template

from ..models import Person
from ..names import patterns_of, without_names

register = template.Library()


@register.filter
def without_the_gone(text):
    """``text`` without the names of those who have left; it takes a query."""
    return without_names(text, patterns_of(Person.objects.gone()))
