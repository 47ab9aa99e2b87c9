import json
import stat
import subprocess
import sys

import pytest

from .running_site import PROJECT, manage

IN_PRODUCTION = {
    "PRODUCTION": "1",
    "SECRET_KEY": "made-up-for-this-test-Qw7Zk2Vx9Lr4Ht6Yb1Nc8Md5Pj3Fg",
    "ALLOWED_HOSTS": "www.example.org",
    "BASE_URL": "https://www.example.org",
    "DATABASE_URL": "sqlite://:memory:",
    "TRUSTED_PROXIES": "1",
    "EMAIL_URL": "smtp+tls://user:hidden@mail.example.org:587",
    "TEAM_EMAIL": "team@example.org",
}


@pytest.mark.parametrize(
    ("environment", "advice"),
    [
        ({"DEBUG": "maybe"}, "DEBUG must be 1 or 0, not 'maybe'."),
        ({"PRODUCTION": "2"}, "PRODUCTION must be 1 or 0, not '2'."),
        ({"PORT": "web"}, "PORT must be a number from 1 to 65535, not 'web'."),
        ({"PORT": "0"}, "PORT must be a number from 1 to 65535, not '0'."),
        ({"PORT": "65536"}, "PORT must be a number from 1 to 65535, not '65536'."),
        ({"WORKERS": "-1"}, "WORKERS must be a number from 1 to 64, not '-1'."),
        (
            {"HSTS_SECONDS": "abc"},
            "HSTS_SECONDS must be a number from 0 to 63072000, not 'abc'.",
        ),
        (
            {"BASE_URL": "www.example.org"},
            "BASE_URL must be like https://www.example.org, not 'www.example.org'.",
        ),
        (
            {"BASE_URL": "https://a/b"},
            "BASE_URL must be like https://www.example.org, not 'https://a/b'.",
        ),
        (
            {"BASE_URL": "https://a:web"},
            "BASE_URL must be like https://www.example.org, not 'https://a:web'.",
        ),
        (
            {"SECURITY_CONTACT": "security@example.org"},
            "SECURITY_CONTACT must be like mailto:security@example.org or "
            "https://www.example.org/security, not 'security@example.org'.",
        ),
        (
            {"SECURITY_CONTACT": "mailto:nobody"},
            "SECURITY_CONTACT must be like mailto:security@example.org",
        ),
        (
            {"SECURITY_CONTACT": "http://www.example.org/security"},
            "SECURITY_CONTACT must be like mailto:security@example.org",
        ),
        (
            {"DATABASE_URL": "nonsense"},
            "DATABASE_URL must be like postgres://user:password@host:5432/name",
        ),
        (
            {"DATABASE_URL": "mysql://a:b@c/d"},
            "DATABASE_URL must be like postgres://user:password@host:5432/name",
        ),
        (
            {"DATABASE_URL": "postgres://a:b@c:port/d"},
            "DATABASE_URL must be like postgres://",
        ),
        (
            {"DATABASE_URL": "postgres://a:b@c"},
            "DATABASE_URL must be like postgres://user:password@host:5432/name",
        ),
        (
            {"EMAIL_URL": "mail.example.org"},
            "EMAIL_URL must be like smtp+tls://user:password@host:587",
        ),
        ({"EMAIL_URL": "smtp://"}, "EMAIL_URL must be like smtp+tls://user:password@host:587"),
        ({"EMAIL_URL": "smtp://host:port"}, "EMAIL_URL must be like smtp+tls://"),
        ({"EMAIL_URL": "https://mail.example.org"}, "EMAIL_URL must be like smtp+tls://"),
        (
            {"TEAM_EMAIL": "the team"},
            "TEAM_EMAIL must be like team@example.org, not 'the team'.",
        ),
        ({"TEAM_EMAIL": "team@exämple.org"}, "TEAM_EMAIL must be like team@example.org"),
        ({"TIMER": "sometimes"}, "TIMER must be 1 or 0, not 'sometimes'."),
        (
            {"ENQUIRY_MONTHS": "0"},
            "ENQUIRY_MONTHS must be a number from 1 to 120, not '0'.",
        ),
        (
            {"ANSWER_WORKING_DAYS": "soon"},
            "ANSWER_WORKING_DAYS must be a number from 1 to 60, not 'soon'.",
        ),
        (
            {"PRODUCTION": "1"},
            "needs these set as well: SECRET_KEY, ALLOWED_HOSTS, BASE_URL, DATABASE_URL, "
            "TRUSTED_PROXIES, EMAIL_URL, TEAM_EMAIL.",
        ),
        (
            IN_PRODUCTION | {"SECRET_KEY": ""},
            "PRODUCTION=1 needs these set as well: SECRET_KEY.",
        ),
        (
            IN_PRODUCTION | {"DEBUG": "1"},
            "PRODUCTION=1 never runs with DEBUG=1: unset one of them.",
        ),
        (
            IN_PRODUCTION | {"BASE_URL": "http://www.example.org"},
            "PRODUCTION=1 needs a BASE_URL that begins with https://.",
        ),
        (
            IN_PRODUCTION | {"EMAIL_URL": "consolemail://"},
            "PRODUCTION=1 needs an EMAIL_URL like smtp+tls://user:password@host:587, which sends",
        ),
    ],
)
def test_a_wrong_setting_is_one_clear_line(tmp_path, environment, advice):
    result = manage("check", data=tmp_path, **environment)
    assert result.returncode != 0
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert advice in result.stderr


