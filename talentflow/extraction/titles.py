"""The title of an offer: what a label says, else the top line that reads like a job, else what the text says it looks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from talentflow.extraction.labels import Labelled, first
from talentflow.extraction.offer_sections import is_heading
from talentflow.extraction.phrases import finder, fold
from talentflow.taxonomy import find_occupation, find_occupations, find_place


class Span(NamedTuple):
    value: str
    start: int
    end: int


_LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")
_HEAD_LINES = 12
_HEAD = 3_000
_LONGEST = 110
_PREFIX = re.compile(
    r"^(?:[\W_]{0,6}(?:offre d['’]emploi|offre de stage|offre d['’]alternance|job offer|job opening|job vacancy|vacancy|"
    r"recrutement|"
    r"we['’]?(?: a)?re hiring(?: an?)?|nous recrutons(?: une?)?|annonce|urgent|poste|now hiring|join us as (?:an? )?|hiring|"
    r"job title|position|recherche)\s{0,2}(?:[:!–—|-]|\b(?=an? ))\s{0,3}|\[[^\]\n]{0,24}\]\s{0,3}|[\W_]+(?<!\())",
    re.IGNORECASE,
)
_GENDER = re.compile(
    r"\(?\b(?:h\s?/\s?f|f\s?/\s?h|m\s?/\s?f|f\s?/\s?m|"
    r"m\s?/\s?w\s?/\s?d|h\s?/\s?f\s?/\s?x|f\s?/\s?h\s?/\s?x|x/f/h)\b\)?",
    re.IGNORECASE,
)
_TAIL_BREAK = re.compile(r"\s+[-–—|·•]\s+|\s*[|·•]\s*|\s+@\s+")
_NOISE_TAIL = finder(
    {
        "noise": (
            "cdi, cdd, interim, stage, alternance, freelance, full time, full-time, part time, part-time, remote, hybrid, "
            "on-site, onsite, teletravail, temps plein, temps partiel, permanent, contract, fixed term, fixed-term, h/f, "
            "f/h, m/f, ref*, temporary, internship, intern, urgent, mois, months, immediate start, saisonnier, asap, "
            "apprentissage, job, emploi, salary, k€, permanente"
        )
    }
)
_CONTRACT_ONLY = re.compile(
    r"\W*(?:(?:mission|offre|contrat|poste|job)\s)?(?:d'|de |en )?(?:freelance|stage|alternance|cdi|cdd|interim|"
    r"apprentissage|internship|mission|"
    r"apprenticeship|recrutement|emploi|permanent|contract|vacancy|urgent|hiring)(?:\s(?:de\s)?\d+\s?(?:mois|months?))?\W*"
)
_JOB_WORD = finder(
    {
        "job": (
            "engineer*, developer*, manager*, assistant*, analyst*, designer*, consultant*, nurse*, teacher*, technician*, "
            "operator*, driver*, officer*, specialist*, coordinator*, representative*, director*, intern, internship, "
            "apprentice*, trainee*, worker*, clerk*, advisor*, adviser*, associate*, lead, head of*, chef, cook*, cleaner*, "
            "supervisor*, administrator*, accountant*, architect*, scientist*, editor*, writer*, copywriter*, counsel, "
            "strategist*, recruiter*, therapist*, electrician*, plumber*, ingenieur*, developpeu*, responsable*, charge d*, "
            "chargee d*, directeur*, directrice*, infirmier*, comptable*, technicien*, vendeu*, conducteur*, conductrice*, "
            "cuisinier*, serveu*, stage*, stagiaire*, alternan*, commercial*, aide-soignant*, professeur*, electricien*, "
            "plombier*, soudeu*, magasinier*, cariste*, agent*, employe*, ouvrier*, avocat*, medecin*, secretaire*, "
            "acheteu*, gestionnaire*, formateu*, formatrice*, hote*, animateur*, animatrice*, educateur*, educatrice*, "
            "preparateur*, conseiller*, charge(e)*, chef de*, cheffe*, adjoint*, monteu*, mecanicien*, boulanger*, "
            "coiffeu*, developpement, desenvolvedor*, engenheiro*, receptionist*, barista*, waiter*, waitress*, carer*, "
            "caregiver*, physician*, pharmacist*, surgeon*, dentist*, lawyer*, paralegal*, planner*, buyer*, merchandiser*, "
            "cashier*, picker*, packer*, welder*, carpenter*, mason*, painter*, guard*, tutor*, lecturer*, professor*, "
            "researcher*, translator*, interpreter*, photographer*, producer*, controller*"
        )
    }
)

_NOUN_PHRASE = r"([^\W_](?:[^\n.;:!?()\u2022]|\([^)\n]{1,14}\)){2,90})"
_ADJECTIVES_TO_DROP = re.compile(
    r"^(?:(?:an?|the|our|new|next|first|several|multiple|some|two|three|exceptional|talented|highly|skilled|experienced|"
    r"motivated|"
    r"passionate|dynamic|dedicated|enthusiastic|reliable|friendly|proactive|detail-oriented|results-driven|strong|great|and|"
    r"hard-working|driven|creative|self-motivated|ambitious|qualified|un|une|un\(e\)|son|sa|ses|des|deux|trois|plusieurs|notre|"
    r"futur|futur\(e\)|future|nos|leur|an?\s+additional|additional|actuellement|exp[ée]riment[ée]e?|nouveau|nouvelle)[\s,]+)+",
    re.IGNORECASE,
)
_CUES = (
    re.compile(
        r"\b(?:looking (?:for|to hire|to add)|"
        r"seeking|hiring|recruiting|searching for|in need of|recruit)\s+(?:for\s+)?" + _NOUN_PHRASE,
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:recherchons|recherche|recrute|recrutons|recherchent|"
        r"à la recherche d['e’]|cherchons|cherche)\s*(?:actuellement\s+)?"
        r"(?:pour [^\n.;:,]{2,60},?\s+)?(?:actuellement\s+)?" + _NOUN_PHRASE,
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:as|join [^\n.,]{2,60} as) (?=an?\b|our\b|the\b)" + _NOUN_PHRASE, re.IGNORECASE),
    re.compile(r"\b(?:poste d['e’]|en tant que|en qualité d['e’]|position of|role of|post of)\s?" + _NOUN_PHRASE, re.IGNORECASE),
)
_PHRASE_END = re.compile(
    r"\s+(?:to|who|whose|with|for|that|which|in|at|on|based|join|capable|responsible|within|pour|afin|dans|au|aux|en|à|a|qui|"
    r"chez|"
    r"disposant|ayant|capable|basée?|motivée?s?|passionnée?s?|"
    r"sur|dès|sous|and\s+(?:you|we)|is|are|will|you|vous|nous|de notre|du groupe|"
    r"h/f|f/h|\(h/f\)|\(f/h\)|m/f)(?=[\s,]|$)|,\s|\s[-–—]\s|$",
    re.IGNORECASE,
)


def find_title(text: str, labels: Sequence[Labelled]) -> Span | None:
    """The offer's title with its span. None when nothing in the text reads like one."""
    labelled = first(labels, "title")
    if labelled is not None and text.startswith("Title:", labelled.line):
        return Span(labelled.value[:300], labelled.start, labelled.start + len(labelled.value[:300]))
    for label in labels:
        if label.field == "title" and len(label.value) <= 120 and not label.value.endswith("."):
            return _cleaned(text, label.start, label.end) or Span(label.value, label.start, label.end)
    return _from_top(text, labels) or _from_cues(text) or _lone_first_line(text, labels) or _from_mentions(text)


