"""Addresses as people type them, paste them and follow them, and what stands there."""

import re
import string
from functools import lru_cache
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.http import Http404, HttpRequest
from django.http.request import split_domain_port, validate_host
from django.urls import get_script_prefix, is_valid_path, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme

LONGEST = 300  # characters of an old address
# In UTF-8 each takes four bytes at most, and each of those three characters of an address.
LONGEST_ENCODED = LONGEST * 4 * 3

FILE = re.compile(r"(?P<name>/[a-z0-9-]+)(?P<ending>\.[a-z0-9]+)$")


def address_of(route, *args):
    """Return ``reverse(route, args=args)``, which pages ask for a hundred times over."""
    return _reversed(get_script_prefix(), route, args)


@lru_cache(maxsize=2048)
def _reversed(prefix, route, args):
    """Routes stay while the process runs; ``prefix`` is that of a preview, or of the site."""
    return reverse(route, args=args)


def known_by(address):
    """Return what an old address is looked up by, however it was typed: ``/faqs`` for ``/FAQs/?x=1``.

    Lower case, without host, query and slash at the end, and no longer percent-encoded. It takes
    any text, never fails, and does nothing to its own answer. Its time can grow with the square of
    the length, so ``may_be_old`` comes before it where strangers choose the text.
    """
    while (decoded := unquote(address)) != address:  # links that travelled are encoded twice
        address = decoded
    path = re.split("[?#]", without_our_host(address.strip()))[0]
    path = normalize("NFC", normalize("NFC", path).lower())
    return "/" + path.strip(string.whitespace + "/")


def may_be_old(path):
    """Whether ``path`` can be the old address of a redirect, with room for percent-encoding."""
    # PostgreSQL takes no NUL, not even to look for it.
    return len(path) <= LONGEST_ENCODED and "\0" not in known_by(path)


def pages_with(path):
    """Return the addresses of the pages that ``path`` may belong to, the nearest first.

    Of the file ``/people/ann.vcf`` these are ``/people/ann`` and ``/people``; of a list that is all
    about one thing, such as ``/topics/energy/programmes``, the page of that; of any other path,
    none. Like it, they are as ``known_by`` has them.
    """
    if found := FILE.search(path):
        return [path[: found.start("ending")], path[: found.start("name")]]
    page, _, name = path.rpartition("/")
    return [page] if page and is_list_below(page, name) else []


def is_list_below(page, name):
    """Whether the route of the page at ``page`` goes on with ``name``, just as it is written."""
    below, above = f"{page}/{name}/", f"{page}/"
    if not (is_valid_path(below) and is_valid_path(above)):
        return False
    return resolve(below).route == f"{resolve(above).route}{name}/"


def as_target(address):
    """Return ``address`` as a redirect leads to it.

    One of this site loses its host, and gains the slashes without which the site would redirect
    once more. Any other comes back as it is.
    """
    address = without_our_host(address.strip())
    if not address.startswith("/") and not urlsplit_or_nothing(address).scheme:
        address = f"/{address}"
    path = path_of(address)
    if path.startswith("/") and not is_valid_path(path) and is_valid_path(f"{path}/"):
        address = f"{path}/{address.removeprefix(path)}"
    return address


def inside(prefix, address):
    """Return ``address`` below ``prefix`` if it is one of this site, else as it is."""
    is_ours = address.startswith("/") and not address.startswith("//")
    return prefix + address.removeprefix("/") if is_ours else address


def path_of(address):
    """Return ``address`` without query and fragment."""
    return re.split("[?#]", address)[0]


def own_path(address):
    """Return the path of ``address``, or "" if that is but a place on a page of others.

    A link to one of many questions, ``/faq/place/why/#why``, leads to a place as well, but by a
    path that is its alone. That of a list is not, even where one of the list has its name.
    """
    path, _, place = address.partition("#")
    if not place:
        return path
    return path if is_valid_path(path) and resolve(path).kwargs.get("slug") == place else ""


def without_our_host(address):
    """Return ``address`` without scheme and host where these are this site's own."""
    parts = urlsplit_or_nothing(address)
    if parts.scheme in ("http", "https") and is_ours(parts.netloc):
        return parts._replace(scheme="", netloc="").geturl() or "/"
    return address


def is_ours(netloc):
    """Whether this site answers to the host of ``netloc``."""
    host, _ = split_domain_port(netloc.lower())
    ours, _ = split_domain_port(urlsplit(settings.BASE_URL).netloc.lower())
    return bool(host) and (host == ours or validate_host(host, settings.ALLOWED_HOSTS))


def urlsplit_or_nothing(address):
    """Return the parts of ``address``, all of them empty where it is too odd to be taken apart."""
    try:
        return urlsplit(address)
    except ValueError:  # as of “http://[”
        return urlsplit("")


def is_of_the_admin(path):
    return f"{path.rstrip('/')}/".startswith(reverse("admin:index"))


def is_of_a_preview(path):
    """Whether drafts are shown at ``path``, to those who may see them."""
    return is_valid_path(path) and resolve(path).url_name == "preview"


def validate_old_address(address):
    """Refuse what nobody can have followed to this site. ``address`` is as ``known_by`` has it."""
    if "://" in address:
        raise ValidationError(
            "This is an address of another site. Write what comes after the host, such as /faqs."
        )
    if not address.isprintable():
        raise ValidationError("This address has a character in it that no address has.")
    if is_of_the_admin(address):
        raise ValidationError("This is an address of the admin, which is never redirected.")


def validate_target(address):
    """Refuse what visitors should not be sent to. ``address`` is as ``as_target`` has it."""
    if not address.startswith("/"):
        URLValidator(
            ["https"],
            message="Write a path of this site, such as /programmes/, or an address that begins "
            "with https://.",
        )(address)
    elif is_of_the_admin(path_of(address)):
        raise ValidationError("Visitors can’t follow an address of the admin.")
    elif is_of_a_preview(path_of(address)):
        raise ValidationError("This is an address of a preview. Write that of the public page.")
    elif (
        not url_has_allowed_host_and_scheme(address, allowed_hosts=None)
        or not address.isprintable()
        or " " in address
    ):
        raise ValidationError("This is no path of this site. Write it as /programmes/.")


def request_of_a_visitor(path):
    """Return the request for ``path`` of somebody without account, cookies or conditions."""
    request = HttpRequest()
    request.method = "GET"
    request.path = request.path_info = path
    request.META["HTTP_HOST"] = urlsplit(settings.BASE_URL).netloc
    return request


def answers(path):
    """Whether visitors find something at ``path`` of this site, where no redirect leads them.

    Its own view is asked, so that the answer is right for a page, a file or a picture alike, and
    for what has just been published or taken down. It costs what the page costs.
    """
    if is_of_the_admin(path) or is_of_a_preview(path):
        return False
    request = request_of_a_visitor(path)
    try:
        request.resolver_match = match = resolve(path)
        response = match.func(request, *match.args, **match.kwargs)
    except Http404:
        return False
    return response.status_code < 400
