"""Pages come from memory, and none of them is ever stale."""

import gzip
import logging
import threading
import tracemalloc

import brotli
import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import RequestFactory

from enquiries.intake import take_in
from enquiries.subjects import Subject
from mi_site import answers, page_cache
from mi_site.answers import LARGEST
from mi_site.freshness import Unreadable
from mi_site.page_cache import BESIDE, LAST_GOOD, PageCache
from partners.models import Partner

from .site_map import addresses

HTML = [("Content-Type", "text/html; charset=utf-8")]


class Site:
    """An application behind the page cache, in memory: what it answers and which version it is of."""

    def __init__(self, **options):
        self.version = "one"
        self.status, self.headers, self.words = "200 OK", HTML, "Hello"
        self.asked, self.given = [], []
        self.while_rendering = lambda: None
        self.cache = PageCache(self.application, self, "sessionid", b"Back soon", **options)

    def current(self):
        if isinstance(self.version, Exception):
            raise self.version
        return self.version

    def application(self, environ, start_response):
        self.asked.append(environ)
        body = f"{self.words} {environ['QUERY_STRING']}".strip().encode()
        self.while_rendering()
        start_response(self.status, list(self.headers))
        self.given.append(Chunks(body))
        return self.given[-1]

    def get(self, path="/", query="", method="GET", **headers):
        environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query} | headers
        return Answer(self.cache, environ)

    @property
    def renderings(self):
        return len(self.asked)


class Chunks:
    """What an application returns: how often it was closed, and whether anybody read it after."""

    closed, read_late = 0, False

    def __init__(self, body):
        self.body = body

    def __iter__(self):
        self.read_late = bool(self.closed)
        yield self.body

    def close(self):
        self.closed += 1


class Answer:
    """What a server makes of an answer: it takes all of it, then closes it."""

    def __init__(self, application, environ):
        chunks = application(environ, self.start)
        self.body = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()

    def start(self, status, headers, exc_info=None):
        self.status, self.headers = int(status.split()[0]), dict(headers)
        self.names = [name for name, _ in headers]  # as often as they were sent


@pytest.fixture
def site():
    return Site()


# Kept for one version of the content


def test_a_page_is_rendered_once_and_then_comes_from_memory(site):
    first, second = site.get(), site.get()
    assert (first.body, second.body) == (b"Hello", b"Hello")
    assert site.renderings == 1


def test_a_page_is_rendered_anew_when_the_content_has_moved(site):
    site.get()
    site.version, site.words = "two", "Changed"
    assert site.get().body == b"Changed"


def test_a_page_that_content_overtook_while_it_was_rendered_is_not_kept(site):
    def edit():
        site.version, site.while_rendering = "two", lambda: None

    site.while_rendering = edit
    site.get()
    site.words = "Changed"
    assert site.get().body == b"Changed"


def test_nor_when_another_request_has_noticed_it_by_then(site):
    def edit():
        site.version, site.while_rendering = "two", lambda: None
        site.get("/other/")

    site.while_rendering = edit
    site.get()
    site.words = "Changed"
    assert site.get().body == b"Changed"


def test_a_version_read_late_brings_no_old_page_back(site):
    """One thread reads version one and is held up, while another has moved on to two."""
    site.get()
    late = iter(["one", "two"])
    site.version = "two"
    site.words = "Changed"
    assert site.get().body == b"Changed"
    site.current = lambda: next(late, "two")
    assert site.get().body == b"Changed"
    assert site.renderings == 2


# Many who ask at once


def test_a_herd_renders_a_page_once_and_has_it_as_soon_as_it_is_there(site, monkeypatch):
    monkeypatch.setattr(page_cache, "PATIENCE", 60)
    hold = threading.Event()
    site.while_rendering = lambda: hold.wait(5)
    answers = []
    herd = [
        threading.Thread(target=lambda: answers.append(site.get()), daemon=True) for _ in range(8)
    ]
    for one in herd:
        one.start()
    hold.set()
    for one in herd:
        one.join(10)
        assert not one.is_alive()
    assert [answer.body for answer in answers] == [b"Hello"] * 8
    assert site.renderings == 1


