"""The words by which questions are told apart, in English and French; all are matched on folded text."""

from __future__ import annotations

import re
from typing import Literal

_Intent = Literal["compare", "count", "summary", "average", "who", "yes_no"]


def _either(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?:{p})" for p in patterns))


PERSONAL = _either(
    r"\b(?:mails?(?! (?:sort|server|carrier|merge|room))|courriel|"
    r"phone|telephone|mobile number|e ?mail|mail address|address|adresse|birth ?day|birth ?date|"
    r"date of birth|born|"
    r"date de naissance|ne en|nee en|numero de telephone|nationalit(?:y|e)|citizenship|gender|sexe?|"
    r"male or female|homme ou (?:une )?femme|"
    r"married|marital|mariee?|celibataire|single|children|enfants|pregnant|enceinte|religio(?:n|us)|"
    r"religieux|ethnic\w*|"
    r"race|origine ethnique|disabilit(?:y|ies)|handicap\w*|health|sante|political|politique|photo|picture|"
    r"surname|first name|last name|full name|nom de famille|prenom|real name|vrai nom|contact details|coordonnees)\b",
    r"\byears? old\b|\b(?:under|over) (?:the age of )?[1-9]\d\W*$|"
    r"^(?!.*(?:experience|work|travail|career|carriere|metier|anciennete)).*\b(?:1[89]|[2-9]\d) (?:ans|years)\b",
    r"\bhow old\b|\b(?:her|his|their|the) age\b|\bage of\b|\bquel age\b|\bl'age\b|\bson age\b",
    r"\bwhat is (?:the|his|her|their) (?:candidate'?s? )?names?\b|\b(?:comment s'appelle|quel est (?:le|son) nom)\b",
)
"""Personal data, which are kept apart: the chat does not read them."""

JUDGEMENT = _either(
    r"\b(?:best|ideal|perfect|right|top|strongest|worst|suitable) (?:candidates?|fit|profiles?|person|"
    r"one|match|choice)\b",
    r"\b(?:should (?:i|we)|would you|do you) (?:hire|recommend|choose|pick|prefer|think)\b|"
    r"\bwho would you\b|\byour (?:opinion|view)\b",
    r"\bmeilleure?s? (?:candidate?s?|profils?|choix|personne)\b|\b(?:candidat|profil) ideal\b|"
    r"\b(?:our|your|notre|votre) (?:company )?culture\b|\bfaut il\b|\bdevrais je\b|"
    r"\brecommand\w+\b|\bton avis\b|\bvotre avis\b|\bpersonnalite\b|\bpersonality\b",
)
"""Judgements: a CV does not say them, and the recruiter makes them."""

