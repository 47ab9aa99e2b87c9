"""Which entries answer a question, how well, and why: plain Python, no database, no request.

Each word of a question counts by how much it tells (one that many entries share tells little)
and by where an entry has it. The score of an entry is the share of the question that it explains,
blended with the question's likeness to the nearest of its phrases. The numbers below were chosen
by ``make finder-eval``, which hardly moves when one of them is moved by a third.
"""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from .entries import Entry, Phrase, Where
from .language import (
    ASK_FOR_SOMEBODY,
    FILLERS,
    STOP_WORDS,
    Word,
    singular,
    site_words,
    token_of,
    words,
)
from .spelling import Spelling

# How much a word counts by where an entry has it. As part of a whole phrase it counts in full.
WEIGHT = {
    Where.NAME: 1.0,
    Where.OTHER_NAME: 1.0,
    Where.ROLE: 0.9,
    Where.TOPIC: 0.6,
    Where.HEADING: 0.6,
    Where.TEXT: 0.45,
}
CALLED = (Where.NAME, Where.OTHER_NAME, Where.ROLE)  # whoever calls by these leaves fillers out
RUN = 0.8  # words that follow each other in the text as they do in the question
PART = 0.7  # of that, for the least part of a phrase
OTHER_FORM = 0.85  # train for training

# How much a word tells; by default, the rarer the more, and 1 if a single entry has it.
FILLER = 0.15
UNKNOWN = 0.8
PLACE_BESIDE_A_SUBJECT = 0.3

COVERAGE, LIKENESS = 0.65, 0.35  # in the score
OWN_NAME = 0.25  # more for an entry whose name is in the question as a whole
PREFERENCE = {"programme": 0.06, "question": 0.04, "person": 0.03, "page": 0.01, "partner": 0.0}

SAYING = 0.5  # more for an entry that answers to a saying
SOMEBODY = 0.07  # more for a person, if the question asks for one

THRESHOLD = 0.28  # of confidence, below which nothing fits
OUT_OF_SCOPE = 0.75  # of the best score, from which a subject out of scope wins by a phrase
A_PHRASE = 0.75  # likeness from which a question is a phrase of the site

LEFT_OVER = 0.7  # for explaining what the answers before leave unexplained
WORTH_SHOWING = 0.3  # of the best score
MOST_RESULTS = 10
ROUNDING = 1e-9
MOST_WORDS = 40


class Match(NamedTuple):
    """A word of the question as found on an entry."""

    word: Word
    weight: float
    where: Where
    phrase: Phrase | None = None  # none for the text
    is_whole: bool = False  # whether all of the phrase is in the question

    @property
    def strength(self):
        return self.weight, self.is_whole


@dataclass
class Result:
    """An entry, and how it answers a question."""

    entry: Entry
    coverage: float  # the share of the question that it explains
    likeness: float  # of the question to the nearest of its phrases
    bonus: float  # for its own name, for a saying, for being somebody
    preference: float  # for its kind
    matches: list[Match]

    @property
    def score(self):
        explained = COVERAGE * self.coverage + LIKENESS * self.likeness
        return explained + self.bonus + self.preference

    def with_saying(self, phrase):
        """Return it with a Match of ``phrase``, a saying, if there is one."""
        if phrase:
            word = Word(phrase.words.casefold(), "")
            self.matches.append(Match(word, 1.0, phrase.where, phrase, True))
        return self

    @property
    def is_named(self):
        """Whether its own name is in the question."""
        return any(match.is_whole and match.where is Where.NAME for match in self.matches)

    @property
    def has_a_phrase(self):
        """Whether all of one of its phrases is in the question."""
        return any(match.is_whole for match in self.matches)


@dataclass
class Answer:
    """What the finder says to a question."""

    asked: list[Word]  # without stop words, slips mended
    corrections: dict[str, str | None] = field(default_factory=dict)  # {typed: taken for}
    results: list[Result] = field(default_factory=list)  # best first
    confidence: float = 0.0
    out_of_scope: Result | None = None  # the nearest subject that nobody here answers for

    @property
    def things(self):
        """What the results are of."""
        return [result.entry.thing for result in self.results]

    @property
    def fits(self):
        """Whether the first result is good enough to lead with it."""
        if not self.results or self.confidence < THRESHOLD:
            return False
        subject = self.out_of_scope
        if subject is None:
            return True
        share = OUT_OF_SCOPE if subject.has_a_phrase else 1.0
        return subject.score < share * self.results[0].score


