import re
import unicodedata

from django import forms
from django.utils.encoding import punycode

LONGEST_NAME = 100
LONGEST_EMAIL = 254  # characters that a path of SMTP has room for (RFC 5321, 4.5.3.1.3)
LONGEST_UNIVERSITY = 200
LONGEST_TEXT = 5000

# They turn the writing that follows them round: an address could be made to read as another.
TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def cleaned(text, keep=""):
    """Return ``text`` without what cannot be seen and does harm: control characters but ``keep``.

    Joiners stay, of which emoji and the writing of some languages are made.
    """
    return "".join(
        letter
        for letter in text
        if letter in keep
        or (unicodedata.category(letter) not in ("Cc", "Cs") and letter not in TURNS)
    )


def is_blank(text):
    """Whether nothing of ``text`` can be seen, though it may have a length."""
    return not any(letter.isprintable() and not letter.isspace() for letter in text)


class TypedField(forms.CharField):
    """What a person typed or pasted, made safe to keep and to put into an e-mail.

    It has no ``maxlength``: a browser would cut what is pasted without a word.
    """

    def to_python(self, value):
        text = self.tidied(super().to_python(value))
        return self.empty_value if is_blank(text) else text

    def widget_attrs(self, widget):
        return {}


class LineField(TypedField):
    """One line: no header of an e-mail can be ended with it."""

    def tidied(self, text):
        return cleaned(" ".join(text.split()))


class ParagraphsField(TypedField):
    """Lines, of which each ends as in Unix, and of which three that are empty tell no more than one."""

    def tidied(self, text):
        lines = text.replace("\r\n", "\n").replace("\r", "\n")
        return re.sub(r"\n{4,}", "\n\n\n", cleaned(lines, keep="\n\t")).strip()


class AddressField(LineField, forms.EmailField):
    """An e-mail address that the site can write to."""

    def clean(self, value):
        address = super().clean(value)
        if address and not can_be_written_to(address):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return address


def can_be_written_to(address):
    """Whether ``address``, which Django takes for one, is of a public host, and shows all it holds.

    A local part in quotation marks could hold what no address shows; a host in brackets or without
    a dot is of this machine or its neighbours.
    """
    local, _, host = address.rpartition("@")
    try:
        punycode(host)
    except UnicodeError:
        return False
    return address.isprintable() and '"' not in local and "[" not in host and "." in host


def too_long(what):
    return (
        f"Shorten {what} to %(limit_value)d characters or fewer: at present there are "
        "%(show_value)d."
    )


class EnquiryForm(forms.Form):
    """A message to whoever answers. Each complaint says what to do."""

    use_required_attribute = False  # a browser's own complaints are read out badly, or not at all

    name = LineField(
        label="Your name",
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Enter your name", "max_length": too_long("your name")},
    )
    email = AddressField(
        label="Your e-mail address",
        help_text="To answer you, and for nothing else.",
        max_length=LONGEST_EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": "Enter your e-mail address, so that you can be answered",
            "invalid": "Enter an e-mail address like name@example.ac.uk",
            "max_length": too_long("your e-mail address"),
        },
    )
    university = LineField(
        label="Your university or organisation (optional)",
        required=False,
        max_length=LONGEST_UNIVERSITY,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"max_length": too_long("the name of your university or organisation")},
    )
    text = ParagraphsField(
        label="Your message",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 9}),
        error_messages={"required": "Write your message", "max_length": too_long("your message")},
    )
