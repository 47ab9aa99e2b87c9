from django import forms

LONGEST = 300  # characters of a question that are read


class QuestionField(forms.CharField):
    """What somebody typed or pasted: read as far as it makes sense, never refused."""

    def to_python(self, value):
        visible = "".join(c if c.isprintable() else " " for c in super().to_python(value))
        return " ".join(visible.split())[:LONGEST].strip()


class FinderForm(forms.Form):
    """A question, and where the visitor works. Both may stay open."""

    q = QuestionField(
        required=False,
        label="What do you work on, or need?",
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    at = forms.ChoiceField(
        required=False,
        label="Your university",
        help_text="Adds whom to ask there.",
        error_messages={"invalid_choice": "This is not in the list. Choose one, or leave it open."},
    )

    def __init__(self, *args, partners, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.partners = {partner.slug: partner for partner in partners}
        self.fields["at"].choices = [
            ("", "Any"),
            *((slug, str(partner)) for slug, partner in self.partners.items()),
        ]

    def clean_at(self):
        """Turn the slug into the partner it names."""
        return self.partners.get(self.cleaned_data["at"])
