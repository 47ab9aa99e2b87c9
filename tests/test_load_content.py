"""Content fills an empty database, whole or not at all, and says what is wrong with it."""

import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from mi_site.management.commands.load_content import FILES
from partners.models import Partner, Partnership
from publishing.models import SourceDocument
from tests.site_map import delete_all_content

TWO_UNIVERSITIES = Path(__file__).parent / "content" / "two_universities"

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    """A folder of content to spoil, and a database without any."""
    delete_all_content()
    return Path(shutil.copytree(TWO_UNIVERSITIES, tmp_path / "content"))


def refusal(folder):
    with pytest.raises(CommandError) as refused:
        call_command("load_content", folder)
    assert not Partnership.objects.exists()
    assert not SourceDocument.objects.exists()
    return str(refused.value)


def test_an_empty_database_is_filled(folder, capsys):
    call_command("load_content", folder)
    assert Partner.objects.count() == 2
    assert all(document.text for document in SourceDocument.objects.all())
    assert f"Loaded the content of {folder}." in capsys.readouterr().out


def test_a_filled_database_is_left_as_it_is_and_other_content_says_so(folder, capsys):
    call_command("load_content", folder, verbosity=0)
    Partnership.objects.update(name="Renamed")
    call_command("load_content", folder)
    assert Partnership.objects.get().name == "Renamed"
    assert "has content already" in capsys.readouterr().out


def test_the_usual_content_of_a_filled_database_needs_no_word(capsys):
    call_command("load_content")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("words", ["", "[]\n", "# Nobody yet.\n"])
def test_a_file_may_hold_nothing(folder, words):
    (folder / "topics.yaml").write_text(words)
    (folder / "programmes.yaml").write_text(words)
    (folder / "faq.yaml").write_text(words)
    people = (folder / "people.yaml").read_text()
    (folder / "people.yaml").write_text(words)
    assert people
    partners = folder / "partners.yaml"
    kept = [line for line in partners.read_text().splitlines() if "general_route" not in line]
    partners.write_text("\n".join(line for line in kept if not line.startswith("    contact:")))
    rows = (folder / "pages.yaml").read_text().splitlines()
    (folder / "pages.yaml").write_text("\n".join(r for r in rows if "    programmes:" not in r))
    call_command("load_content", folder, verbosity=0)
    assert Partner.objects.count() == 2


def test_a_missing_file_is_named(folder):
    (folder / "faq.yaml").unlink()
    assert f"There is no {folder / 'faq.yaml'}" in refusal(folder)


def test_a_slip_in_yaml_is_shown_with_its_line(folder):
    with (folder / "faq.yaml").open("a") as file:
        file.write("\n- model: [unclosed\n")
    message = refusal(folder)
    assert "faq.yaml" in message
    assert "line" in message


def test_a_name_that_nothing_has_is_refused(folder):
    pages = folder / "pages.yaml"
    pages.write_text(pages.read_text().replace("page: [", "page: [no-such-", 1))
    assert "can’t be loaded" in refusal(folder)


def test_a_missing_source_text_is_named(folder):
    text = next(folder.glob("*/*.txt"))
    text.unlink()
    assert f"There is no {text.name}" in refusal(folder)


def test_a_source_text_that_is_not_utf_8_is_named(folder):
    text = next(folder.glob("*/*.txt"))
    text.write_bytes(b"caf\xe9")
    assert f"{text} is not UTF-8 text" in refusal(folder)


def test_a_citation_of_nothing_is_refused(folder):
    text = next(folder.glob("*/*.txt"))
    text.write_text("One line only.\n")
    assert f"No source has this line: {text.name}:" in refusal(folder)


def test_content_without_a_partnership_is_refused(folder):
    for name in FILES:
        (folder / f"{name}.yaml").write_text("")
    assert "There is no partnership" in refusal(folder)
