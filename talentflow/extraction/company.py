"""Who hires: what a label says, else the name that `About X`, `chez X`, `X recrute`, `At X, we` and repetition point to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from talentflow.extraction.labels import Labelled, first
from talentflow.extraction.offer_sections import is_heading
from talentflow.extraction.phrases import finder, fold, windows
from talentflow.taxonomy import find_occupation, find_place, find_places, find_skill


class Company(NamedTuple):
    """`text[start:end]` names the employer."""

    name: str
    start: int
    end: int


_WORD = r"(?:[A-ZÀ-Þ][\w&'’.+-]{0,30}|[a-z]{1,12}[A-Z]\w{0,20}|\d{1,4}[A-Za-z]\w{0,20})"
_JOINED = r"(?:&|et|and|of|de la|de l['’]|de|du|des|d['’]|la|le|les|for|the|on|sur)"
_PUBLIC = (
    r"(?:Centre|Communauté|Pôle|Groupement|Conseil|Maison|Syndicat|Office|Établissement|Foyer|Institut|École|Lycée|"
    r"Collège|Université|"
    r"Clinique|Hôpital|Crèche|Caisse|Chambre|Association)[ \xa0](?:(?:de |d['’]|"
    r"des )?[a-zà-ÿ]{4,16}[ \xa0]){1,2}(?:de |d['’]|du |des )?"
)
"""What the names of public bodies begin with: `Centre hospitalier de`, `Communauté de communes de`."""
_BODY_WORDS = (
    "Centre Communauté Université Lycée Collège École Hôpital Clinique Mairie Ville Musée Conseil Département Région CHU "
    "Maison Crèche Théâtre Orchestre Journal Le Jardinerie University Hospital College City"
)
_BODIES = frozenset(_BODY_WORDS.split())
_NAME = rf"((?:{_PUBLIC})?{_WORD}(?:[ \xa0]{_WORD}|[ \xa0](?:{_JOINED}[ \xa0]|d['’]|l['’]|de l['’]){_WORD}){{0,4}})"
_LOWER_NAME = r"([a-z][\w.+-]{2,24})"
_CUES: tuple[tuple[float, re.Pattern[str]], ...] = (
    (3.0, re.compile(rf"\b(?:We are|We['’]re|Nous sommes|Here is|Voici) {_NAME}(?=[ \xa0]?[:,(–—]| - )")),
    (2.8, re.compile(rf"\b(?:en|in|[Ss]ince|[Dd]epuis) (?:19|20)\d\d[^.,\n]{{0,60}},[ \xa0]{_NAME}")),
    (2.6, re.compile(rf"\b[Dd]epuis (?:plus de )?\d{{1,3}} ans,[ \xa0]{_NAME}")),
    (
        3.0,
        re.compile(
            r"\b(?:[Nn]otre|[Oo]ur) (?:client|partner|partenaire|customer|établissement|entreprise|société|agence|"
            rf"cabinet),?[ \xa0]{_NAME}(?=,| recrute| recherche| is )"
        ),
    ),
    (2.6, re.compile(rf"(?:^|\n)[^\n]{{4,90}}\. ?\({_NAME}\)")),
    (
        2.6,
        re.compile(
            rf"(?:^|[.!?:\n]\s{{0,3}}){_NAME}[ \xa0](?:"
            r"intervient (?:dans|en|sur|auprès)|compte \d|rassemble|réunit|emploie|regroupe|conçoit|fabrique|exploite|"
            r"works in|employs|brings together|is part of|has been (?:a|an|the|in|one)|operates|manufactures|"
            r"est (?:une?|le|la|l['’]) (?:équipe|acteur|entreprise|société|groupe|leader|référence|PME|ETI|start-?up|"
            r"cabinet|agence|"
            r"association|établissement|spécialiste|filiale)|"
            r"is (?:a|an|the|one of the) (?:\w+[ -]){0,3}(?:company|team|name|leader|provider|group|firm|employer|"
            r"organi[sz]ation|player|"
            r"startup|start-up|agency|charity|manufacturer|retailer|platform))\b"
        ),
    ),
    (3.0, re.compile(rf"\bAbout {_NAME}(?= ?(?:$|[\n:]|[A-Z]| [A-Z]| is\b| was\b))", re.MULTILINE)),
    (2.0, re.compile(r"\bAbout " + _LOWER_NAME + r"(?= \1\b)")),
    (3.0, re.compile(rf"\b[Àà] propos (?:de |d['’]|du )(?:la société |l['’]entreprise |groupe )?{_NAME}")),
    (2.6, re.compile(rf"^{_NAME}[ \xa0][-–—][ \xa0](?=[A-ZÀ-Þ][^\n]{{12}})", re.MULTILINE)),
    (2.6, re.compile(rf"[.!]\s\({_NAME}\)(?=\s)")),
    (3.0, re.compile(rf"\bQui (?:est|sommes-nous chez) {_NAME}")),
    (2.5, re.compile(rf"\b(?:At|Chez) {_NAME}[ \xa0]?,")),
    (
        2.0,
        re.compile(
            rf"\b(?:at|chez|joining|rejoindre|rejoignez|intégrez|join|Join|Rejoignez|Rejoindre|Intégrez) (?:the |"
            rf"l['’]équipe |les équipes |le groupe |la société )?{_NAME}"
        ),
    ),
    (
        2.0,
        re.compile(
            rf"\b(?:[Ll]a société|[Ll]['’]entreprise|[Ll]e groupe|[Ll]e cabinet|[Ll]['’]agence|[Ll]e restaurant|"
            rf"[Ll]['’]hôpital|[Ll]a clinique|[Ll]['’]association|[Ll]['’]hôtel|[Ll]a résidence|[Ll]a mairie de|[Nn]otre "
            rf"client,?) {_NAME}"
        ),
    ),
    (
        1.6,
        re.compile(
            rf"(?:^|[.!?:\n]\s{{0,3}}|\)\s){_NAME}(?:[ \xa0]?\([^)\n]{{2,40}}\))?[ \xa0](?:is (?:a|an|the|one|building|on|"
            rf"reimagining|committed|proud|your|where|revolutioni[sz]ing|transforming)\b|"
            r"was (?:founded|created|born|established)|est (?:une?|le|la|l['’]|spécialis|un des|leader)|provides|builds|"
            r"intervient|compte|regroupe|emploie|works in|brings together|counts|employs|serves|"
            r"develops|helps|offers|conçoit|développe|"
            r"accompagne|propose|é uma?\b|has been|'s mission|['’]s|, (?:a|an|the|leader|acteur|spécialis|entreprise|"
            r"société|groupe|startup|filiale|PME|ETI|cabinet|agence)\b)"
        ),
    ),
)
_HIRING_CUES: tuple[tuple[float, re.Pattern[str]], ...] = (
    (
        2.5,
        re.compile(
            rf"\b{_NAME}(?:,[^.\n]{{3,90}},|[ \xa0]?\([^)\n]{{2,40}}\)|\s,[^.\n]{{3,90}},)?\s(?:is|are) (?:currently |now "
            rf"|actively |also )?(?:looking|seeking|hiring|recruiting|searching)\b"
        ),
    ),
    (
        2.5,
        re.compile(rf"\b{_NAME}(?:,[^.\n]{{3,120}},)?[ \xa0](?:seeks|recrute|recherche|recherchons|embauche|renforce|cherche)\b"),
    ),
)
"""Tried only around the words of `_HIRING`."""
_HIRING = finder(
    {"hiring": "looking, seeking, hiring, recruiting, searching, seeks, recrut*, recherch*, embauche, renforce, cherche"}
)
_HIRING_REACH = 300
_NO_NAMES = (
    "the a an our your their its this that these we you they it us he she who what why how when where about role position "
    "company team job la le les nous vous notre votre nos vos un une ce cette il elle en dans pour avec responsibilities "
    "requirements qualifications benefits experience education skills overview summary description location salary hybrid "
    "senior junior lead engineering product design sales marketing data engineer developer manager python java javascript "
    "react aws azure english french france paris europe brazil latam usa uk canada germany london new-york as at in on by "
    "for from with if or and but so then also apply join working work candidates candidate bachelor bachelors master "
    "masters phd degree strong excellent good great must nice cdi cdd stage alternance poste profil missions mission lieu "
    "contrat entreprise avantages rejoignez vous-même h/f you'll we're monday friday lundi vendredi january february march "
    "april may june july august september october november december google linkedin github microsoft excel word office "
    "kubernetes docker sql agile scrum saas b2b ai ml api qa hr ceo cto engineers developers international global national "
    "here there today one all every any some each please note plus bonus originally his her compensation health insurance "
    "full-time full part-time permanent contract ideal successful responsible required preferred key depuis afin au aux des "
    "du de si sous sur selon idéalement titulaire rattaché rattachée recruteur fort forte basé basée créé créée projects "
    "project our-team are hiring startup english-speaking french-speaking latin america north south united states kingdom "
    "kazakhstan group groupe cabinet agence société hôpital clinique restaurant hôtel mairie leader interested life "
    "opportunity career day-to-day what's let's it's i'm don't "
)
_NOT_NAMES = frozenset(_NO_NAMES.split())
_TOWNS = frozenset(
    {"paris", "london", "france", "latin", "north", "south", "europe", "international", "global", "google", "linkedin"}
)
"""Words, folded, that begin no company's name."""
_SECOND_WORDS = (
    "engineering insurance digital design marketing data life health consulting group groupe agence office product "
    "sales france "
    "international global uk usa canada germany london paris europe brazil america education ai"
)
_SECOND = frozenset(_SECOND_WORDS.split())
"""Words of `_NOT_NAMES` that may end one."""
_SENTENCE = re.compile(r"(?:[^\s]+\s){5,}[^\s]+[.!]$|\s(?:nous|we|is|est)\s", re.IGNORECASE)
_INSTITUTIONS = frozenset(
    {"cabinet", "groupe", "entreprise", "societe", "hopital", "clinique", "restaurant", "hotel", "mairie", "group", "agence"}
)
_HEADING_WORDS = frozenset(
    {"overview", "description", "summary", "position", "team", "role", "responsibilities", "requirements", "offer"}
)
"""A heading run into the sentence after it: `Position Overview Newel Health is looking for`."""
_LINE = re.compile(r"[^\r\n]+")
_HEAD_BREAK = re.compile(r"\s[-–—|•·]\s|\s?[,|(•·]\s?")
_HEAD_NAME = re.compile(rf"(?:{_PUBLIC})?{_WORD}(?:[ \xa0](?:(?:d['’]|l['’]|de l['’])?{_WORD}|{_JOINED})){{0,6}}")
_READ = 12_000
_ARTICLES = frozenset({"Le", "La", "Les", "The"})
_TRIM = re.compile(
    r"^(?:The|Our|Your|Le|La|Les|Notre|About|At|Chez|Join|Why|Here|And|But|With|Since|As|Depuis|Bienvenue|Welcome)[ "
    r"\xa0]+(?=[A-ZÀ-Þ0-9])"
)


