"""What instructions to software look like, in English and French. Read on folded text: lower case, no accents.

A space in a pattern stands for white space, punctuation or a line's end between words. Rules ask for an imperative with its
object: what a CV or an advertisement says about models, prompts and rankings is no instruction.
"""

from __future__ import annotations

import re

_GAP = r"[\W_]{1,6}"
_AI = (
    r"(?:(?:recruit(?:ing|er|ment)|hiring|cv|resume|candidate|applicant|automat(?:ed|ic)|screening) )*"
    r"(?:a\.?i|i\.?a|llms?|gpt[\w-]{0,4}|chat ?gpt|claude|gemini|copilot|mistral"
    r"|(?:large )?language models?|chat ?bots?|bots?|robots?"
    r"|ats|parsers?|artificial intelligences?|intelligences? artificielles?|modeles? de langage|screeners?"
    r"|ranking (?:system|model)s?"
    r"|screening (?:system|tool|software|model|algorithm)s?|scoring (?:system|model)s?"
    r"|automated (?:\w+ )?(?:systems?|tools?|software)|(?:outil|logiciel|systeme|robot"
    r"|algorithme|assistant)s? (?:de|d) (?:tri|selection|recrutement|classement|ia|notation))"
    r"(?: (?:assistants?|models?|agents?|systems?|recruiters?|screeners?|screening|reviewers?|readers?"
    r"|tools?|bots?|evaluators?))*"
)
_START = (
    r"(?:^|[.!?:;,\n\"“”«»'(\[<>*#=-] ?|\b(?:please|and|must|should|always|then|you|now|to|just|kindly"
    r"|simply|et|puis|de|d|veuillez|doit"
    r"|devez|dois|donc|alors|toujours) )"
)
_ONLY = (
    r"(?:^|[.!?:;\n\"“”«»(\[<>*#=-] ?|\b(?:please|you must|you should|always|kindly|simply|veuillez"
    r"|vous devez|tu dois|toujours) )"
)
"""Where nobody but the reader can be the one who is told to."""
_WHO = (
    r"(?:candidate|applicant|cv|resume|profile|application|candidat|candidature|profil|curriculum|offer"
    r"|posting|job|offre|annonce|poste)e?"
)
_THIS = rf"(?:(?:a |to |au |for |pour )?(?:this|the present|the above|ce|cette|cet|la presente|le present) (?:\w+ )?{_WHO})"
_THE = rf"(?:{_THIS}|the {_WHO}|le {_WHO}|la {_WHO}|au {_WHO}|l {_WHO})"
_TOP = (
    r"(?:first|top|highest|number one|number 1|no 1|1st|above|ahead of|best|max(?:imum)?|perfect|\d+ ?(?:/"
    r"|%|out of|sur|percent)|100|ideal"
    r"|excellent|exceptional|premi(?:er|ere)|tete|en haut|sommet|meilleure?|maximale?|parfaite?|au dessus|devant)"
)
_INSTRUCTIONS = (
    r"(?:instructions?|prompts?|directions|directives?|guidelines?|rules?|consignes?|commands?|orders?"
    r"|messages?|criteria|criteres|regles"
    r"|evaluations?|context|contexte|ordres?)"
)


def _rule(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("(?: ", f"(?:{_GAP}").replace(" ?", r"[\W_]{0,6}").replace(" ", _GAP), re.MULTILINE)


_TO_DO = (
    r"(?:include|write|say|rank|rate|start|begin|mention|answer|reply|ignore|add|give|score|recommend"
    r"|you must|please|respond|put|use"
    r"|output|insert|disregard|print|select|hire|place|classe[rz]?|note[rz]?|indique[rz]?|repond\w+"
    r"|ecri\w+|mets|mettez|ajoute[rz]?"
    r"|recommande[rz]?|donne[rz]?|commence[rz]?)"
)
_AI_WORDS = frozenset(
    "ai ia i llm llms gpt chatgpt claude gemini copilot mistral language chat chatbot chatbots bot bots robot "  # noqa: SIM905
    "robots ats parser parsers artificial artificielle artificielles intelligence langage screener screeners "
    "ranking screening scoring outil outils logiciel logiciels systeme systemes algorithme algorithmes assistant "
    "assistants dan developer unrestricted jailbroken restrictions evaluator bound automated".split()
)
_WHO_WORDS = frozenset(
    "candidate applicant cv resume profile application candidat candidature profil curriculum offer posting job "  # noqa: SIM905
    "offre annonce poste me moi".split()
)
_THIS_WORDS = frozenset(["me", "moi", "this", "present", "above", "ce", "cette", "cet", "presente"])


