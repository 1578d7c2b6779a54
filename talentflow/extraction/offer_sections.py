"""The parts of an offer: tasks, musts, nice-to-haves, benefits, company; headings alone on a line or run into the text."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from typing import NamedTuple

from talentflow.extraction.phrases import Hit, finder, fold

_HEADINGS: dict[str, str] = {
    "tasks": (
        "responsibilities, your responsibilities, key responsibilities, main responsibilities, role and responsibilities, "
        "roles and responsibilities, what you'll do, what you will do, what you'll be doing, your role, the role, duties, "
        "job duties, your mission, your missions, about the role, about the job, about this role, job description, role "
        "overview, position overview, the position, about the position, what you'll own, day to day, tasks, your tasks, job "
        "summary, position summary, role summary, the opportunity, the job, main duties, key tasks, missions, vos missions, "
        "votre mission, missions principales, vos missions principales, descriptif du poste, description du poste, le "
        "poste, votre role, vos responsabilites, vos taches, activites, activites principales, poste et missions, "
        "description de la mission, missions du poste, contenu du poste, vos activites, le role, description, description "
        "de l'offre, mission, la mission, ta mission, tes missions, ton role, poste, responsabilidades, suas "
        "responsabilidades, responsabilidades e atribuicoes, atividades, o que voce vai fazer, sobre a vaga, funciones, "
        "responsabilidades principais, votre quotidien, au quotidien, what will you do, essential functions, in this role "
        "you will, as part of your role, your day-to-day"
    ),
    "must": (
        "requirements, job requirements, key requirements, minimum requirements, qualifications, minimum qualifications, "
        "required qualifications, basic qualifications, required skills, must have, must haves, must-have, must-haves, who "
        "you are, about you, your profile, what you bring, what you'll bring, what you'll need, what you need, what we're "
        "looking for, what we are looking for, who we're looking for, who we are looking for, you have, skills and "
        "experience, experience and skills, skills & experience, skills and qualifications, you are, qualifications and "
        "experience, required experience, essential criteria, essential skills, essential, required, the ideal candidate, "
        "ideal candidate, person specification, candidate profile, experience required, skills, what we expect, your "
        "background, your skills, education and experience, requirements and skills, key skills, skills required, technical "
        "skills, you bring, your qualifications, must-have skills, what you have, profil, profil recherche, votre profil, "
        "profil souhaite, le profil, profil du candidat, profil attendu, competences, competences requises, competences "
        "techniques, competences attendues, qualites requises, ton profil, competences et qualites, formation et "
        "experience, experience et formation, prerequis, pre-requis, exigences, votre profil et vos competences, qui "
        "etes-vous, qualites, savoir-faire, savoir-etre, connaissances requises, le profil recherche, le profil ideal, "
        "profil ideal, ce que nous recherchons, formation, experience, requisitos, requisitos e qualificacoes, "
        "qualificacoes, esperamos que voce, o que esperamos, perfil, connaissances, qualifications requises, aptitudes, "
        "diplome requis, profil et competences, desired skills, educational requirements, experience requirements, skills "
        "needed, we expect, you should have, vos competences"
    ),
    "nice": (
        "nice to have, nice to haves, nice-to-have, nice-to-haves, preferred qualifications, preferred skills, bonus, "
        "preferred, bonus points, bonus skills, desirable, desirable criteria, desirable skills, pluses, desired, preferred "
        "experience, would be a plus, it's a plus if, additional skills, extra points, good to have, nice to have skills, "
        "preferred requirements, desired qualifications, a plus, bonus if you have, big plus, les plus, le petit plus, les "
        "petits plus, atouts, un plus, competences souhaitees, serait un plus, competences appreciees, idealement, vos "
        "atouts, ce serait un plus, diferenciais, sera um diferencial, souhaite, bonus points for, extra credit, serait un "
        "atout, nice-to-have skills, connaissances appreciees"
    ),
    "benefits": (
        "benefits, our benefits, perks, perks and benefits, benefits and perks, what we offer, we offer, our offer, why "
        "join us, compensation, compensation and benefits, what's in it for you, what you'll get, what you get, salary and "
        "benefits, what we offer you, we offer you, perks & benefits, benefits & perks, benefits package, why work with us, "
        "why work here, why you'll love working here, what we can offer you, employee benefits, avantages, nos avantages, "
        "vos avantages, les avantages, ce que nous offrons, ce que nous proposons, nous offrons, nous vous offrons, nous "
        "vous proposons, remuneration et avantages, pourquoi nous rejoindre, salaire et avantages, ce qu'on vous propose, "
        "on vous propose, conditions, conditions et avantages, beneficios, remuneration, conditions de travail, package, "
        "compensation range, oferecemos, o que oferecemos, incentives, pourquoi rejoindre, les plus du poste, ce que l'on "
        "vous offre, ce que nous vous offrons, notre offre"
    ),
    "about": (
        "about us, who we are, our company, company overview, about the company, about the team, our mission, our values, "
        "company description, the company, the team, our story, about our company, overview, our culture, a propos, a "
        "propos de nous, qui sommes-nous, l'entreprise, notre entreprise, presentation de l'entreprise, la societe, "
        "l'equipe, votre environnement, le contexte, contexte, notre histoire, sobre nos, sobre a empresa, l'entreprise et "
        "le poste, entreprise, nos valeurs, presentation, qui nous sommes, l'etablissement"
    ),
    "other": (
        "how to apply, to apply, application process, hiring process, recruitment process, interview process, apply, equal "
        "opportunity, equal opportunity employer, diversity, diversity and inclusion, next steps, contact, processus de "
        "recrutement, pour postuler, comment postuler, candidature, modalites de candidature, postuler, informations "
        "complementaires, additional information, note, disclaimer, privacy, le processus, process, processo seletivo, "
        "legal notice, travel, physical demands, work environment, working conditions, schedule, location, location and "
        "hours, our stack, tech stack, stack technique, environnement technique, tools"
    ),
}
_KIND_OF_HEADING = {phrase.strip(): kind for kind, group in _HEADINGS.items() for phrase in group.split(",")}
_FIND = finder(_HEADINGS)
_STACK = frozenset({"our stack", "tech stack", "stack technique", "environnement technique", "tools"})
_LONGEST_HEADING = 60
_TAIL_WORDS = re.compile(r"\s+(?:at|chez|of|for|as|de|du|des)(?:\s[^\s]{1,20}){1,3}$|\s*\([^)]{0,40}\)$")
_ORNAMENT = " \t\xa0*#_•●▪►▶➤✅🎯🚀💡✨🔥📌🌟⭐️\ufe0f-–—:=?!|>."
_BOUNDARY = re.compile(r"(?<=[.!?;])\s+(?=[^\W\d_a-zà-ÿ]|[\d•*\"“«-])|[\n\r\x0b\x0c\x85\u2028\u2029]+|\s*[•●▪◦➤►]\s*")


class Section(NamedTuple):
    """`text[start:end]`, heading included; `kind` is tasks, must, nice, benefits, about, other or empty (before any heading)."""

    kind: str
    start: int
    body: int
    end: int


def is_heading(line: str) -> bool:
    """Whether a whole line is the heading of a section."""
    return _heading_kind(line) is not None


def _heading_kind(line: str) -> str | None:
    if len(line) > _LONGEST_HEADING + 20:
        return None
    plain = fold(line).strip(_ORNAMENT)
    if len(plain) > _LONGEST_HEADING:
        return None
    plain = plain.replace(" & ", " and ")
    known = _KIND_OF_HEADING.get(plain)
    if known or line.lstrip()[:1] in "•-*·–":
        return known
    shorter = _TAIL_WORDS.sub("", plain)
    if shorter != plain:
        return _KIND_OF_HEADING.get(shorter.strip(_ORNAMENT))
    for joiner in (" and ", " et ", " / ", " - "):
        if joiner in plain:
            left = _KIND_OF_HEADING.get(plain.split(joiner)[0].strip())
            if left:
                return left
    return None


def find_sections(text: str, folded: str) -> list[Section]:
    """Sections in order, without gaps. `folded` is `fold(text)`. Linear."""
    starts: list[tuple[int, int, str]] = [(0, 0, "")]
    heading_lines = {hit.start: (hit.end, hit.value) for hit in _lines_with_headings(text)}
    starts += [(start, end, kind) for start, (end, kind) in heading_lines.items()]
    covered = [(start, end) for start, (end, _) in heading_lines.items()]
    starts += [(h.start, h.end, h.value) for h in _run_in(text, folded) if not _inside(covered, h.start)]
    starts.sort()
    ends = [s[0] for s in starts[1:]] + [len(text)]
    return [Section(kind, start, body, end) for (start, body, kind), end in zip(starts, ends, strict=True)]


def _inside(spans: Sequence[tuple[int, int]], at: int) -> bool:
    place = bisect.bisect_right(spans, (at, 1 << 60)) - 1
    return place >= 0 and at < spans[place][1]


_SOURCE_LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")


def _lines_with_headings(text: str) -> list[Hit]:
    found: list[Hit] = []
    for match in _SOURCE_LINE.finditer(text):
        line = match.group()
        kind = _heading_kind(line)
        if kind is None:
            colon = line.find(":", 0, _LONGEST_HEADING)
            if colon > 0:
                kind = _heading_kind(line[:colon])
                if kind is not None:
                    found.append(Hit(kind, match.start(), match.start() + colon + 1))
            continue
        found.append(Hit(kind, match.start(), match.end()))
    return found


def _run_in(text: str, folded: str) -> list[Hit]:
    """Headings inside a line, as pages copied without line breaks have: a capital, a known heading, then a colon or another
    capital, after the end of a sentence or (for headings of several words) anywhere."""
    found: list[Hit] = []
    for hit in _FIND(folded):
        if not text[hit.start].isupper():
            continue
        phrase = folded[hit.start : hit.end]
        after = text[hit.end : hit.end + 4].lstrip(" \xa0?!")
        before = text[max(0, hit.start - 3) : hit.start].rstrip()
        sentence_ended = not before or before[-1] in '.!?:;)•*-–…]"”'
        followed = after[:1] == ":" or after[:1].isupper() or after[:1] in "•-–*" or after[:1].isdigit()
        title_case = all(w[:1].isupper() or len(w) < 4 for w in re.findall(r"[^\W_]+", text[hit.start : hit.end]))
        if (
            (after[:1] == ":" and (sentence_ended or title_case))
            or (followed and after[:1] and (sentence_ended if " " not in phrase else sentence_ended or title_case))
            or (followed and after[:1].isupper() and phrase in ("requirements", "responsibilities", "qualifications", "benefits"))
        ):
            found.append(hit)
    return found


def sentence_starts(text: str) -> list[int]:
    """Where sentences, lines and bullet points begin, in order, 0 first."""
    return [0, *(match.end() for match in _BOUNDARY.finditer(text))]


def around(starts: Sequence[int], at: int, size: int) -> tuple[int, int]:
    """The sentence (of `sentence_starts`) that an offset stands in, as a span."""
    place = bisect.bisect_right(starts, at) - 1
    return starts[max(place, 0)], starts[place + 1] if place + 1 < len(starts) else size
