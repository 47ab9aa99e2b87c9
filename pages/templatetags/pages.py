from django import template

from ..open_data.kinds import shown_on
from ..shared import page_at

register = template.Library()
register.simple_tag(page_at)


@register.inclusion_tag("pages/_data_links.html", takes_context=True)
def data_links(context):
    """The files that say as data what this page shows."""
    here = context["request"].resolver_match
    return {"kinds": shown_on(here.view_name) if here else []}


@register.tag
def capture(parser, token):
    """Keep what stands up to ``endcapture`` under a name, to print it more than once.

    A block can be in there, which no template may hold twice: ``{% capture title %}…``.
    """
    try:
        _, name = token.split_contents()
    except ValueError:
        raise template.TemplateSyntaxError("capture takes one name.") from None
    nodelist = parser.parse(("endcapture",))
    parser.delete_first_token()
    return CaptureNode(name, nodelist)


class CaptureNode(template.Node):
    def __init__(self, name, nodelist):
        self.name = name
        self.nodelist = nodelist  # under this name Django finds the blocks in it

    def render(self, context):
        context[self.name] = self.nodelist.render(context)
        return ""