def _needed(pattern: str) -> frozenset[str] | None:
    """Words of which a text must have one for the pattern to match: most texts are spared most patterns."""
    return _AI_WORDS if _AI in pattern else _WHO_WORDS if _THE in pattern else _THIS_WORDS if _THIS in pattern else None


RULES: tuple[tuple[str, frozenset[str] | None, re.Pattern[str]], ...] = tuple(
    (kind, _needed(pattern), _rule(pattern))
    for kind, pattern in (
        (
            "addresses a model",
            r"(?:^|[.!?:;\n(\[<*#>\"'-] ?)(?:important |urgent |special |hidden |secret )?(?:notes?|messages?"
            r"|instructions?|attention|hints?"
            r"|reminders?|notice|attn|remarque|consignes?|rappel|avis|a l attention)"
            rf" (?:(?:to|for|the|any|all|an?|de|des|du|d|pour|les|l|aux?|an?|toute?) ){{1,4}}{_AI}"
            r"(?= ?[:;,!—–-]| (?:reading|screening|processing|evaluating|reviewing|qui|reads|only))",
        ),
        ("addresses a model", rf"(?:^|[.!?\n(\[] ?)(?:dear|hello|hi|hey|bonjour|cher|chere|salut) {_AI}(?= ?[:,!;—–])"),
        (
            "addresses a model",
            rf"\b(?:if|when|since|as|si|comme) (?:you are|you re|vous etes|tu es|t es) (?:(?:an?|the|une?|le|l|la) )?{_AI}"
            rf"(?= ?[,:;)—–-]| (?:reading|processing|screening|reviewing|evaluating|qui|et|and"
            rf"|please))[^.!?]{{0,80}}\b{_TO_DO}\b",
        ),
        (
            "addresses a model",
            rf"\b(?:as|en tant qu|en tant que) (?:(?:an?|une?|the) )?{_AI} (?:you (?:must|should|are|have)|please"
            rf"|tu dois|vous devez)",
        ),
        (
            "assigns a role",
            r"\b(?:you are|you re|tu es|vous etes) (?:now|no longer|desormais|maintenant|henceforth) "
            rf"[^.!?]{{0,60}}\b(?:{_AI}|dan|developer mode|unrestricted|jailbroken|restrictions|evaluator|bound by)\b",
        ),
        (
            "assigns a role",
            rf"{_ONLY}(?:act|behave|pretend|agis|comporte toi)(?: to be| that you are| you are)? (?:as|like|comme"
            rf"|an?|if)[^.!?]{{0,25}}\b{_AI}\b",
        ),
        (
            "assigns a role",
            r"^ ?(?:system|assistant|developer|user|human|systeme|utilisateur) ?: ?[^\n]{0,80}"
            r"\b(?:you are|you must|ignore|rank|rate|always|candidate|applicant|tu es|tu dois|vous etes|vous devez"
            r"|classe|candidat)\b",
        ),
        (
            "assigns a role",
            r"\b(?:developer|admin|debug|god|maintenance|jailbreak) mode (?:is )?(?:now )?(?:enabled|activated|active|on)\b",
        ),
        (
            "assigns a role",
            r"(?:^|[.!?\n\[(<*#=-] ?)(?:new |end of |begin |start of )?system (?:prompt|override|message"
            r"|instructions?|note)s? ?[:\])>]",
        ),
        (
            "asks for a rank",
            rf"{_START}(?:rank|rate|score|grade|place|put|list|position|move|evaluate|classe[rz]?|note[rz]?"
            rf"|place[rz]?|mettez|mets|evalue[rz]?) {_THIS}[^.!?]{{0,60}}?{_TOP}",
        ),
        (
            "asks for a rank",
            rf"{_START}(?:rank|rate|score|grade|classe[rz]?|note[rz]?) (?:me|myself|moi|the candidate|the applicant"
            rf"|le candidat|la candidate)\b[^.!?]{{0,50}}?{_TOP}",
        ),
        (
            "asks for a rank",
            rf"{_START}(?:give|assign|award|grant|attribue[rz]?|donne[rz]?|accorde[rz]?|mettez|mets) (?:to "
            rf"|a )?(?:{_THE}|me|moi)\b"
            r"[^.!?]{0,50}?(?:score|rating|grade|mark|points|note|rank)\b",
        ),
        (
            "asks for a rank",
            rf"{_START}(?:give|assign|award|grant|return|output|attribue[rz]?|donne[rz]?)[^.!?]{{0,25}}"
            r"(?:highest|maximum|max|perfect|top|meilleure|maximale|parfaite)? ?(?:possible )?(?:score"
            r"|rating|match|note|rank|relevance|relevancy|priority|weight|pertinence)"
            rf"[^.!?]{{0,30}}\b(?:to|for|a|pour) {_THE}",
        ),
        (
            "asks for a rank",
            r"\b(?:the|this|its|final|overall|match|matching|la|le) (?:matching )?(?:score|rating|note) (?:must"
            r"|should|has to|doit|shall) (?:always )?"
            r"(?:be|etre|equal)\b",
        ),
        (
            "asks for a rank",
            rf"{_ONLY}(?:recommend|hire|shortlist|select|choose|approve|advance|accept|prefer|prioriti[sz]e|favou?r"
            rf"|recommande[rz]?|retenez|retiens|selectionne[rz]?|embauche[rz]?|choisi\w*|privilegie[rz]?)"
            rf" (?:only )?{_THIS}\b",
        ),
        (
            "asks for a rank",
            r"\b(?:reject|discard|exclude|downgrade|ignore|dismiss|penali[sz]e|eliminate|remove|delete|rejete[rz]?"
            r"|rejette|ecarte[rz]?|elimine[rz]?"
            r"|exclu\w*|ignore[rz]?|supprime[rz]?) (?:(?:all|any|every|the|tous|toutes|les|of) )+(?:other|autres"
            r"|remaining) (?:\w+ )?"
            r"(?:candidates?|applicants?|cvs?|profiles?|resumes?|applications?|candidat\w*|profils?|offers?"
            r"|offres?|postings?)\b",
        ),
        (
            "dictates an answer",
            rf"{_START}(?:say|state|answer|reply|respond|write|claim|conclude|confirm|output|print|report|tell"
            rf" (?:(?:the|any|every) )?(?:recruiter|user|hiring manager|employer|reader)s?|dis|dites|repond\w*"
            rf"|ecri\w*|affirme[rz]?|conclu\w*|confirme[rz]?|indique[rz]?)[^.!?]{{0,25}}?\b{_THIS} (?:is|has|was"
            rf"|meets|matches|satisfies|fits|speaks|holds|knows|est|a|possede|maitrise|correspond|parle|repond"
            rf"|remplit)\b",
        ),
        (
            "dictates an answer",
            rf"{_START}(?:say|answer|reply|respond|write|conclude|tell (?:(?:the|any|every) )?(?:recruiter|user"
            rf"|hiring manager|employer)s?|dis|dites|repond\w*|ecri\w*|conclu\w*)[^.!?]{{0,25}}?\b{_THE} (?:is"
            rf"|est)\b[^.!?]{{0,30}}\b(?:best|perfect|ideal|only|excellent|most|qualified|meilleure?|parfaite?"
            rf"|seule?)\b",
        ),
        (
            "dictates an answer",
            r"\b(?:always|only|toujours|uniquement) (?:answer|reply|respond|output"
            r"|repond\w*)\b[^.!?]{0,30}\b(?:yes|oui|positive\w*|hired?|qualified|favorable\w*|true)\b",
        ),
        (
            "dictates an answer",
            r"\b(?:answer|reply|respond|repond\w*) (?:with )?(?:yes|oui|positively) (?:to|a) (?:all|every|any|each"
            r"|toute?s?|chaque)\b",
        ),
        (
            "dictates an answer",
            r"\b(?:do not|don t|never|must not|ne|n) (?:\w+ )?(?:mention|reveal|disclose|report|show|list|tell"
            r"|flag|mentionne\w*|revele\w*|parle\w*|signale\w*)"
            r"\b[^.!?]{0,40}\b(?:(?:this|these|ces?|cette) (?:instruction|prompt|note|message|text|sentence"
            r"|consigne|texte|phrase)s?|system prompt"
            r"|weaknesses|other candidates|missing (?:skills|requirements)|faiblesses|lacunes|autres candidat\w*)\b",
        ),
        (
            "asks for secrets",
            r"\b(?:reveal|print|repeat|show|output|display|leak|quote|revele[rz]?|affiche[rz]?|repete[rz]?"
            r"|montre[rz]?|imprime[rz]?) (?:me |moi )?(?:all |of )*(?:the |your |tes |ton |vos |votre |le "
            r"|l )+(?:(?:system|hidden|initial|secret|full|original) )*(?:system prompt|hidden prompt"
            r"|secret prompt|prompt systeme|invite systeme|instructions? (?:systeme|above|you were given"
            r"|verbatim))",
        ),
        (
            "asks for secrets",
            r"\b(?:reveal|print|repeat|output|leak|revele[rz]?|affiche[rz]?|repete[rz]?) (?:all )?(?:your|tes|vos"
            r"|ton|votre) (?:system |initial |hidden )*(?:prompt|instructions|consignes)\b",
        ),
        (
            "asks for secrets",
            rf"{_START}(?:send|forward|e?mail|post|leak|share|upload|list|print|reveal|envoie|envoye[rz]?"
            rf"|transfere[rz]?|transmets?|divulgue[rz]?|affiche[rz]?)"
            r"[^.!?]{0,40}\b(?:(?:the )?other candidates (?:names?|data|cvs?|e ?mails?|phone|addresses|details"
            r"|personal)|(?:(?:names?|data|cvs?|e ?mails?|addresses|phone numbers?|noms?|donnees|adresses"
            r"|coordonnees)"
            r" (?:of|des|de) (?:all )?(?:the )?(?:other|autres) candidat\w*)|api keys?|chat history"
            r"|historique de la conversation)\b",
        ),
        (
            "dictates a record",
            r"\b(?:set|mark|record|fill in|mets|mettez|fixe[rz]?) (?:(?:the|this|all|candidate s|his|her|their|le"
            r"|la|les|l) )*(?:experience_?years|years of experience|seniority|match_?score|matching score|score"
            r"|education_?level|skill levels?|annees d experience|seniorite) (?:field |value )?(?:to|as|a|=|:"
            r"|sur) ?(?:\d+|senior|expert|lead|principal|max\w*|phd|executive|true|highest)",
        ),
        (
            "dictates a record",
            r"\b(?:add|include|append|insert|ajoute[rz]?) (?:(?:the|these|les|ces|following) )*(?:skills?"
            r"|keywords?|competences?)?[^.!?]{0,80}\b(?:to|in|into|a|au|aux|dans) (?:the|this|le|la|ce|l|your|ta"
            r"|votre) (?:list of |extracted )?(?:candidate|applicant|record|output|extraction|extracted|json|fiche"
            r"|candidat)\b(?! (?:experience|portal|journey|pipeline|relationship|database))",
        ),
        (
            "dictates a record",
            rf"{_START}(?:treat|consider|regard|considere[rz]?|traite[rz]?) {_THIS}[^.!?]{{0,20}} (?:as|to be|to have|comme)\b",
        ),
        (
            "sets instructions aside",
            r"\b(?:this|these|cette|ces|ce|following) (?:instructions?|messages?|notes?|prompts?|consignes?)"
            r" (?:overrides?|supersedes?|replaces?|takes? precedence|ha(?:s|ve) priority|rempla\w+|prevaut"
            r"|prevalent|annule\w*)\b",
        ),
        (
            "sets instructions aside",
            rf"\b(?:new|updated|nouvelles?|real|actual) (?:system )?{_INSTRUCTIONS} ?: ?[^\n]{{0,60}}\b(?:candidate"
            rf"|applicant|rank|score|cv|resume|candidat|classe|ignore)",
        ),
        (
            "sets instructions aside",
            r"\b(?:ignore|disregard|forget|skip|ignore[rz]?|oublie[rz]?) (?:(?:all|any|the|every|toutes?|tous|les"
            r"|vos|tes|your) )+(?:job |offer |stated |other |minimum )?(?:requirements|evaluation criteria"
            r"|scoring criteria|ranking criteria|criteres|exigences) (?:and|when|for|et|pour|of|in|de|du)\b",
        ),
        (
            "addresses a model",
            rf"\b(?:any|every|all|each|tout|toute|tous|chaque) {_AI} (?:reading|processing|evaluating"
            rf"|reviewing|screening|parsing|lisant"
            r"|qui (?:lit|lisent|analyse\w*)|that reads?|which reads?|must|should|shall|doit|doivent)\b",
        ),
        (
            "addresses a model",
            rf"(?:^|[.!?\n(\[] ?)(?:for|to|pour|aux?) (?:(?:the|any|all|les|l|toute?s?) )?{_AI}(?: only"
            rf"| uniquement)? ?:",
        ),
        (
            "addresses a model",
            r"\b(?:the following|following|this|ce|cette|le) (?:text|note|message|section|paragraph"
            r"|passage|texte|paragraphe|sentence)"
            rf"[^.!?]{{0,25}}\b(?:for|to|pour|aux?|at) (?:(?:the|any|all|les|l) )?{_AI}\b",
        ),
        (
            "addresses a model",
            r"\b(?:when|while|if|before|after) (?:you )?(?:evaluat|rank|scor|screen|process|review"
            r"|summari[sz]|extract|pars|rat|analy[sz])(?:e|es|ing)?"
            r" (?:this|the) (?:resume|cv|candidate|applicant)\b[^.!?]{0,12}[,:]? ?(?:always|only|please"
            r"|you|return|output|say|give|ignore|add|respond|answer)\b",
        ),
        (
            "addresses a model",
            r"(?:^|[.!?\n] ?)(?:assistant|ai|model|bot|ia|robot) ?[,:] ?(?:please|kindly|you (?:must"
            r"|should|are)|veuillez|tu dois|vous devez)\b",
        ),
        (
            "asks for a rank",
            rf"{_THIS} (?:should|must|has to|needs to|shall|doit|devrait|merite d) (?:(?:always"
            rf"|absolutely|toujours|absolument) )?(?:be |etre )?"
            r"(?:ranked|rated|scored|placed|hired|selected|recommended|shortlisted|considered"
            r"|prioriti[sz]ed|listed|graded|note|classe|recommande|retenu|selectionne"
            r"|place|embauche|come out)e?\b",
        ),
        ("asks for a rank", rf"{_START}(?:bump|push|promote|boost|upgrade|elevate|favou?r|remonte[rz]?) {_THIS}\b"),
        (
            "asks for a rank",
            rf"{_ONLY}(?:give|assign|award|return|output|set) (?:it |them |out )?(?:(?:the"
            rf"|a) )?(?:highest|maximum|perfect|top) (?:possible )?"
            r"(?:score|rating|relevance|relevancy|match score|rank|priority|weight)\b",
        ),
        (
            "asks for a rank",
            r"\b(?:do not|don t|never|ne) (?:consider|recommend|select|rank|look at|evaluate|mention"
            r"|considere[rz]?|recommande[rz]?|retene[rz])"
            r"(?: pas)? (?:(?:any|all|the|d|les|aucun) )*(?:other|autres?) (?:candidates?|applicants?"
            r"|cvs?|profiles?|resumes?|candidat\w*|profils?)\b",
        ),
        (
            "dictates an answer",
            r"\b(?:pretend|assume|imagine|suppose|act as if|act as though|fais comme si"
            r"|faites comme si|supposez|imaginez) (?:(?:that|que) )?{_THIS}\b",
        ),
        (
            "dictates an answer",
            r"\b(?:always|only|toujours|uniquement|just) (?:return|say|write|print|output|respond|answer|reply)[^.!?]{0,20}"
            r"\b(?:strong(?:ly)? hire|hire|hired|approved|accepted|recommended|perfect (?:match|fit|candidate)|qualified)\b",
        ),
        (
            "dictates an answer",
            rf"{_START}(?:write|generate|produce|draft|give|redige[rz]?) (?:an?|une?) (?:\w+ )?(?:glowing"
            rf"|positive|excellent|favou?rable|strong|enthusiastic|elogieu\w+)"
            rf" (?:recommendation|review|summary|evaluation|assessment|recommandation|avis)[^.!?]{{0,12}}\b{_THE}",
        ),
        (
            "dictates an answer",
            rf"{_START}(?:summari[sz]e|describe|present|portray|resume[rz]?"
            r"|decri\w+) {_THIS}[^.!?]{{0,12}} (?:as|favou?rably|positively|comme)\b",
        ),
        (
            "dictates a record",
            r"\b(?:override|score|rating|rank|match"
            r"|candidate_score) ?[:=] ?[^.!?\n]{0,20}\b(?:candidate_)?(?:score|rating|rank|match) ?= ?\d",
        ),
        ("sets instructions aside", r"(?:^|[.!?\n] ?)(?:your |the )?new (?:task|objective|goal|directive|role)s? ?:"),
        (
            "sets instructions aside",
            r"^ ?(?:prompt|instructions?|override|command|consigne) ?: ?[\"“']?(?:evaluate|rank|rate"
            r"|score|ignore|respond|answer|treat|classify|select|hire|say"
            r"|summari[sz]e|candidate_|mark|classe|note|evalue)\w*\b",
        ),
        (
            "addresses a model",
            rf"(?:^|[.!?\n(\[] ?)(?:attention|attn|to (?:whichever|whatever"
            rf"|whoever is the)) {_AI}(?= ?[:,!;—–]| (?:parses|reads|processes)\b)",
        ),
        (
            "assigns a role",
            rf"{_ONLY}(?:as|en tant que?) (?:the|an?|le|l|une?)? ?(?:evaluator|recruiter|screener|ranker"
            rf"|reviewer|grader|evaluateur|recruteur),?"
            rf" (?:you must|you should|you have to|always|vous devez|tu dois)[^.!?]{{0,40}}\b{_THE}",
        ),
        (
            "assigns a role",
            r"\b(?:tu es|vous etes|you are) (?:maintenant |desormais |now )?(?:an?|une?) (?:assistant"
            r"|recruiter|recruteur)e? (?:qui|that|who) (?:\w+ )?"
            r"(?:recommande|recommends|ranks|classe|selects|hires|loves)\b",
        ),
        (
            "dictates an answer",
            r"\b(?:when|if|whenever|si|quand|lorsqu on) (?:(?:you are|on te|on vous|vous) )?(?:asked|demande)[^.!?]{0,50}?,? ?"
            r"\b(?:say|answer|reply|respond|claim|state|dis|dites|repond\w*|affirme[rz]?) (?:that|there"
            r"|yes|no|with|he|she|they|que?|qu|oui|non)\b",
        ),
        (
            "dictates an answer",
            r"\b(?:answer|reply to|respond to|repond\w* a) (?:every|all|each|any|toute?s?|chaque)"
            r" (?:(?:the|les) )?questions? (?:with|by saying|par|yes|oui)\b",
        ),
        ("dictates an answer", rf"\brepeat after me ?:[^.!?]{{0,30}}\b{_THE}"),
        ("asks for a rank", rf"{_ONLY}(?:mark|flag|treat|classify|label|tag) (?:me|{_THIS}) as\b"),
        (
            "sets instructions aside",
            r"\b(?:skip|bypass|disable|omit|n applique[rz]?|applique[rz]?) (?:(?:all|any|every|the"
            r"|aucune?|no|tous|les) )*(?:checks?|filters?|scoring|screening"
            rf"|verifications?|filtres?|controles?)(?: (?:for|on|a|pour))? (?:{_THIS}|me\b)",
        ),
        (
            "dictates a record",
            r"\{[^{}\n]{0,80}[\"'](?:score|decision|rank|rating|verdict|role)[\"'] ?: ?[\"']?(?:\d|hire"
            r"|system|accept|yes|true|strong)",
        ),
    )
)
GOES_ON = _rule(
    rf"\b(?:{_THE}|you|your|vous|tu|he is|she is|they are|they have|he has|she has|i am|output|answer|score"
    rf"|rank|recruiter|hire|instead|respond|reply|"
    r"say|il est|elle est|il a|elle a|reponds?|repondez|classe[rz]?)\b"
)
"""What the sentence after an instruction goes on with."""
