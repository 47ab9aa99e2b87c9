import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management import BaseCommand, CommandError

CHARACTERS = "U+0020-007E,U+00A0-00FF,U+2013,U+2014,U+2018,U+2019,U+201C,U+201D,U+2026"
WEIGHT = 500
LINING = "lnum"


class Command(BaseCommand):
    help = (
        "Make static/fonts/baskervville.woff2 from the variable font of the npm package "
        "@fontsource-variable/baskervville (files/baskervville-latin-wght-normal.woff2)."
    )

    def add_arguments(self, parser):
        parser.add_argument("font", type=Path)

    def handle(self, font, **options):
        try:
            from fontTools.ttLib import TTFont
            from fontTools.varLib.instancer import instantiateVariableFont
        except ImportError as error:
            raise CommandError(
                "Install fonttools into .venv first: it is needed once only."
            ) from error

        heading = instantiateVariableFont(TTFont(font), {"wght": WEIGHT})
        # The digits it draws by default are old-style, which read badly as figures.
        lining = substitutions(heading, LINING)
        for table in heading["cmap"].tables:
            table.cmap = {code: lining.get(name, name) for code, name in table.cmap.items()}

        target = settings.BASE_DIR / "static" / "fonts" / "baskervville.woff2"
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder) / "whole.ttf"
            heading.flavor = None
            heading.save(whole)
            subset = [
                f"--unicodes={CHARACTERS}",
                "--layout-features=kern,liga",
                "--flavor=woff2",
                f"--output-file={target}",
            ]
            subprocess.run([sys.executable, "-m", "fontTools.subset", whole, *subset], check=True)
        self.stdout.write(f"{target.name}: {target.stat().st_size} bytes")


def substitutions(font, tag):
    """Return {glyph: glyph that stands for it} of one feature of ``font``."""
    table = font["GSUB"].table
    records = [r for r in table.FeatureList.FeatureRecord if r.FeatureTag == tag]
    lookups = {index for record in records for index in record.Feature.LookupListIndex}
    found = {}
    for index in lookups:
        for subtable in table.LookupList.Lookup[index].SubTable:
            found |= getattr(subtable, "ExtSubTable", subtable).mapping
    return found
