from django import template

from ..models import Page

register = template.Library()


@register.simple_tag
def page_at(path):
    """The Page at ``path`` with its passages, if it is public."""
    return Page.objects.public().prefetch_related("passages").filter(path=path).first()
