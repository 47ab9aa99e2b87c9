"""Tells route and status of every address that a browser or the bench looks at, as JSON."""

import json
import sys

import django
from django.conf import settings
from django.test import Client
from django.urls import Resolver404, resolve

from ..page_types import PAGES

ENQUIRY = "/enquire/"


def route(address):
    try:
        return resolve(address.partition("?")[0]).route
    except Resolver404:
        return ""


if __name__ == "__main__":
    django.setup()
    client = Client(SERVER_NAME="127.0.0.1")
    pages = {
        address: {"route": route(address), "status": client.get(address).status_code}
        for address in dict.fromkeys([*PAGES, ENQUIRY])
    }
    json.dump({"pages": pages, "session_cookie": settings.SESSION_COOKIE_NAME}, sys.stdout)
