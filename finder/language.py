"""Words as the finder compares them: the same for a question and for the site.

Case, accents, possessives, British and American spelling and endings make no difference.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import Stemmer


def word_list(text):
    return frozenset(text.split())


# What says nothing of a subject. Words that a short phrase may turn on stay ("join", "part").
STOP_WORDS = word_list(
    "a about across after all also am an and any anybody anyone anything are arent around as "
    "ask at be because been before being between both but by can cant could couldnt did didnt "
    "do does doesnt doing done dont each either enough etc for from get gets getting give go "
    "going good got had has hasnt have havent having he hello help her here hi him his how i "
    "id if im in into is isnt it its ive just know knows let like look looking made make "
    "makes making many may me might more most much must my need needed needs no nor not of on "
    "once one only onto or other our ours out over own please put rather s same shall she "
    "should shouldnt so some somebody someone something such tell than thank thanks that "
    "thats the their them then there these they theyre thing things this those through to too "
    "under until up upon us use used using very via want wants was wasnt we were werent weve "
    "what whats when where whether which while who whom whose why will wish with within "
    "without wont would wouldnt yes yet you your youre yours "
)

# What people add to any question about a university, and what they do in any: it tells little
# between one answer and another.
FILLERS = word_list(
    "academic academics activities activity actually begin begins belong belongs best big "
    "certain college contact contacts day days deal deals department different eight expert "
    "experts explain find five four full group groups handle handles honestly initiative "
    "initiatives institute institution institutions involved keen keep keeps large last lead "
    "leads long main month months next nine part parts people person programme programmes "
    "project projects research researcher researchers run running runs scheme schemes set "
    "sets setting seven several short show six small speak start started starting starts talk "
    "ten three two uni unis universities university various visit visits week weeks whats "
    "whole work working works year years "
)

ASK_FOR_SOMEBODY = word_list(
    "contact director head lead leads manager officer person rep somebody speak talk who whom"
)

# Where British and American spelling differ by a rule; where not, word by word.
SPELLINGS = [
    (re.compile(r"(?<=^licen)c|(?<=^defen)c"), "s"),
    (re.compile(r"(?<=^practi)s"), "c"),
    (re.compile(r"(?<=[a-z]{3})is(?=(?:e[ds]?|ers?|ing|ations?|ational)$)"), "iz"),
    (re.compile(r"(?<=[a-z]{2})ys(?=(?:e[ds]?|ers?|ing)$)"), "yz"),
    (re.compile(r"(?<=[a-z]{3})our(?=(?:s|ed|ing|able|al|ists?|ites?)?$)"), "or"),
    (re.compile(r"(?<=[a-z]{2})([bt])re(?=[sd]?$)"), r"\1er"),
    (re.compile(r"(?<=[a-z]{2}og)ue(?=s?$)"), ""),
    (re.compile(r"(?<=[a-z])ae"), "e"),
    (re.compile(r"([aeiou][a-z]*[aeiou]l)l(?=(?:ing|ed|ers?)$)"), r"\1"),
]
AMERICAN = {
    "programme": "program",
    "programmes": "programs",
    "tyre": "tire",
    "tyres": "tires",
    "aeroplane": "airplane",
    "aeroplanes": "airplanes",
    "ageing": "aging",
    "aluminium": "aluminum",
    "grey": "gray",
    "sceptical": "skeptical",
}

# What is longer than any word is cut, so that nobody can make it costly.
WORD = re.compile(r"[a-z0-9]{1,40}(?:-[a-z0-9]{1,40}){0,5}")
TOGETHER = re.compile(r"(?<=[a-z0-9])&(?=[a-z0-9])")  # R&D
POSSESSIVE = re.compile(r"['’`]s\b|['’`]")

PLURAL_ABBREVIATION = re.compile(r"^(?!news$)[a-z]{2,}[^aeisuy\W]s$|^[a-z]{2,}[eo]s$")  # TTOs, SMEs

_stemmer = Stemmer.Stemmer("english", 0)  # without a cache of its own: token_of has one


class Word(NamedTuple):
    """A word of a text: as it stands there, in lower case, and as it is compared."""

    typed: str
    token: str


def plain(text):
    """Return ``text`` in lower case, without accents, apostrophes and invisible marks."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        visible = (
            " " if unicodedata.category(character).startswith("C") else character
            for character in decomposed
            if not unicodedata.combining(character)
        )
        text = "".join(visible)
    return POSSESSIVE.sub("", text.casefold())


def words(text):
    """Return the Words of ``text`` in order; a word with a hyphen is one of them."""
    return [Word(typed, token_of(typed)) for typed in WORD.findall(TOGETHER.sub("", plain(text)))]


site_words = lru_cache(maxsize=20_000)(words)  # of the site's own texts; no question is kept


def spelt(word):
    """Return ``word`` as an American would spell it."""
    word = AMERICAN.get(word, word)
    for pattern, american in SPELLINGS:
        word = pattern.sub(american, word)
    return word


@lru_cache(maxsize=50_000)
def token_of(word):
    """Return what is compared of ``word``: its American spelling without hyphens and ending."""
    stem = _stemmer.stemWord(spelt(word).replace("-", ""))
    return stem[:-1] if PLURAL_ABBREVIATION.search(stem) else stem


@lru_cache(maxsize=50_000)
def singular(word):
    """Return ``word`` so that trains are told from training, but not from a train."""
    form = spelt(word.replace("-", "").replace(" ", ""))
    return f"{form[:-3]}y" if form.endswith("ies") else form.rstrip("s")
