"""Minimal pairs in BLiMP's form, drawn from the demo grammar.

A paradigm is a list of templates: grammar symbols and words, with the target
word marked by "*".  {n} and {o} stand for a number and the opposite one, {c}
for a class of animate nouns, {k} for that class's kind of intransitive verb.
The bad sentence has the target's form of the opposite number instead.
"""

import grammar as g

# Pairs are not taken from sentences likelier than this, so that keeping them
# out of the training data leaves the distribution as good as unchanged.
MIN_NATS = 12.0

VERB = ["*Vi.{k}.pres.{n}", "*Vt.pres.{n} Obj.0", "*Be.{n} Pred.animate"]
# Attractors: noun phrases of the opposite number.
OTHERS = "NP.{o}.f.0|NP.{o}.m.0|NP.{o}.c.0|NP.{o}.n.0"
PLACES = "|".join(f"NP.{{o}}.{cls}.0" for cls in "tttfmcn")  # mostly things


def templates(*parts):
    """All ways to choose one of the alternatives of every part."""
    result = [""]
    for part in parts:
        alternatives = part if isinstance(part, list) else part.split("|")
        result = [f"{left} {right}".strip() for left in result for right in alternatives]
    return result


PARADIGMS = {
    "regular_subject_verb_agreement": templates("NP.{n}.{c}.0", VERB),
    "irregular_subject_verb_agreement": templates("NP.{n}.{c}.0", VERB),
    "prepositional_attractor_agreement": templates("NP.{n}.{c}.0 Prep", PLACES, VERB),
    "relative_clause_attractor_agreement": templates("NP.{n}.{c}.0 that", [
        *templates("Vt.{n}", OTHERS),
        *(f"{np} Vt.{{o}}" for np in OTHERS.split("|"))], VERB),
    "verb_in_relative_clause_agreement": templates(
        "NP.{o}.f.0|NP.{o}.m.0|NP.{o}.n.0", "that NP.{n}.{c}.0 *Vt.pres.{n}",
        "Vt.past Obj.0|will Vt.pres.pl Obj.0"),
    "embedded_clause_agreement": templates(
        "NP.{o}.f.0 Vs.{o}|NP.{o}.m.0 Vs.{o}|NP.{o}.c.0 Vs.{o}",
        "that NP.{n}.{c}.0", VERB),
    "coordinated_verb_agreement": templates(
        "NP.{n}.{c}.0 Vt.{n}", OTHERS, "and", VERB),
    "determiner_noun_agreement": templates(
        "NP.sg.{c}.0 Vt.sg|NP.pl.{c}.0 Vt.pl", "Det.{n}", "*N.{n}.{c}|*N.{n}.t"),
    "determiner_noun_agreement_with_adjective": templates(
        "NP.sg.{c}.0 Vt.sg|NP.pl.{c}.0 Vt.pl", "Det.{n} Adj", "*N.{n}.{c}|*N.{n}.t"),
    "reflexive_number_agreement": templates("NP.{n}.{c}.0 Vt.{n} *Refl.{n}.{c}"),
    "reflexive_attractor_agreement": templates(
        "NP.{n}.{c}.0 Prep", PLACES, "Vt.{n} *Refl.{n}.{c}"),
}
TERMS = {"determiner": "determiner_noun_agreement", "reflexive": "anaphor_agreement"}


def opposites():
    """Word -> the form of the other number."""
    couples = [(a, b) for nouns in g.NOUNS.values() for a, b in nouns]
    couples += [verb[:2] for verbs in (*g.INTRANSITIVE.values(), g.TRANSITIVE) for verb in verbs]
    couples += [("is", "are"), ("was", "were")]
    return dict(couples) | {b: a for a, b in couples}


OPPOSITE = opposites()


def draw(grammar, rng, name):
    """One candidate: the words of the good sentence, the target's place and
    the bad word; None where the drawn words do not fit the paradigm."""
    number = rng.choice(["sg", "pl"])
    cls = rng.choice(g.ANIMATE)
    template = rng.choice(PARADIGMS[name]).format(
        n=number, o="pl" if number == "sg" else "sg", c=cls,
        k="animal" if cls == "n" else "person")
    words, place = [], None
    for symbol in template.split():
        if symbol.startswith("*"):
            place = len(words)
        words += grammar.sample(rng, symbol.removeprefix("*"))
    good = words[place]
    if name.startswith(("regular", "irregular")):
        if (words[place - 1] in g.IRREGULAR) != name.startswith("irregular"):
            return None
    if "*Refl" in template:
        bad = "themselves" if number == "sg" else rng.choice(g.REFLEXIVES[cls])
    else:
        bad = OPPOSITE.get(good)  # None for "will": no pair
    return (words, place, bad) if bad else None


def make_pairs(grammar, rng, name, count=100):
    """`count` distinct pairs; about half of the good targets are singular."""
    pairs, seen = [], set()
    while len(pairs) < count:
        candidate = draw(grammar, rng, name)
        if candidate is None:
            continue
        words, place, bad_word = candidate
        bad_words = words[:place] + [bad_word] + words[place + 1:]
        good, bad = g.spell(words), g.spell(bad_words)
        if good in seen or grammar.nats(good) < MIN_NATS or grammar.parse(bad_words)[1]:
            continue
        seen.add(good)
        pairs.append({
            "sentence_good": good,
            "sentence_bad": bad,
            "one_prefix_prefix": g.spell(words[:place]).removesuffix("."),
            "one_prefix_word_good": words[place],
            "one_prefix_word_bad": bad_word,
            "field": "morphology",
            "linguistics_term": TERMS.get(name.split("_")[0], "subject_verb_agreement"),
            "UID": name,
            "simple_LM_method": True,
            "one_prefix_method": True,
            "two_prefix_method": False,
            "lexically_identical": False,
            "pairID": str(len(pairs)),
        })
    return pairs
