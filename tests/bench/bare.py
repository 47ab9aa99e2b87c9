"""B, what the site is held against: a WSGI callable that answers from memory, and nothing else.

The file ANSWERS has the status, headers and body of each address, as the site sent them. /bare is
the front page with those headers alone that no answer can do without.
"""

import base64
import json
import os
from pathlib import Path

GIVEN_BY_THE_SERVER = {"server", "date", "connection", "transfer-encoding"}
NEEDED = {"content-type", "content-length", "content-encoding"}
BARE = "/bare"


def keep(answers, path):
    """Write {address: (status, headers, body)} to the file at ``path``."""
    kept = {}
    for address, (status, headers, body) in answers.items():
        pairs = [pair for pair in headers.items() if pair[0].lower() not in GIVEN_BY_THE_SERVER]
        if headers.get("Content-Length") is None:
            pairs.append(("Content-Length", str(len(body))))
        kept[address] = [f"{status} As It Was", pairs, base64.b64encode(body).decode()]
    status, pairs, body = kept["/"]
    kept[BARE] = [status, [pair for pair in pairs if pair[0].lower() in NEEDED], body]
    path.write_text(json.dumps(kept))


def kept():
    answers = json.loads(Path(os.environ["ANSWERS"]).read_text())
    return {
        address: (status, [tuple(pair) for pair in pairs], base64.b64decode(body))
        for address, (status, pairs, body) in answers.items()
    }


def address_of(environ):
    query = environ.get("QUERY_STRING")
    return f"{environ['PATH_INFO']}?{query}" if query else environ["PATH_INFO"]


ANSWERS = kept() if "ANSWERS" in os.environ else {}


def application(environ, start_response):
    status, headers, body = ANSWERS[address_of(environ)]
    start_response(status, headers)
    return [body]