class Index:
    """The entries, arranged to be asked.

    ``out_of_scope`` are entries for what nobody here answers. ``filler`` is text whose words tell
    little here, such as the name that every page bears.
    """

    def __init__(self, entries, out_of_scope=(), filler=""):
        self.entries = list(entries)
        self.everything = [*self.entries, *out_of_scope]  # an entry's number is its place here
        self.fillers = {token_of(word) for word in FILLERS}
        self.fillers |= {word.token for word in words(filler)}
        self.compounds = compounds(self.everything)
        # {token: {entry number: {form: (where, phrase)}}}, where it comes first
        self.postings = defaultdict(dict)
        self.phrases = []  # (entry number, Phrase, {token: form} without stop words)
        self.phrases_with = defaultdict(list)  # {token: places in phrases}
        self.sayings = []  # (tokens in a row, entry number, Phrase): words that tell little alone
        self.runs = defaultdict(set)  # {two tokens that follow each other: entry numbers}
        for number, entry in enumerate(self.everything):
            for phrase in entry.phrases:
                self._add_phrase(number, phrase)
            for text in entry.text:
                self._add_text(number, text)
        self.places = {
            word.token
            for entry in self.entries
            if entry.kind == "partner"
            for phrase in entry.phrases
            for word in site_words(phrase.words)
        } - self.fillers
        named = [entry for entry in self.entries if entry.kind in ("person", "partner")]
        self.spelling = Spelling(
            typed_words(text for entry in self.everything for text in texts_of(entry)),
            typed_words(text for entry in named for text in texts_of(entry)),
        )
        self.shown = typed_words(
            text
            for entry in self.entries
            for text in (entry.title, *(phrase.label for phrase in entry.phrases), *entry.text)
        )

    # Building

    def _add_phrase(self, number, phrase):
        forms = {}
        for word in self.telling(site_words(phrase.words)):
            forms[word.token] = singular(word.typed)
            for each in (word, *parts(word)):
                self._post(each, number, phrase.where, phrase)
        said = site_words(phrase.words)
        if phrase.where is Where.TOPIC and len(said) > 1 and forms.keys() <= self.fillers:
            self.sayings.append((in_a_row(said), number, phrase))
        elif forms:
            for token in forms:
                self.phrases_with[token].append(len(self.phrases))
            self.phrases.append((number, phrase, forms))

    def _add_text(self, number, text):
        found = self.telling(site_words(text))
        for word in found:
            for each in (word, *parts(word)):
                self._post(each, number, Where.TEXT, None)
        for one, other in pairwise(found):
            self.runs[one.token, other.token].add(number)

    def _post(self, word, number, where, phrase):
        forms = self.postings[word.token].setdefault(number, {})
        forms.setdefault(singular(word.typed), (where, phrase))

    # Reading

    def read(self, text):
        """Return the Words of ``text``, itself a list of them, joined and split as the site does."""
        found = []
        for word in text:
            if "-" in word.typed and singular(word.typed) not in self.compounds:
                found += parts(word)
                continue
            before = found[-1].typed if found else ""
            if before and (joined := self.compounds.get(singular(before + word.typed))):
                found[-1] = Word(f"{before} {word.typed}", joined)
            else:
                found.append(word)
        return found

    def telling(self, text):
        """Return the Words of ``text``, read, that are no stop words."""
        return [word for word in self.read(text) if word.typed not in STOP_WORDS]

    def _mended(self, asked):
        """Return ``asked`` with slips of spelling mended, and {typed: taken for}.

        A word that the site never shows is taken for, but not said: then it is None.
        """
        mended, corrections = [], {}
        for word in asked:
            if word.token in self.postings:
                mended.append(word)
            elif meant := self.spelling.correct(word.typed):
                may_be_said = meant in self.shown or self.spelling.is_english(meant)
                corrections[word.typed] = meant if may_be_said else None
                for found in self.read(words(meant)):
                    mended.append(found if may_be_said else Word(word.typed, found.token))
            else:
                mended += self._split(word)
        return mended, corrections

    def _split(self, word):
        """Return ``word`` as two where both are the site's, as supplychain; else as it is."""
        for place in range(3, len(word.typed) - 2):
            halves = [word.typed[:place], word.typed[place:]]
            if all(token_of(half) in self.postings for half in halves):
                return [Word(half, token_of(half)) for half in halves]
        return [word]

    # Weighing

    @cached_property
    def rarity(self):
        """{token: how much it tells}, from 1 for one that a single entry has."""
        entries = max(1, len(self.entries))
        counts = {
            token: sum(number < len(self.entries) for number in numbers)
            for token, numbers in self.postings.items()
        }
        return {
            token: math.log(1 + entries / max(1, count)) / math.log(1 + entries)
            for token, count in counts.items()
        }

    def weight(self, token):
        """Return how much ``token`` tells by itself."""
        return FILLER if token in self.fillers else self.rarity.get(token, UNKNOWN)

    def _is_known(self, token):
        """Whether an entry has it: a subject out of scope does not count."""
        return any(number < len(self.entries) for number in self.postings.get(token, ()))

    def weights(self, asked):
        """Return {token: how much it tells in this question}.

        Beside a subject, the name of a university says where somebody is, not what they ask.
        """
        weights = {word.token: self.weight(word.token) for word in asked}
        places = self.places & weights.keys()
        if any(self._is_known(token) for token in weights.keys() - places - self.fillers):
            weights |= dict.fromkeys(places, PLACE_BESIDE_A_SUBJECT)
        return weights

    # Answering

    def ask(self, question, correct=True):
        """Return the Answer to ``question``; with ``correct``, slips of spelling are mended."""
        said = words(question)
        asked = self.telling(said)[:MOST_WORDS]
        mended, corrections = self._mended(asked) if correct else (asked, {})
        answer = self._answer(said, mended, corrections)
        # To mend what then leads nowhere is to put words into somebody's mouth.
        return answer if answer.fits or not corrections else self._answer(said, asked, {})

    def _answer(self, said, asked, corrections):
        asked = list({word.token: word for word in asked}.values())
        answer = Answer(asked, corrections)
        weights = self.weights(asked)
        ranked, subjects = [], []
        for number, result in self._results(said, asked, weights):
            (ranked if number < len(self.entries) else subjects).append(result)
        answer.out_of_scope = max(subjects, key=lambda subject: subject.score, default=None)
        if ranked:
            answer.results = spread(ranked, {token: self.weight(token) for token in weights})
            answer.confidence = self._confidence(answer.results[0], weights)
        return answer

    def _confidence(self, best, weights):
        """Return how sure it is that ``best`` answers: the mean of its score and of the share of
        the question that anything here explains. Fillers alone must be a phrase of the site."""
        is_said = best.likeness >= A_PHRASE or best.bonus >= SAYING
        if weights.keys() <= self.fillers and not is_said:
            return 0.0
        known = sum(weight for token, weight in weights.items() if self._is_known(token))
        share = known / sum(weights.values()) if weights else 1.0  # all of it is a saying
        return (best.score + share) / 2

    def _results(self, said, asked, weights):
        """Return [(number, Result)] of everything that has a word of ``asked``, or a saying of
        what was ``said``."""
        total = sum(weights.values()) or 1.0
        matches = self._matches(asked)
        likeness, named = defaultdict(float), set()
        touched = {place for word in asked for place in self.phrases_with.get(word.token, ())}
        by_token = {word.token: word for word in asked}
        asked_forms = {word.token: singular(word.typed) for word in asked}
        told = {}  # what the same words tell, as those of a topic do on all that is on it
        for place in sorted(touched):
            number, phrase, forms = self.phrases[place]
            key = phrase.words, phrase.where
            if key not in told:
                told[key] = self._told(phrase, forms, asked_forms, weights, total)
            like, is_whole, found = told[key]
            likeness[number] = max(likeness[number], like)
            if is_whole and phrase.where in (Where.NAME, Where.OTHER_NAME):
                named.add((number, max(weights[token] for token in found)))
            for token, weight in found.items():
                match = Match(by_token[token], weight, phrase.where, phrase, is_whole)
                if match.strength > matches[number][token].strength:
                    matches[number][token] = match
        for number, run in self._runs(asked).items():
            for token in run:
                if matches[number][token].weight < RUN:
                    matches[number][token] = Match(by_token[token], RUN, Where.TEXT)
            share = RUN * sum(weights[token] for token in run) / total
            likeness[number] = max(likeness[number], share)
        bonus = defaultdict(float)
        for number, weight in named:
            bonus[number] = max(bonus[number], OWN_NAME * weight)
        sayings = self._sayings(said)
        for number in sayings:
            bonus[number] += SAYING
        if any(word.typed in ASK_FOR_SOMEBODY for word in said):
            for number in matches:
                bonus[number] += SOMEBODY if self.everything[number].kind == "person" else 0.0
        return [
            (
                number,
                self._result(
                    number, matches[number], weights, total, likeness[number], bonus[number]
                ).with_saying(sayings.get(number)),
            )
            for number in [*matches, *(sayings.keys() - matches.keys())]
        ]

    def _told(self, phrase, forms, asked, weights, total):
        """Return what the words of ``phrase`` tell of a question, whatever entry has it: how like it
        they are, whether all of them are in it, and {token: weight} of those that are.

        ``forms`` and ``asked`` are {token: form} of the phrase and of the question, ``weights`` and
        ``total`` the weights of the question's tokens and their sum.
        """
        shared = {
            token: 1.0 if form == asked[token] else OTHER_FORM
            for token, form in forms.items()
            if token in asked
        }
        own = sum(map(self.weight, forms))
        # Dice's coefficient, by weight; a heading is less of a phrase than a name.
        like = 2 * sum(weights[token] * same for token, same in shared.items())
        like /= total + own
        needed = forms.keys() - self.fillers
        if phrase.where not in CALLED or len(needed) < 2:
            needed = forms.keys()
        is_whole = shared.keys() >= needed
        share = sum(map(self.weight, shared)) / own
        weight = 1.0 if is_whole else WEIGHT[phrase.where] * (PART + (1 - PART) * share)
        found = {token: weight * same for token, same in shared.items()}
        return like * (1 + WEIGHT[phrase.where]) / 2, is_whole, found

    def _sayings(self, said):
        """Return {entry number: Phrase} of the sayings that are in what was ``said``."""
        row = in_a_row(said)
        return {number: phrase for saying, number, phrase in self.sayings if saying in row}

    def _result(self, number, found, weights, total, likeness, bonus):
        entry = self.everything[number]
        coverage = sum([weights[token] * match.weight for token, match in found.items()]) / total
        preference = PREFERENCE.get(entry.kind, 0.0)
        return Result(entry, coverage, likeness, bonus, preference, list(found.values()))

    def _matches(self, asked):
        """Return {entry number: {token: Match}}, by the first place in which each has a word, in
        the same form if it can be. Phrases weigh more later, by how much of them is there."""
        matches = defaultdict(dict)
        same, other = WEIGHT[Where.TEXT], WEIGHT[Where.TEXT] * OTHER_FORM
        for word in asked:
            form = singular(word.typed)
            for number, forms in self.postings.get(word.token, {}).items():
                if form in forms:
                    match = Match(word, same, *forms[form])
                else:
                    match = Match(word, other, *next(iter(forms.values())))
                matches[number][word.token] = match
        return matches

    def _runs(self, asked):
        """Return {entry number: tokens} of the words that follow each other in a text, too."""
        runs = defaultdict(set)
        for one, other in pairwise(asked):
            for number in self.runs.get((one.token, other.token), ()):
                runs[number] |= {one.token, other.token}
        return runs


