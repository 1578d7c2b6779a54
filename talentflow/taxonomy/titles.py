"""How a job title is read: words in one form for both genders, both numbers, any accents, English or French.

`Développeuses full-stack`, `developpeur·se fullstack` and `full stack developers` give the same words, so one index of
titles serves both languages and both genders, and the offsets of each word in the text as written are kept.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple


class Word(NamedTuple):
    """`form` is the canonical word for `text[start:end]`; `breaks`: punctuation or a line's end stands before it."""

    form: str
    start: int
    end: int
    breaks: bool


# A word, with the feminine or plural mark of inclusive French glued to it: développeur·euse, chargé(e), technicien.ne.s
_WORD = re.compile(
    r"[^\W_]+(?:\+\+|\#)?"
    r"(?:[·•∙‧⋅.\-/(](?:e|ne|se|le|ve|euse|trice|rice|ère|ere|ière|iere|ienne|enne|elle|ive|esse|s)\)?(?:[·•∙‧⋅.\-]s)?(?![^\W_]))?"
)
_SOFT_GAP = re.compile(r"[ \t\u00a0\u202f\u2010-\u2013'’&\-/]{1,3}\Z")
_MARK = re.compile(r"[·•∙‧⋅.\-/(]")

# Feminine and plural endings, longest first; applied to long enough words, in both languages alike, on both sides of a
# comparison: that a form is no dictionary word (`trainee` → `traine`) does no harm.
_ENDINGS = (
    ("ienne", "ien", 6),
    ("trice", "teur", 7),
    ("euse", "eur", 6),
    ("eure", "eur", 7),
    ("iere", "ier", 6),
    ("enne", "en", 7),
    ("onne", "on", 7),
    ("elle", "el", 7),
    ("ante", "ant", 7),
    ("ente", "ent", 7),
    ("ere", "er", 7),
    ("ive", "if", 7),
    ("ale", "al", 6),
    ("ee", "e", 5),
)

# One form for spelling variants, abbreviations and words that mean the same in English and French.
_SAME_GROUPS = """
developer developpeur dev desenvolvedor desarrollador
engineer ingenieur ingeniero engenheiro eng engr
director directeur
manager responsable mgr mngr gerer
technician technicien tech
analyst analyste analista
bank banque
investment investissement
portfolio portefeuille
automation automatisation
nanny nounou
media
strategy strategie
repair reparation
technologist technologue
support appui
broker courtier
warehouse entrepot
school ecole
hospital hopital
restaurant
administrator administrateur admin
assistant asst
coordinator coordinateur coordonnateur
advisor adviser conseiller
consultant consultor
operator operateur operatif
inspector inspecteur
mechanic mecanicien
electrician electricien
accountant comptable
nurse infirmier
teacher enseignant
trainer formateur
seller vendeur
driver chauffeur conducteur
designer concepteur
researcher chercheur
doctor medecin
architect architecte
specialist specialiste
expert expertise
recruiter recruteur
supervisor superviseur
translator traducteur
interpreter interprete
pharmacist pharmacien
physicist physicien
mathematician mathematicien
statistician statisticien
economist economiste
sociologist sociologue
psychologist psychologue
biologist biologiste
geologist geologue
journalist journaliste
photographer photographe
musician musicien
editor editeur
auditor auditeur
controller controleur
plumber plombier
welder soudeur
carpenter charpentier
painter peintre
baker boulanger
butcher boucher
hairdresser coiffeur
cashier caissier
secretary secretaire
lawyer avocat
farmer agriculteur
software logiciel
sale vente
data donnee
security securite
network reseau
system systeme
quality qualite
maintenance maint
production prod
marketing mkt mktg
financial financier
finance
human humain
resource ressource
communication com comm
commercial commerciau
digital numerique
product produit
project projet
customer client
purchasing achat
logistic logistique
electronic electronique
mechanical mecanique
electric electrique electrical
chemical chimique
civil
environmental environnemental
medical
clinical clinique
technical technique
industrial industriel
professional professionnel
executif exec
computer informatique
cybersecurity cybersecurite cyber
artificial artificiel
machine
aircraft avion
account acct
business biz
legal juridique
tax fiscal fiscalite
audit
research recherche
teaching enseignement
insurance assurance
banking bancaire
center centre
labor labour
laborer labourer
program programme
counselor counsellor
jeweler jeweller
molder moulder
tire tyre
theater theatre
color colour
gray grey
organization organisation
specialization specialisation
optimization optimisation
chef cheffe
writer ecrivain ecrivaine redacteur
host hote hotesse
waiter serveur waitress
actor acteur actress
officer ofc
representatif rep
vice vp
senior sr
junior jr
international intl
general gen
operation op
infrastructure infra
application app appli
cook cuisinier
guard gardien
student etudiant
dentist dentiste
surgeon chirurgien
salesperson salesman saleswoman
cleaner nettoyeur
packer emballeur
assembler monteur
installer installateur
fisher fisherman pecheur
postman postwoman facteur
recruitment recrutement recruiting
event evenement
mortgage hypotheque hypothecaire
publishing edition
export exportation
import importation
music musique
design conception
planning planification
training formation
health sante
building batiment
energy energie
environment environnement
water eau
agricultural agricole
food alimentaire alimentation
beverage boisson
kitchen cuisine
child enfant
laboratory laboratoire lab
factory usine
workshop atelier
vehicle vehicule
truck camion lorry
gas gaz
oil petrole
chemistry chimie
glass verre
wood bois
leather cuir
plastic plastique
paper papier
store magasin
payroll paie paye
loan pret
law droit
policy politique
content contenu
partnership partenariat
growth croissance
brand marque
advertising publicite publicitaire
travel voyage
tourism tourisme
press presse
guest invite
museum musee
gallery galerie
library bibliotheque
game jeu jeux
sound son
television tele tv
management gestion
development developpement
improvement amelioration
process procede
method methode
road route routier
ship navire
furniture meuble
clothing vetement
garden jardin
beauty beaute esthetique
dental dentaire
pharmacy pharmacie
veterinary veterinaire
wedding mariage
compliance conformite
risk risque
treasury tresorerie
cost cout
collection recouvrement
strategic strategique
operational operationnel
policeman policewoman policier
fireman firewoman firefighter pompier
foreman forewoman foreperson
chairman chairwoman chairperson chair
craftsman craftswoman artisan
cameraman camerawoman cadreur
repairman repairer reparateur
tradesman tradesperson
handyman handyperson
barman barmaid bartender
steward stewardess
draughtsman draftsman draughtsperson drafter dessinateur
"""
_SAME = {word: group.split()[0] for group in _SAME_GROUPS.splitlines() if group for word in group.split()}

