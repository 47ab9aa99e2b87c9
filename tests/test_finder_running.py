"""The finder in the real site, where several processes answer."""

import json
import urllib.request
from urllib.parse import urlencode

from .running_site import manage, running_site

ENOUGH = 12  # requests, each by a connection of its own, to meet both workers

TEACH = """
from topics.models import Topic
topic = Topic.objects.get(slug="freight")
topic.synonyms = [*topic.synonyms, "zyzzyva"]
topic.save()
"""


def ask(site, question):
    address = f"{site}/find/?{urlencode({'q': question, 'format': 'json'})}"
    with urllib.request.urlopen(address, timeout=20) as response:
        return json.load(response)


def test_a_synonym_added_elsewhere_works_on_the_next_request_of_every_worker(
    tmp_path, empty_database
):
    with running_site(tmp_path, **empty_database) as (_, site):
        before = [ask(site, "zyzzyva") for _ in range(ENOUGH)]
        done = manage("shell", "-c", TEACH, data=tmp_path, **empty_database)
        assert done.returncode == 0, done.stderr
        after = [ask(site, "zyzzyva") for _ in range(ENOUGH)]
    assert all(answer["fallback"] for answer in before)
    assert [answer["results"][0]["slug"] for answer in after] == ["transport"] * ENOUGH
