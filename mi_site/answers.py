"""Answers as they are sent: encoded as the visitor likes best, named by an ETag, or as a 304."""

import hashlib
import logging
import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from gzip import compress as gzip
from typing import NamedTuple

import brotli

logger = logging.getLogger(__name__)

LARGEST = 1024 * 1024  # bytes of an answer that is compressed, or kept
LEAST = 500  # bytes of one that is compressed although it is not kept

IDENTITY = "identity"
ENCODERS = {
    "br": lambda body: brotli.compress(body, quality=6),
    "gzip": lambda body: gzip(body, 6, mtime=0),
    IDENTITY: bytes,
}
TEXT = ("text/", "image/svg+xml", "application/xml", "application/atom+xml")

# The headers that a 304 has of those of the page (RFC 9110, 15.4.5).
REPEATED = {"Cache-Control", "Content-Location", "ETag", "Expires", "Vary"}


@dataclass
class Page:
    """A page as Django rendered it, and what is sent of it in each encoding asked for so far."""

    headers: list
    body: bytes
    encoded: dict = field(default_factory=dict)  # {encoding: Encoded}

    @classmethod
    def rendered(cls, headers, body):
        """Return the Page of an answer; the headers that depend on the encoding come later."""
        kept = without(headers, "content-length", "etag", "vary", "cache-control")
        kept += [
            ("Vary", vary_of(headers)),
            ("Cache-Control", "public, no-cache"),  # keep it, and ask each time
        ]
        return cls(kept, body)

    @cached_property
    def is_text(self):
        return dict(self.headers).get("Content-Type", "").startswith(TEXT)

    def in_encoding(self, encoding):
        """Return this page as Encoded."""
        if encoding not in self.encoded:
            self.encoded[encoding] = self.newly(encoding)
        return self.encoded[encoding]

    def newly(self, encoding):
        body = ENCODERS[encoding](self.body)
        # Of the headers too: whoever has this page has its policies, and a 304 need not repeat them.
        digest = hashlib.blake2b(repr(self.headers).encode() + body, digest_size=12)
        etag = f'"{digest.hexdigest()}"'
        headers = [*self.headers, ("ETag", etag), ("Content-Length", str(len(body)))]
        if encoding != IDENTITY:
            headers.append(("Content-Encoding", encoding))
        repeated = [(name, value) for name, value in headers if name in REPEATED]
        return Encoded(etag, repeated, headers, body)


class Encoded(NamedTuple):
    """A page in one encoding, made once for all visitors who take it."""

    etag: str
    repeated: list  # the headers of a 304
    headers: list
    body: bytes


def answer_with(page, environ, **more):
    """Return ``page`` as an answer: all of it, its headers, or that the visitor has it already."""
    encoding = best_encoding(environ.get("HTTP_ACCEPT_ENCODING", "")) if page.is_text else IDENTITY
    encoded = page.in_encoding(encoding)
    if is_among(encoded.etag, environ.get("HTTP_IF_NONE_MATCH", "")):
        return "304 Not Modified", [*encoded.repeated, *more.items()], []
    body = [encoded.body] if wants_body(environ) else []
    return "200 OK", [*encoded.headers, *more.items()], body


def sent(status, headers, chunks, environ):
    """Return an answer that is not kept as it is sent: compressed if it may be, no body to HEAD."""
    if may_compress(status, headers):
        body = whole(chunks)
        try:
            headers, body = in_best_encoding(headers, body, environ)
        except Exception:
            logger.exception("An answer could not be compressed: it is served as it is.")
        chunks = [body]
    return status, headers, chunks if wants_body(environ) else closed(chunks)


def in_best_encoding(headers, body, environ):
    """Return the headers of an answer and its body, as the visitor likes it best."""
    encoding = best_encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
    vary = ("Vary", vary_of(headers))
    if encoding == IDENTITY:
        return [*without(headers, "vary"), vary], body
    body = ENCODERS[encoding](body)
    # An ETag would be that of the plain bytes (RFC 9110, 8.8.3).
    headers = without(headers, "content-length", "etag", "vary")
    headers += [vary, ("Content-Encoding", encoding), ("Content-Length", str(len(body)))]
    return headers, body


def wants_body(environ):
    return environ["REQUEST_METHOD"] != "HEAD"


def whole(chunks):
    """Return the body of an answer, and let Django end the request."""
    try:
        return b"".join(chunks)
    finally:
        closed(chunks)


def closed(chunks):
    """Let Django end the request, and return nothing of it."""
    if hasattr(chunks, "close"):
        chunks.close()
    return []


def may_compress(status, headers):
    """Whether an answer that is not kept is text, whole, long enough, and without a secret."""
    given = lower(headers)
    return (
        status.startswith(("200", "4"))
        and LEAST <= int(given.get("content-length", 0)) <= LARGEST
        and given.get("content-type", "").startswith(TEXT)
        and "content-encoding" not in given
        and not holds_a_cookie(given)
        and "no-store" not in words(given, "cache-control")
    )


def holds_a_cookie(given):
    """Whether an answer sets a cookie, or depends on one."""
    return "set-cookie" in given or bool({"*", "cookie"} & words(given, "vary"))


def lower(headers):
    return {name.lower(): value.lower() for name, value in headers}


def words(given, name):
    """Return what a header lists."""
    return {word.strip() for word in given.get(name, "").split(",")}


def without(headers, *names):
    return [(name, value) for name, value in headers if name.lower() not in names]


def vary_of(headers):
    """Return the Vary of an answer that is sent in more than one encoding."""
    given = next((value for name, value in headers if name.lower() == "vary"), "")
    listed = [word.strip() for word in given.split(",") if word.strip()]
    return ", ".join(dict.fromkeys([*listed, "Accept-Encoding"]))


@lru_cache(maxsize=100)  # browsers know few ways to say it
def best_encoding(accepted):
    """Return the smallest encoding that an Accept-Encoding header allows (RFC 9110, 12.5.3)."""
    allowed = {}
    for choice in accepted.lower().split(","):
        name, _, parameter = choice.partition(";")
        weight = parameter.strip().removeprefix("q=") or "1"
        allowed[name.strip()] = not re.fullmatch(r"0(\.0*)?", weight)
    return next((name for name in ("br", "gzip") if allowed.get(name, allowed.get("*"))), IDENTITY)


def is_among(etag, header):
    """Whether an If-None-Match header names ``etag``, compared weakly (RFC 9110, 13.1.2)."""
    return etag in header or header.strip() == "*"