_COMPOUNDS = {
    ("full", "stack"): "fullstack",
    ("front", "end"): "frontend",
    ("back", "end"): "backend",
    ("e", "commerce"): "ecommerce",
    ("health", "care"): "healthcare",
    ("data", "base"): "database",
    ("base", "data"): "database",
    ("dev", "op"): "devop",
    ("developer", "operation"): "devop",
    ("developer", "op"): "devop",
    ("help", "desk"): "helpdesk",
    ("service", "desk"): "servicedesk",
    ("cyber", "security"): "cybersecurity",
    ("web", "site"): "website",
    ("web", "master"): "webmaster",
    ("fund", "raiser"): "fundraiser",
    ("care", "giver"): "caregiver",
    ("child", "care"): "childcare",
    ("house", "keeping"): "housekeeping",
    ("copy", "writer"): "copywriter",
    ("fork", "lift"): "forklift",
    ("ware", "house"): "warehouse",
    ("vice", "president"): "vice",
    ("sale", "person"): "salesperson",
    ("sale", "man"): "salesperson",
    ("sale", "force"): "salesforce",
    ("bar", "tender"): "barman",
    ("news", "reader"): "newsreader",
    ("post", "production"): "postproduction",
    ("multi", "media"): "multimedia",
    ("motion", "designer"): "motiondesigner",
}


def fold(text: str) -> str:
    """Lower case without accents or ligatures. The length may change."""
    low = text.casefold().replace("œ", "oe").replace("æ", "ae")
    if low.isascii():
        return low
    return "".join(c for c in unicodedata.normalize("NFKD", low) if not unicodedata.combining(c))


@lru_cache(maxsize=65536)
def canonical(word: str) -> str:
    """One form for a word: folded, singular, masculine, and the same for an English and a French word of one meaning."""
    if not word[-1].isalnum() or not word.isalnum():
        mark = _MARK.search(word)
        word = word[: mark.start()] if mark else word
    form = fold(word)
    if form in _SAME:
        return _SAME[form]
    size = len(form)
    if size > 4 and form.endswith("ies"):
        form = form[:-3] + "y"
    elif size > 5 and form.endswith("aux"):
        form = form[:-3] + "al"
    elif size > 3 and form.endswith("s") and not form.endswith(("ss", "us", "is")):
        form = form[:-1]
    if form in _SAME:
        return _SAME[form]
    for ending, masculine, least in _ENDINGS:
        if len(form) >= least and form.endswith(ending):
            form = form[: -len(ending)] + masculine
            break
    return _SAME.get(form, form)


def forms_of(text: str) -> list[str]:
    """The canonical words of a title, without offsets: what `words` gives, faster."""
    if not text.replace(" ", "").replace("-", "").replace("'", "").isalnum():
        return [word.form for word in words(text)]
    found: list[str] = []
    for word in _WORD.findall(text):
        form = canonical(word) if len(word) <= 60 else fold(word[:60])
        if found:
            last = found[-1]
            if last == form:
                continue
            joined = _COMPOUNDS.get((last, form))
            if joined:
                found[-1] = joined
                continue
        if form:
            found.append(form)
    return found


def words(text: str) -> list[Word]:
    """The words of a text in their canonical form with their offsets in `text`. Linear in its length."""
    found: list[Word] = []
    end = 0
    for match in _WORD.finditer(text):
        start, stop = match.span()
        gap = text[end:start]
        breaks = not found or not (gap == " " or _SOFT_GAP.match(gap))
        end = stop
        form = canonical(match.group()) if stop - start <= 60 else fold(text[start : start + 60])
        if not form:
            continue
        if found and not breaks:
            last = found[-1]
            if last.form == form:  # Infirmier / Infirmière
                found[-1] = Word(form, last.start, stop, last.breaks)
                continue
            joined = _COMPOUNDS.get((last.form, form))
            if joined:
                found[-1] = Word(joined, last.start, stop, last.breaks)
                continue
        found.append(Word(form, start, stop, breaks))
    return found
