"""Words that tell what a piece of a CV is: a job title, an employer, a school, a person.

Lists of kinds of words, not of instances: `engineer`, `hospital`, `university`. What the words name in detail (which
occupation, which place) is the taxonomy's matter.
"""

from __future__ import annotations

import re
from functools import lru_cache

from talentflow.extraction.sections import fold


def _with_feminines(words: frozenset[str]) -> frozenset[str]:
    """French feminine forms beside the words: `plombier` → `plombière`, `monteur` → `monteuse`."""
    endings = (
        ("ier", "iere"),
        ("er", "ere"),
        ("eur", "euse"),
        ("teur", "trice"),
        ("ien", "ienne"),
        ("on", "onne"),
        ("ant", "ante"),
    )
    forms = {word[: -len(a)] + b for word in words for a, b in endings if len(word) > 5 and word.endswith(a)}
    return words | forms


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split())


ROLES = _with_feminines(
    _words(
        """
    accountant actuary administrator adviser advisor agent analyst architect artist assembler assistant associate
    attendant attorney auditor author baker banker barista barber bartender beautician biologist bookkeeper bricklayer
    broker builder butcher buyer captain caregiver caretaker carer carpenter cashier caterer ceo cfo chair chairman
    chairwoman champion chef chemist cio clerk cleaner coach cofounder commander commissioner concierge conductor
    consultant contractor controller cook coo coordinator co-ordinator copywriter counsel counsellor counselor courier
    craftsman creator cto curator custodian dealer dentist deputy designer detective developer dietitian director
    dispatcher doctor doorman draftsman draughtsman driver economist editor electrician employee engineer entrepreneur
    estimator examiner executive expert fabricator facilitator farmer fellow fighter fireman firefighter fitter
    florist foreman founder freelance freelancer gardener geologist grower guard guide hairdresser handler handyman
    head helper hostess housekeeper hygienist illustrator inspector installer instructor intern internship interpreter
    investigator janitor jeweller journalist judge keeper laborer labourer landscaper lawyer lead leader lecturer
    lender librarian lieutenant loader locksmith machinist magistrate maid maintainer maker manager marketer mason
    masseur mathematician mechanic mediator mentor merchandiser merchant messenger midwife miller minister moderator
    musician nanny negotiator notary nurse nutritionist officer operative operator optician optometrist organiser
    organizer owner packer painter paralegal paramedic partner pathologist pharmacist photographer physician physicist
    physiotherapist picker pilot planner plasterer plumber police porter postdoc practitioner president presenter
    principal processor producer professor programmer promoter psychologist psychiatrist publicist radiographer ranger
    realtor receptionist recruiter registrar rep reporter representative researcher reviewer rigger roofer sailor
    salesman salesperson saleswoman scholar scientist sculptor seamstress secretary seller sergeant server sitter
    smith sociologist soldier solicitor specialist statistician steward stewardess stocker storekeeper strategist
    student superintendent superviser supervisor surgeon surveyor tailor teacher technician technologist telemarketer
    teller tester therapist tiler trader trainee trainer translator treasurer tutor undertaker underwriter upholsterer
    valet veterinarian veterinary volunteer vp waiter waitress warden warehouseman watchmaker weaver welder worker
    writer paediatrician pediatrician decorator gp apprentice apprenticeship scrum sre dba devops accompagnateur accompagnatrice
    acheteur acheteuse acteur actrice actuaire adjoint adjointe administrateur administratrice agente agriculteur
    agricultrice aide-soignant aide-soignante aide ajusteur alternant alternante alternance ambulancier ambulanciere
    analyste animateur animatrice apprenti apprentie apprentissage architecte artisan assistante associe associee
    attache attachee auditeur auditrice aumonier auteur auxiliaire avocat avocate barman barmaid benevole
    bibliothecaire bijoutier boucher bouchere boulanger boulangere brigadier cadreur caissier caissiere cameriste
    cariste carreleur carrossier chargee charge chaudronnier chauffeur chauffeuse cheffe chercheur chercheuse
    chirurgien coffreur coiffeur coiffeuse collaborateur collaboratrice comedien comptable concepteur conceptrice
    conducteur conductrice conferencier conseiller conseillere consultante contremaitre controleur controleuse
    coordinateur coordinatrice coordonnateur coordonnatrice correcteur couturier couturiere couvreur createur
    creatrice cuisinier cuisiniere decorateur decoratrice delegue deleguee demenageur dentiste dessinateur
    dessinatrice developpeur developpeuse dieteticien dieteticienne directeur directrice docteur documentaliste
    econome ebeniste educateur educatrice electricien electricienne electromecanicien electrotechnicien eleve employe
    encadrant enseignant enseignante entraineur entrepreneure equipier equipiere ergonome ergotherapeute estheticien
    estheticienne etancheur etudiant etudiante exploitant facteur factrice ferronnier fleuriste fondateur fondatrice
    formateur formatrice fraiseur frigoriste gardien gardienne geometre gerant gerante gestionnaire gouvernante
    graphiste greffier grutier guichetier horticulteur hote hotesse huissier imprimeur independant infirmier
    infirmiere infographiste informaticien informaticienne ingenieur ingenieure inspecteur inspectrice installateur
    instituteur institutrice intervenant intervenante jardinier jardiniere journaliste juge juriste kinesitherapeute
    laborantin livreur livreuse logisticien logisticienne macon magasinier magasiniere maitre maitresse maconne
    manoeuvre
    manipulateur manipulatrice manutentionnaire maquettiste maraicher marin masseuse mecanicien mecanicienne medecin menuisier
    menuisiere metallier metteur moniteur monitrice monteur monteuse negociateur negociatrice notaire nourrice
    officier operateur operatrice opticien opticienne orthophoniste outilleur ouvrier ouvriere palefrenier paysagiste
    patissier patissiere pedicure peintre pharmacien pharmacienne photographe plaquiste plombier plongeur plongeuse
    pompier poseur preparateur preparatrice presidente principale prof professeur professeure
    professeur-documentaliste programmeur programmeuse projeteur proviseur psychologue psychomotricien puericultrice
    receptionniste recruteur recruteuse redacteur redactrice referent referente regisseur reparateur repetiteur
    representante responsable restaurateur sage-femme salarie sapeur secouriste secretaire serveur serveuse serrurier
    soignant soignante sommelier sommeliere soudeur soudeuse sous-chef stage stagiaire standardiste statisticien
    superviseur surveillant surveillante tapissier technicien technicienne technico-commercial technico-commerciale
    commercial commerciale teleconseiller teleconseillere teleprospecteur testeur tourneur tourneur-fraiseur
    traducteur traductrice tresorier tuyauteur usineur vacataire vendeur vendeuse verificateur veterinaire vigile
    viticulteur visiteur voyageur webmaster webdesigner tuteur tutrice doctorant doctorante
    """
    )
)
"""Head words of job titles, folded."""