def find_company(text: str, labels: Sequence[Labelled]) -> Company | None:
    """The hiring organisation with its first mention by a cue; None when no name stands out."""
    labelled = first(labels, "company")
    if labelled is not None and len(labelled.value) <= 80 and not _SENTENCE.search(labelled.value):
        return Company(labelled.value, labelled.start, labelled.end)
    read = text[:_READ]
    votes: defaultdict[str, float] = defaultdict(float)
    where: dict[str, tuple[int, int]] = {}
    names: dict[str, str] = {}
    for weight, count, match in _matches(read):
        at = match.start(1)
        after_noun = at > 1 and read[at - 2].islower()
        name, start = _trimmed(match.group(1), at, keep_article=after_noun)
        if name is None:
            continue
        key = fold(name)
        votes[key] += weight / (1 + 0.5 * min(count, 4))
        if key not in where or start < where[key][0]:
            where[key] = (start, start + len(name))
            names[key] = name
    for weight, name, start in _in_head(read):
        if not _no_name(name.split(), False):
            key = fold(name)
            votes[key] += weight + sum(vote for other, vote in votes.items() if other != key and f" {other} " in f" {key} ")
            where[fold(name)] = (start, start + len(name))
            names[fold(name)] = name
    best: tuple[float, str] | None = None
    for key, vote in sorted(votes.items(), key=lambda item: (-item[1], item[0]))[:12]:
        if vote < 1.5:
            continue
        repeated = min(8, len(re.findall(rf"(?<!\w){re.escape(names[key])}(?!\w)", read)))
        score = vote + 0.7 * repeated - min(0.8, where[key][0] / 10_000)
        longer = sum(v for other, v in votes.items() if other != key and other.startswith(key + " "))
        if longer > vote * 1.5:
            score -= 1.5
        if find_skill(names[key]) is not None:
            score -= 2.0
        if (best is None or score > best[0]) and _is_name(names[key]):
            best = (score, key)
    if best is None or best[0] < 2.6:
        return None
    return Company(names[best[1]], *where[best[1]])