def test_a_herd_is_not_held_up_by_a_page_that_cannot_be_kept(site, monkeypatch):
    monkeypatch.setattr(page_cache, "PATIENCE", 60)
    site.status = "404 Not Found"
    herd = [threading.Thread(target=site.get, daemon=True) for _ in range(4)]
    for one in herd:
        one.start()
    for one in herd:
        one.join(10)
        assert not one.is_alive()
    assert site.renderings == 4


def test_who_has_waited_long_enough_for_a_page_has_it_rendered(monkeypatch):
    """The first rendering hangs; the page is counted once, though both keep it."""
    monkeypatch.setattr(page_cache, "PATIENCE", 0.01)
    site = Site(most_bytes=BESIDE + 100)  # room for one
    hangs, go_on = threading.Event(), threading.Event()

    def hang():
        if not hangs.is_set():
            hangs.set()
            go_on.wait(5)

    site.while_rendering = hang
    first = threading.Thread(target=site.get)
    first.start()
    assert hangs.wait(5)
    assert site.get().body == b"Hello"
    assert site.renderings == 2
    go_on.set()
    first.join()
    site.get()
    assert site.renderings == 2


def test_a_rendering_that_is_over_holds_nobody_up_whatever_came_of_it(site):
    def fail():
        raise ZeroDivisionError

    site.get("/kept/")
    site.status = "404 Not Found"
    site.get("/not-found/")
    site.while_rendering = fail
    with pytest.raises(ZeroDivisionError):
        site.get("/failed/")
    assert not site.cache.store.being_rendered


# Who shares a page, and who does not


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "POST"},
        {"path": "/admin/"},
        {"path": "/find/", "query": "q=hydrogen"},
        {"path": "/enquire/"},
        {"path": "/accounts/login/"},
        {"path": "/preview/key/"},
        {"path": "/static/mark.svg"},
        {"path": "/data/people.json"},
        {"path": "/programmes"},  # is to be redirected, with its query
        {"HTTP_COOKIE": "csrftoken=1; sessionid=2"},
        {"HTTP_AUTHORIZATION": "Basic eDp5"},
    ],
    ids=str,
)
def test_what_is_somebodys_own_passes_by(site, request_):
    for _ in range(2):
        site.get(**request_)
    assert site.renderings == 2
    assert site.asked[0]["QUERY_STRING"] == request_.get("query", "")


def test_a_cookie_that_is_no_session_makes_no_difference(site):
    site.get()
    site.get(HTTP_COOKIE="csrftoken=1; xsessionid=2")
    assert site.renderings == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "404 Not Found"},
        {"status": "301 Moved Permanently"},
        {"status": "500 Internal Server Error"},
        {"headers": [*HTML, ("Set-Cookie", "a=b")]},
        {"headers": [*HTML, ("Vary", "Accept, Cookie")]},
        {"headers": [*HTML, ("Vary", "*")]},
        {"headers": [*HTML, ("Content-Encoding", "gzip")]},
        {"headers": [*HTML, ("Cache-Control", "max-age=0, private")]},
        {"headers": [*HTML, ("Cache-Control", "no-store")]},
    ],
    ids=str,
)
def test_an_answer_that_is_not_for_everybody_is_not_kept(site, answer):
    site.__dict__ |= answer
    for _ in range(2):
        assert site.get().headers == dict(site.headers)
    assert site.renderings == 2


def test_parameters_that_make_no_other_page_share_one(site):
    assert site.get(query="utm_source=x").body == b"Hello"  # nor do they reach the page
    site.get()
    assert site.renderings == 1


def test_parameters_that_make_another_page_have_their_own(site):
    site.get("/contacts/", "at=keele&programme=era&utm=1")
    assert (
        site.get("/contacts/", "programme=era&x=2&at=keele").body == b"Hello at=keele&programme=era"
    )
    site.get("/contacts/", "programme=era")
    site.get("/contacts/")
    assert site.renderings == 3


def test_of_a_parameter_given_twice_the_last_counts_as_django_has_it(site):
    assert site.get("/contacts/", "at=keele&at=aston").body == b"Hello at=aston"


def test_another_host_or_scheme_has_its_own_pages(site):
    site.get(HTTP_HOST="www.example.org")
    site.get(HTTP_HOST="www.example.org", HTTP_X_FORWARDED_PROTO="https")
    site.get(HTTP_HOST="example.org")
    assert site.renderings == 3


