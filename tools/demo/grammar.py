"""A probabilistic grammar of a small English, with exact probabilities.

The grammar is an acyclic probabilistic context-free grammar: a symbol is
rewritten by one of its rules, drawn independently with a fixed probability.
It is unambiguous: a sentence has exactly one derivation, so the product of
the rule probabilities is the probability of the sentence.  What makes it so:

* a noun has at most one modifier (a prepositional phrase or a relative
  clause), and prepositional phrases modify nouns only;
* the noun inside a prepositional phrase has no modifier;
* every clause inside a sentence is introduced by "that", and only whole
  sentences and main verb phrases are coordinated;
* every noun phrase begins with a determiner, and no word form plays two
  parts (no verb has equal present and past forms, no noun equal singular and
  plural), but for "the" (both numbers) and "that" (determiner and
  conjunction, told apart by what follows).

`test_grammar.py` checks this by enumeration and by parsing.

A text is the beginning of an endless stream of independent sentences, cut at
a sentence end by a rule that looks only at what has been written so far (see
`Grammar.text`).  The cut is not a token, neither the model nor the grammar is
charged for it, and the probability of the words of a text is the product of
the probabilities of its sentences.  All length limits hold by construction.
"""

import math
import random
from bisect import bisect
from collections import defaultdict

MIN_CHARS, MAX_CHARS, MAX_TOKENS = 31, 299, 64

# Noun classes: f, m, c are persons (female, male, either), n animals,
# t things.  The commonest word of a list comes first.
NOUNS = {
    "f": [("girl", "girls"), ("woman", "women"), ("queen", "queens")],
    "m": [("man", "men"), ("boy", "boys"), ("king", "kings")],
    "c": [("child", "children"), ("teacher", "teachers"), ("doctor", "doctors")],
    "n": [("dog", "dogs"), ("cat", "cats"), ("mouse", "mice"),
          ("goose", "geese"), ("wolf", "wolves"), ("horse", "horses")],
    "t": [("house", "houses"), ("car", "cars"), ("tree", "trees"),
          ("box", "boxes"), ("knife", "knives")],
}
IRREGULAR = {"woman", "women", "man", "men", "child", "children", "mouse", "mice",
             "goose", "geese", "wolf", "wolves", "knife", "knives"}
REFLEXIVES = {"f": ["herself"], "m": ["himself"], "c": ["himself", "herself"],
              "n": ["itself"]}
DETERMINERS = {"sg": ["the", "a", "this", "that", "every"],
               "pl": ["the", "some", "these", "those", "many"]}
# Verbs: third person singular, plural (and infinitive), past.
INTRANSITIVE = {
    "person": [("sleeps", "sleep", "slept"), ("laughs", "laugh", "laughed"),
               ("sings", "sing", "sang"), ("waits", "wait", "waited"),
               ("runs", "run", "ran")],
    "animal": [("runs", "run", "ran"), ("sleeps", "sleep", "slept"),
               ("jumps", "jump", "jumped"), ("barks", "bark", "barked")],
}
TRANSITIVE = [("sees", "see", "saw"), ("likes", "like", "liked"),
              ("helps", "help", "helped"), ("hears", "hear", "heard"),
              ("finds", "find", "found"), ("chases", "chase", "chased")]
SENTENTIAL = [("thinks", "think", "thought"), ("says", "say", "said"),
              ("knows", "know", "knew"), ("hopes", "hope", "hoped")]
ADJECTIVES = ["big", "small", "good", "tall", "strange", "quiet"]  # before a noun
PREDICATES = {"animate": ["happy", "tired", "hungry", "calm"],  # after be
              "thing": ["new", "red", "clean"]}
PREPOSITIONS = ["near", "behind", "beside"]

ANIMATE = ["f", "m", "c", "n"]
CLASS_WEIGHTS = {"f": .26, "m": .26, "c": .18, "n": .30}
OBJECT_WEIGHTS = {"f": .18, "m": .18, "c": .14, "n": .25, "t": .25}
PLACE_WEIGHTS = {"f": .10, "m": .10, "c": .08, "n": .12, "t": .60}
NUMBER_WEIGHTS = {"sg": .54, "pl": .46}