def _matches(text: str) -> Iterator[tuple[float, int, re.Match[str]]]:
    """What the cues point at: each with its weight and how many of the same cue came before, forty at most."""
    for weight, cue in _CUES:
        for count, match in enumerate(cue.finditer(text)):
            if count >= 40:
                break
            yield weight, count, match
    spans = windows(_HIRING(fold(text)), len(text), before=_HIRING_REACH, after=20)
    for weight, cue in _HIRING_CUES:
        for count, match in enumerate(m for start, end in spans for m in cue.finditer(text, start, end)):
            if count >= 40:
                break
            yield weight, count, match


def _in_head(text: str) -> list[tuple[float, str, int]]:
    """Names on the lines under the title: `St Brendan's Academy, Leeds`, `Résidence Les Tilleuls – Nantes (44)`."""
    found: list[tuple[float, str, int]] = []
    for count, match in enumerate(_LINE.finditer(text, 0, 1_000)):
        if count > 4:
            break
        line = match.group().strip()
        if count == 0 or len(line) > 80 or ":" in line or line.endswith((".", "!", "?")):
            continue
        if is_heading(line):
            continue
        parts = [part.strip() for part in _HEAD_BREAK.split(line)]
        placed = len(parts) > 1 and any(find_place(part) is not None for part in parts)
        for part in parts:
            if _HEAD_NAME.fullmatch(part) and not part.isupper() and _is_name(part):
                weight = 2.6 if placed else 2.2 if count == 1 and len(parts) == 1 else 1.6
                found.append((weight, part, match.start() + match.group().index(part)))
                break
    return found


