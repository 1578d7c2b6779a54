"""An index of job titles: exact, by words, by the words' weights, and in running text."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind
from rapidfuzz import process
from rapidfuzz.distance import OSA

from talentflow.taxonomy.entries import Mention, Occupation, OccupationMatch
from talentflow.taxonomy.titles import Word, canonical, words

_LONGEST_TITLE = 300
_MOST_WORDS = 24

STOP = frozenset(
    "a an the of for in on at to and or de du des d l la le les et en un une au aux a pour sur with avec par by ou dans the".split()
)


def _forms(text: str) -> frozenset[str]:
    return frozenset(canonical(w) for w in text.split())


SENIORITY = _forms(
    "senior junior sr jr confirmé expérimenté débutant stagiaire stage alternant alternance apprenti apprentissage intern "
    "internship trainee graduate entry experienced mid midlevel level lvl principal staff lead i ii iii iv v vi 1 2 3 4 5 "
    "contract cdi cdd freelance interim intérim vie permanent temporary part time full temps plein partiel remote hybrid hybride "
    "télétravail working student student werkstudent apprentice new grad founding associate h f m w d x nb urgent hiring "
    "poste offre emploi job senioriy 2024 2025 2026 2027 night day shift nuit jour weekend fulltime parttime onsite onsit "
    "qualifié seasonal saisonnier"
)
# Titles that say what a person does in one word but not in which field: never more than a guess.
GENERIC = _forms(
    "manager responsable director directeur engineer ingénieur technician technicien operator opérateur assistant consultant analyst "
    "analyste specialist spécialiste coordinator coordinateur administrator administrateur supervisor superviseur officer executive "
    "inspector inspecteur worker ouvrier labourer employé clerk agent advisor conseiller expert chef designer developer "
    "teacher driver trainer instructor associate head cadre technicienne gestionnaire chargé representative partner lead planner "
    "professional scientist researcher attendant helper aide auxiliaire contrôleur controller leader professionnel scientifique "
    "maker setter tender operative tester finisher cutter handler fabricant artisan commercial expert chief"
)
# Words that name an occupation in a list of titles and something else in a sentence.
AMBIGUOUS = _forms(
    "cook chef model guide host judge guard conductor porter minister second commercial assistant manager director "
    "consultant agent conseil driver partner officer executive analyst engineer technician operator coordinator specialist "
    "representative administrator supervisor trainer instructor worker clerk employee designer developer expert leader producer "
    "associate attendant critic ranger hunter buyer seller player presenter speaker grader packer marker sorter mate "
    "teacher student editor author master mason smith potter baker butcher fisher page usher mover pilot coach planner "
    "scientist researcher professional artist manager responsable adjoint aide auxiliaire cadre gestionnaire chargé technique maître "
    "marin poste régisseur rapporteur modèle manoeuvre avocat facteur président ministre secrétaire client pilote mineur "
    "moniteur serveur server medium docker chauffeur conductor voyant commis artisan ouvrier livreur distributeur consul "
    "standard imprimeur contrôleur caissier controller loader tender setter cutter sailor dancer organiser cleaner "
    "scout sport soldier head chief sage ouvreur trader steward courier runner rédacteur animateur "
    "formateur éducateur vendeur acheteur plongeur lecturer tutor mentor counsel solicitor recruiter compliance tuteur correspondant "
    "photographer reporter composer chanteur danseur directeur ingénieur technicien opérateur assistante moderator publisher inspector "
    "contractor entrepreneur indépendant owner founder fondateur gérant dirigeant sénateur député maire mayor senator "
)
_TAIL = re.compile(r"\s(?:at|chez|@)\s.*$", re.IGNORECASE | re.DOTALL)
_BRACKETS = re.compile(r"\([^()]{0,80}\)|\[[^\[\]]{0,80}\]|\{[^{}]{0,80}\}")
_GENDER = re.compile(
    r"(?<![^\W_])(?:[hfmwdxn]\s?[/|\-]\s?[hfmwdx](?:\s?[/|\-]\s?(?:[dxi*]|nb|gn|div))?|all genders?|tous genres|mf|hf|fh)(?![^\W_])",
    re.IGNORECASE,
)
_SEGMENT = re.compile(r"\s[-–—:]\s|[|•;,/–—:\n]|\s{3,}")


@dataclass(frozen=True)
class IndexedTitle:
    occupation: int
    words: frozenset[str]
    head: str
    weight: float


@dataclass(frozen=True)
class OccupationIndex:
    """`exact`: canonical words joined by spaces → position in `occupations`; `bags`: the same without order or stop words."""

    occupations: tuple[Occupation, ...]
    by_id: dict[str, Occupation]
    exact: dict[str, int]
    bags: dict[str, int]
    titles: tuple[IndexedTitle, ...]
    postings: dict[str, tuple[int, ...]]
    idf: dict[str, float]
    unknown_idf: float
    heads: frozenset[str]
    automaton: AhoCorasick
    pattern_owner: tuple[int, ...]
    acronyms: frozenset[int]


def _bag(forms: Iterable[str]) -> str:
    return " ".join(sorted(set(forms) - STOP))


def build_index(entries: Sequence[Occupation]) -> OccupationIndex:
    """Index every title. Where two occupations claim one title, a preferred title wins, then the earlier entry."""
    exact: dict[str, int] = {}
    bags: dict[str, int] = {}
    titles: list[IndexedTitle] = []
    seen: set[tuple[int, frozenset[str]]] = set()
    capitals: set[str] = set()
    plain: set[str] = set()
    counts: Counter[str] = Counter()
    heads: Counter[str] = Counter()
    claims = [(rank, at, title) for at, o in enumerate(entries) for rank, title in enumerate(o.titles)]
    claims.sort(key=lambda c: c[0] > 1)
    for _, at, title in claims:
        forms = [w.form for w in words(title)]
        if not forms:
            continue
        key = " ".join(forms)
        (capitals if title.isupper() and len(title) <= 6 else plain).add(key)
        exact.setdefault(key, at)
        content = frozenset(forms) - STOP
        if not content:
            continue
        bags.setdefault(_bag(forms), at)
        if (at, content) in seen:
            continue
        seen.add((at, content))
        head = head_of(forms)
        heads[head] += 1
        counts.update(content)
        titles.append(IndexedTitle(at, content, head, 0.0))
    total = len(titles)
    idf = {word: math.log(1 + total / n) for word, n in counts.items()}
    titles = [IndexedTitle(t.occupation, t.words, t.head, sum(idf[w] for w in t.words)) for t in titles]
    postings: dict[str, list[int]] = {}
    for number, indexed in enumerate(titles):
        for word in sorted(indexed.words):
            postings.setdefault(word, []).append(number)
    patterns = [(key, at) for key, at in exact.items() if _is_mentionable(key)]
    return OccupationIndex(
        occupations=tuple(entries),
        by_id={o.occupation_id: o for o in reversed(entries)},
        exact=exact,
        bags=bags,
        titles=tuple(titles),
        postings={word: tuple(numbers) for word, numbers in postings.items()},
        idf=idf,
        unknown_idf=math.log(1 + total) * 0.5,
        heads=frozenset(h for h, n in heads.items() if n >= 3),
        automaton=AhoCorasick(
            ["".join(f"<{form}>" for form in key.split(" ")) for key, _ in patterns],
            matchkind=MatchKind.LeftmostLongest,
            implementation=Implementation.ContiguousNFA,
        ),
        pattern_owner=tuple(at for _, at in patterns),
        acronyms=frozenset(n for n, (key, _) in enumerate(patterns) if key in capitals and key not in plain),
    )


def _is_mentionable(key: str) -> bool:
    return key not in AMBIGUOUS and (len(key) > 2 or key in {"pm", "ba", "qa"}) and not key.isdigit()


_FRENCH_LINKS = frozenset("de du des d en au aux et l la le les pour".split())
_ENGLISH_LINKS = frozenset("of for in at to the and".split())


def head_of(forms: Sequence[str]) -> str:
    """The word that says what a person is: the last one in English (before `of`), the first one in French."""
    for at, form in enumerate(forms):
        if form in _FRENCH_LINKS and at:
            return forms[0]
        if form in _ENGLISH_LINKS and at:
            return forms[at - 1]
    if forms[0] in _LEADING_HEADS and forms[-1] not in _LEADING_HEADS:
        return forms[0]
    return forms[-1]


_LEADING_HEADS = _forms(
    "manager directeur ingénieur technicien analyste administrateur assistant coordinateur conseiller consultant opérateur inspecteur "
    "mécanicien électricien comptable infirmier enseignant formateur vendeur conducteur chauffeur concepteur chercheur médecin "
    "architecte spécialiste expert développeur chef chargé agent ouvrier employé gestionnaire responsable professeur éducateur "
    "animateur aide auxiliaire commis contrôleur monteur installateur poseur chargé officier secrétaire rédacteur attaché clerc "
    "maître moniteur juriste avocat artisan préparateur régleur magasinier hôte cuisinier psychologue cadre "
    "chirurgien dentiste acheteur commercial réparateur peintre hydraulicien worker supervisor head"
)


def lookup(index: OccupationIndex, title: str) -> OccupationMatch | None:
    """See `talentflow.taxonomy.occupations.find_occupation`."""
    found = _lookup(index, title[:_LONGEST_TITLE])
    if found is None:
        return None
    at, confidence = found
    return OccupationMatch(index.occupations[at], round(confidence, 3))


def _lookup(index: OccupationIndex, title: str) -> tuple[int, float] | None:
    whole = [w.form for w in words(title)][:_MOST_WORDS]
    if not whole:
        return None
    key = " ".join(whole)
    at = index.exact.get(key)
    if at is not None:
        return at, 0.3 if key in GENERIC else 0.95
    bare = _TAIL.sub("", _GENDER.sub(" ", _BRACKETS.sub(" ", title)))
    forms = [w.form for w in words(bare)][:_MOST_WORDS] or whole
    best = _exact_in(index, forms, 0.93)
    if best:
        return best
    if forms != whole:
        best = _exact_in(index, whole, 0.9)
        if best and best[1] > 0.5:
            return best
    segments = [part for part in (_SEGMENT.split(bare) or []) if part.strip()]
    candidates: list[tuple[int, float]] = []
    if len(segments) > 1:
        for rank, part in enumerate(segments[:6]):
            found = _exact_in(index, [w.form for w in words(part)][:_MOST_WORDS], 0.88 - 0.05 * min(rank, 4))
            if found and found[1] > 0.5:
                candidates.append(found)
                break
    scored = [_by_words(index, forms)]
    if len(segments) > 1:
        scored += [_by_words(index, [w.form for w in words(part)][:_MOST_WORDS]) for part in segments[:3]]
        scored[1:] = [(s[0], s[1] * (0.95 - 0.05 * n)) if s else None for n, s in enumerate(scored[1:])]
    candidates += [s for s in scored if s]
    if not candidates:
        return None
    return max(candidates, key=lambda c: c[1])


def _exact_in(index: OccupationIndex, forms: list[str], confidence: float) -> tuple[int, float] | None:
    """The title that these words are, in any order, with or without the words of seniority."""
    if not forms:
        return None
    plain = [f for f in forms if f not in SENIORITY]
    for tried, loss in ((forms, 0.0), (plain, 0.02)):
        while tried and tried[-1] in STOP:
            tried = tried[:-1]
        if not tried:
            continue
        at = index.exact.get(" ".join(tried))
        if at is None:
            bag = _bag(tried)
            at = index.bags.get(bag) if bag else None
            loss += 0.06
        if at is not None:
            content = [f for f in tried if f not in STOP]
            if len(content) == 1 and content[0] in GENERIC:
                return at, 0.3 - loss
            return at, confidence - loss
    return None


def _by_words(index: OccupationIndex, forms: list[str]) -> tuple[int, float] | None:
    """The title that shares most of the weight of these words."""
    plain = [f for f in forms if f not in SENIORITY] or forms
    content = list(dict.fromkeys(f for f in plain if f not in STOP and not f.isdigit()))
    if not content:
        return None
    known = [f if f in index.idf else (_corrected(index, f) or f) for f in content]
    corrected = dict(zip(content, known, strict=True))
    query = {f: index.idf.get(f, index.unknown_idf) for f in known}
    total = sum(query.values())
    scores: dict[int, float] = {}
    for word in query:
        weight = query[word]
        for number in index.postings.get(word, ()):
            scores[number] = scores.get(number, 0.0) + weight
    if not scores:
        return None
    heads = {corrected.get(h, h) for h in (head_of(plain), plain[-1], plain[0]) if h not in STOP}
    first = corrected.get(head_of(plain), head_of(plain))
    best_number, best_score = -1, 0.0
    titles = index.titles
    for number, shared in scores.items():
        indexed = titles[number]
        score = 2 * shared / (total + indexed.weight)
        if score * 1.15 <= best_score:
            continue
        if indexed.head == first:
            score *= 1.15
        elif indexed.head in heads:
            score *= 1.0
        elif indexed.head in query:
            score *= 0.85
        else:
            score *= 0.65
        if score > best_score or (score == best_score and number < best_number):
            best_number, best_score = number, score
    if best_number < 0 or best_score < 0.3:
        return None
    indexed = titles[best_number]
    confidence = min(0.8, 0.78 * best_score)
    if len(indexed.words) == 1 and indexed.words <= GENERIC:
        confidence = min(confidence, 0.25)
    return indexed.occupation, confidence


@lru_cache(maxsize=8)
def _vocabulary(words_by_initial: tuple[str, ...]) -> dict[tuple[str, int], list[str]]:
    buckets: dict[tuple[str, int], list[str]] = {}
    for word in words_by_initial:
        for size in range(len(word) - 1, len(word) + 2):
            buckets.setdefault((word[0], size), []).append(word)
    return buckets


_buckets_of: dict[int, dict[tuple[str, int], list[str]]] = {}


def _corrected(index: OccupationIndex, form: str) -> str | None:
    """The known word that a misspelt one stands for: same first letter, one slip, two in a long word."""
    if not 5 <= len(form) <= 30:
        return None
    return _spelling(index, form)


def _spelling(index: OccupationIndex, form: str) -> str | None:
    buckets = _buckets_of.get(id(index))
    if buckets is None:
        buckets = {}
        for word in sorted(index.idf):
            if len(word) >= 5:
                for size in (len(word) - 1, len(word), len(word) + 1):
                    buckets.setdefault((word[0], size), []).append(word)
        _buckets_of[id(index)] = buckets
    near = buckets.get((form[0], len(form)))
    if not near:
        return None
    found = process.extractOne(form, near, scorer=OSA.distance, score_cutoff=1 if len(form) < 9 else 2)
    return found[0] if found else None


def mentions(index: OccupationIndex, text: str) -> list[Mention]:
    """See `talentflow.taxonomy.occupations.find_occupations`."""
    found = words(text)
    if not found:
        return []
    pieces: list[str] = []
    word_at: dict[int, int] = {}
    word_end: dict[int, int] = {}
    length = 0
    for number, word in enumerate(found):
        if word.breaks and number:
            pieces.append("\n")
            length += 1
        word_at[length] = number
        pieces.append(f"<{word.form}>")
        length += len(word.form) + 2
        word_end[length] = number
    result: list[Mention] = []
    for pattern, start, end in index.automaton.find_matches_as_indexes("".join(pieces)):
        first, last = found[word_at[start]], found[word_end[end]]
        if pattern in index.acronyms and not _written_as_acronym(text, first, last):
            continue
        result.append(Mention(index.occupations[index.pattern_owner[pattern]].occupation_id, first.start, last.end))
    return result


def _written_as_acronym(text: str, first: Word, last: Word) -> bool:
    return text[first.start : last.end].isupper()