@pytest.mark.parametrize(
    ("said", "scheme"),
    [("https, http", "https"), ("http,https", "http"), (" https ", "https"), ("HTTPS", "http")],
)
def test_of_several_proxies_the_first_says_the_scheme_as_django_has_it(site, said, scheme):
    for site.words in ("http", "https"):
        site.get(HTTP_X_FORWARDED_PROTO=site.words)
    assert site.get(HTTP_X_FORWARDED_PROTO=said).body.decode() == scheme


# How much is kept


def test_what_is_kept_is_bounded_and_the_page_asked_for_longest_ago_goes(site):
    site = Site(most_bytes=2 * BESIDE + 100)
    site.words = "x" * 20
    for path in ("/a/", "/b/", "/a/", "/c/", "/a/"):
        site.get(path)
    assert site.renderings == 3
    site.get("/b/")
    assert site.renderings == 4


def test_what_is_forgotten_makes_room(site):
    site = Site(most_bytes=2 * BESIDE + 100)
    for site.version in ("one", "two", "three"):
        for path in ("/a/", "/b/", "/a/", "/b/"):
            site.get(path)
    assert site.renderings == 6


@pytest.mark.parametrize("host", ["localhost:{}", "localhost:{:08000}"], ids=["many", "long"])
def test_no_number_or_length_of_hosts_fills_the_memory(host):
    site = Site(most_bytes=256 * 1024)
    tracemalloc.start()
    for number in range(500):
        site.get(HTTP_HOST=host.format(number))
        site.asked.clear()
        site.given.clear()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 1.5 * site.cache.store.most_bytes


def test_a_huge_page_is_served_and_not_kept(site):
    site.words = "x" * (LARGEST + 1)
    assert [len(site.get().body) for _ in range(2)] == [LARGEST + 1] * 2
    assert site.renderings == 2


# What goes out: the whole page or its headers, encoded, or a 304


def test_no_condition_or_range_makes_a_page_less_than_it_is(site):
    for header in page_cache.CONDITIONS:
        site.get(f"/{header}/", **{header: '"x"'})
    assert not any(page_cache.CONDITIONS & set(environ) for environ in site.asked)


def test_a_head_gets_the_headers_alone_and_fills_the_store(site):
    head, get = site.get(method="HEAD"), site.get()
    assert (head.body, get.body, site.renderings) == (b"", b"Hello", 1)
    assert site.asked[0]["REQUEST_METHOD"] == "GET", "Django might leave the body out"
    assert head.headers == get.headers


DECODERS = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("BR", "br"),
        ("*", "br"),
        ("identity", None),
        ("br;q=0.0, *;q=0", None),
        ("", None),
        ("gzip;q=", "gzip"),
    ],
)
def test_a_page_goes_out_in_the_smallest_encoding_that_is_accepted(site, accepted, encoding):
    answer = site.get(HTTP_ACCEPT_ENCODING=accepted)
    assert answer.headers.get("Content-Encoding") == encoding
    assert DECODERS[encoding](answer.body) == b"Hello"
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Cache-Control"] == "public, no-cache"


def test_a_picture_is_not_compressed_again(site):
    site.headers = [("Content-Type", "image/png")]
    assert "Content-Encoding" not in site.get("/card.png", HTTP_ACCEPT_ENCODING="br").headers


def test_a_page_is_encoded_once_for_all_who_take_it_so(site, monkeypatch):
    encoded = []
    monkeypatch.setitem(answers.ENCODERS, "br", lambda body: encoded.append(body) or body)
    for _ in range(3):
        site.get(HTTP_ACCEPT_ENCODING="br")
    assert encoded == [b"Hello"]


def test_ways_to_ask_for_an_encoding_are_remembered_up_to_a_bound(site):
    for number in range(1000):
        site.get(HTTP_ACCEPT_ENCODING=f"x{number}")
    assert answers.best_encoding.cache_info().currsize <= 100


def test_each_worker_gives_a_page_the_same_etags(site, monkeypatch):
    """gzip would write the time at which it ran."""
    at_once = {one: site.get(HTTP_ACCEPT_ENCODING=one).headers["ETag"] for one in DECODERS if one}
    monkeypatch.setattr(gzip.time, "time", lambda: 1_000_000_000.0)
    later = Site()
    assert at_once == {one: later.get(HTTP_ACCEPT_ENCODING=one).headers["ETag"] for one in at_once}


