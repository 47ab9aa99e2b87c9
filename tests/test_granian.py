"""The same callable on another server: granian, as the README says."""

import http.client
import signal
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

import pytest

from .running_site import free_port, manage, surroundings, wait_for


@pytest.fixture
def on_granian(tmp_path, empty_database):
    """The address of a site on granian, with content."""
    for arguments in (["migrate"], ["load_content"], ["collectstatic", "--noinput"]):
        done = manage(*arguments, data=tmp_path, **empty_database)
        assert done.returncode == 0, done.stderr
    with granian(tmp_path, empty_database) as address:
        yield address


@contextmanager
def granian(data, environment):
    port = free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)),
            *("--blocking-threads", "4", "--log-level", "warning", "mi_site.wsgi:application"),
        ],
        **surroundings(data, environment),
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def ask(site, method, address, body=None, **headers):
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=30)
    connection.request(method, address, body, headers)
    response = connection.getresponse()
    read = response.read().decode()
    connection.close()
    return response, read


def test_granian_answers_a_page_then_that_nothing_has_changed_and_takes_a_form(on_granian):
    page, words = ask(on_granian, "GET", "/programmes/era/")
    assert page.status == 200
    assert "Energy Research Accelerator" in words
    same, nothing = ask(
        on_granian, "GET", "/programmes/era/", **{"If-None-Match": page.headers["ETag"]}
    )
    assert (same.status, nothing) == (304, "")
    assert same.headers["ETag"] == page.headers["ETag"]

    page, words = ask(on_granian, "GET", "/admin/login/")
    token = words.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    filled_in = {"csrfmiddlewaretoken": token, "username": "nobody", "password": "none at all"}
    answer, words = ask(
        on_granian,
        "POST",
        "/admin/login/",
        urlencode(filled_in),
        **{"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie},
    )
    assert answer.status == 200
    assert "enter the correct username and password" in words
    refused, _ = ask(on_granian, "POST", "/admin/login/", urlencode(filled_in))
    assert refused.status == 403