INTENTS: dict[_Intent, re.Pattern[str]] = {
    "compare": _either(
        r"\bcompar(?:e|ed|ison|er|ez|aison|ons)\b",
        r"\bdifferences? (?:between|entre)\b",
        r"\b(?:versus|vs)\b",
        r"\bin common\b|\ben commun\b",
    ),
    "average": _either(r"\b(?:average|mean|moyenne)\b"),
    "count": _either(
        r"\bhow many (?!years|months)",
        r"\bnumber of (?:candidates|profiles|people|languages|jobs|skills)",
        r"\bcombien (?!(?:de |d')?(?:annees|ans|mois))",
        r"\bnombre (?:de|d')\b",
        r"\bcount\b|\bcompte\b",
    ),
    "summary": _either(
        r"\bsummari[sz]e\b|\bsummary\b|\boverview\b|\btell me (?:more )?about\b|\bdescribe\b|\bpresent\b|"
        r"\bintroduce\b|\bwho is candidate\b",
        r"\bresume[rz]?\b|\bsynthese\b|\bpresente[rz]?\b|\bparle[rz]? moi de\b|\bdecri(?:s|vez|re)\b|"
        r"\bqui est (?:le |la )?candidate?\b",
        r"\bprofil (?:de|du)\b",
    ),
    "who": _either(
        r"\b(?:who|whom|whose)\b(?! is candidate)",
        r"\bwhich (?:of (?:the|these|those|them) )?(?:candidates?|ones?|profiles?|cvs?|people|applicants?)\b",
        r"\bwhich of (?:them|these|those)\b",
        r"\b(?:list|show|find|name|give me)(?: me)?(?: all)?(?: the)? (?:candidates?|profiles?|people|"
        r"everyone|cvs)\b",
        r"\b(?:candidates?|profiles?|people) (?:who|that|with|having|from|in)\b",
        r"\bqui (?!est (?:le |la )?candidat)",
        r"\bquel(?:le)?s? (?:candidate?s?|profils?|cvs?|personnes?)\b",
        r"\blesquel(?:le)?s?\b|\blaquelle\b|\blequel\b",
        r"\b(?:liste[rz]?|montre[rz]?|donne[rz]?|trouve[rz]?)(?: moi)?(?: tou(?:s|tes))? (?:les |"
        r"des )?(?:candidate?s?|profils?|personnes?)\b",
        r"\b(?:candidate?s?|profils?) (?:qui|ayant|avec|parlant|maitrisant)\b",
        r"\b(?:i|we) ?(?:'?m|'?re|am|are)? (?:still )?(?:looking for|searching for|hiring|recruiting)\b|"
        r"\b(?:i|we) (?:need|want|seek)\b|"
        r"\bdo (?:we|you) have\b|\bhave we got\b",
        r"\b(?:je|nous|on) (?:(?:re)?cherch|recrut)\w+\b|\bil (?:me |nous )?(?:faut|faudrait)\b|"
        r"\b(?:j'ai|avons|on a) besoin d[e']|\b(?:avez vous|avons nous|a t on)\b",
    ),
    "yes_no": _either(
        r"^(?:and |et |so |alors )?(?:does|do|did|is|are|was|has|have|had|can|could)\b",
        r"\best ce qu[e']|\ba t (?:il|elle)\b|\bont (?:ils|elles)\b|\bparle t (?:il|elle)\b|"
        r"\bconnait (?:il|elle)\b|\bsait (?:il|elle)\b|"
        r"\best (?:il|elle)\b|\bmaitrise t (?:il|elle)\b|\bquelqu'un\b|\banyone\b|\banybody\b|\bsomeone\b|"
        r"\bsomebody\b|\bany of\b|"
        r"\bany (?:candidate|profile)s?\b|\by a t il\b|\bpossede t (?:il|elle)\b",
    ),
}
"""The first that matches is meant."""

MOST = _either(
    r"\bmost\b(?! recent)|\bhighest\b|\blongest\b|\bbest educated\b|\bmore experienced\b",
    r"\ble plus\b|\bla plus\b|\bplus haut\b|\bplus eleve\b",
)
LEAST = _either(r"\bleast\b(?<!at least)|\blowest\b|\bshortest\b|\bfewest\b", r"\ble moins\b|\bla moins\b|\bplus bas\b")