def test_a_wrong_database_address_does_not_show_its_password(tmp_path):
    result = manage("check", data=tmp_path, DATABASE_URL="postgres://user:hidden@host:port/name")
    assert result.returncode != 0
    assert "hidden" not in result.stderr


def test_a_wrong_address_of_a_mail_server_does_not_show_its_password(tmp_path):
    result = manage("check", data=tmp_path, EMAIL_URL="smtp://user:hidden@host:port")
    assert result.returncode != 0
    assert "hidden" not in result.stderr


def test_e_mail_goes_to_the_server_that_is_named_from_the_team(tmp_path):
    settings = settings_under(tmp_path, **IN_PRODUCTION)
    assert settings["EMAIL_BACKEND"] == "outbox.smtp.EmailBackend"
    assert (settings["EMAIL_HOST"], settings["EMAIL_PORT"]) == ("mail.example.org", 587)
    assert (settings["EMAIL_HOST_USER"], settings["EMAIL_HOST_PASSWORD"]) == ("user", "hidden")
    assert settings["EMAIL_USE_TLS"]
    assert settings["DEFAULT_FROM_EMAIL"] == "team@example.org"


def test_e_mail_is_printed_where_no_server_is_named(tmp_path):
    settings = settings_under(tmp_path)
    assert settings["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend"
    assert settings["TIMER"]


def test_data_that_is_no_folder_is_one_clear_line(tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    result = manage("check", data=in_the_way)
    assert result.returncode != 0
    assert len(result.stderr.splitlines()) == 1
    assert f"DATA: cannot write in the folder {in_the_way}" in result.stderr


def test_a_wrong_setting_stops_the_wsgi_application_with_one_line(tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", "import mi_site.wsgi"],
        cwd=PROJECT,
        env={"DATA": str(tmp_path), "PORT": "web"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 4
    assert (
        result.stderr
        == "The site cannot start: PORT must be a number from 1 to 65535, not 'web'.\n"
    )


def test_production_passes_every_check(tmp_path):
    result = manage("check", "--deploy", "--fail-level", "WARNING", data=tmp_path, **IN_PRODUCTION)
    assert result.returncode == 0, result.stderr


def test_production_speaks_only_https(tmp_path):
    settings = settings_under(tmp_path, **IN_PRODUCTION)
    assert settings["SECURE_SSL_REDIRECT"]
    assert settings["SECURE_HSTS_SECONDS"] == 31_536_000
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["CSRF_COOKIE_SECURE"]


def test_the_word_of_a_proxy_counts_only_where_there_is_one(tmp_path):
    assert settings_under(tmp_path)["SECURE_PROXY_SSL_HEADER"] is None
    behind_one = settings_under(tmp_path, **IN_PRODUCTION)
    assert behind_one["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


def test_nothing_set_is_a_safe_local_site(tmp_path):
    settings = settings_under(tmp_path)
    assert not settings["DEBUG"]
    assert settings["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert settings["DATABASES"]["default"]["NAME"] == str(tmp_path / "db.sqlite3")


def test_a_local_site_keeps_its_secret_key_to_itself(tmp_path):
    first = settings_under(tmp_path)["SECRET_KEY"]
    second = settings_under(tmp_path)["SECRET_KEY"]
    assert first == second
    assert len(first) >= 50
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_a_database_machine_that_is_switched_off_is_given_up_after_seconds(tmp_path):
    address = "postgres://user:password@host/name"
    options = settings_under(tmp_path, DATABASE_URL=address)["DATABASES"]["default"]["OPTIONS"]
    assert options == {"connect_timeout": 10, "tcp_user_timeout": 10_000}
    address += "?sslmode=require&connect_timeout=3"
    options = settings_under(tmp_path, DATABASE_URL=address)["DATABASES"]["default"]["OPTIONS"]
    assert options == {"sslmode": "require", "connect_timeout": 3, "tcp_user_timeout": 10_000}


def settings_under(data, **environment):
    """What the settings are in a process of their own."""
    script = (
        "import json; from django.conf import settings; settings.DEBUG; "
        "print(json.dumps(vars(settings._wrapped), default=str))"
    )
    result = manage("shell", "--no-imports", "--command", script, data=data, **environment)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)
