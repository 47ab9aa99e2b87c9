from html import escape

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import mark_safe

OPTION = '<option value="{}"{}>{}</option>'


class LongSelect(forms.Select):
    """Django's select, without a template for each option: there may be hundreds."""

    def render(self, name, value, attrs=None, renderer=None):
        # Escaped by Python itself: Django's own looks for words that are translated later, and took
        # thirty times as long.
        options = "\n".join(
            OPTION.format(escape(slug), " selected" if slug == (value or "") else "", escape(label))
            for slug, label in self.choices
        )
        attributes = flatatt(self.build_attrs(self.attrs, {"name": name} | (attrs or {})))
        return format_html("<select{}>\n{}</select>", attributes, mark_safe(options))


class RouteForm(forms.Form):
    """Find a route: what it is about, and where the visitor works. Both may stay open."""

    programme = forms.ChoiceField(required=False, widget=LongSelect)
    at = forms.ChoiceField(required=False, label="Your university")

    def __init__(self, *args, programmes, partners, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.choices = {
            "programme": {programme.slug: programme for programme in programmes},
            "at": {partner.slug: partner for partner in partners},
        }
        for name, things in self.choices.items():
            self.fields[name].error_messages["invalid_choice"] = (
                "This is not in the list. Choose one, or leave it open."
            )
            self.fields[name].choices = [
                ("", "Any"),
                *((slug, str(thing)) for slug, thing in things.items()),
            ]

    def clean(self):
        """Turn slugs into the things they name."""
        cleaned = super().clean()
        return {name: self.choices[name].get(slug) for name, slug in cleaned.items()}
