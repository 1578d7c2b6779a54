"""Skills that an offer lists and the taxonomy does not know: `Skills: A, B`, bullets under `Compétences`, "
"`Experience with X`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from talentflow.extraction.offer_sections import Section, is_heading
from talentflow.extraction.phrases import finder, fold
from talentflow.extraction.requirements import Context, FoundSkill
from talentflow.records import Skill
from talentflow.taxonomy import find_languages, find_place, find_skill, skill

_CUES = finder(
    {
        "list": (
            "skills:, skills :, key skills:, technical skills:, required skills:, tech stack:, stack:, technology stack:, "
            "technologies:, tools:, software:, needed:, required:, hard skills:, competencies:, our stack:, toolset:, "
            "tooling:, "
            "competences :, competences:, competences requises :, competences cles :, outils :, outils:, logiciels :, "
            "logiciels:, "
            "environnement technique :, stack technique :, technos :, technologies :, savoir-faire :, a savoir :, stack :, "
            "connaissances requises :, connaissances :, bonnes connaissances :, maitrise :, bonne maitrise :, pratique :, "
            "il faut connaitre, logiciels utilises :, tools used:, tools we use:, you will use:"
        ),
        "lead": (
            "knowledge of, proficiency in, proficiency with, proficient in, proficient with, familiarity with, familiar with, "
            "exposure to, confident in, at ease with, comfortable with, you are used to, command of, skilled in, skills in, "
            "experience with, experience of, experience in, expertise in, expert in, experienced with, experienced in, "
            "understanding of, mastery of, you know, you master, knowledge in, background in, trained in, "
            "competences en, competence en, connaissances en, connaissance de, connaissance du, connaissance des, "
            "connaissances de, "
            "connaissances des, maitrise de, maitrise du, maitrise des, maitrise d', experience en, experience confirmee en, "
            "experience avec, notions de, notions en, vous maitrisez, vous connaissez, vous pratiquez, vous savez pratiquer, "
            "a l'aise avec, premiere approche de, expertise en, bases en, aisance avec, savoir pratiquer, experience de, "
            "experience reussie en, formation en, pratique de, pratique du, pratique des, connaissance approfondie "
            "de, utilisation de"
        ),
    }
)
_SKILL_HEADING = re.compile(
    r"skill|stack|tool|technolog|software|competenc|savoir|outil|logiciel|connaissance|requis", re.IGNORECASE
)
_LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")
_BULLET = re.compile(r"[ \t\xa0]*[•*\-–—▪◦●·➤>✓✔■]+[ \t\xa0]*")
_STOP = re.compile(
    r"[.!?](?=\s|$)|[;:\n\r(\[]|[ \xa0](?:is|are|was|will|would|has|est|sont|serait|sera|seraient|required|needed|"
    r"preferred|desired|"
    r"desirable|essential|souhaitée?s?|appréciée?s?|exigée?s?|requise?s?|obligatoire|to|for|pour|afin|so|such|que|qui|"
    r"which|that|"
    r"while|including|notamment|comme|like|as|dans|within|at|chez)\b|\s[–—-]\s",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\s*[,;•|·▪●]\s*|\s+/\s+|\t+|\s(?:and|et|or|ou)\s(?=[^,;]*$)|\s(?:and|et)\s")
_LISTED_ITEM = re.compile(r"\s*[,;•|·▪●]\s*|\s+/\s+|\t+")
_LEADING = re.compile(
    r"^(?:(?:and|et|or|ou|the|le|la|les|l['’]|des|du|de|d['’]|modern|various|one of|several|basic|advanced|other|any|"
    r"both|either|"
    r"similar|relevant)\s+|(?:l|d)['’])+",
    re.IGNORECASE,
)
_FUNCTION_WORDS = frozenset(
    fold(
        "i you we they he she it our your their my his her its us them is are be was were will would can could should "
        "must may have has "
        "the a an this that these those with for to from at as by than then when where who whom which what how why "
        "not no any all some "
        "each every other others etc more most least about into over through between within without across during before after "
        "vous nous votre notre vos nos leur leurs il elle ils elles un une ce cette ces qui que quoi dont pour avec "
        "dans par sans chez "
        "est sont etes avez avoir etre sera serez plus moins tres bien tout tous toute toutes autre autres si ne pas afin lors"
    ).split()
)
_NO_SKILL = frozenset(
    fold(
        "experience experiences expérience expériences year years yrs month months an ans année années mois degree "
        "degrees diploma "
        "diplôme diplome bachelor bachelors bachelor's master masters master's phd mba bac bts dut licence cap bep "
        "baccalauréat level "
        "niveau education formation minimum minimal maximum role roles position positions poste job company "
        "entreprise team équipe "
        "teams work working environment environnement candidate candidates candidat salary salaire contract contrat "
        "benefits avantages "
        "location remote hybrid permis driving license ability capacity capacité willingness passion passionate "
        "mindset attitude "
        "motivation motivé motivated enthusiastic curiosity curious curieux autonome autonomie rigoureux rigueur "
        "rigorous dynamic "
        "dynamique person personne skills skill compétences compétence competences knowledge connaissances tools "
        "outils technologies "
        "technology software logiciels stack requirements qualifications similar field domaine area background "
        "related equivalent "
        "équivalent plus bonus asset atout nice preferred required desired time temps full part hours heures week "
        "weekly semaine english "
        "french anglais français native fluent written spoken verbal oral citizenship visa authorization apply cv "
        "resume strong excellent "
        "good great solid proven advanced outstanding exceptional bonne bon bonnes bons excellente solide forte fort "
        "first première "
        "premier écrit parlé lu tant languages langues language langue you'll we're it's lot world everything "
        "anything something ways way new nouveaux nouvelle issues "
        "practices practice industry industries domain domains projects project products product latest multiple deep "
        "best various "
        "look both there one two three scalable solutions styles disciplines verbally processes process patterns "
        "cutting-edge systems "
        "countries sides areas concepts principles methodologies methods initiatives operations strategies aspects "
        "stacks engineering "
        "models orientation equivalence particularly ideally preferably idéalement high-scale large-scale complex "
        "complexe smallest key"
    ).split()
)
_GENERIC = frozenset(
    {
        "platform",
        "platforms",
        "environment",
        "environments",
        "framework",
        "frameworks",
        "tooling",
        "pipelines",
        "compliance",
        "networking",
    }
    | {
        "coding",
        "architecture",
        "tracking",
        "provider",
        "providers",
        "service",
        "services",
        "integrations",
        "applications",
        "cloud",
    }
    | {
        "based",
        "app",
        "apps",
        "api",
        "apis",
        "libraries",
        "operator",
        "managed",
        "or",
        "software",
        "reporting",
        "local",
        "analytical",
    }
)
_VERBS = re.compile(
    r"^(?:must|be|being|have|having|work|manage|managing|lead|leading|ensure|ensuring|support|provide|providing|help|"
    r"helping|develop|"
    r"write|build|building|create|creating|deliver|own|owning|take|make|making|drive|maintain|working|able|able to|comfortable|"
    r"implementing|designing|developing|deploying|configuring|utili[sz]ing|using|identifying|structuring|writing|delivering|"
    r"maintaining|integrating|operating|running|scaling|optimi[sz]ing|solving|driving|collaborating|analy[sz]ing|"
    r"performing|handling|"
    r"applying|conducting|communicating|coordinating|selling|training|planning|setting|être|avoir|savoir|gérer|"
    r"assurer|participer|travailler|réaliser|piloter|veiller|garantir|hold|holding|conduct|knowledgeable|completed|interest)\b",
    re.IGNORECASE,
)
_LONGEST, _LISTED_WORDS, _LED_WORDS, _BARE_WORDS, _MOST = 48, 5, 4, 4, 40
_REACH, _LED_REACH, _LED_SHORT = 400, 90, 36
_LINKS = frozenset({"and", "in", "of", "on", "de", "du", "des", "en", "a", "or", "et", "ou", "la", "le", "les", "d'"})


def listed_skills(
    text: str, folded: str, context: Context, found: Sequence[FoundSkill], *, skip: Sequence[tuple[int, int]] = ()
) -> list[FoundSkill]:
    """Items of explicit lists of skills that `found` does not hold, in order, each once.

    Args:
        text: the offer.
        folded: `fold(text)`.
        context: of that text.
        found: the skills that the taxonomy knows, which no item may overlap or repeat.
        skip: spans that name something else.

    An item that the taxonomy has under just this name keeps its id, one that it does not know has None.
    """
    taken = sorted([*((f.start, f.end) for f in found), *skip])
    names = {fold(f.value.name) for f in found} | {fold(text[f.start : f.end]) for f in found}
    ids = {f.value.skill_id for f in found}
    items: list[FoundSkill] = []
    reached = 0
    for start, end in sorted({*_led(text, folded, context), *_bare(text, context.sections)}):
        if len(items) >= _MOST:
            break
        if start < reached:
            continue
        if _says_no_more(text, start, end, taken):
            continue
        name = " ".join(text[start:end].split())
        key = fold(name)
        if key in names:
            continue
        names.add(key)
        reached = end
        entry = find_skill(name)
        if entry is not None and entry.skill_id in ids:
            continue
        if entry is None and (find_languages(name) or find_place(name) is not None):
            continue
        if entry is not None:
            ids.add(entry.skill_id)
        value = Skill(
            skill_id=entry.skill_id if entry else None,
            name=skill(entry.skill_id).name_en if entry else name,
            required=context.required(start),
        )
        items.append(FoundSkill(value, start, end))
    return items


def _says_no_more(text: str, start: int, end: int, taken: Sequence[tuple[int, int]]) -> bool:
    """Whether what is left of an item beside the skills found in it is less than half of it, or tells nothing: `CRM "
    "platforms`."""
    inside = [(max(a, start), min(b, end)) for a, b in taken if a < end and start < b]
    if not inside:
        return False
    rest = text[start : inside[0][0]] + text[inside[-1][1] : end]
    return 2 * sum(b - a for a, b in inside) >= end - start or all(word in _GENERIC for word in fold(rest).split())


def _led(text: str, folded: str, context: Context) -> Iterator[tuple[int, int]]:
    """What stands behind `Skills:` or `Experience with`, up to where its phrase ends."""
    for hit in _CUES(folded):
        if context.section(hit.start) in ("benefits", "about"):
            continue
        listed = hit.value == "list"
        end = min(len(text), hit.end + (_REACH if listed else _LED_REACH))
        blank = len(text[hit.end : end]) - len(text[hit.end : end].lstrip(" \t\xa0:"))
        start = hit.end + blank
        stop = _STOP.search(text, start, end)
        reached = stop.start() if stop else end
        if stop is None and not listed and end < len(text):
            continue
        short = listed or reached - start <= _LED_SHORT
        for first, last in _items(text, start, reached, _LISTED_WORDS if listed else _LED_WORDS, _ITEM):
            # In a long sentence a lone word in small letters (`monitoring`, `projects`) says next to nothing.
            if short or " " in text[first:last] or text[first].isupper():
                yield first, last


def _bare(text: str, sections: Sequence[Section]) -> Iterator[tuple[int, int]]:
    """Short lines of the sections on what is asked for, every line and its parts where the heading says that they "
    "are skills."""
    for section in sections:
        heading = fold(text[section.start : section.body])
        of_skills = _SKILL_HEADING.search(heading) is not None
        if section.kind not in ("must", "nice") and not (section.kind == "other" and of_skills):
            continue
        for match in _LINE.finditer(text, section.body, section.end):
            bullet = _BULLET.match(match.group())
            start = match.start() + (bullet.end() if bullet else 0)
            line = text[start : match.end()].rstrip(" .;,")
            if (
                is_heading(line)
                or ":" in line
                or "." in line.strip(".")[:-1].replace(".js", "").replace(".NET", "").replace(".net", "")
            ):
                continue
            if of_skills and (bullet or "," in line or len(line.split()) <= _BARE_WORDS):
                yield from _items(text, start, start + len(line), _LISTED_WORDS, _ITEM if "," in line else _LISTED_ITEM)
            elif bullet and "," not in line:
                yield from _items(text, start, start + len(line), _BARE_WORDS, _LISTED_ITEM)


def _items(text: str, start: int, end: int, most_words: int, separator: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    at = start
    for match in [*separator.finditer(text, start, end), None]:
        stop = match.start() if match else end
        part = text[at:stop]
        lead = len(part) - len(part.lstrip())
        more = _LEADING.match(part[lead:])
        first = at + lead + (more.end() if more else 0)
        item = text[first:stop].rstrip(" \t\xa0.,;:*")
        if _is_item(item, most_words):
            yield first, first + len(item)
        at = match.end() if match else end


def _is_item(item: str, most_words: int) -> bool:
    """A noun phrase or a name: few words, none that makes a sentence or belongs to another field."""
    words = fold(item).replace("/", " ").split()
    if not 1 <= len(words) <= most_words or not 2 <= len(item) <= _LONGEST or "█" in item or "@" in item:
        return False
    if words[-1] in _LINKS or words[0] in _LINKS:
        return False
    if not item[0].isalnum() or not any(c.isalpha() for c in item) or item[-1] in "?!&" or _VERBS.match(item):
        return False
    return not any(
        word.strip("(),'’\"") in _FUNCTION_WORDS or word.strip("(),'’\"") in _NO_SKILL or word[0].isdigit() for word in words
    )