def build_rules(words_per_list=None):
    """Symbol -> [(probability, [symbols and words])].

    A symbol begins with an upper-case letter, a word does not.  Names are
    Kind.number.class.level; the level bounds the modifiers below.
    `words_per_list` cuts the word lists short (for the tests).
    """
    rules = {}

    def rule(symbol, *options):
        total = sum(weight for weight, _ in options)
        rules[symbol] = [(weight / total, right.split()) for weight, right in options]

    def words(symbol, listed):
        """A word list with falling (shifted Zipf) probabilities."""
        listed = listed[:words_per_list]
        rule(symbol, *((1 / (rank + 2), word) for rank, word in enumerate(listed)))

    def verb(symbol, listed):
        """Symbol.sg and Symbol.pl: present, past, future, and Symbol.pres.*"""
        for column, number in enumerate(["sg", "pl"]):
            words(f"{symbol}.pres.{number}", [forms[column] for forms in listed])
            rule(f"{symbol}.{number}", (.55, f"{symbol}.pres.{number}"),
                 (.30, f"{symbol}.past"), (.15, f"will {symbol}.pres.pl"))
        words(f"{symbol}.past", [forms[2] for forms in listed])

    words("Adj", ADJECTIVES)
    words("Prep", PREPOSITIONS)
    words("Pred.animate", PREDICATES["animate"])
    words("Pred.thing", PREDICATES["thing"])
    verb("Vi.person", INTRANSITIVE["person"])
    verb("Vi.animal", INTRANSITIVE["animal"])
    verb("Vt", TRANSITIVE)
    verb("Vs", SENTENTIAL)
    rule("And", (.7, "and"), (.3, "but"))
    for number, present, past in [("sg", "is", "was"), ("pl", "are", "were")]:
        rule(f"Be.{number}", (.55, present), (.30, past), (.15, "will be"))
        words(f"Det.{number}", DETERMINERS[number])
        for cls, nouns in NOUNS.items():
            words(f"N.{number}.{cls}", [n[number == "pl"] for n in nouns])

    def phrase(symbol, weights, right):
        """A choice of number and noun class, then `right` with both put in."""
        rule(symbol, *((pn * pc, right.format(f"{number}.{cls}", number))
                       for number, pn in NUMBER_WEIGHTS.items()
                       for cls, pc in weights.items()))

    # Noun phrases.  Level 0: no modifier; 1: perhaps one, that holds a level
    # 0 phrase; 2: one that holds a level 1 phrase.  M is always modified.
    phrase("Place", PLACE_WEIGHTS, "NP.{0}.0")
    for number in NUMBER_WEIGHTS:
        for cls in NOUNS:
            a = f"{number}.{cls}"
            rule(f"NP.{a}.0", (.72, f"Det.{number} N.{a}"),
                 (.28, f"Det.{number} Adj N.{a}"))
            rule(f"NPprep.{a}", (1, f"NP.{a}.0 Prep Place"))
            rule(f"NP.{a}.1", (.75, f"NP.{a}.0"), (.25, f"M.{a}.1"))
            for level in (1, 2):
                # Object relative clauses, for things too: "the car that the boys saw".
                relative = (.25, f"NP.{a}.0 that SubjVt.{level}")
                if cls == "t":
                    rule(f"M.{a}.{level}", (.5, f"NPprep.{a}"), relative)
                else:
                    rule(f"M.{a}.{level}", (.45, f"NPprep.{a}"), relative,
                         (.30, f"NP.{a}.0 that VP.{a}.{level - 1}"))
    for level in (0, 1):
        phrase(f"Obj.{level}", OBJECT_WEIGHTS, f"NP.{{0}}.{level}")
    # The inside of an object relative clause: "(that) the boys (near the car) saw".
    phrase("SubjVt.1", CLASS_WEIGHTS, "NP.{0}.0 Vt.{1}")
    rule("SubjVt.2", (.7, "SubjVt.1"), (.3, "SubjPrepVt"))
    phrase("SubjPrepVt", CLASS_WEIGHTS, "NPprep.{0} Vt.{1}")

    # Verb phrases; the level is that of the object.
    for number in NUMBER_WEIGHTS:
        for cls in ANIMATE:
            a = f"{number}.{cls}"
            words(f"Refl.{a}", REFLEXIVES[cls] if number == "sg" else ["themselves"])
            kind = "animal" if cls == "n" else "person"
            for level in (0, 1):
                rule(f"VP.{a}.{level}", (.34, f"Vi.{kind}.{number}"),
                     (.38, f"Vt.{number} Obj.{level}"), (.10, f"Vt.{number} Refl.{a}"),
                     (.18, f"Be.{number} Pred.animate"))
        for level in (0, 1):
            rule(f"VP.{number}.t.{level}", (1, f"Be.{number} Pred.thing"))

    # Clauses: the subject or the object is modified, not both.
    subjects = {**{c: .9 * w for c, w in CLASS_WEIGHTS.items()}, "t": .1}
    phrase("Clause.0", subjects, "NP.{0}.0 VP.{0}.0")
    phrase("Plain", subjects, "NP.{0}.0 VP.{0}.1")
    phrase("Modified.1", subjects, "M.{0}.1 VP.{0}.0")
    phrase("Modified.2", subjects, "M.{0}.2 VP.{0}.0")
    phrase("Coordinated", CLASS_WEIGHTS, "NP.{0}.1 VP.{0}.0 and VP.{0}.0")
    persons = {c: CLASS_WEIGHTS[c] for c in "fmc"}
    phrase("Embedding", persons, "NP.{0}.0 Vs.{1} that")
    rule("Clause.1", (.6, "Plain"), (.4, "Modified.1"))
    rule("S", (.34, "Plain"), (.36, "Modified.2"), (.10, "Clause.0 And Clause.0"),
         (.12, "Embedding Clause.1"), (.08, "Coordinated"))
    return rules


