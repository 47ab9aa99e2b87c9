"""Whose words are these? Worked out when read, so that no flag can go stale.

Words that stand in the cited lines of the source are the source's; all others are the team's.
White space is folded, since the texts are full of no-break spaces, and recorded slips are mended.
"""

from dataclasses import dataclass, field


def fold(text):
    """Return ``text`` with every run of Unicode white space as one plain space."""
    return " ".join(text.split())


def mend(line, errata):
    """Return the folded ``line`` as the site shows it, with each recorded slip put right."""
    line = fold(line)
    for slip in errata:
        line = line.replace(fold(slip["has"]), fold(slip["shows"]))
    return line


@dataclass
class Provenance:
    """What can be said about the words of some things that stand on one page."""

    passages: dict = field(default_factory=dict)  # document -> the cited line numbers, in order
    errata: list = field(default_factory=list)
    from_source: int = 0  # texts that stand in their cited lines
    from_team: int = 0  # texts that do not
    changed_at: object = None  # when the team last changed one of its own


class Library:
    """The source documents, opened once for a state of the content.

    >>> Library(SourceDocument.objects.all()).provenance([programme])
    """

    def __init__(self, documents):
        self.documents = {document.name: document for document in documents}
        self.folded = {}  # citation -> the cited line, folded: those of one page are hundreds

    @property
    def references(self):
        return [document for document in self.documents.values() if document.is_reference]

    def line(self, citation):
        """Return the cited line, or "" when no document holds it."""
        name, _, number = citation.rpartition(":")
        document = self.documents.get(name)
        return document.line(int(number)) if document and number.isdecimal() else ""

    def passage_of(self, thing):
        """Return the address of the first passage that ``thing`` cites, or "" without any."""
        for citation in thing.source:
            name, _, number = citation.rpartition(":")
            if document := self.documents.get(name):
                return f"{document.get_absolute_url()}#line-{number}"
        return ""

    def home_of(self, words, thing):
        """Return the document in one of whose lines, cited by ``thing``, ``words`` stand, or None.

        They are sought as they are, in any place of the line: a single common word would be found
        too, but no text of the site is that short unless it is a name or a number.
        """
        words = fold(words)
        for citation in thing.source:
            line = self.folded_line(citation)
            if thing.errata:
                line = mend(line, thing.errata)
            if line and words in line:
                return self.documents[citation.rpartition(":")[0]]
        return None

    def folded_line(self, citation):
        if citation not in self.folded:
            self.folded[citation] = fold(self.line(citation))
        return self.folded[citation]

    def stands(self, words, thing):
        """Say whether ``words`` stand in one of the lines that ``thing`` cites."""
        return self.home_of(words, thing) is not None

    def provenance(self, things, listed=()):
        """Return the Provenance of all that ``things`` say, and of what is ``listed`` in short."""
        found = Provenance()
        said = [(thing, thing.words()) for thing in things]
        said += [(thing, thing.words_in_short()) for thing in listed]
        homes = {document.name for document in self.references}
        for thing, texts in said:
            for words in texts:
                if home := self.home_of(words, thing):
                    found.from_source += 1
                    homes.add(home.name)
                else:
                    found.from_team += 1
                    changed_at = getattr(thing, "changed_at", None)
                    found.changed_at = max(
                        filter(None, (found.changed_at, changed_at)), default=None
                    )
        passages = {}
        for thing, _ in said:
            for citation in thing.source:
                name, _, number = citation.rpartition(":")
                if name in homes:
                    passages.setdefault(name, set()).add(int(number))
        found.passages = {self.documents[name]: sorted(passages[name]) for name in passages}
        for thing in things:
            found.errata += [slip for slip in thing.errata if slip not in found.errata]
        return found