EMPLOYERS = _words(
    """
    inc llc ltd limited llp plc corp corporation company co gmbh ag kg sa sas sasu sarl eurl snc scop sci bv nv srl
    spa oy ab group groupe holding holdings university universite college school ecole lycee institute institut
    institution academy academie faculty faculte hospital hopital hopitaux chu chru chr clinic clinique clinics ehpad
    pharmacy pharmacie laboratory laboratoire laboratoires lab labs restaurant brasserie bistro bistrot cafe bakery
    boulangerie patisserie hotel hostel inn resort bar pub traiteur auberge bank banque bank's insurance assurance
    assurances mutuelle credit financial finance capital partners partner associates associes cabinet etude agency
    agence studio studios systems technologies technology tech software solutions services service consulting conseil
    analytics networks network media press foundation fondation association nonprofit trust charity ong ngo council
    mairie commune prefecture ministry ministere department departement store stores shop boutique magasin supermarche
    market markets hypermarche garage transport transports logistics logistique freight airlines airways industries
    industrie industrial manufacturing works usine chantier chantiers construction constructions batiment btp energy
    energie engineering church opera theatre theater museum musee library bibliotheque club camp centre center creche
    residence nursery farm ferme domaine chateau maison atelier ateliers entreprise enterprises enterprise
    international global worldwide europe
    """
)
"""Words that stand in names of organisations, folded."""