def spread(results, weights):
    """Return the best of ``results``, each chosen also for what those before it leave over.

    A question may hold two subjects: then the second answer is to be the second subject's.
    """
    waiting = {id(result): (result.score, result) for result in results}
    total = sum(weights.values()) or 1.0
    chosen, left = [], set()
    while waiting and len(chosen) < MOST_RESULTS:
        # Nobody gains more than for all that is left: few can still be the best.
        most = LEFT_OVER * sum(weights[token] for token in left) / total
        enough = max(score for score, _ in waiting.values()) - most - ROUNDING
        gain, best = max(
            (
                (score + fresh(result, left, weights), result)
                for score, result in waiting.values()
                if score >= enough
            ),
            key=lambda gained: gained[0],
        )
        if chosen and gain < WORTH_SHOWING * chosen[0].score and not best.is_named:
            break
        del waiting[id(best)]
        explained = {m.word.token for m in best.matches if m.weight > WEIGHT[Where.TEXT]}
        left = (left if chosen else set(weights)) - explained
        chosen.append(best)
    named = [result for _, result in waiting.values() if result.is_named]
    return chosen + named[: MOST_RESULTS - len(chosen)]


def fresh(result, left, weights):
    """Return what ``result`` gains by explaining words that are ``left``."""
    found = sum(
        weights[match.word.token] * match.weight
        for match in result.matches
        if match.word.token in left
    )
    return LEFT_OVER * found / (sum(weights.values()) or 1.0)


def in_a_row(found):
    """Return the tokens of ``found``, Words, so that a row of them is found in a longer one."""
    return f" {' '.join(word.token for word in found)} "


def compounds(entries):
    """Return {form: token} of words that the site writes as one, with a hyphen or without."""
    return {
        singular(word.typed): word.token
        for entry in entries
        for text in texts_of(entry)
        for word in site_words(text)
        if "-" in word.typed or len(word.typed) > 4
    }


def parts(word):
    """Return the Words that a compound is made of; of a plain word, none."""
    pieces = word.typed.replace("-", " ").split()
    if len(pieces) == 1:
        return []
    return [Word(piece, token_of(piece)) for piece in pieces if piece not in STOP_WORDS]


def typed_words(texts):
    """Return the words of ``texts`` as people type them."""
    found = (word.typed for text in texts for word in site_words(text))
    return {form for typed in found for form in (typed.replace("-", ""), *typed.split("-"))}


def texts_of(entry):
    return (*(phrase.words for phrase in entry.phrases), *entry.text)
