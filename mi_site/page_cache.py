"""The page cache: public pages from memory, and never a stale one.

It is the outermost WSGI callable. An anonymous GET or HEAD of a page is answered from memory,
already encoded; all else goes on to Django, whose answer is compressed where nothing on it is
secret. On every request for a page the database is asked first whether content has changed
(``freshness.py``), so what an editor has committed shows on the very next request of every process,
whoever wrote it.

The version is read before a page is rendered, and the page is kept under it. An edit in between
moves the version on, and with it goes all that was kept.

- The version can't be read: the last good copy is served, for an hour at most, with its Age; it is
  logged. Without a copy, an honest 503.
- Anything else goes wrong in here: the page is served as if there were no cache.
"""

import logging
import re
import threading
import time
from collections import OrderedDict
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlencode

from django.conf import settings

from . import freshness
from .answers import (
    LARGEST,
    Page,
    answer_with,
    holds_a_cookie,
    lower,
    sent,
    wants_body,
    whole,
    words,
)
from .freshness import Unreadable

logger = logging.getLogger(__name__)

LAST_GOOD = 60 * 60  # seconds since the version was last read, after which no copy is served
RETRY_AFTER = 30  # seconds
COMPLAIN_EVERY = 60  # seconds
PATIENCE = 10  # seconds that a request waits for another one that renders the same page
MOST_BYTES = 32 * 1024 * 1024  # of all pages that are kept, by one process
BESIDE = 4 * 1024  # bytes that a page takes beside its key and body: headers, in each encoding

# What is somebody's own is never compressed: whoever can add words to a page could guess from its
# size what else is on it (BREACH). Django masks the token of a form against that, but not what
# staff read. Static files are compressed already.
LEFT_ALONE = ("/admin/", "/accounts/", "/enquire/", "/preview/", "/static/")
PASSED_BY = (*LEFT_ALONE, "/find/", "/healthz")

# All other addresses end like these; what does not is an address to be redirected.
PAGE = ("/", ".svg", ".png", ".vcf", ".xml", ".txt", ".atom")

# The parameters that make another page; those with any others share the page without them.
PARAMETERS = [
    (re.compile(r"/contacts/"), ("programme", "at", "page")),
    (re.compile(r"/(programmes|people|figures|updates)/"), ("page",)),
    (re.compile(r"/faq/[^/]+/"), ("page",)),
    (re.compile(r"/(topics|partners)/[^/]+/(programmes|questions|people)/"), ("page",)),
]

# What would make Django's answer less than the whole page.
CONDITIONS = {
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_MATCH",
    "HTTP_IF_UNMODIFIED_SINCE",
    "HTTP_RANGE",
}


class Store:
    """The pages of one version of the content, those asked for longest ago first."""

    def __init__(self, most_bytes):
        self.most_bytes = most_bytes
        self.lock = threading.Lock()
        self.version = None
        self.pages = OrderedDict()
        self.bytes = 0
        self.being_rendered = {}  # {key: Event}

    def begin(self, version):
        """Forget what is kept of any other version."""
        self.version = version
        self.pages.clear()
        self.being_rendered.clear()  # those who wait have their Event still
        self.bytes = 0

    def get(self, key):
        with self.lock:
            if page := self.pages.get(key):
                self.pages.move_to_end(key)
            return page

    def put(self, version, key, page):
        """Keep ``page``, unless the content has moved on since ``version``."""
        with self.lock:
            if version != self.version or len(page.body) > LARGEST or key in self.pages:
                return
            self.pages[key] = page
            self.bytes += weight(key, page)
            while self.bytes > self.most_bytes:
                self.bytes -= weight(*self.pages.popitem(last=False))


def weight(key, page):
    """Return how many bytes a page takes: with its key, which is as long as a visitor likes."""
    host, _, path, query = key
    # Its encodings take less than it does itself.
    return BESIDE + len(host) + len(path) + len(query) + 2 * len(page.body)


