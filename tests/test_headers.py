"""The policies stand here word for word, so that nobody loosens one without meaning to."""

import pytest

PUBLIC = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ACCOUNTS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ADMIN = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        ("/", PUBLIC),
        ("/no-such-page/", PUBLIC),
        ("/administrators/", PUBLIC),
        ("/accounts/no-such-page/", ACCOUNTS),
        ("/admin/login/", ADMIN),
        ("/admin/no-such-page/", ADMIN),
    ],
)
def test_each_part_of_the_site_has_its_own_policy(client, db, path, policy):
    assert client.get(path)["Content-Security-Policy"] == policy


def test_a_page_has_every_header(client, db):
    response = client.get("/")
    assert response.status_code == 200
    assert_safe(response)


def test_a_page_that_is_not_found_has_every_header(client, db):
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert_safe(response)


def test_a_static_file_has_every_header(client, db):
    response = client.get("/static/admin/css/base.css")
    response.close()
    assert response.status_code == 200
    assert_safe(response)


def test_an_error_of_ours_has_every_header(client, monkeypatch):
    monkeypatch.setattr("mi_site.views.connection", "no connection at all")
    client.raise_request_exception = False
    response = client.get("/healthz")
    assert response.status_code == 500
    assert_safe(response)


def test_an_answer_to_another_host_has_every_header(client):
    response = client.get("/", headers={"host": "elsewhere.example"})
    assert response.status_code == 400
    assert_safe(response)


@pytest.mark.parametrize(
    ("path", "status"), [("/no-such-page/", 404), ("/partners", 301), ("/partners/keele/", 200)]
)
def test_no_cache_may_guess_how_long_an_answer_holds(admin_client, path, status):
    response = admin_client.get(path)
    assert (response.status_code, response["Cache-Control"]) == (status, "no-cache")


def assert_safe(response):
    assert response["Content-Security-Policy"] == PUBLIC
    assert response["Permissions-Policy"] == (
        "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), "
        "display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), "
        "microphone=(), midi=(), payment=(), serial=(), usb=()"
    )
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
