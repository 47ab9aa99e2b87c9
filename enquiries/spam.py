"""Telling spam from enquiries without asking anything of anybody.

What looks like spam is kept as such, where staff find it and can take it out again: a guess turns
nobody away. Only a flood is refused, and then the form keeps what was typed.

The limits count what every worker has stored. Two requests at the same moment may both be the last
that is allowed: a limit does not need to be exact to end a flood.
"""

import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv6Network, ip_address

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac

from .models import SUBMISSIONS_KEPT, Submission

TRAP = "comments"  # a field that people don't see, under a name that programs like to fill in
SECONDS_TO_WRITE = 3  # nobody types a name, an address and a message faster
MOST_LINKS = 5
LINK = re.compile(r"https?://|www\.|\[url", re.IGNORECASE)

TRAPPED = "A field was filled in that nobody can see."
HASTY = f"It was sent within {SECONDS_TO_WRITE} seconds."
LINK_IN_NAME = "There is a link in the name."
MANY_LINKS = f"It has more than {MOST_LINKS} links."
# What happens to people too: a browser that fills in a form by itself, or goes back to one that was
# filled in. They are asked on the page that they come to. The limits excuse nobody.
EXCUSABLE = {TRAPPED, HASTY, LINK_IN_NAME, MANY_LINKS}

# Tokens are good for a day, so that nobody comes with a stock of them.
FORM_LIVES = timedelta(days=1)

# One address that writes more often than this in a day is hardly written by its owner, to whom each
# enquiry sends an acknowledgement.
SENDER_A_DAY = 5
# A whole university may stand behind one network address. In an hour, a lecture hall in which
# everybody is told to write stays below the first; nobody but a machine comes to the second.
HOUR = timedelta(hours=1)
NETWORK_AN_HOUR = 60
NETWORK_CEILING = 200


@dataclass(frozen=True)
class FormToken:
    """What a form carries, signed, to be known by: its id and when it was shown.

    ``shown_at`` is None for a form that came back with what was typed: there is nothing to wait for.
    """

    id: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    shown_at: float | None = field(default_factory=time.time)

    @classmethod
    def read(cls, text):
        """Return the token that was signed as ``text``; None if it is forged, or has expired."""
        try:
            return cls(*signing.loads(text, salt="enquiries.form", max_age=FORM_LIVES))
        except signing.BadSignature:
            return None

    def __str__(self):
        return signing.dumps([self.id, self.shown_at], salt="enquiries.form")

    @property
    def is_hasty(self):
        """Whether the form comes back faster than anybody can fill it in."""
        return self.shown_at is not None and time.time() - self.shown_at < SECONDS_TO_WRITE

    def form_id(self, typed):
        """Return what an enquiry of this form with these words is known by.

        Sent twice it is one enquiry. With other words it is another one: whoever goes back in the
        browser and writes on must not lose that.
        """
        words = "\0".join([self.id, *(typed[name] for name in sorted(typed))])
        return keyed_hash("form", words)


def keyed_hash(kind, text):
    """Return 64 characters that tell ``text`` from others to whoever has the key, and nothing else."""
    return salted_hmac(f"enquiries.{kind}", text, algorithm="sha256").hexdigest()


@dataclass(frozen=True)
class Origin:
    """Where an enquiry comes from, by keyed hashes; ``network`` is "" where nothing tells."""

    sender: str
    network: str

    @classmethod
    def of(cls, request, email):
        network = network_of(request)
        return cls(
            keyed_hash("sender", email.casefold()),
            keyed_hash("network", network) if network else "",
        )

    def note(self):
        """Let the limits count this enquiry."""
        Submission.objects.create(sender=self.sender, network=self.network)

    def may_send_again_at(self):
        """Return when its network may send again, None if it may send now."""
        if not self.network:
            return None
        lately = Submission.objects.within(HOUR).filter(network=self.network).order_by("-at")
        filling = lately.values_list("at", flat=True)[NETWORK_CEILING - 1 : NETWORK_CEILING].first()
        return filling and filling + HOUR

    @property
    def exceeds_sender(self):
        lately = Submission.objects.within(SUBMISSIONS_KEPT)
        return lately.filter(sender=self.sender).count() >= SENDER_A_DAY

    @property
    def exceeds_network(self):
        lately = Submission.objects.within(HOUR).filter(network=self.network)
        return bool(self.network) and lately.count() >= NETWORK_AN_HOUR


def suspicion(token, trap, typed, origin):
    """Return why an enquiry may be spam, in words for staff; "" if nothing speaks for it."""
    reasons = [
        (trap, TRAPPED),
        (token.is_hasty, HASTY),
        (LINK.search(typed["name"]), LINK_IN_NAME),
        (len(LINK.findall(typed["text"])) > MOST_LINKS, MANY_LINKS),
        (origin.exceeds_sender, f"It is one of more than {SENDER_A_DAY} a day from this address."),
        (
            origin.exceeds_network,
            f"It is one of more than {NETWORK_AN_HOUR} an hour from this network.",
        ),
    ]
    return next((words for is_so, words in reasons if is_so), "")


def network_of(request):
    """Return the network that ``request`` comes from, "" where nothing tells.

    It is one address of IPv4; of IPv6 a /56, which one household or office has (RFC 6177).
    """
    try:
        address = ip_address(client_address(request))
    except ValueError:
        return ""
    if address.version == 6 and not address.ipv4_mapped:
        return str(IPv6Network((int(address), 56), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)


def client_address(request):
    """Return the address of the client, as the outermost of our proxies was asked by it.

    Each proxy adds on the right of X-Forwarded-For whom it was asked by. What stands further left
    than our own proxies write comes from the client, who can write anything there.
    """
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    if settings.TRUSTED_PROXIES and any(hops):
        return without_port(hops[-min(settings.TRUSTED_PROXIES, len(hops))])
    return request.META.get("REMOTE_ADDR", "")


def without_port(hop):
    """Return the address in ``hop``: some proxies write the client's port behind it."""
    if match := re.fullmatch(r"\[(.+)\](?::\d+)?|([\d.]+):\d+", hop):
        return match[1] or match[2]
    return hop
