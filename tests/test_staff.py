import io

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

PASSWORD = "a long walk by the Trent"
ANOTHER = "a longer walk by the Soar"


def test_a_new_account_may_do_everything(db, terminal):
    out = terminal("ada", PASSWORD, PASSWORD)
    user = authenticate(username="ada", password=PASSWORD)
    assert user.is_staff
    assert user.is_superuser
    assert out == "The account ada is made.\n"


def test_an_existing_account_gets_a_new_password(db, terminal):
    User.objects.create_user("ada", password=PASSWORD)
    out = terminal("ada", "y", ANOTHER, ANOTHER)
    assert authenticate(username="ada", password=ANOTHER)
    assert out == "The account ada has a new password.\n"


def test_an_existing_account_stays_as_it_is_unless_one_says_yes(db, terminal):
    User.objects.create_user("ada", password=PASSWORD)
    with pytest.raises(CommandError, match="Nothing was saved"):
        terminal("ada", "")
    assert authenticate(username="ada", password=PASSWORD)


def test_a_weak_password_or_a_slip_is_asked_for_again(db, terminal):
    terminal("ada", "secret", PASSWORD, "a long walk by the Tern", PASSWORD, PASSWORD)
    assert authenticate(username="ada", password=PASSWORD)


def test_a_wrong_name_is_asked_for_again(db, terminal):
    terminal("", "ada lovelace", "ada", PASSWORD, PASSWORD)
    assert authenticate(username="ada", password=PASSWORD)


def test_stopping_half_way_saves_nothing(db, terminal):
    with pytest.raises(CommandError, match="Nothing was saved"):
        terminal("ada", PASSWORD, KeyboardInterrupt)
    assert not User.objects.exists()


def test_without_a_terminal_the_password_comes_from_stdin(db, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    call_command("staff", username="ada", stdout=io.StringIO())
    assert authenticate(username="ada", password=PASSWORD)


def test_without_a_terminal_a_weak_password_is_refused(db, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("ada\n"))
    with pytest.raises(CommandError, match="This password is too short"):
        call_command("staff", username="ada")
    assert not User.objects.exists()


def test_without_a_terminal_the_account_must_be_named(db, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    with pytest.raises(CommandError, match="--username"):
        call_command("staff")


@pytest.fixture
def terminal(monkeypatch):
    """Run `make staff`, give these answers to what it asks, and return what it says at the end."""

    def run(*answers):
        left = iter(answers)

        def answer(question):
            reply = next(left)
            if reply is KeyboardInterrupt:
                raise KeyboardInterrupt
            return reply

        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        monkeypatch.setattr("builtins.input", answer)
        monkeypatch.setattr("mi_site.management.commands.staff.getpass", answer)
        out = io.StringIO()
        call_command("staff", stdout=out)
        return out.getvalue()

    return run