def reads_like_a_job(line: str) -> float:
    """How much a short line reads like a job title, in [0, 1]."""
    folded = fold(line)
    score = 0.0
    if _GENDER.search(folded):
        score = 0.8
    if _JOB_WORD(folded):
        score = max(score, 0.55)
    match = find_occupation(line)
    if match is not None:
        score = max(score, 0.4 + 0.6 * match.confidence)
    return score


def _from_top(text: str, labels: Sequence[Labelled]) -> Span | None:
    labelled_lines = {label.line for label in labels if label.field != "other"}
    best: tuple[float, Span] | None = None
    seen = 0
    for match in _LINE.finditer(text, 0, _HEAD):
        if not match.group().strip():
            continue
        seen += 1
        if seen > _HEAD_LINES:
            break
        if match.start() in labelled_lines:
            continue
        span = _cleaned(text, match.start(), match.end())
        if span is None:
            continue
        score = reads_like_a_job(span.value)
        words = len(span.value.split())
        if (
            words > (18 if seen == 1 else 12)
            or (words > 7 and span.value.endswith("."))
            or is_heading(span.value)
            or span.value.endswith((":", "?"))
        ):
            continue
        score += 0.3 if seen == 1 else 0.1 if seen == 2 else 0.0
        if seen > 1 and match.group().lstrip()[0] in "•*-–—▪◦●·":
            score -= 0.25
        if score >= 0.5 and (best is None or score > best[0] + 0.05):
            best = (score, span)
    return best[1] if best else None


