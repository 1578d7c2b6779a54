"""Words of job titles that the lookup treats apart, in the canonical form of `titles`."""

from __future__ import annotations

from talentflow.taxonomy.titles import canonical, forms_of


def _forms(text: str) -> frozenset[str]:
    return frozenset(canonical(word) for word in text.split())


STOP = _forms("a an the of for in on at to and or de du des d l la le les et en un une au aux pour sur with avec par by ou dans")

# A French title's head stands before the first of these, an English one's before the first of the others.
FRENCH_LINKS = _forms("de du des d en au aux et l la le les pour")

ENGLISH_LINKS = _forms("of for in at to the and")

# Words of seniority, contract and time that leave the occupation as it is.
SENIORITY = _forms(
    "senior junior sr jr confirmé expérimenté débutant stagiaire stage alternant alternance apprenti apprentissage "
    "intern internship trainee graduate entry experienced mid midlevel level lvl principal staff lead i ii iii iv v "
    "vi 1 2 3 4 5 contract cdi cdd freelance interim intérim vie permanent temporary part time full temps plein "
    "partiel remote hybrid hybride télétravail working student werkstudent apprentice new grad founding associate h f "
    "m w d x nb urgent hiring poste offre emploi job 2024 2025 2026 2027 night day shift nuit jour weekend fulltime "
    "parttime onsite qualifié seasonal saisonnier"
)

# Titles that say in one word what a person does but not in which field.
VAGUE = _forms(
    "manager director engineer technician operator assistant analyst specialist coordinator administrator supervisor "
    "officer executive inspector worker agent advisor expert associate head cadre gestionnaire chargé representative "
    "partner lead planner professional attendant helper aide auxiliaire leader chef maker setter tender operative "
    "tester finisher instructor controller labourer clerk consultant handler artisan employé chief"
)

# Words shared by titles of many fields: alone they are a guess.
GENERIC = _forms(
    "manager responsable director directeur engineer ingénieur technician technicien operator opérateur assistant "
    "consultant analyst analyste specialist spécialiste coordinator coordinateur administrator administrateur "
    "supervisor superviseur officer executive inspector inspecteur worker ouvrier labourer employé clerk agent "
    "advisor conseiller expert chef designer developer teacher driver trainer instructor associate head cadre "
    "gestionnaire chargé representative partner lead planner professional scientist researcher attendant helper aide "
    "auxiliaire contrôleur controller leader professionnel scientifique maker setter tender operative tester finisher "
    "cutter handler fabricant artisan commercial chief"
)

# Words that name an occupation in a list of titles and something else in a sentence.
AMBIGUOUS = _forms(
    "advocate tailor builder principal extra storyteller spokesperson custodian graduate apprentice intern owner guest "
    "playwright architect retailer mar dea arc tec amp raf devop collector receiver reader companion attorney vet nun officier "
    "psychic critique juge prêtre clown carrier messenger printer presser "
    "cook chef model guide host judge guard conductor porter minister second commercial assistant manager director "
    "consultant agent conseil driver partner officer executive analyst engineer technician operator coordinator "
    "specialist representative administrator supervisor trainer instructor worker clerk employee designer developer "
    "expert leader producer associate attendant critic ranger hunter buyer seller player presenter speaker grader "
    "packer marker sorter mate teacher student editor author master mason smith potter baker butcher fisher page "
    "usher mover pilot coach planner scientist researcher professional artist responsable adjoint aide auxiliaire "
    "cadre gestionnaire chargé technique maître marin poste régisseur rapporteur modèle manoeuvre avocat facteur "
    "président ministre secrétaire client pilote mineur moniteur serveur server medium docker chauffeur voyant commis "
    "artisan ouvrier livreur distributeur consul standard imprimeur contrôleur caissier controller loader tender "
    "setter cutter sailor dancer organiser cleaner scout sport soldier head chief sage ouvreur trader steward courier "
    "runner rédacteur animateur formateur éducateur vendeur acheteur plongeur lecturer tutor mentor counsel solicitor "
    "recruiter compliance tuteur correspondant photographer reporter composer chanteur danseur directeur ingénieur "
    "technicien opérateur assistante moderator publisher inspector contractor entrepreneur indépendant owner founder "
    "fondateur gérant dirigeant sénateur député maire mayor senator"
)

# Words that say what a person is at the start of a French title.
LEADING_HEADS = _forms(
    "manager directeur ingénieur technicien analyste administrateur assistant coordinateur conseiller consultant "
    "opérateur inspecteur mécanicien électricien comptable infirmier enseignant formateur vendeur conducteur "
    "chauffeur concepteur chercheur médecin architecte spécialiste expert développeur chef chargé agent ouvrier "
    "employé gestionnaire responsable professeur éducateur animateur aide auxiliaire commis contrôleur monteur "
    "installateur poseur officier secrétaire rédacteur attaché clerc maître moniteur juriste avocat artisan "
    "préparateur régleur magasinier hôte cuisinier psychologue cadre chirurgien dentiste acheteur commercial "
    "réparateur peintre hydraulicien worker supervisor head"
)

# Titles that are as often the name of an activity or a department.
ACTIVITIES = frozenset(
    " ".join(forms_of(title))
    for title in [
        "customer service",
        "customer support",
        "customer care",
        "client services",
        "client care",
        "technical support",
        "IT support",
        "HR support",
        "sales support",
        "administrative support",
        "inside sales",
        "housekeeping",
        "compensation and benefits",
        "IT help desk",
        "service desk",
        "support informatique",
        "avant-vente",
        "room service",
        "hotline",
        "support applicatif",
        "back office sales",
        "desktop support",
        "dental aid",
        "home help",
        "domestic help",
        "pick and pack",
        "kitchen prep",
        "crew",
        "door to door sales",
        "friction welding",
        "performer",
    ]
)
