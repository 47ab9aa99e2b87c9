"""The one allow-list for rich text, applied when words are saved and again when they are printed."""

import re
from functools import lru_cache
from html import unescape

import nh3
from django.utils.html import linebreaks, strip_tags
from django.utils.safestring import mark_safe

TAGS = {"p", "h2", "h3", "ul", "ol", "li", "strong", "em", "a", "br"}
ATTRIBUTES = {"a": {"href"}, "*": set()}  # nh3 itself would let title and lang pass on all
URL_SCHEMES = {"https", "http", "mailto"}  # and addresses of this site, which have none

BLOCK = re.compile(r"</?(?:p|h2|h3|ul|ol|li)\b")
EDGE = re.compile(r"</?(?:p|h2|h3|ul|ol|li)>|<br>")

# Ways of writing that a reader does not see, and what is written instead.
UNSEEN = [
    (re.compile(r"[ \t\r\n\f]+"), " "),  # HTML's white space, of which a no-break space is none
    (re.compile(r" ?(<br>|</?(?:p|h2|h3|ul|ol|li)>) ?"), r"\1"),
    (re.compile(r"<(p|h2|h3)></\1>"), ""),
    # The editor has a paragraph in each item of a list.
    (re.compile(r"<li><p>((?:(?!</?p>).)*)</p>(?=</li>|<ul>|<ol>)"), r"<li>\1"),
    (re.compile(r"<li></li>"), ""),
    (re.compile(r"<(ul|ol)></\1>"), ""),
]


# Pages print the same texts over and over. What becomes of one depends on nothing but its words: so
# none gets that of another state of the content.
REMEMBERED = 256  # texts, of a kilobyte or two


@lru_cache(maxsize=REMEMBERED)
def clean_html(text):
    """Return ``text`` with every tag, attribute and address outside the allow-list removed."""
    return mark_safe(
        nh3.clean(
            text, tags=TAGS, attributes=ATTRIBUTES, url_schemes=URL_SCHEMES, link_rel="noopener"
        )
    )


def paragraphs(text):
    """Return ``text`` as HTML: plain words become paragraphs, split at empty lines."""
    return text if BLOCK.search(text) else linebreaks(text)  # the allow-list follows


def canonical(text):
    """Return ``text``, plain or HTML, in the one way in which its words and markup are written.

    It has passed the allow-list. Two texts that look the same to a reader are the same, whether an
    editor wrote them or a person; empty paragraphs look like nothing.
    """
    html = clean_html(paragraphs(text))
    for unseen, instead in UNSEEN:
        html = unseen.sub(instead, html)
    return html


def blocks(html):
    """Return the words of each block of ``html`` (paragraph, heading, list item), without markup."""
    return list(_blocks(html))


@lru_cache(maxsize=REMEMBERED)
def _blocks(html):
    bare = (strip_tags(block) if "<" in block else block for block in EDGE.split(html))
    return tuple(words for block in bare if (words := " ".join(unescape(block).split())))


# Ends a sentence: a full stop, space and a capital, unless the word before is an abbreviation.
SENTENCE_END = re.compile(
    r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bProf)(?<!\be\.g)(?<!\bi\.e)[.!?]\s+(?=[A-Z‘“])"
)


def split_lede(html):
    """Return the first sentence of ``html``, as HTML without its paragraph, and all the rest.

    Where the first paragraph opens with markup that spans sentences, all of it is the lede.
    """
    opening, closing = "<p>", "</p>"
    start, end = html.find(opening), html.find(closing)
    if html.lstrip()[: len(opening)] != opening or end < 0:
        return "", html
    paragraph, rest = html[start + len(opening) : end], html[end + len(closing) :]
    if match := SENTENCE_END.search(paragraph):
        lede, remainder = paragraph[: match.end()].rstrip(), paragraph[match.end() :]
        if lede.count("<") == 2 * lede.count("</"):
            return mark_safe(lede), mark_safe(f"{opening}{remainder}{closing}{rest}")
    return mark_safe(paragraph), mark_safe(rest)