def test_no_header_that_the_cache_sets_is_sent_twice(site):
    site.headers = [
        *HTML,
        ("ETag", '"of Django"'),
        ("Content-Length", "5"),
        ("Vary", "Origin"),
        ("Cache-Control", "max-age=60"),
    ]
    page = site.get(HTTP_ACCEPT_ENCODING="br")
    assert page.headers["Cache-Control"] == "public, no-cache"
    same = site.get(HTTP_ACCEPT_ENCODING="br", HTTP_IF_NONE_MATCH=page.headers["ETag"])
    assert same.status == 304
    for answer in (page, same):
        assert len(answer.names) == len(set(answer.names))


def test_each_encoding_has_an_etag_of_its_own(site):
    tags = {site.get(HTTP_ACCEPT_ENCODING=one).headers["ETag"] for one in ("br", "gzip", "")}
    assert len(tags) == 3
    assert not any(tag.startswith("W/") for tag in tags)


@pytest.mark.parametrize("header", ["{}", 'W/"x", {}', "W/{}", "*"])
def test_who_has_the_page_is_told_so(site, header):
    etag = site.get().headers["ETag"]
    answer = site.get(HTTP_IF_NONE_MATCH=header.format(etag))
    assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", etag)


POLICY = ("Content-Security-Policy", "default-src 'self'")


def test_a_304_repeats_no_more_of_the_headers_than_it_must(site):
    site.headers = [*HTML, POLICY, ("Vary", "Origin")]
    page = site.get()
    assert page.headers["Content-Security-Policy"] == POLICY[1]
    answer = site.get(HTTP_IF_NONE_MATCH=page.headers["ETag"])
    assert answer.status == 304
    assert sorted(answer.headers) == ["Cache-Control", "ETag", "Vary"]
    assert {name: page.headers[name] for name in answer.headers} == dict(answer.headers)


def test_whoever_has_a_page_with_old_headers_gets_all_of_it(site):
    old = site.get().headers["ETag"]
    site.headers, site.version = [*HTML, POLICY], "two"
    answer = site.get(HTTP_IF_NONE_MATCH=old)
    assert (answer.status, answer.headers["Content-Security-Policy"]) == (200, POLICY[1])


def test_who_has_an_older_page_gets_this_one(site):
    etag = site.get().headers["ETag"]
    site.version, site.words = "two", "Changed"
    assert site.get(HTTP_IF_NONE_MATCH=etag).status == 200


# What is not kept


LONG = "Hello, hello. " * 100


@pytest.fixture
def passing():
    """A site whose answers pass by, and are worth compressing."""
    site = Site()
    site.words = LONG
    site.headers = [*HTML, ("Cache-Control", "private, no-cache"), ("Content-Length", "1399")]
    return site


def find(site, accepted="br", **more):
    return site.get("/find/", HTTP_ACCEPT_ENCODING=accepted, **more)


@pytest.mark.parametrize("accepted", ["br", "gzip"])
@pytest.mark.parametrize("status", [200, 404, 410])
@pytest.mark.parametrize("path", ["/find/", "/gone/", "/gone"])
def test_what_is_not_kept_is_compressed_too(passing, path, status, accepted):
    passing.status = f"{status} Whatever"
    answer = passing.get(path, HTTP_ACCEPT_ENCODING=accepted)
    assert answer.status == status
    assert answer.headers["Content-Encoding"] == accepted
    assert DECODERS[accepted](answer.body) == LONG.strip().encode()
    assert len(answer.body) < 200
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_who_takes_no_encoding_gets_it_plain_and_caches_are_told_of_the_others(passing):
    passing.headers += [("Vary", "Accept"), ("ETag", '"1"')]
    answer = find(passing, "identity")
    assert answer.body == LONG.strip().encode()
    assert answer.headers == dict(passing.headers) | {"Vary": "Accept, Accept-Encoding"}


def test_the_etag_of_the_plain_bytes_is_none_of_others(passing):
    passing.headers.append(("ETag", '"1"'))
    assert "ETag" not in find(passing).headers