FIELDS: dict[str, re.Pattern[str]] = {
    "experience_years": _either(
        r"\bhow many years\b|\byears of (?:work |professional |total )?experience\b|"
        r"\bhow much experience\b|\bhow experienced\b|"
        r"\bhow long (?:has|have|did)\b[^?]*\b(?:been working|worked?|experience)\b(?! (?:at|for|in|as)\b)|\b(?:most|least|more|"
        r"less) experienced?\b|\btotal experience\b|"
        r"\bexperience in years\b|\b(?:average|mean) (?:years of )?experience\b",
        r"\bcombien d'annees\b|\bannees d'experience\b|\bquelle experience\b|\bexperimentee?s?\b|"
        r"\bd'experience\b|\bexperience moyenne\b|"
        r"\bexperience totale\b|\bduree d'experience\b",
    ),
    "current_job": _either(
        r"\bcurrent(?:ly)? (?:job|position|role|employer|company|post|title|work(?:ing|s)?|employed|"
        r"do(?:ing)?)\b|\bpresent (?:job|position|employer)\b|"
        r"\bwhere (?:does|do|is|are)\b[^?]*\bwork(?:ing)?\b|\bwhat does\b[^?]*\bdo (?:now|for a living|"
        r"today)\b|\blatest (?:job|position|role)\b|"
        r"\blast (?:job|position|role|employer)\b|\bwho (?:does|do)\b[^?]*\bwork for\b",
        r"\b(?:poste|emploi|employeur|entreprise|fonction) actuel(?:le)?\b|\bou (?:travaillent?|bossent?)\b|"
        r"\bdans quelle? (?:boite|entreprise|societe)\b[^?]*\b(?:travaill|boss)e(?:nt)?\b|"
        r"\btravaille(?:nt)? (?:t (?:il|elle) )?actuellement\b|"
        r"\bdernier (?:poste|emploi|employeur)\b",
    ),
    "education_level": _either(
        r"\bhighest (?:degree|diploma|qualification|level of education|education)\b|"
        r"\beducation(?:al)? level\b|\blevel of education\b|\bbest educated\b",
        r"\bniveau (?:d'etudes?|de diplome|de formation)\b|\bplus haut (?:diplome|niveau d'etudes)\b|"
        r"\bdiplome le plus (?:haut|eleve)\b",
    ),
    "education": _either(
        r"\b(?:degrees?|diplomas?|stud(?:y|ied|ies|ying)|education|universit(?:y|ies)|college|schools?|"
        r"graduat\w+|qualifications?|major(?:ed)?)\b",
        r"\b(?:diplomes?|etud(?:es|ie|iee?)|formations?|universites?|ecoles?|cursus|scolarite)\b",
    ),
    "certificates": _either(r"\bcertif\w+\b|\blicen[cs]es?\b|\bhabilitations?\b"),
    "languages": _either(r"\b(?:languages?|languages spoken|tongues?)\b", r"\blangues?(?: parlees?)?\b"),
    "skills": _either(
        r"\b(?:skills?|technolog(?:y|ies)|tools?|tech stack|stack|competenc(?:e|es|ies)|expertise|know how)\b",
        r"\b(?:competences?|outils?|savoir faire|technologies?)\b",
    ),
    "projects": _either(r"\bprojects?\b(?! (?:manag|lead|engineer|director|coordinat))|(?<!chef de )(?<!cheffe de )\bprojets?\b"),
    "work": _either(
        r"\bwhat (?:did|has)\b[^?]*\b(?:do|done)\b|\bqu'a(?: t (?:il|elle))?\b[^?]*\bfait\b|"
        r"\b(?:employers?|companies|company|firms?|jobs?|positions?|roles?|career|work history|"
        r"work experience|previous(?:ly)?|past|before|worked)\b|"
        r"\bwhere (?:was|were|did|has|have)\b[^?]*\bwork(?:ing|ed)?\b",
        r"\b(?:employeurs?|entreprises?|societes?|postes?|emplois?|parcours|carriere|"
        r"experiences? professionnelles?|travaille|precedents?)\b",
    ),
    "location": _either(
        r"\b(?:where (?:does|do|is|are)\b[^?]*\b(?:live|living|located|based|from)|location|city|town|"
        r"country|based|live[sd]?|located)\b",
        r"\b(?:ou (?:habite|vit|vivent|habitent|est|se trouve)|ville|pays|localisation|lieu|habite(?:nt)?|vit|"
        r"vivent|basee?s?)\b",
    ),
    "wanted_contract": _either(r"\b(?:contract|kind of contract|type of contract|contrat|type de contrat)\b"),
    "wanted_workplace": _either(r"\b(?:remote(?:ly)?|work from home|hybrid|on site|teletravail|a distance|hybride|presentiel)\b"),
    "wanted_salary": _either(r"\b(?:salary|salaries|pay|compensation|salaire|remuneration|pretentions?)\b"),
    "seniority": _either(r"\b(?:seniority|how senior|level of seniority|seniorite|niveau de seniorite)\b"),
    "occupation": _either(r"\b(?:occupations?|professions?|job titles?|headline|metiers?|intitule)\b"),
    "dates": _either(
        r"\b(?:when|since when|from when|until when|what years?|quand|depuis quand|de quand|jusqu'a quand|"
        r"en quelle annee|quelles annees|how long|combien de temps)\b"
    ),
}

