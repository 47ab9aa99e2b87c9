"""Slips of spelling, mended against the site's own words."""

import gzip
import pkgutil
import re
from array import array
from bisect import bisect_left
from functools import cache
from hashlib import blake2b

from rapidfuzz import process
from rapidfuzz.distance import OSA, Prefix

from .language import spelt

COMMON = 400  # how often a word is met, in the library's own count, that is no name
ENTRY = re.compile(rb'"(?P<word>[^"]+)": *(?P<times>[0-9]+)')


class WordList:
    """Words that can be asked for and not be read back: of each its ``digest`` is kept, eight bytes.

    As strings in a set, those of English would be a fifth of the memory of a whole process.
    """

    def __init__(self, digests):
        self.digests = array("Q", sorted(digests))

    def __contains__(self, word):
        wanted = digest(word.encode())
        place = bisect_left(self.digests, wanted)
        return place < len(self.digests) and self.digests[place] == wanted


def digest(word):
    return int.from_bytes(blake2b(word, digest_size=8).digest())


@cache
def english():
    """Return the common words of English, and the rare ones, which hold many names.

    They are read from the file of the library word by word. The library itself would read them into
    dictionaries, for whose size, once they are gone, the process stays larger.
    """
    packed = pkgutil.get_data("spellchecker", "resources/en.json.gz")
    common, rare = array("Q"), array("Q")
    for entry in ENTRY.finditer(gzip.decompress(packed)):
        (common if int(entry["times"]) >= COMMON else rare).append(digest(entry["word"]))
    return WordList(common), WordList(rare)


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
        if len(typed) < 4 or not typed.isalpha() or any(word in self.common for word in spellings):
            return None
        is_rare = any(word in self.rare for word in spellings)
        meant_for = self.names if is_rare else self.words
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