class PageCache:
    """A WSGI application in front of ``application``; ``freshness`` reads the version of content."""

    def __init__(self, application, freshness, session_cookie, unavailable, most_bytes=MOST_BYTES):
        self.application = application
        self.freshness = freshness
        self.session_cookie = session_cookie
        self.store = Store(most_bytes)
        self.unavailable = unavailable
        self.read_at = self.complained_at = None  # when the version was last read, and not

    def __call__(self, environ, start_response):
        try:
            answer = self.answer_to(environ)
        except Exception:
            logger.exception("The page cache failed: the page is served without it.")
            answer = None
        if answer is None:
            if environ.get("PATH_INFO", "").startswith(LEFT_ALONE) or self.is_own(environ):
                return self.application(environ, start_response)
            answer = sent(*call(self.application, environ), environ)
        status, headers, chunks = answer
        start_response(status, headers)
        return chunks

    def answer_to(self, environ):
        """Return (status, headers, chunks); None for a request that passes by."""
        key = self.key_of(environ)
        if key is None:
            return None
        try:
            version = self.current_version()
        except Unreadable as error:
            return self.without_version(key, error, environ)
        page = self.store.get(key)
        if page is None:
            with self.turn(version, key):
                page = self.store.get(key)
                if page is None:
                    return self.render(version, key, environ)
        return answer_with(page, environ)

    def key_of(self, environ):
        """Return what the page is kept under; None for a request that passes by."""
        path = environ.get("PATH_INFO", "")
        if path.startswith(PASSED_BY) or not path.endswith(PAGE) or self.is_own(environ):
            return None
        query = environ.get("QUERY_STRING")
        known = parameters_of(path) if query else ()
        if known:
            pairs = parse_qsl(query, keep_blank_values=True, encoding="latin-1")
            # Of a parameter given twice, Django takes the last.
            query = urlencode(
                sorted({name: value for name, value in pairs if name in known}.items())
            )
        return (
            environ.get("HTTP_HOST", ""),
            # As Django reads it: of several proxies the first is the visitor's own.
            environ.get("HTTP_X_FORWARDED_PROTO", "").partition(",")[0].strip() == "https",
            path,
            query if known else "",
        )

    def is_own(self, environ):
        """Whether a request changes something, or is of somebody who may have signed in."""
        return (
            environ["REQUEST_METHOD"] not in ("GET", "HEAD")
            or "HTTP_AUTHORIZATION" in environ
            or self.session_cookie in cookie_names(environ)
        )

    def current_version(self):
        """Return the version that the database holds now, and forget the pages of any other.

        Two threads may have read different versions, the later of which only the database knows:
        so whoever finds another than the store's reads it again, one at a time.
        """
        version = self.freshness.current()
        if version != self.store.version:
            with self.store.lock:
                version = self.freshness.current()
                if version != self.store.version:
                    self.store.begin(version)
        self.read_at = time.monotonic()
        return version

    @contextmanager
    def turn(self, version, key):
        """Let one thread render a page, and the others wait until it is kept."""
        with self.store.lock:
            rendered = self.store.being_rendered.get((version, key))
            if mine := rendered is None:
                rendered = self.store.being_rendered[version, key] = threading.Event()
        if not mine:
            rendered.wait(PATIENCE)
            yield
            return
        try:
            yield
        finally:
            with self.store.lock:
                self.store.being_rendered.pop((version, key), None)
            rendered.set()

    def render(self, version, key, environ):
        """Answer from Django, and keep the answer if it is a page that everybody gets."""
        asked = {name: value for name, value in environ.items() if name not in CONDITIONS}
        asked |= {"REQUEST_METHOD": "GET", "QUERY_STRING": key[-1]}
        status, headers, chunks = call(self.application, asked)
        if not may_keep(status, headers):
            return sent(status, headers, chunks, environ)
        page = Page.rendered(headers, whole(chunks))
        self.store.put(version, key, page)
        return answer_with(page, environ)

    def without_version(self, key, error, environ):
        """Answer while nobody can say whether content has changed."""
        now = time.monotonic()
        if self.complained_at is None or now - self.complained_at > COMPLAIN_EVERY:
            self.complained_at = now
            logger.error("The content version cannot be read: %s", error)
        age = LAST_GOOD if self.read_at is None else now - self.read_at
        page = self.store.get(key) if age < LAST_GOOD else None
        if page:
            return answer_with(page, environ, Age=str(round(age)))
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(self.unavailable))),
            ("Cache-Control", "no-store"),
            ("Retry-After", str(RETRY_AFTER)),
        ]
        return (
            "503 Service Unavailable",
            headers,
            [self.unavailable] if wants_body(environ) else [],
        )


def parameters_of(path):
    """Return the names of the parameters that make another page of the one at ``path``."""
    return next((names for address, names in PARAMETERS if address.fullmatch(path)), ())


def call(application, environ):
    """Return status, headers and chunks of what ``application`` answers."""
    given = []

    def start_response(status, headers, exc_info=None):
        given[:] = [status, headers]

    chunks = application(environ, start_response)
    return *given, chunks


def may_keep(status, headers):
    """Whether an answer is a whole page that is the same for everybody."""
    given = lower(headers)
    return (
        status.startswith("200")
        and "content-encoding" not in given
        and not holds_a_cookie(given)
        and not {"private", "no-store"} & words(given, "cache-control")
    )


def cookie_names(environ):
    if cookies := environ.get("HTTP_COOKIE"):
        return {cookie.partition("=")[0].strip() for cookie in cookies.split(";")}
    return ()


def in_front_of(application):
    """Return Django's ``application`` behind the page cache of this site."""
    return PageCache(
        application,
        freshness.of_the_database(),
        settings.SESSION_COOKIE_NAME,
        (settings.BASE_DIR / "templates" / "503.html").read_bytes(),
    )