WISHES = {
    "workplace": {
        "remote": _either(r"\b(?:remote(?:ly)?|work(?:ing)? from home|teletravail|a distance)\b"),
        "hybrid": _either(r"\b(?:hybrid|hybride)\b"),
        "on_site": _either(r"\b(?:on site|sur site|presentiel)\b"),
    },
    "contract": {
        "permanent": _either(r"\b(?:permanent|cdi)\b"),
        "fixed_term": _either(r"\b(?:fixed term|cdd)\b"),
        "freelance": _either(r"\b(?:freelance|independante?)\b"),
        "internship": _either(r"\b(?:internships?|stages?)\b"),
        "apprenticeship": _either(r"\b(?:apprenticeships?|alternance|apprentissage)\b"),
    },
}
"""Field `wanted_…` → its values, and the words for them."""

LEVELS = {
    "native": "native",
    "mother tongue": "native",
    "langue maternelle": "native",
    "bilingual": "C2",
    "bilingue": "C2",
    "fluently": "C1",
    "fluent": "C1",
    "couramment": "C1",
    "courant": "C1",
}
"""Words for what a speaker has at least, and the level of the Common European Framework that they stand for."""

NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "one un une",
            "two deux",
            "three trois",
            "four quatre",
            "five cinq",
            "six",
            "seven sept",
            "eight huit",
            "nine neuf",
            "ten dix",
            "eleven onze",
            "twelve douze",
            "thirteen treize",
            "fourteen quatorze",
            "fifteen quinze",
            "sixteen seize",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty vingt",
        ),
        1,
    )
    for word in words.split()
}

_ORDINAL_WORDS = {
    1: r"the first|premier|premiere",
    2: r"the second|deuxieme|second|seconde",
    3: r"the third|troisieme",
    4: r"the fourth|quatrieme",
    5: r"the fifth|cinquieme",
}
ORDINALS = {
    n: re.compile(rf"\b(?:{words})(?: (?:candidate?|one|cv|profile?|personne?))?\b") for n, words in _ORDINAL_WORDS.items()
}
"""`the second` → the number of a candidate."""

SAME_AGAIN = _either(
    r"^(?:and|what about|how about|same for|also|and what about|and for)\b",
    r"^(?:et|qu'en est il (?:de|du|pour)|meme question pour|aussi|et pour|et si)\b",
)
"""A question that begins so goes on with the one before."""

