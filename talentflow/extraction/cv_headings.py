"""Headings of a CV's sections, in English and French."""

from __future__ import annotations

from talentflow.extraction.sections import heading_table

_QUALIFIERS = """
    professional professionnel professionnelle professionnels professionnelles relevant selected key my mes mon ma
    main principal principale principales principaux other autre autres additional complementaire complementaires core
    recent recente recentes detailed detaillee pertinente pertinentes significative significatives personal personnel
    personnelle personnels personnelles the les la le l notable major more previous past
"""

_PHRASES = {
    "work": """
        academic appointments | appointments | academic positions | positions | research positions | current position
        | fellowships and appointments | expériences et stages | emplois et stages
        | career to date | career so far | employment to date | professional journey | jobs | where i have worked | past positions
        | experience | experiences | work | work experience | work history | working experience | employment
        | employment history | employment record | job history | job experience | career | career history
        | career summary | career path | professional experience | professional background | professional history
        | positions held | industry experience | teaching experience | clinical experience | nursing experience
        | research experience | legal experience | internships | internship | internship experience | work placements
        | placements | practical experience | leadership experience | military experience | military service
        | freelance work | experience summary | employment experience | chronological experience | expérience
        | expériences | expérience professionnelle | expériences professionnelles | exp | parcours
        | parcours professionnel | mon parcours | parcours pro | expérience pro | expériences pro
        | historique professionnel | historique de carrière | carrière | emplois | emplois occupés | postes occupés
        | stages | stages effectués | stages et emplois | stages en entreprise | expérience et stages | missions
        | missions réalisées | missions effectuées | missions significatives | références projets
        | activité professionnelle | activités professionnelles | situation professionnelle | expériences clés
        | expérience de travail | expériences en entreprise | emplois saisonniers | jobs d'été | jobs étudiants
        | jobs etudiants | vie professionnelle | experiences professionnelles et stages
    """,
    "education": """
        academic achievements | qualifications and training | academic path | parcours de formation initiale |
        education | academic background | academic history | academic qualifications | academic experience | academics
        | educational background | education background | education history | qualifications and education | studies
        | degrees | schooling | education and training | training and education | academic education
        | university education | academic record | academic profile | scholastic record | formation | formations
        | formation académique | formation initiale | formation scolaire | parcours scolaire | parcours académique
        | parcours universitaire | cursus | cursus scolaire | cursus universitaire | cursus académique | diplômes
        | diplôme | études | études et diplômes | scolarité | etudes | formation et diplômes | formations et diplômes
        | diplômes et formations | diplômes obtenus | formation universitaire | parcours de formation
        | formation et études | niveau d'études | enseignement
    """,
    "skills": """
        top skills | aptitudes et compétences personnelles | personal skills and competences
        | aptitudes et compétences informatiques | aptitudes et compétences techniques | aptitudes et compétences
        | what i can do | what i know | what i bring | what i am good at | what i m good at | ce que je sais faire | mes talents
        | skills | skill | technical skills | skills and tools | skill set | skillset | technical skill
        | core competencies | competencies | competences | key skills | technologies | technology | technical expertise
        | expertise | areas of expertise | technical proficiencies | proficiencies | tools | tools and technologies
        | technology stack | tech stack | stack | technical knowledge | technical profile | technical summary
        | strengths | abilities | soft skills | hard skills | computer skills | it skills | digital skills | software
        | software skills | programming | programming skills | skills summary | summary of skills | skills and abilities
        | skills and competencies | areas of knowledge | core skills | professional skills | transferable skills
        | clinical skills | interpersonal skills | capabilities | specialties | specialities | qualifications
        | skills and expertise | skills and interests | skills overview | key competencies | knowledge
        | technical competencies | technical competences | computer knowledge | compétence | compétences
        | compétences clés | compétences techniques | compétences professionnelles | domaines de compétences
        | domaine de compétence | savoir-faire | savoir faire | savoir-être | savoir être | savoirs | aptitudes
        | connaissances | outils | outils et technologies | outils informatiques | informatique | logiciels
        | logiciels maîtrisés | bureautique | technologies maîtrisées | environnement technique
        | compétences informatiques | connaissances informatiques | connaissances techniques | atouts | qualités
        | mes atouts | points forts | compétences transversales | compétences comportementales
        | compétences fonctionnelles | compétences métier | compétences métiers | compétences managériales
        | compétences linguistiques et informatiques | capacités | technique | techniques | domaines d'expertise
        | spécialités | compétences et outils | compétences opérationnelles | profil technique | compétences acquises
    """,
    "languages": """
        languages | language | language skills | languages spoken | foreign languages | language proficiency
        | linguistic skills | spoken languages | languages known | langues | langue | langues étrangères
        | langues parlées | compétences linguistiques | connaissances linguistiques | niveau de langues
        | langues vivantes | langues pratiquées
    """,
    "certificates": """
        certifications | certification | certificates | certificate | licenses | licences
        | licenses and certifications | licences and certifications | certifications and licenses
        | professional certifications | courses | courses and certifications | courses and certificates | training
        | trainings | training courses | professional development | continuing education | professional training
        | certifications and training | training and certifications | credentials | accreditations | registrations
        | professional registrations | licensure | further training
        | job related training | training completed | bar admissions | admissions
        | professional qualifications | certificats | habilitations | habilitation | permis | permis et habilitations
        | permis de conduire | formations complémentaires | formation continue | formations continues
        | certifications et formations | certifications professionnelles | attestations
        | qualifications professionnelles | formations professionnelles | permis et certificats
        | permis et certifications | formations courtes | formations internes | brevets | caces | mooc | moocs
    """,
    "projects": """
        projects | personal projects | selected projects | academic projects | side projects | key projects
        | project experience | portfolio | open source | open source projects | school projects | university projects
        | project highlights | projets | projets personnels | projets académiques | projets scolaires | projets réalisés
        | réalisations | projets étudiants | projets universitaires | projet de fin d'études | réalisations notables
        | projets professionnels | realisations personnelles
    """,
    "summary": """
        summary | professional summary | executive summary | profile | professional profile | personal profile | about
        | about me | personal statement | overview | introduction | career profile | bio | biography
        | summary of qualifications | highlights | who am i | who i am | profile summary | career overview | professional overview
        | qualifications summary | statement | profil | profil professionnel | mon profil | à propos | a propos de moi
        | à propos de moi | présentation | résumé | resume | synthèse | qui suis-je | en bref | accroche
        | résumé professionnel | résumé de carrière | en quelques mots
    """,
    "objective": """
        objective | career objective | professional objective | job objective | career goal | career goals | goal
        | goals | target position | position sought | desired position | position desired | desired job | availability
        | preferences | job preferences | looking for | objectif | objectifs | objectif professionnel
        | projet professionnel | mon projet | recherche | poste recherché | poste visé | emploi recherché
        | poste souhaité | souhaits | disponibilité | mobilité | prétentions | prétentions salariales | type de contrat
        | contrat recherché
    """,
    "personal": """
        personal details | personal information | personal data | personal info | personal particulars | contact
        | contact details | contact information | contact info | contacts | details | get in touch | biodata
        | coordonnées | informations personnelles | données personnelles | état civil | me contacter
        | renseignements personnels | informations | infos | renseignements | infos personnelles | mes coordonnées
    """,
    "interests": """
        outside work | outside of work | free time | spare time | in my spare time | pastimes | temps libre
        | en dehors du travail |
        interests | hobbies | hobbies and interests | interests and hobbies | activities | extracurricular activities
        | leisure | personal interests | other interests | extra-curricular activities | extracurriculars
        | centres d'intérêt | centres d'intérêts | centre d'intérêt | centre d'intérêts | centres dintérêt | loisirs
        | intérêts | passions | hobby | activités | activités extra-professionnelles | activités extraprofessionnelles
        | loisirs et centres d'intérêt | sports et loisirs | sport | sports | hobbies et loisirs
        | vie extra-professionnelle | activités extrascolaires
    """,
    "volunteer": """
        volunteering | volunteer | volunteer experience | volunteer work | voluntary work | community service
        | community involvement | community | voluntary experience | leadership | leadership and activities
        | civic engagement | bénévolat | engagement associatif | vie associative | activités bénévoles | engagements
        | associatif | expérience associative | expériences associatives | activités associatives | engagement
        | engagements associatifs | bénévolat et engagement
    """,
    "awards": """
        grants and fellowships | fellowships | awards and grants
        | grants and awards | awards | honors | honours | honors and awards | awards and honors | achievements | accomplishments
        | key achievements | scholarships | awards and achievements | distinctions | recognition | grants | prix
        | récompenses | prix et distinctions | bourses | prix et récompenses
    """,
    "publications": """
        publications | selected publications | papers | talks | conferences | presentations | patents
        | publications and presentations | peer reviewed publications | journal articles | invited talks | conference papers
        | working papers | research | speaking | conference presentations | books | travaux
        | communications | conférences | brevets déposés | articles | recherche et publications
    """,
    "references": """
        references | referees | references available upon request | references available on request
        | professional references | reference | références | recommandations | références sur demande
    """,
    "other": """
        miscellaneous | other | other information | additional information | additional | further information
        | affiliations | memberships | professional affiliations | professional memberships | associations | declaration
        | extra | divers | autres | informations complémentaires | autres informations | compléments | plus | en plus
        | informations diverses | renseignements complémentaires | annexes | atouts complémentaires
    """,
}

CV_HEADINGS = heading_table(
    {name: [p.strip() for p in phrases.split("|") if p.strip()] for name, phrases in _PHRASES.items()},
    qualifiers=_QUALIFIERS.split(),
)
