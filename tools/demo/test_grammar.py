"""Checks of the demo grammar and of the minimal pairs: `python test_grammar.py`."""

import itertools
import math
import random
from collections import Counter, defaultdict

from grammar import (IRREGULAR, MAX_CHARS, MAX_TOKENS, MIN_CHARS, NOUNS, Grammar, spell, split)
from pairs import PARADIGMS, make_pairs


def derive(grammar, rng, symbol="S"):
    """Words and -log p of one derivation, drawn rule by rule."""
    if symbol not in grammar.rules:
        return [symbol], 0.0
    options = grammar.rules[symbol]
    p, right = rng.choices(options, [q for q, _ in options])[0]
    parts = [derive(grammar, rng, part) for part in right]
    return [w for words, _ in parts for w in words], sum(n for _, n in parts) - math.log(p)


def derivations(grammar, symbol="S"):
    """Every derivation: (words, probability)."""
    if symbol not in grammar.rules:
        return [((symbol,), 1.0)]
    return [(sum((words for words, _ in parts), ()), p * math.prod(q for _, q in parts))
            for p, right in grammar.rules[symbol]
            for parts in itertools.product(*(derivations(grammar, part) for part in right))]


def skeleton():
    """The grammar with all its constructions, numbers and tenses, but with
    one word a list, two noun classes and no adjectives before nouns; its
    singular determiners are the two words that play two parts."""
    grammar = Grammar(words_per_list=1)
    for symbol, options in grammar.rules.items():
        kept = [(p, right) for p, right in options if "Adj" not in right
                and not any(part.split(".")[2:3] in (["f"], ["c"], ["n"]) for part in right)]
        total = sum(p for p, _ in kept)
        grammar.rules[symbol] = [(p / total, right) for p, right in kept]
    grammar.rules["Det.sg"] = [(0.6, ["the"]), (0.4, ["that"])]
    return grammar


def test_probabilities_sum_to_one():
    grammar = Grammar()
    for options in grammar.rules.values():
        assert math.isclose(sum(p for p, _ in options), 1)
    assert math.isclose(sum(grammar.first_words().values()), 1)


def test_every_sentence_of_the_skeleton_has_one_derivation():
    grammar = skeleton()
    found = derivations(grammar)
    assert len({words for words, _ in found}) == len(found) > 100_000
    assert math.isclose(sum(p for _, p in found), 1)
    for words, p in random.Random(1).sample(found, 300):
        probability, count = grammar.parse(list(words))
        assert count == 1 and math.isclose(probability, p)
    print(f"  {len(found)} sentences, all different")


def test_no_word_plays_two_parts():
    """So that longer word lists bring no ambiguity beyond the skeleton's.
    (The conjunction "that" stands in longer rules; the skeleton has it.)"""
    grammar, parts = Grammar(), defaultdict(set)
    for symbol, options in grammar.rules.items():
        for _, right in options:
            if len(right) == 1 and right[0] not in grammar.rules:
                kind, *features = symbol.split(".")
                if kind in ("Refl", "Pred"):
                    features = []
                elif kind == "Vi":
                    features = features[1:]  # persons and animals share verbs
                parts[right[0]].add((kind, *features))
    assert [word for word, kinds in parts.items() if len(kinds) > 1] == ["the"]
    nouns = [form for couples in NOUNS.values() for couple in couples for form in couple]
    assert len(set(nouns)) == len(nouns) and IRREGULAR <= set(nouns)


def test_samples_parse_once_with_the_probability_of_their_derivation():
    grammar, rng = Grammar(), random.Random(2)
    for _ in range(5000):
        words, nats = derive(grammar, rng)
        probability, count = grammar.parse(words)
        assert count == 1 and math.isclose(-math.log(probability), nats)


def test_frequencies_agree_with_probabilities():
    grammar, rng, draws = Grammar(), random.Random(3), 300_000
    counts = Counter(grammar.sentence(rng) for _ in range(draws))
    for sentence, count in counts.most_common(30):
        expected = draws * math.exp(-grammar.nats(sentence))
        assert abs(count - expected) < 5 * math.sqrt(expected), sentence
    firsts = Counter(split(s)[0][0] for s in counts.elements())
    for word, p in grammar.first_words().items():
        assert abs(firsts[word] - draws * p) < 5 * math.sqrt(draws * p), word


def test_texts_keep_the_limits():
    grammar, rng = Grammar(), random.Random(4)
    tokens, chars = grammar.longest()
    # Before its last sentence a text is below both stops (or below two
    # sentences or MIN_CHARS, which is less).
    assert grammar.stop_tokens - 1 + tokens <= MAX_TOKENS
    assert grammar.stop_chars - 1 + 1 + chars <= MAX_CHARS
    assert 2 * tokens <= MAX_TOKENS and 2 * chars + 1 <= MAX_CHARS
    assert MIN_CHARS + 1 + chars <= MAX_CHARS
    for _ in range(20_000):
        text = grammar.text(rng)
        sentences = split(text)
        assert len(sentences) >= 2 and " ".join(map(spell, sentences)) == text
        assert MIN_CHARS <= len(text) <= MAX_CHARS
        assert sum(len(words) + 1 for words in sentences) <= MAX_TOKENS
    nats = sum(-math.log(grammar.parse(words)[0]) for words in sentences)
    assert math.isclose(grammar.nats(text), nats)


def test_pairs():
    grammar, rng = Grammar(), random.Random(5)
    for name in PARADIGMS:
        pairs = make_pairs(grammar, rng, name, 40)
        assert len({pair["sentence_good"] for pair in pairs}) == 40
        for pair in pairs:
            good, bad = split(pair["sentence_good"])[0], split(pair["sentence_bad"])[0]
            assert grammar.parse(good)[1] == 1 and grammar.parse(bad)[1] == 0
            changed = [place for place, (a, b) in enumerate(zip(good, bad)) if a != b]
            assert len(good) == len(bad) and len(changed) == 1 and changed[0] > 0
            for key, words in [("good", good), ("bad", bad)]:
                assert pair[f"sentence_{key}"].startswith(
                    f"{pair['one_prefix_prefix']} {pair[f'one_prefix_word_{key}']}")


if __name__ == "__main__":
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print("ok", name)