def spell(words):
    """The words of one sentence in ordinary spelling."""
    text = " ".join(words)
    return text[0].upper() + text[1:] + "."


def split(text):
    """The sentences of a text, each a list of words (undoes `spell`)."""
    return [(s[0].lower() + s[1:]).split(" ")
            for s in text.removesuffix(".").split(". ")]


class Grammar:
    def __init__(self, words_per_list=None):
        self.rules = build_rules(words_per_list)
        self._draw = {}  # symbol -> (cumulative probabilities, right-hand sides)
        for symbol, options in self.rules.items():
            total, bounds = 0.0, []
            for p, _ in options:
                total += p
                bounds.append(total)
            self._draw[symbol] = bounds[:-1], [right for _, right in options]
        # Stopping at these lengths keeps every text within the limits.
        tokens, chars = self.longest()
        self.stop_tokens, self.stop_chars = MAX_TOKENS - tokens + 1, MAX_CHARS - chars

    def sample(self, rng, symbol="S"):
        """Draws the words derived from a symbol."""
        if symbol not in self._draw:
            return [symbol]
        bounds, rights = self._draw[symbol]
        right = rights[bisect(bounds, rng.random())]
        return [word for part in right for word in self.sample(rng, part)]

    def sentence(self, rng):
        return spell(self.sample(rng))

    def text(self, rng):
        """Two or more sentences: the stream is cut at the first sentence end
        at which the text is long enough for a target drawn beforehand, or
        so long that one more sentence might break a limit."""
        target = rng.choice([0, 20, 30, 40])
        sentences, tokens, chars = [], 0, -1
        while len(sentences) < 2 or chars < MIN_CHARS or not (
                tokens >= min(target, self.stop_tokens) or chars >= self.stop_chars):
            words = self.sample(rng)
            sentences.append(spell(words))
            tokens += len(words) + 1
            chars += len(sentences[-1]) + 1
        return " ".join(sentences)

    def parse(self, words, symbol="S"):
        """(probability, number of derivations) of a word sequence."""
        memo = {}

        def spans(symbol, start):  # -> {end: (probability, derivations)}
            if symbol not in self.rules:
                return {start + 1: (1.0, 1)} if words[start:start + 1] == [symbol] else {}
            if (symbol, start) not in memo:
                found = defaultdict(lambda: (0.0, 0))
                for p, right in self.rules[symbol]:
                    ends = {start: (p, 1)}
                    for part in right:
                        longer = defaultdict(lambda: (0.0, 0))
                        for middle, (p1, n1) in ends.items():
                            for end, (p2, n2) in spans(part, middle).items():
                                p0, n0 = longer[end]
                                longer[end] = p0 + p1 * p2, n0 + n1 * n2
                        ends = longer
                    for end, (p1, n1) in ends.items():
                        p0, n0 = found[end]
                        found[end] = p0 + p1, n0 + n1
                memo[symbol, start] = dict(found)
            return memo[symbol, start]

        return spans(symbol, 0).get(len(words), (0.0, 0))

    def nats(self, text, skip_first=False):
        """-log p of the words of a text (or of one sentence), in nats;
        `skip_first`: given its first word, which the model does not predict."""
        sentences = split(text)
        total = -sum(math.log(self.parse(words)[0]) for words in sentences)
        if skip_first:
            total += math.log(self.first_words()[sentences[0][0]])
        return total

    def first_words(self, symbol="S"):
        """The distribution of the first word derived from a symbol."""
        if symbol not in self.rules:
            return {symbol: 1.0}
        found = defaultdict(float)
        for p, right in self.rules[symbol]:
            for word, q in self.first_words(right[0]).items():
                found[word] += p * q
        return found

    def longest(self):
        """The most tokens and the most characters a sentence can have,
        when every word and the full stop are one token each."""
        memo = {}

        def most(symbol):
            if symbol not in self.rules:
                return 1, len(symbol) + 1  # the word and the space or stop after it
            if symbol not in memo:
                sums = [[sum(column) for column in zip(*map(most, right))]
                        for _, right in self.rules[symbol]]
                memo[symbol] = tuple(map(max, zip(*sums)))
            return memo[symbol]

        tokens, chars = most("S")
        return tokens + 1, chars

    def vocabulary(self):
        """Every word of the language."""
        return sorted({part for options in self.rules.values() for _, right in options
                       for part in right if part not in self.rules})


if __name__ == "__main__":
    grammar, rng = Grammar(), random.Random(1)
    print("longest sentence (tokens, characters):", grammar.longest())
    for _ in range(5):
        text = grammar.text(rng)
        print(f"{grammar.nats(text):6.1f} nats  {text}")
