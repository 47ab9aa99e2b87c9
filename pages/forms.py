from django import forms


class RouteForm(forms.Form):
    """Find a route: what it is about, and where the visitor works. Both may stay open."""

    programme = forms.ChoiceField(required=False)
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