def _trimmed(name: str, start: int, *, keep_article: bool) -> tuple[str | None, int]:
    """A name without the words before and behind it; `Les Tilleuls` keeps its article behind `la résidence`."""
    while (match := _TRIM.match(name)) and not (keep_article and match.group().strip() in _ARTICLES):
        name, start = name[match.end() :], start + match.end()
    name = name.rstrip(".,'’-")
    if name.endswith(("'s", "’s")):
        name = name[:-2]
    words = name.split()
    half = len(words) // 2
    if half and words[:half] == words[half:]:
        name, words = name[: name.index(words[half], len(words[0]))].rstrip(), words[:half]
    inner = [n for n, word in enumerate(words) if n and word.lower() in _HEADING_WORDS]
    if inner and inner[-1] + 1 < len(words):
        cut = name.rindex(words[inner[-1]]) + len(words[inner[-1]]) + 1
        name, start, words = name[cut:], start + cut, words[inner[-1] + 1 :]
    while words and fold(words[-1]) in _NOT_NAMES and (len(words) == 1 or fold(words[-1]) not in _SECOND):
        words.pop()
        name = name[: name.rfind(" ")] if words else ""
    if not words or len(name) < 2 or _no_name(words, keep_article) or len(name) > 60:
        return None, start
    return name, start


def _no_name(words: list[str], keep_article: bool) -> bool:
    if keep_article and words[0] in _ARTICLES and len(words) > 1:
        return fold(words[1]) in _NOT_NAMES
    head = fold(words[0]).strip(".,")
    if head in _TOWNS and len(words) > 1 and fold(words[-1]) not in _NOT_NAMES:
        return False
    if head in _INSTITUTIONS:
        return len(words) == 1 or fold(words[1]) in _NOT_NAMES
    return head in _NOT_NAMES


def _is_name(name: str) -> bool:
    if (place := find_place(name)) is not None and place.locality and fold(place.locality) == fold(name):
        return False
    if name[0].isupper() and name.split()[0] in _BODIES and len(name.split()) > 2:
        return True
    named = sum(mention.end - mention.start for _, mention in find_places(name))
    return named <= 0.6 * len(name) and ((match := find_occupation(name)) is None or match.confidence < 0.75)
