import socket
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from .running_site import manage, running_site


def test_a_busy_port_is_one_clear_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other_program:
        port = other_program.getsockname()[1]
        assert_refuses(
            manage("start", data=tmp_path, PORT=str(port)),
            f"Port {port} is in use: stop the other program",
        )


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])
def test_an_address_of_another_machine_is_one_clear_line(tmp_path, host):
    assert_refuses(manage("start", data=tmp_path, HOST=host), f"Cannot listen on {host}:8000")


def test_a_database_that_does_not_answer_is_one_clear_line(tmp_path):
    result = manage(
        "start",
        data=tmp_path,
        PORT="8999",
        DATABASE_URL="postgres://nobody@127.0.0.1:1/none",
    )
    assert_refuses(result, "The database cannot be used: ")
    assert_refuses(result, "Check DATABASE_URL, and that this machine can reach it.")


def test_a_database_that_does_not_answer_is_one_clear_line_in_other_commands(tmp_path):
    result = manage("migrate", data=tmp_path, DATABASE_URL="postgres://nobody@127.0.0.1:1/none")
    assert_refuses(result, "The database cannot be used: ")


def test_a_file_that_is_no_database_is_one_clear_line(tmp_path):
    (tmp_path / "db.sqlite3").write_text(
        "Not a database, and longer than the header of one would be. " * 20
    )
    assert_refuses(
        manage("start", data=tmp_path, PORT="8999"),
        "The database cannot be used: file is not a database",
    )


def test_the_site_starts_answers_and_leaves_nothing_behind(tmp_path, empty_database):
    site = running_site(tmp_path, **empty_database)
    with site as (process, address), urllib.request.urlopen(address) as response:
        assert response.status == 200
        assert "Set-Cookie" not in response.headers
    assert process.returncode == 0
    port = int(address.rpartition(":")[2])
    socket.create_server(("127.0.0.1", port)).close()  # the port is free again


def test_two_that_start_at_once_both_serve(tmp_path, empty_database):
    def visit(_):
        site = running_site(tmp_path, **empty_database)
        with site as (_, address), urllib.request.urlopen(address) as response:
            return response.status

    with ThreadPoolExecutor() as threads:
        assert list(threads.map(visit, range(2))) == [200, 200]


def test_an_interrupted_collection_of_static_files_is_done_again(tmp_path):
    with running_site(tmp_path):
        pass
    (tmp_path / "static.stamp").unlink()
    manifest = tmp_path / "static" / "staticfiles.json"
    manifest.write_text("half a fi")
    with (
        running_site(tmp_path) as (_, address),
        urllib.request.urlopen(address) as response,
    ):
        assert response.status == 200
    assert manifest.read_text().endswith("}")


def assert_refuses(result, advice):
    assert result.returncode != 0
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert advice in result.stderr
