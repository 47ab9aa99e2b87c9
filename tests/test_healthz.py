from unittest.mock import Mock

from django.db import OperationalError


def test_healthz_is_ok_while_the_database_can_be_read(client, db):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.content == b"ok\n"
    assert response["Content-Type"] == "text/plain"
    assert "no-store" in response["Cache-Control"]


def test_healthz_answers_whatever_host_is_asked(client, db):
    assert client.get("/healthz", headers={"host": "10.0.0.3:8000"}).status_code == 200


def test_healthz_answers_head(client, db):
    response = client.head("/healthz")
    assert response.status_code == 200
    assert response.content == b""


def test_healthz_says_so_when_the_database_cannot_be_read(client, monkeypatch):
    broken = Mock(cursor=Mock(side_effect=OperationalError("connection refused")))
    monkeypatch.setattr("mi_site.views.connection", broken)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.content == b"the database cannot be read\n"
    assert "no-store" in response["Cache-Control"]