def _cleaned(text: str, start: int, end: int) -> Span | None:
    """A line without what stands before and behind a title: `Offre d'emploi : Comptable H/F - CDI - Lyon` → `Comptable H/F`."""
    line = text[start:end]
    if len(line) > 250:
        return None
    for _ in range(3):
        prefix = _PREFIX.match(line)
        if not prefix or prefix.end() >= len(line):
            break
        line, start = line[prefix.end() :], start + prefix.end()
    line = line.rstrip(" \t*_#|-–—")
    breaks = list(_TAIL_BREAK.finditer(line))
    while breaks:
        first_break = breaks[0]
        lead = line[: first_break.start()]
        if _CONTRACT_ONLY.fullmatch(fold(lead)) is None or not _JOB_WORD(fold(line[first_break.end() :])):
            break
        line, start = line[first_break.end() :], start + first_break.end()
        breaks = list(_TAIL_BREAK.finditer(line))
    while breaks:
        last = breaks.pop()
        tail = line[last.end() :]
        bare = _GENDER.sub("", tail).strip(" ()")
        if (
            not bare
            or _NOISE_TAIL(fold(bare))
            or find_place(tail) is not None
            or "@" in last.group()
            or not any(c.isalpha() for c in tail)
        ):
            line = line[: last.start()]
        else:
            break
    line = line.rstrip(" \t*_#|-–—,")
    if len(line) < 3 or len(line) > _LONGEST or not any(c.isalpha() for c in line) or "http" in line or "█" in line:
        return None
    return Span(line, start, start + len(line))


def _from_cues(text: str) -> Span | None:
    best: tuple[float, int, Span] | None = None
    for cue in _CUES:
        for count, match in enumerate(cue.finditer(text, 0, 12_000)):
            if count >= 6:
                break
            span = _noun_phrase(match.group(1), match.start(1))
            if span is None:
                continue
            score = reads_like_a_job(span.value)
            if score >= 0.5 and (best is None or (score, -span.start) > (best[0] + 0.1, best[1])):
                best = (score, -span.start, span)
    return best[2] if best else None


def _noun_phrase(phrase: str, start: int) -> Span | None:
    adjectives = _ADJECTIVES_TO_DROP.match(phrase)
    if adjectives:
        phrase, start = phrase[adjectives.end() :], start + adjectives.end()
    end = _PHRASE_END.search(phrase)
    if end:
        gender = _GENDER.match(phrase[end.start() :].lstrip())
        skipped = len(phrase[end.start() :]) - len(phrase[end.start() :].lstrip())
        phrase = phrase[: end.start() + skipped + gender.end()] if gender else phrase[: end.start()]
    words = phrase.split(" ")
    capitals = [n for n, word in enumerate(words) if word[:1].isupper()]
    if capitals and 0 < capitals[0] < 5 and len(words) - capitals[0] >= 2:
        cut = sum(len(word) + 1 for word in words[: capitals[0]])
        phrase, start = phrase[cut:], start + cut
    phrase = phrase.rstrip(" ,-–—")
    if not 3 <= len(phrase) <= 80 or len(phrase.split()) > 9:
        return None
    return Span(phrase, start, start + len(phrase))


def _lone_first_line(text: str, labels: Sequence[Labelled]) -> Span | None:
    """A first line that stands alone above the text, whatever it says: titles come in every language."""
    match = _LINE.search(text)
    if match is None or (labels and labels[0].line == match.start()) or text[match.end() : match.end() + 1] == "":
        return None
    span = _cleaned(text, match.start(), match.end())
    if span is None or len(span.value.split()) > 12 or span.value[-1] in ".,;:?" or is_heading(span.value):
        return None
    return span


def _from_mentions(text: str) -> Span | None:
    mentions = find_occupations(text[:_HEAD])
    if not mentions:
        return None
    # `process` or `talent` names an occupation to the taxonomy; what has a word for a worker in it is meant as one.
    first_mention = next((m for m in mentions if _JOB_WORD(fold(text[m.start : m.end]))), mentions[0])
    return Span(text[first_mention.start : first_mention.end], first_mention.start, first_mention.end)
