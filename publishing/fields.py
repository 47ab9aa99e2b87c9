"""Model fields that editors can read: lists as lines of text, slips of the source, rich text."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from .addresses import LONGEST, as_target, known_by, validate_old_address, validate_target
from .rich_text import clean_html, paragraphs

CITATION = re.compile(r"^[\w.-]+:[1-9][0-9]*$")


class LinesFormField(forms.CharField):
    """A list of texts, typed one on a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        return [line.strip() for line in super().to_python(value).splitlines() if line.strip()]

    def has_changed(self, initial, data):
        return (initial or []) != self.to_python(data)


class LinesField(models.JSONField):
    """A list of texts, stored as JSON and edited one on a line."""

    form_class = LinesFormField

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"default": list, "blank": True, **kwargs})

    def formfield(self, **kwargs):
        # Past JSONField, whose own form field expects its encoder and decoder.
        return models.Field.formfield(self, **{"form_class": self.form_class, **kwargs})


class CitationsField(LinesField):
    """Where words come from: a list of ``document:line``, each line a paragraph of that document."""

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        for citation in value:
            if not CITATION.match(citation):
                raise ValidationError(
                    "“%(citation)s” is not a place in a source. Write the document, a colon and "
                    "the number of the line.",
                    params={"citation": citation},
                )


class ErrataFormField(LinesFormField):
    """Slips of the source that the site mends, typed one on a line as ``has | shows | why``."""

    def prepare_value(self, value):
        if isinstance(value, list):
            return "\n".join(f"{slip['has']} | {slip['shows']} | {slip['why']}" for slip in value)
        return value

    def to_python(self, value):
        slips = []
        for line in super().to_python(value):
            parts = [part.strip() for part in line.split("|")]
            if len(parts) != 3 or not all(parts):
                raise ValidationError(
                    "“%(line)s” needs three parts with a bar between them: what the source has "
                    "| what the site shows | why.",
                    params={"line": line},
                )
            slips.append(dict(zip(("has", "shows", "why"), parts, strict=True)))
        return slips

    def has_changed(self, initial, data):
        try:
            return super().has_changed(initial, data)
        except ValidationError:
            return True


class ErrataField(LinesField):
    """Slips of the source that the site mends: a list of ``{has, shows, why}``."""

    form_class = ErrataFormField

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        for slip in value:
            if not isinstance(slip, dict) or set(slip) != {"has", "shows", "why"}:
                raise ValidationError(
                    "Each slip needs what the source has, what is shown, and why."
                )


class RichTextField(models.TextField):
    """HTML that passes the allow-list of ``rich_text`` whenever it is validated."""

    def clean(self, value, model_instance):
        return super().clean(clean_html(paragraphs(value or "")), model_instance)


class ChangedAtField(models.DateTimeField):
    """When the row was last saved. Unlike ``auto_now`` it has a default, so that fixtures load."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"default": timezone.now, "editable": False, **kwargs})

    def pre_save(self, model_instance, add):
        if not add:
            setattr(model_instance, self.attname, timezone.now())
        return super().pre_save(model_instance, add)


class AddressField(models.SlugField):
    """The end of the address of a page, or of a place on one: unique, and ASCII as in the routes.

    Migrations do not know its help text, so that it is reworded without one in every app.
    """

    def __init__(self, *args, **kwargs):
        usual = {
            "max_length": 80,
            "unique": True,
            "help_text": "The end of its address. Links from elsewhere follow a page to its new "
            "address. They do not follow a place on a page, such as a question: they then lead to "
            "the page it is on.",
        }
        super().__init__(*args, **usual | kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("help_text", None)
        return name, path, args, kwargs


class OrderField(models.PositiveSmallIntegerField):
    """The place among others of its kind."""

    def __init__(self, *args, **kwargs):
        usual = {"default": 0, "help_text": "Its place in lists; the lowest comes first."}
        super().__init__(*args, **usual | kwargs)


class OldAddressField(models.CharField):
    """A path that once was an address: stored, and looked up, as ``known_by`` has it."""

    default_validators = [validate_old_address]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"max_length": LONGEST, **kwargs})

    def to_python(self, value):
        value = super().to_python(value)
        return known_by(value) if value else value


class TargetField(models.CharField):
    """Where a redirect leads: a path of this site, or an https address elsewhere."""

    default_validators = [validate_target]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"max_length": 500, **kwargs})

    def to_python(self, value):
        value = super().to_python(value)
        return as_target(value) if value else value
