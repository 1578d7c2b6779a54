"""Words as the verifier reads them, folded: those that claim nothing, that are the same, that change what is claimed."""

from __future__ import annotations

import re


def listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


GLUE = listed(
    """
    i am my we our je j suis ai mon ma mes nous notre
    a an the this that these those his her their its he she they it them who which whose and or as at by for from in into
    of on onto to with within through under up is are was were be been being has have had having do does did can could
    will would may also both then there here since until during between about after before while where when
    any other own same already experience experiences year years month months skill skills knowledge know knows known knew
    work works worked working speak speaks spoken speaker use uses used using include includes including mention mentions
    mentioned list lists listed say says said state states stated show shows hold holds held obtained job jobs role roles
    position positions cv resume profile according level levels language languages
    un une le la les l d de du des ce cet cette ces son sa ses leur leurs il elle ils elles eux qui que qu dont ou et au aux
    en dans par pour sur sous avec entre chez vers depuis pendant jusqu jusque apres avant comme puis aussi deja
    est sont etait etaient ete etre ont avait avaient avoir fait faire faisait peut peuvent y se s c n ne j ans annee annees
    mois competence competences connaissance connaissances connait maitrise maitrisent travaille travaillent travaillait
    travailler parle parlent utilise utilisent utilisait mentionne mentionnent indique indiquent dit disent poste postes
    emploi emplois selon notamment niveau niveaux langue langues obtenu obtenue titulaire
    yes oui performed carried realise realisait effectue effectuait assure assurait
    still currently now today current encore actuellement aujourd'hui aujourd hui
    """
)
"""Words that claim nothing by themselves; what they say of time is held against the periods."""

_SMALL = (
    # one, un and une are articles more often than numbers
    "zero|-|two deux|three trois|four quatre|five cinq|six|seven sept|eight huit|nine neuf|ten dix|eleven onze|twelve douze|"
    "thirteen treize|fourteen quatorze|fifteen quinze|sixteen seize|seventeen|eighteen|nineteen"
)
_LARGE = {
    20: "twenty vingt",
    30: "thirty trente",
    40: "forty quarante",
    50: "fifty cinquante",
    60: "sixty soixante",
    70: "seventy",
    80: "eighty",
    90: "ninety",
    100: "hundred cent",
    1000: "thousand mille",
}
NUMBERS = {word: str(n) for n, told in (*enumerate(_SMALL.split("|")), *_LARGE.items()) for word in told.split()}
UNITS = listed("percent euros pounds dollars euro pound dollar")
SAME = tuple(
    listed(words)
    for words in (
        "manage manages managed managing supervise supervised supervises oversees oversaw "
        "encadre encadrait encadrement gere gerait",
        "manager responsable",
        "director directeur directrice",
        "engineer ingenieur ingenieure",
        "developer developpeur developpeuse",
        "accountant comptable",
        "account accounts compte comptes",
        "technician technicien technicienne",
        "nurse infirmier infirmiere",
        "electrician electricien electricienne",
        "teacher enseignant enseignante professeur",
        "intern internship stagiaire stage",
        "apprentice apprentices apprenti apprentie apprentis",
        "student students etudiant etudiante etudiants",
        "customer customers client clients cliente",
        "team teams equipe equipes",
        "people persons personnes",
        "project projects projet projets",
        "train trained trains training forme former formation",
        "write wrote written writes ecrit redige redaction",
        "design designed designs concu concue concevoir conception",
        "build built builds construit construction",
        "develop developed develops developpe developpement",
        "deploy deployed deploys deploye deploiement",
        "migrate migrated migration migre",
        "campaign campaigns campagne campagnes",
        "company companies entreprise entreprises societe societes",
        "university universite",
        "software logiciel logiciels",
        "data donnees",
        "system systems systeme systemes",
        "hospital hopital",
        "licence license permis",
        "driving conduire conduite",
        "degree diploma diplome",
        "phd doctorate doctorat",
        "smes pme",
        "vat tva",
        "monthly mensuel mensuelle",
        "annual yearly annuel annuelle",
        "euro euros eur",
        "pound pounds gbp livre livres",
        "dollar dollars usd",
    )
)
"""Words that say one thing, in English and French."""
SAID_BY = (
    (
        listed("study studied studies studying etudie etudes graduated diplome diplomee degree"),
        listed("ba bsc beng msc master bachelor phd doctorate doctorat bts dut diploma diplome university universite"),
    ),
    (listed("bachelor bachelors"), listed("ba bs bsc beng bba")),
    (listed("master masters"), listed("ma ms msc meng mba")),
)
"""What the first words say, any of the second ones says; not the other way."""
_OTHERS: dict[str, frozenset[str]] = {}
for _group in SAME:
    for _word in _group:
        _OTHERS[_word] = _OTHERS.get(_word, frozenset()) | _group
