"""The source texts, sentence by sentence, so that a test can ask for every one of them."""

import re

from publishing.provenance import fold, mend

# A full stop, then a capital, perhaps in quotation marks. So these end no sentence: "e.g. to", "£1.4bn/p.a. of",
# "www.mitalent.ac.uk", a name after "Dr ", and the stop before "(2021-22 HESA)", which dates what stands before it.
# The space between may be missing, as the source once has it.
END = re.compile(r"(?<=[.!?])(?<!\bDr\.)\s*(?=[“‘]?[A-Z])")


def sentences(text):
    """Return the sentences of one paragraph, with white space folded."""
    return END.split(fold(text))


def source_sentences(documents, rows):
    """Return (place, sentence) for all that ``documents`` say, as the site shows it.

    Slips are mended as those ``rows`` say that cite the line. Of a paragraph all in quotation marks
    the marks are left out: the page adds its own.
    """
    errata = {}
    for row in rows:
        for citation in row.source:
            errata.setdefault(citation, []).extend(
                slip for slip in row.errata if slip not in errata.get(citation, [])
            )
    return [
        (place, sentence)
        for document in documents
        for number, line in document.passages()
        for place in [f"{document.name}:{number}"]
        for sentence in sentences(unquoted(mend(line, errata.get(place, []))))
    ]


def unquoted(line):
    return line[1:-1] if line.startswith("‘") and line.endswith("’") else line
