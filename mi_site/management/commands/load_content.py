from pathlib import Path

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.core.serializers.base import DeserializationError
from django.db import Error, transaction

from partners.models import Partnership
from publishing.models import ContentVersion, SourceDocument

# Parents first: a key that crosses a foreign key can't refer to a row that comes later.
FILES = ("sources", "topics", "partners", "people", "programmes", "faq", "pages")


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
        fixtures = [folder / f"{name}.yaml" for name in FILES]
        with transaction.atomic():
            # Whoever comes second waits here for the first, then finds the database filled.
            list(ContentVersion.objects.select_for_update())
            if Partnership.objects.exists():
                return
            for fixture in fixtures:
                if not fixture.is_file():
                    raise CommandError(
                        f"There is no {fixture}: set CONTENT to a folder of content."
                    )
            try:
                call_command("loaddata", *fixtures, verbosity=0)
            except (DeserializationError, Error) as error:
                raise CommandError(f"The content in {folder} can’t be loaded: {error}") from error
            for document in SourceDocument.objects.all():
                document.text = read(folder, document.name)
                document.save(update_fields=["text"])
        if options["verbosity"]:
            self.stdout.write(f"Loaded the content of {folder}.")


def read(folder, name):
    """Return the text of the document ``name``, which stands in a folder below ``folder``."""
    try:
        return next(folder.glob(f"*/{name}")).read_text(encoding="utf-8")
    except StopIteration:
        raise CommandError(f"There is no {name} in the folders below {folder}.") from None
