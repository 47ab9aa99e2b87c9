import re
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError, call_command
from django.core.serializers.base import DeserializationError
from django.db import Error, transaction

from partners.models import Partnership
from publishing.models import Content, ContentVersion, SourceDocument

# Parents first: a key that crosses a foreign key can't refer to a row that comes later.
FILES = (
    "sources",
    "topics",
    "partners",
    "people",
    "programmes",
    "faq",
    "pages",
    "finder",
    "redirects",
)


class Command(BaseCommand):
    help = "Fill an empty database with the content of a folder; leave any other as it is."

    def add_arguments(self, parser):
        parser.add_argument(
            "folder",
            nargs="?",
            type=Path,
            default=settings.CONTENT,
            help="Where the fixtures are (the CONTENT setting).",
        )

    def handle(self, folder, **options):
        with transaction.atomic():
            # Whoever comes second waits here for the first, then finds the database filled.
            list(ContentVersion.objects.select_for_update())
            filled = Partnership.objects.exists()
            if not filled:
                load(folder)
        if filled and folder != settings.BASE_DIR / "fixtures":
            self.stdout.write(f"This database has content already: nothing of {folder} is loaded.")
        elif not filled and options["verbosity"]:
            self.stdout.write(f"Loaded the content of {folder}.")


def load(folder):
    """Load the fixtures and the texts they cite, or raise a CommandError that says what is wrong."""
    fixtures = [fixture for name in FILES if has_rows(fixture := folder / f"{name}.yaml")]
    try:
        if fixtures:
            call_command("loaddata", *fixtures, verbosity=0)
    except (DeserializationError, Error) as error:
        reason = " ".join(f"{error} {error.__cause__ or ''}".split())
        raise CommandError(f"The content in {folder} can’t be loaded: {reason}") from error
    if not Partnership.objects.exists():
        raise CommandError(f"There is no partnership in {folder / 'partners.yaml'}.")
    for document in SourceDocument.objects.all():
        document.text = text_of(folder, document.name)
        document.save(update_fields=["text"])
    check_rows()


def has_rows(fixture):
    """Whether there is anything in ``fixture``; loaddata takes an empty one for an error."""
    if not fixture.is_file():
        raise CommandError(f"There is no {fixture}: set CONTENT to a folder of content.")
    return re.search(r"^\s*-\s", read(fixture), re.MULTILINE) is not None


def text_of(folder, name):
    """Return the text of the document ``name``, which stands in a folder below ``folder``."""
    for path in folder.glob(f"*/{name}"):
        return read(path)
    raise CommandError(f"There is no {name} in the folders below {folder}.")


def read(path):
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not UTF-8 text: save it as UTF-8.") from error


def check_rows():
    """Refuse what the admin would: loaddata itself checks no more than the database does."""
    for model in apps.get_models():
        if issubclass(model, Content):
            for row in model.objects.all():
                try:
                    row.full_clean()
                except ValidationError as error:
                    raise CommandError(f"{row!r}: {'; '.join(error.messages)}") from error
