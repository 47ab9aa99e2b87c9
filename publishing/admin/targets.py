"""Where visitors are led, as a form takes it: the site itself is asked what they find there."""

from django.core.exceptions import ValidationError

from ..addresses import answers, as_target, known_by, path_of, validate_target
from ..models import Redirect


def cleaned_target(address, redirects=None, gone=""):
    """Return where a link to ``address`` leads in the end, through the ``redirects`` that stand.

    ``gone`` is the address of a page that goes. Raises ValidationError for what nobody should be
    led to, or where visitors find nothing.
    """
    address = as_target(address)
    validate_target(address)
    redirects = Redirect.objects.all() if redirects is None else redirects
    address = redirects.end_of(address)
    if not address.startswith("/"):
        return address
    if gone and known_by(address) == known_by(gone):
        raise ValidationError("This is the page that is taken down. Choose another one.")
    if not answers(path_of(address)):
        raise ValidationError(
            "Visitors find nothing at %(address)s. Open the page that you mean, and copy its "
            "address.",
            params={"address": address},
        )
    return address
