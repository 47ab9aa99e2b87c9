"""Model fields that editors can read: lists as lines of text, slips of the source, rich text."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.widgets import Script
from django.templatetags.static import static
from django.utils import timezone

from .addresses import LONGEST, as_target, known_by, validate_old_address, validate_target
from .rich_text import canonical, clean_html, paragraphs

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

    def from_db_value(self, value, expression, connection):
        # Most are empty, each row has two or three, and to read JSON takes ten calls.
        return [] if value == "[]" else super().from_db_value(value, expression, connection)

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


class RichTextWidget(forms.Textarea):
    """An editor with a few buttons (``rich_text.js``); without scripts, a textarea."""

    class Media:
        js = [Script("js/rich_text.js", type="module")]

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        # Where the editor is, since the names of static files change with what is in them.
        context["widget"]["attrs"]["data-rich-text"] = static("django_prose_editor/editor.js")
        return context

    def use_required_attribute(self, initial):
        """Never: the textarea is out of sight, where a browser could not point at it."""
        return False


class RichTextFormField(forms.CharField):
    """Rich text, as an editor writes it or typed as plain paragraphs with an empty line between."""

    widget = RichTextWidget(attrs={"rows": 10})

    def prepare_value(self, value):
        return paragraphs(value) if value else value

    def to_python(self, value):
        return canonical(super().to_python(value))

    def has_changed(self, initial, data):
        return canonical(initial or "") != canonical(data or "")


class RichTextField(models.TextField):
    """HTML that passes the allow-list of ``rich_text`` whenever it is validated."""

    def formfield(self, **kwargs):
        form = {"form_class": RichTextFormField, "widget": RichTextFormField.widget}
        return super().formfield(**kwargs | form)

    def save_form_data(self, instance, data):
        """Keep the stored text where the editor only wrote the same otherwise."""
        if canonical(self.value_from_object(instance)) != canonical(data):
            super().save_form_data(instance, data)

    def clean(self, value, model_instance):
        return super().clean(clean_html(value or ""), model_instance)


class ChangedAtField(models.DateTimeField):
    """When the row was last saved. Unlike ``auto_now`` it has a default, so that fixtures load."""

    def __init__(self, *args, **kwargs):
        usual = {
            "default": timezone.now,
            "editable": False,
            "help_text": "A draft of what is public counts when it is published.",
        }
        super().__init__(*args, **usual | kwargs)

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