GLUE = frozenset(
    re.findall(
        r"[^\W_]+",
        """
        better speaker speakers a about after all also am among an and any anyone anybody are as ask at be been being
        between both but by can could did do does done each either else every everyone for from further get give good great
        had has have having he her here hers him his how i if in into is it its just kind know known knows knowing let like
        list look many may me mention mentioned mentions more much my name named names need needs no none nor not now of off
        on one ones only or other our out own people person please profile profiles proficient really relevant right say
        says see seem shall she should show so solid some somebody someone something speak speaking speaks spoken still
        strong such tell than that the their them then there these they this those to too under until up us use used uses
        using very want wants was we well were what when where which while who whom whose why will with within without would
        written yes you your experience experienced experiences background candidate candidates candidat candidats
        candidature cv cvs resume resumes applicant applicants work works working worked year years yrs level levels least
        most skilled expert understanding familiar familiarity comfortable able ability certain total overall different
        various following mean hold holds holding au aucun aucune aussi autre autres aux avec avoir bien bon bonne bons
        bonnes ca car ce cela celles celui cependant ces cet cette ceux chaque chez ci comme comment connait connaissent
        connaissance connaissances connaitre d dans de deja depuis des dire dit du elle elles en encore entre es est et
        etait etaient ete etes etre eu eux faire fait font fort forte ici il ils j je jusqu l la laquelle le lequel les
        lesquels lesquelles leur leurs lui ma maitrise maitrisent maitriser mais meme mes moi mon ne ni nom nos notre nous
        ont ou par parle parlent parler parmi pas personne personnes peu peut peuvent plus pour pouvez pourquoi profil
        profils qu quand que quel quelle quels quelles quelqu qui quoi sa sais sait sans savent se sera ses si solide
        solides son sont suis sur t te tes toi ton tous tout toute toutes tres tu un une utilise utilisent utiliser va vers
        veut voir vos votre vous y annee annees ans niveau niveaux possede possedent dispose disposent existe parcours
        mentionne mentionnent indique indiquent exactly exact currently actuellement today aujourd hui ever previously past
        never jamais don doesn didn isn s re ve ll n im dont doesnt didnt isnt arent cant hasnt havent whos whats got looking
        searching seek seeking cherche cherchons recherche recherchons parlant maitrisant connaissant sachant faut faudrait
        besoin open already but mais travaillait travaillaient hiring recruiting recrute recrutons fit correspond
        correspondent svp merci avait avaient occupe occupait
        occupaient doing faisait faisaient etait neither combien dernier derniere passe nombre
        """,
    )
)
"""Words of a question that ask for nothing by themselves."""

NOT = re.compile(
    r"\b(?:not(?! only)|no(?! (?:less|matter))|never|without|except|(?:do|does|did|is|are|was|ca|has|have)n'?t|cannot|"
    r"pas(?! seulement)|sans|sauf|jamais|aucune?|neither|nor|ni)\b"
)
NOT_ENDS = re.compile(
    r"\b(?:but|mais|although|however|yet|and (?:who )?(?:does|speaks?|knows?|has|have)|"
    r"et (?:qui )?(?:parlent?|connait|connaissent|maitrisent?))\b|[,;]"
)
"""A negation, and where what it is about ends."""

SHORT = {"dev": "developer", "devs": "developer", "compta": "comptabilite", "info": "informatique", "admin": "administrator"}
"""What people type → the word."""

FRENCH = frozenset(
    re.findall(
        r"\w+",
        "qui quel quelle quels quelles combien est ce que les des du au aux avec dans pour sur une le la un "
        "et ou parle parlent "
        "connait ont sont candidats candidat candidate leur leurs resume compare comparez ans annees experience depuis quand "
        "lequel laquelle lesquels lesquelles il elle travaille diplome langues competences d l qu parmi eux plus",
    )
)
ENGLISH = frozenset(
    re.findall(
        r"\w+",
        "who which what where when how many much the of and or is are does do has have had with in at for "
        "from candidates candidate "
        "speak speaks know knows worked work years experience compare summarize tell me about most their "
        "they he she them any list",
    )
)
"""Small words of either language, by which a question's language is told."""

_SAME = """
team equipe | student etudiant | train former | trained formation | training formation | hospital hopital | clinic clinique |
manager responsable | lead diriger | led dirige | led encadre | managed gere | customer client | sales ventes | school ecole |
bank banque | insurance assurance | report rapport | teacher professeur | taught enseigne | built construit | designed concu |
design conception | company entreprise | children enfants | shop magasin | research recherche | warehouse entrepot |
factory usine | kitchen cuisine | purchasing achats | court tribunal | budget budget | patient patient | migration migration
"""
_PAIRS = [tuple(pair.split()) for pair in _SAME.split("|")]
TRANSLATIONS: dict[str, frozenset[str]] = {
    word: frozenset(b for pair in _PAIRS for a, b in (pair, pair[::-1]) if a == word) for pair in _PAIRS for word in pair
}
"""A folded word → words of the other language that say the same in a CV."""