def test_a_head_says_what_a_get_would(passing):
    for path in ("/find/", "/gone/"):
        passing.status = "404 Not Found"
        head = passing.get(path, method="HEAD", HTTP_ACCEPT_ENCODING="br")
        get = passing.get(path, HTTP_ACCEPT_ENCODING="br")
        assert (head.body, head.headers) == (b"", get.headers)


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "POST"},
        {"path": "/admin/"},
        {"path": "/accounts/"},
        {"path": "/enquire/"},
        {"path": "/preview/key/"},
        {"path": "/static/site.css"},  # WhiteNoise has it compressed
        {"HTTP_COOKIE": "sessionid=2"},
        {"HTTP_AUTHORIZATION": "Basic eDp5"},
    ],
    ids=str,
)
def test_what_may_hold_a_secret_is_not_compressed(passing, request_):
    """Whoever can add words to a page can guess from its size what else is on it (BREACH)."""
    answer = passing.get(**{"path": "/find/"} | request_, HTTP_ACCEPT_ENCODING="br")
    assert answer.headers == dict(passing.headers)
    assert answer.body == LONG.strip().encode()


@pytest.mark.parametrize(
    "answer",
    [
        {"headers": [("Set-Cookie", "a=b")]},
        {"headers": [("Vary", "Accept, Cookie")]},
        {"headers": [("Vary", "*")]},
        {"headers": [("Cache-Control", "private, no-store")]},
        {"headers": [("Content-Encoding", "zstd")]},
        {"headers": [("Content-Type", "image/png")]},
        {"headers": [("Content-Length", "499")]},
        {"headers": [("Content-Length", str(LARGEST + 1))]},
        {"without": "Content-Length"},  # a stream
        {"status": "206 Partial Content"},
        {"status": "302 Found"},
        {"status": "304 Not Modified"},
        {"status": "500 Internal Server Error"},
    ],
    ids=str,
)
def test_nor_is_an_answer_with_a_cookie_or_one_that_gains_nothing(passing, answer):
    headers = dict(passing.headers) | dict(answer.get("headers", ()))
    headers.pop(answer.get("without"), None)
    passing.headers = list(headers.items())
    passing.status = answer.get("status", passing.status)
    assert find(passing).headers == headers
    assert find(passing).body == LONG.strip().encode()


def test_an_answer_that_cannot_be_compressed_is_served_as_it_is(passing, monkeypatch, caplog):
    def fail(body):
        raise MemoryError

    monkeypatch.setitem(answers.ENCODERS, "br", fail)
    answer = find(passing)
    assert answer.body == LONG.strip().encode()
    assert answer.headers == dict(passing.headers)
    assert passing.renderings == 1
    assert "could not be compressed" in caplog.text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("accepted", ["br", "identity"])
@pytest.mark.parametrize("path", ["/", "/find/", "/admin/", "/gone"])
@pytest.mark.parametrize("long", [True, False])
@pytest.mark.parametrize("status", ["200 OK", "404 Not Found"])
def test_django_is_told_of_the_end_of_each_request_once_when_all_was_read(
    passing, path, accepted, method, long, status
):
    passing.status = status
    if not long:
        passing.headers = HTML
    passing.get(path, method=method, HTTP_ACCEPT_ENCODING=accepted)
    [chunks] = passing.given
    assert chunks.closed == 1
    assert not chunks.read_late


# When something fails


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

    monkeypatch.setattr(page_cache.time, "monotonic", lambda: Clock.now)
    return Clock


def test_without_the_version_the_last_copy_is_served_for_an_hour_and_says_how_old_it_is(
    site, clock
):
    site.get()
    site.version = Unreadable("the database is away")
    clock.now += LAST_GOOD - 1
    answer = site.get()
    assert (answer.status, answer.body, answer.headers["Age"]) == (
        200,
        b"Hello",
        str(LAST_GOOD - 1),
    )
    clock.now += 1
    answer = site.get()
    assert (answer.status, answer.body) == (503, b"Back soon")
    assert answer.headers["Retry-After"] == "30"


def test_the_hour_is_counted_from_when_the_version_was_last_read(site, clock):
    site.get()
    clock.now += LAST_GOOD
    site.get()
    site.version = Unreadable("the database is away")
    clock.now += 5
    answer = site.get()
    assert (answer.status, answer.headers["Age"]) == (200, "5")


