"""Forms of the desk, opened and sent as a browser does, and what staff do with them."""

import re
from html.parser import HTMLParser

from django.urls import reverse

from publishing import workflow


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


class FormReader(HTMLParser):
    """The form of a change page, with the values that a browser would send."""

    def __init__(self, html):
        super().__init__()
        self.values = {}
        self.is_inside = False
        self.name = None  # of the select or the textarea that is being read
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.is_inside = attrs.get("id", "").endswith("_form")
        if not self.is_inside:
            return
        if tag == "input" and attrs["type"] == "checkbox":
            if "checked" in attrs:
                self.add(attrs["name"], attrs.get("value", "on"))
        elif tag == "input" and attrs["type"] != "submit":
            self.add(attrs["name"], attrs.get("value", ""))
        elif tag in ("select", "textarea"):
            self.name = attrs["name"]
            if tag == "textarea":
                self.add(self.name, "")
        elif tag == "option" and "selected" in attrs:
            self.add(self.name, attrs["value"])

    def handle_data(self, data):
        if self.lasttag == "textarea" and self.name:
            self.values[self.name][-1] += data.replace("\n", "\r\n")

    def handle_endtag(self, tag):
        if tag == "textarea":
            # HTML drops the line break that Django writes after the opening tag.
            self.values[self.name][-1] = self.values[self.name][-1].removeprefix("\r\n")
        if tag in ("select", "textarea"):
            self.name = None

    def add(self, name, value):
        self.values.setdefault(name, []).append(re.sub(r"\r?\n", "\r\n", value))


def form_of(client, thing):
    response = client.get(address(type(thing), "change", thing.pk))
    assert response.status_code == 200
    return FormReader(response.content.decode()).values


def save(client, thing, **changes):
    """Open the form of ``thing``, change what is given, and save all of it."""
    form = form_of(client, thing) | changes
    return client.post(address(type(thing), "change", thing.pk), form)


def publish(client, thing, **changes):
    """Save ``changes`` as the draft of ``thing``, and publish it by the workflow's own step."""
    response = save(client, thing, **changes)
    assert response.status_code == 302, response.content.decode()
    return workflow.publish(thing, None, expected=workflow.latest(thing))
