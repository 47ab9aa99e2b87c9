"""Why an entry answers a question, in words that a reader can check on its page."""

import re
from dataclasses import dataclass

from publishing.rich_text import SENTENCE_END

from .entries import Where
from .language import STOP_WORDS, plain, words
from .matching import parts

MOST_REASONS = 3
WRITTEN = re.compile(r"[\w’'&-]+")


@dataclass(frozen=True)
class Reason:
    """Words of the question, and where they were found."""

    words: tuple[str, ...]
    where: Where
    label: str  # the name, role, topic or heading; "" for the text
    is_whole: bool  # whether the words are all of it

    def __str__(self):
        """Return the reason in short, for programs."""
        words = " ".join(self.words)
        if not self.label or words == plain(self.label):
            return f"{self.where}: {words}"
        return f"{self.where}: {self.label} ({words})"


def reasons_for(result, fillers=frozenset()):
    """Return the Reasons of ``result``, strongest first."""
    telling = [match for match in result.matches if match.word.token not in fillers]
    grouped = {}
    for match in telling or result.matches:
        label = match.phrase.label if match.phrase else ""
        grouped.setdefault((match.where, label), []).append(match)
    ordered = sorted(grouped.items(), key=lambda group: -sum(match.weight for match in group[1]))
    return [
        Reason(
            tuple(match.word.typed for match in matches),
            where,
            label,
            any(match.is_whole for match in matches),
        )
        for (where, label), matches in ordered[:MOST_REASONS]
    ]


def excerpt(result):
    """Return the sentence of the entry that has most of the words, in pieces (words, found)."""
    tokens = {token for match in result.matches for token in tokens_of(match.word.typed)}
    sentences = [sentence for text in result.entry.text for sentence in sentences_of(text)]
    best = max(sentences, key=lambda sentence: len(tokens & tokens_of(sentence)), default="")
    return list(pieces(best if tokens & tokens_of(best) else result.entry.line, tokens))


def sentences_of(text):
    begin = 0
    for end in SENTENCE_END.finditer(text):
        yield text[begin : end.end()].rstrip()
        begin = end.end()
    yield text[begin:]


def tokens_of(text):
    """Return the tokens of ``text`` without stop words; a word with a hyphen has its parts' too."""
    return {
        each.token
        for word in words(text)
        for each in (word, *parts(word))
        if each.typed not in STOP_WORDS
    }


def pieces(text, tokens):
    """Yield (words, whether they are among ``tokens``), which together are ``text``."""
    done = 0
    for word in WRITTEN.finditer(text):
        if tokens & tokens_of(word[0]):
            yield text[done : word.start()], False
            yield word[0], True
            done = word.end()
    yield text[done:], False