SCHOOLS = _words(
    """
    university universite univ college school ecole lycee institute institut polytechnic polytechnique academy
    academie faculty faculte iut iae iep iufm inspe espe ensam insa hec essec escp edhec cfa greta afpa cnam ifsi esc
    conservatoire conservatory seminary gymnasium mit eth epfl epitech ecam estp ensta ens enseignement campus
    business-school bootcamp universitat universidad universita universiteit universitaet hochschule centre collège
    mfr epita supinfo sciences-po ensci emlyon openclassrooms coursera ena enac gobelins
    """
)

PARTICLES = _words(
    """
    de du des da do dos das d van von der den ter ten le la les el al bin ibn ben bint di del della dal y e und zu af av st saint
    mac mc o
    """
)
"""What may stand in lower case inside a person's name."""

NOT_NAMES = _words(
    """
    curriculum vitae resume résumé cv profile profil summary objective objectif contact contacts about skills
    experience expérience education formation languages langues page confidential confidentiel address adresse phone
    email mail mobile tel linkedin github portfolio website site personal details information informations coordonnees
    detail data date birth nationality nationalite references hobbies interests interets competences centres projects
    projets work history parcours career carriere professional professionnel professionnelle the and of for in et pour
    avec with available disponible years ans permis driving licence license street rue avenue road boulevard place
    france looking seeking recherche alternance stage cdi cdd junior senior confirme freelance january february march
    april june july august september october november december janvier fevrier mars avril juin juillet aout septembre
    octobre novembre decembre remote teletravail new key core technical soft hard team management development
    marketing sales finance engineering software web digital design business product project human resources
    ressources humaines comptabilite informatique commerce vente gestion communication droit cuisine sante mechanical
    electrical civil financial full stack
    """
)
"""Words that no line with a person's name has, folded."""

