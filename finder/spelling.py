"""Slips of spelling, mended against the site's own words."""

from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import OSA, Prefix
from spellchecker import SpellChecker

from .language import spelt

COMMON = 400  # how often a word is met, in the library's own count, that is no name


@cache
def english():
    """Return the common words of English, and the rare ones, which hold many names."""
    times = SpellChecker(language="en", distance=1).word_frequency.dictionary
    common = frozenset(word for word in times if times[word] >= COMMON)
    return common, times.keys() - common


class Spelling:
    """The words that a slip may have been meant for, those of names apart."""

    def __init__(self, words, names):
        self.words = sorted(word for word in {*words, *names} if is_target(word))
        self.names = sorted(word for word in names if is_target(word))
        self.common, self.rare = english()

    def is_english(self, word):
        return word in self.common or word in self.rare

    def correct(self, typed):
        """Return the word of the site that ``typed`` was meant for, or None.

        A known word of English is never a slip, except that a rare one may be meant for a name.
        One letter may be wrong in words of four or five; two in longer ones, but not the first.
        Two letters exchanged count as one.
        """
        spellings = {typed, spelt(typed)}
        if len(typed) < 4 or not typed.isalpha() or spellings & self.common:
            return None
        meant_for = self.names if spellings & self.rare else self.words
        most = 1 if len(typed) < 6 else 2
        found = process.extract(
            typed, meant_for, scorer=OSA.distance, score_cutoff=most, limit=None
        )
        near = [(away, unlike(typed, word), word) for word, away, _ in found]
        near = [each for each in near if each[0] < 2 or each[2][0] == typed[0]]
        return min(near)[-1] if near else None


def is_target(word):
    return len(word) > 2 and word.isalpha()


def unlike(typed, word):
    """Order words that are equally near: those with the same first letters come before others."""
    return -Prefix.similarity(typed, word)
