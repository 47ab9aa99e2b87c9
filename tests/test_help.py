"""Help where the work is: each field of a form says what it does, or for whom it is."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory

from publishing.admin import ContentAdmin
from publishing.models.content import Content

# What Django itself adds to the form of a part: the box that deletes it, and what ties it to the whole.
NOT_FOR_READING = {"DELETE", "id"}


def forms_of_content(request):
    """Return {name: form} of every form in which staff write content, those of parts included."""
    forms = {}
    for model, model_admin in admin.site._registry.items():
        if not issubclass(model, Content):
            continue
        forms[model._meta.label] = model_admin.get_form(request)
        for inline in model_admin.get_inline_instances(request):
            formset = inline.get_formset(request)
            forms[f"{inline.model._meta.label} of {model._meta.label}"] = formset.form
    return forms


@pytest.fixture
def forms(db):
    request = RequestFactory().get("/admin/")
    request.user = User.objects.create_superuser("ada")
    return forms_of_content(request)


def test_each_field_has_help(forms):
    drafted = {
        model._meta.label
        for model, model_admin in admin.site._registry.items()
        if isinstance(model_admin, ContentAdmin)
    }
    assert drafted and drafted <= set(forms)
    without = [
        f"{label}.{name}"
        for label, form in forms.items()
        for name, field in form.base_fields.items()
        if name not in NOT_FOR_READING and not field.widget.is_hidden and not field.help_text
    ]
    assert without == []