FIRST_NAMES = _words(
    """
    adam adrien agathe agnes ahmed aicha alain alan albert alejandro alessandro alex alexander alexandra alexandre
    alexia alexis ali alice alicia alison amanda amandine amelia amelie amina amir amy ana anais andre andrea andreas
    andrew angela angelique anita anna anne annie anthony antoine antonio arnaud arthur ashley astrid aurelie aurelien
    axel ayse barbara baptiste bastien beatrice ben benjamin benoit bernard bertrand bilal brandon brenda brian
    brigitte bruno camila camille carl carla carlos carmen carol caroline cassandra catherine cecile cedric celia
    celine chantal charlene charles charlie charlotte chen chloe chris christelle christian christina christine
    christopher christophe claire clara claude claudia clement coralie corinne cristina cyril damien dana daniel
    daniela danielle david deborah delphine denis denise diana diane didier diego dominique donald donna dorothy
    douglas driss dylan edouard edward elena eleonore elias elise elizabeth ella ellen elodie elsa emilie emily emma
    emmanuel emmanuelle eric erica erik estelle ethan etienne eugene eva evan evelyne fabien fabienne fabrice fanny
    farid fatima fatou felix fernando fiona flavie florence florent florian franck francis francois francoise frank
    fred frederic frederique gabriel gabrielle gael gaelle gary gaspard george georges gerald gerard gilles giulia
    grace gregory guillaume gustavo guy gwenaelle hakim hamza hana hannah hans hassan heather helen helene henri henry
    herve hiroshi hugo ian ibrahim ines ingrid irene isaac isabelle isabella ismael ivan jack jacob jacqueline jacques
    jade james jamie jan jane janet jason javier jean jeanne jeff jeffrey jenna jennifer jeremy jerome jessica jim
    joan joanna joao joe joel joelle john johanna johan jonas jonathan jordan jorge jose joseph josephine joshua juan
    judith julia julian julie julien juliette june justin justine kamel kara karim karine kate katherine kathleen
    katia kelly ken kenneth kevin khadija kim kumar kyle lara laura laure laurence laurent lea leila leo leon leonard
    leonie liam lila lilian lina linda lisa loic lola lorraine louis louise luc luca lucas lucia lucie lucy ludovic luis luke
    lydia madeleine magali mael maeve malik mamadou manon manuel marc marcel marco marcus margaret margaux margot
    maria mariam marie marine mario marion mark marta martha martin martine mary mathias mathieu mathilde matteo
    matthew matthias matthieu maud maurice max maxime maya megan mehdi melanie melissa mia michael michel michele
    michelle miguel mike mireille mohamed mohammed monica monique morgane moussa mustapha nadia nadine najat naomi
    natalia natalie nathalie nathan nicholas nick nicolas nicole nina noah noemie nora nour oceane odile olga oliver
    olivia olivier omar oscar osman ousmane pablo pamela pascal pascale patrice patricia patrick paul paula pauline
    pedro peter philip philippe pierre priya quentin rachel rachid rafael raj raphael raymond rebecca regine remi
    renaud rene richard rita robert roberto robin rodolphe roger roland romain roman ronald rosa rose ruth ryan sabine
    sabrina said salim salma sam samantha samir samuel sandra sandrine sara sarah sasha scott sean sebastien serge
    sergio severine sharon shirley simon simone sofia solene sonia sophia sophie stefan stefano stephane stephanie
    stephen steve steven sue susan suzanne sylvain sylvie tania tanya tara tariq theo theodore theresa thibault
    thibaut thierry thomas tiffany tim timothy tom tony tristan ugo valentin valentine valerie vanessa veronique
    victor victoria vincent virginie vivien walid wei wendy william xavier yann yannick yasmina yasmine yohan youcef
    youssef yuki yusuf yves yvette yvonne zachary zineb zoe
    """
)
"""A help to tell `Sophie Boulanger` from a baker; a name without one of these is found by its place and the e-mail address."""

HONORIFICS: dict[str, str | None] = {
    **dict.fromkeys(("mr", "m", "monsieur", "mister", "herr", "sir"), "male"),
    **dict.fromkeys(("mrs", "ms", "mme", "madame", "mlle", "miss", "mademoiselle"), "female"),
    **dict.fromkeys(("dr", "prof", "pr", "me")),
}
"""What may stand before a name → what it says of the gender."""

_ROLE_SUFFIX = re.compile(r"(?:ist|iste|ologue|ologist|ographer|icien|icienne)$")


@lru_cache(maxsize=4096)
def role_score(text: str) -> int:
    """How much a piece of text reads like a job title: 0 not at all, 3 its head word is one, 2 one stands in it."""
    words = fold(text).split()
    if not words or len(words) > 14:
        return 0
    # English titles end with the head, French ones begin with it; "of", "de", "in" and what follows qualifies the head.
    head: list[str] = words
    for at, word in enumerate(words[1:], start=1):
        if word in ("of", "de", "du", "des", "d", "in", "en", "for", "pour", "on", "at", "chez", "a", "au"):
            head = words[:at]
            break
    if head[-1] in ROLES or words[0] in ROLES or words[-1] in ROLES:
        return 3
    if any(w in ROLES for w in words):
        return 2
    return 1 if any(len(w) > 6 and _ROLE_SUFFIX.search(w) for w in (head[-1], words[0])) else 0


@lru_cache(maxsize=4096)
def employer_score(text: str) -> int:
    """How much a piece of text reads like an organisation's name: 0 not at all, 3 it has a legal form or a kind."""
    words = fold(text).split()
    if not words:
        return 0
    if words[-1] in EMPLOYERS or words[0] in EMPLOYERS:
        return 3
    return 2 if any(w in EMPLOYERS for w in words) else 0


@lru_cache(maxsize=4096)
def school_score(text: str) -> int:
    """How much a piece of text reads like a school's name."""
    words = fold(text).split()
    return 3 if any(w in SCHOOLS for w in words) else 0