def test_without_the_version_and_a_copy_the_answer_is_an_honest_503(site):
    site.version = Unreadable("the database is away")
    answer = site.get()
    assert (answer.status, answer.headers["Cache-Control"]) == (503, "no-store")
    assert site.get(method="HEAD").body == b""
    assert site.renderings == 0


def test_a_database_that_is_away_is_logged_once_a_minute(site, clock, caplog):
    site.version = Unreadable("the database is away")
    for _ in range(5):
        site.get()
    assert len(caplog.records) == 1
    clock.now += 61
    site.get()
    assert len(caplog.records) == 2


def test_the_database_back_again_is_asked_again(site):
    site.get()
    site.version = Unreadable("the database is away")
    site.get()
    site.version, site.words = "two", "Changed"
    assert site.get().body == b"Changed"


def test_any_other_failure_of_the_cache_serves_the_page_uncached(site, monkeypatch, caplog):
    def fail(*arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(answers, "best_encoding", fail)
    with caplog.at_level(logging.ERROR):
        assert site.get().body == b"Hello"
    assert "The page cache failed" in caplog.text


# With the real site behind it.

MARK = "zyzzyva"


class UnmovedContent:
    def current(self):
        return "one"


@pytest.fixture
def real_cache():
    """The cache in front of Django, whose requests leave the connection of the test open."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield PageCache(WSGIHandler(), UnmovedContent(), settings.SESSION_COOKIE_NAME, b"Back soon")
    for signal in signals:
        signal.connect(close_old_connections)


def visit(cache, address, **headers):
    environ = RequestFactory()._base_environ(PATH_INFO=address, HTTP_HOST="localhost", **headers)
    return Answer(cache, environ)


@pytest.mark.django_db
def test_all_public_pages_are_kept_but_those_that_are_somebodys_own(real_cache):
    for address in addresses():
        assert visit(real_cache, address).status == 200, address
    kept = {key[2] for key in real_cache.store.pages}
    assert set(addresses()) - kept == {"/find/", "/enquire/"}


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/find/?q=energy", "/no-such-page/", "/no-such-page.html"])
def test_the_finder_and_what_is_not_found_come_compressed(real_cache, address):
    path, _, query = address.partition("?")
    plain = visit(real_cache, path, QUERY_STRING=query)
    small = visit(real_cache, path, QUERY_STRING=query, HTTP_ACCEPT_ENCODING="br")
    assert brotli.decompress(small.body) == plain.body
    assert len(small.body) < len(plain.body) / 3


@pytest.mark.django_db
def test_a_page_with_the_token_of_a_form_is_not_compressed(real_cache):
    for address in ("/enquire/", "/admin/login/"):
        for cookie in ("", f"csrftoken={(MARK * 5)[:32]}"):
            answer = visit(real_cache, address, HTTP_ACCEPT_ENCODING="br", HTTP_COOKIE=cookie)
            assert b"csrfmiddlewaretoken" in answer.body


@pytest.mark.django_db
def test_nothing_that_is_kept_is_of_one_visitor_or_of_staff_or_a_draft(real_cache, admin_client):
    take_in(Subject(), "form", name=MARK, email=f"{MARK}@example.org", university=MARK, text=MARK)
    Partner.objects.filter(slug="keele").update(is_published=False, city=MARK)
    session = f"{settings.SESSION_COOKIE_NAME}={admin_client.session.session_key}"
    for address in [*addresses(), "/admin/", "/partners/keele/"]:
        visit(real_cache, address, HTTP_COOKIE=session)
    assert not real_cache.store.pages
    for address in [*addresses(), "/admin/", "/partners/keele/"]:
        answer = visit(real_cache, address, HTTP_COOKIE=f"csrftoken={(MARK * 5)[:32]}")
        assert "Set-Cookie" not in answer.headers or address in ("/enquire/", "/admin/"), address
    kept = b"".join(page.body for page in real_cache.store.pages.values())
    assert len(real_cache.store.pages) > 100
    for private in (b"zyzzyva", b"csrfmiddlewaretoken", b"Log out"):
        assert private not in kept
    assert not any("Set-Cookie" in dict(page.headers) for page in real_cache.store.pages.values())