for _words, _by in SAID_BY:
    for _word in _words:
        _OTHERS[_word] = _OTHERS.get(_word, frozenset()) | _by


def others(word: str) -> frozenset[str]:
    """Words that say what this one says."""
    return _OTHERS.get(word, frozenset())


def _any(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b")


MARKED = {
    "that it is all of them": _any("all|every|each|whole|entire|always|everything|tous|toutes?|tout|chaque|l'ensemble"),
    "that it is the only one": _any(
        r"only|solely|just|exclusively|sole|merely|seulement|uniquement|exclusivement|seule?s?|"
        r"(?:ne|n')\W?.{1,30}? qu(?:e\b|'\w+)"
    ),
    "that it is most": _any("most|mostly|mainly|majority|largely|primarily|la plupart|majorite|principalement|surtout"),
    "why": _any(
        "because|thanks to|due to|owing to|therefore|hence|thereby|thus|as a result|resulting in|so that|consequently|led to|"
        "in order to|since (?:he|she|it|they|his|her|the)|grace a|grace aux?|parce qu\\w*|car|a cause|pour raison|en raison|donc|"
        "afin|puisqu\\w*|permis|permettant"
    ),
    "how many more or less": _any(
        r"more than|over \d[\d,. ]*|at least|at most|less than|fewer than|up to \d+|almost|nearly|plus d[e']|au moins|au plus|"
        "moins d[e']|pres d[e']|presque"
    ),
    "how much": _any("very|well|highly|extremely|deeply|too|such|so|tres|bien|fort|fortement|extremement|particulierement"),
}
"""What may not be said unless the cited text says the like; each class in both languages."""

NEGATION = _any(
    "not|no|never|without|lacks?|lacking|none|neither|nor|cannot|isn't|doesn't|don't|didn't|hasn't|haven't|wasn't|"
    "pas|jamais|aucune?|sans|ni|nullement|point de|manque"
)
DENIED = re.compile(rf"{NEGATION.pattern}|(?<!\w )\bnon\b(?! profit)")
"""As a sentence or a line of a CV denies: `Non disponible`, but no `fiches de non conformite`."""
WISH = _any(
    r"plan(?:s|ned|ning)? to|wants?|wanted|would like|wish(?:es)?|hop(?:e|es|ing)|aims?|intend(?:s|ing)?|looking for|open to|"
    r"willing|interested|curious|prepar(?:e|es|ing) (?:to|for)|in progress|ongoing|expected|future|aspir\w+|goal|"
    r"souhait\w*|voudr\w+|aimerai\w+|envisag\w+|prevoi\w*|prevu\w*|desir\w*|recherche|objectif|en cours|prepar(?:e|ation)|"
    r"projet(?:te|ait)|interess\w+|disposee?s?|ouverte? a"
)
"""It is wished or planned, and not so yet."""
UNDER = re.compile(
    r"\b(?:by|under|sous) (?=\w)|\b(?:report(?:s|ed|ing)?|answer(?:s|ed|ing)?) to\b|\brattach\w+|\bsubordinate\b|"
    r"\bpar (?!(?:an|mois|jour|semaine|heure)\b)(?=\w)"
)
"""Somebody else does it, or stands above."""
OF_ANOTHER = re.compile(r"\W*(?:who|whose|qui|dont)\b")
"""A part of a line that tells of the person named before."""
TO_OR_FROM = re.compile(r"\b(from|to)\s+(?:an?\s+|the\s+)?(\w+)")
OBJECT = re.compile(
    r"\b(?:under|by) (?:his|her|their|my) \w+|\bsous (?:sa|son|leur|ma|mon) \w+|"
    r"\b(?:him|lui)\b|\bher(?=\s*(?:[.;!?]|$))|"
    r"\b(?:to|under|with|for|by|from) (?:her|them|me|us)(?=\s*(?:[.,;!?]|$|and\b|in\b|at\b|from\b|since\b))|"
    r"\b(?:to|under|for|with) (?:the )?candidate\b|\b(?:au|a la|a) candidate?\b"
)
"""The candidate is the one to whom something is done."""
GRADES = listed(
    "director directeur directrice manager head chief chef cheffe lead leader responsable senior junior principal president "
    "expert"
)
COPULA = re.compile(
    r"(?:\b(?:is|was|became|become|as|been)\s+(?:(?:an?|the)\s+|(?P<bare>(?=\w)))|"
    r"\b(?:est|etait|a ete|fut|comme|tant que|devenue?)\s+(?:une?\s+|la\s+|le\s+|l')?)"
    r"(?P<title>(?:(?!(?:to|of|at|in|by|for|with|au|aux|a|de|du|des|d|chez|par|en|dans|depuis)\b)\w+\s?){1,4})"
)
"""What somebody is said to be."""
RELATION = re.compile(
    r"\b(?:report\w*|answer(?:s|ed|ing)? to|supervis\w+|managed|manages|managing|rattach\w+|sous|under|encadr\w+|"
    r"assist(?:ed|ing|s)|train(?:ed|ing|s)|"
    r"mentor\w*|support(?:ed|ing|s)|hired|recruit\w+|form(?:ation|er|e)|recrut\w+)\b"
)

_DATE = r"(?:19|20)\d\d(?:m\d\d)?"
_TILL = r"\W*(?:to|a|au|until|till|jusqu\w*|et|and)?\W*"
OPEN = re.compile(
    rf"(?P<start>{_DATE}){_TILL}(?:present|today|now|current\w*|aujourd'hui|ce jour|maintenant|actuel\w*|"
    r"ongoing|en cours|date)\b|"
    rf"\b(?:since|depuis)\W+(?:le |the )?(?P<since>{_DATE})"
)
"""A period that goes on, in a folded text with its dates put as `2018m06`."""
CLOSED = re.compile(rf"(?P<start>{_DATE}){_TILL}(?P<end>{_DATE})")
SINCE = re.compile(rf"\b(?:since|depuis)\W+(?:le |the |early |late |debut |fin )?({_DATE})")
UNTIL = re.compile(rf"\b(?:until|till|jusqu'en|jusqu'a|jusqu'au)\W+(?:le |the |early |late |debut |fin )?({_DATE})")
NOW = _any("still|currently|now|today|current|nowadays|presently|encore|toujours|actuellement|aujourd'hui")
AT_WORK = re.compile(r"\bworks (?:at|for|as|in)\b|\bis an? |\btravaillent?\b")
PAST = _any("used to|formerly|former|previously|anciennement|ancien(?:ne)?s?|precedemment")

_MONTHS = (
    "january jan janvier janv",
    "february feb février fevrier févr fevr",
    "march mar mars",
    "april apr avril avr",
    "may mai",
    "june jun juin",
    "july jul juillet juil",
    "august aug août aout",
    "september sep sept septembre",
    "october oct octobre",
    "november nov novembre",
    "december dec décembre decembre déc",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_ANY_MONTH = "|".join(sorted(_MONTH, key=len, reverse=True))
_A_YEAR = r"(?P<year>(?:19|20)\d\d)\b"
_NAMED = re.compile(rf"\b(?P<month>{_ANY_MONTH})\.?,?\s+(?:of |de )?{_A_YEAR}", re.IGNORECASE)
_MONTH_TO_MONTH = re.compile(
    rf"\b(?P<one>{_ANY_MONTH})\.?(?P<to>\s*(?:-|–|—|to|until|à|au)\s*)(?P<other>{_ANY_MONTH})\.?\s+{_A_YEAR}", re.IGNORECASE
)
_YEAR_LAST = re.compile(r"(?<![\d/.-])(?P<month>0?[1-9]|1[0-2])[/.](?P<year>(?:19|20)\d\d)\b")
_YEAR_FIRST = re.compile(r"(?<![\d/.-])(?P<year>(?:19|20)\d\d)[-/.](?P<month>0[1-9]|1[0-2])(?![\d/.-]*\d)")


_DEGREE = re.compile(
    r"\b(?P<what>Bachelor|Master)s? of (?P<of>Science|Arts|Engineering|Business Administration)\b", re.IGNORECASE
)
_OF = {"science": "Sc", "arts": "A", "engineering": "Eng", "business administration": "BA"}
_SIGNS = {
    r"['’]s\b": "",
    r"(?:%|\bper ?cent\b|\bpour ?cent\b)": " percent ",
    "€": " euros ",
    "£": " pounds ",
    r"\$": " dollars ",
}


def plain(text: str) -> str:
    """The text with what has several forms put in one.

    `June 2018`, `06/2018`, `juin 2018` and `2018-06` as `2018m06`;
    `Master of Science` as `MSc`; `%` and `€` as words; `master's` without its `'s`.
    """
    for sign, word in _SIGNS.items():
        text = re.sub(sign, word, text)
    text = _DEGREE.sub(lambda m: m["what"][0].upper() + _OF[m["of"].lower()], text)
    text = _MONTH_TO_MONTH.sub(lambda m: f"{m['one']} {m['year']}{m['to']}{m['other']} {m['year']}", text)
    for pattern in (_NAMED, _YEAR_LAST, _YEAR_FIRST):
        text = pattern.sub(lambda m: f"{m['year']}m{_MONTH.get(m['month'].lower()) or int(m['month']):02d}", text)
    return text
