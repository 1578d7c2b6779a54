"""Phrases that speak for a CV, a job offer or something else, with their weights, English and French first."""

from __future__ import annotations

from talentflow.records import Kind

CUES: tuple[tuple[Kind, float, str], ...] = (
    (
        "job_offer",
        2.0,
        "join us as*, you hold a*, your work:, month ftc, in this post you, what's in it for you, an exciting opportunity,"
        " opportunity has arisen, years of relevant experience, or more as "
        "a, date posted, is hiring, "
        "is recruiting, we need a*, opening for a*, person specification, essential criteria, main duties, valid until, "
        "we are growing, "
        "temp contract, permanent position, temporary assignment, minimum * years of experience, a pourvoir, what we are "
        "looking for, "
        "summer internship, as an intern you, hybrid working, this internship, apply by, closing date, renforce ses "
        "equipes, nous intégrer, permis exigé, "
        "reporting to the, we are looking for, we're looking for, is looking for a*, we are seeking, we're seeking, is "
        "seeking a*, we are "
        "hiring, we're hiring, is hiring a*, now hiring, join our team, ideal candidate, about the role, the role, about "
        "the job, about the position, job description, what you'll do, what you will do, what you'll bring, what you "
        "bring, what we offer, we offer, equal opportunity employer, your profile, equal opportunity, nice to have, who "
        "you are, who we are, apply now, to apply, how to apply, nice-to-have*, nous recherchons, recherche un*, "
        "recrute*, nous recrutons, profil recherche, profil souhaite, votre profil, vos missions, votre mission, vos "
        "responsabilites, poste a pourvoir, descriptif du poste, description du poste, intitule du poste, type de "
        "contrat, votre role, nous offrons, nous vous proposons, rejoignez*, rejoindre notre, offre d'emploi, offre de "
        "stage, offre d'alternance, h/f, f/h, f/m/x, (m/f, m/w/d, envoyez votre cv, merci d'adresser votre, postulez, "
        "pour postuler, date de debut souhaitee, remuneration selon*, a propos de nous, salaire selon*, employment type:, "
        "date posted:, valid through:, responsibilities will include, vous justifiez, successful candidate, competitive "
        "salary, salary range, seeks a*, recherchons un*, minimum qualifications, preferred qualifications, this is a "
        "remote role, requisitos, a vaga, buscamos, vous serez, debutant accepte, applicants must, candidates must, "
        "please send your cv, send your resume, send us your cv, adressez votre*, responsabilidades, sobre a vaga, "
        "esperamos que você, estamos buscando, oferecemos, benefícios, what you'll own, you will be responsible, what "
        "we're looking for, the opportunity, your mission, your responsibilities, key responsibilities, join us as, "
        "talent pool, career opportunities, this position, qualificações, vaga, you'll be, we expect, we are recruiting, "
        "as a member of our team, hiring, ofrecemos, funções, atividades, we would love to hear from you, we'd love to "
        "hear from you, fully remote company, is looking to hire, to join our, poste est à pourvoir, au sein de notre, "
        "vous avez, vous maîtrisez, notre équipe, notre client, notre cabinet, notre agence, nous intégrer, vous intégrez",
    ),
    (
        "job_offer",
        1.0,
        "you will, you'll, you have, you are, responsibilities:, requirements:, requirements, responsibilities, the "
        "candidate, candidates, benefits, benefits:, your role, our team, company:, location:, salary:, vous, votre, "
        "candidature, candidatures, remuneration, avantages, poste base, entreprise :, missions, missions :, lieu :, "
        "contrat :, lieu de travail, salaire, cdi, cdd, qualifications, the position, applicants, full-time, full time, "
        "part-time, per annum, per hour, per year, brut annuel, brut mensuel, cover letter, lettre de motivation, "
        "workplace:, contract:, reports to, reporting to, rattache au*, required:, required, must have, tickets "
        "restaurant, mutuelle, about us, join us, experience exigee, perks, 401k, 401(k), temps plein, temps partiel, "
        "teletravail, stage de * mois, gratification",
    ),
    (
        "cv",
        2.5,
        "curriculum vitae, resume of, date of birth, date de naissance, ne le, nee le, centres d'interet, professional "
        "summary, career objective, career summary, references available*, marital status, loisirs, experiences "
        "professionnelles, employment history, work history, permis b, celibataire, cursus, career history, parcours "
        "professionnel, mon parcours, personal statement, diplomes et formations",
    ),
    (
        "cv",
        1.0,
        "i am, i have, i'm, i was, i led, i managed, my, je suis, j'ai, mes, mon, objective, work experience, "
        "professional experience, experience professionnelle, education, formation, hobbies, linkedin.com/in/*, "
        "github.com/*, gpa, relevant coursework, dean's list, baccalaureat, mention bien, certifications, publications, "
        "volunteering, benevolat, depuis, present, aujourd'hui, interests, university, universite, lycee, college, soft "
        "skills, technical skills, a ce jour, motivated, motive",
    ),
    (
        "other",
        3.5,
        "invoice no*, invoice number, invoice #, facture n*, numero de facture, bill to, amount due, total ttc, net a "
        "payer, total due, veuillez agreer, je vous prie d'agreer, dear hiring manager, dear sir, dear madam, i am "
        "writing to, yours sincerely, yours faithfully, enclosed my, please find enclosed, salutations distinguees, "
        "ci-apres denomme*, ci-apres designe*, hereinafter, governing law, the parties, entre les soussignes, party of "
        "the first, in witness whereof, il a ete convenu*, preheat the oven, prechauffe*, tablespoon*, cuilleres a soupe, "
        "cuillere a soupe, teaspoon*, g of flour, de farine, all rights reserved, et al, doi:, terms of use, privacy "
        "policy, minutes of the meeting, compte rendu de reunion, compte-rendu de reunion, ordre du jour, isbn, once upon "
        "a time, il etait une fois, for immediate release, unsubscribe, se desabonner, dear customer, cher "
        "client, conditions generales de vente, attestation, certifie que, bon de commande, purchase order, quotation, "
        "devis n*, dear mr, dear ms, dear mrs, votre annonce, to whom it may concern, letter of recommendation, lettre de "
        "recommandation, i am excited to apply, je vous adresse ma candidature, j'ai l'honneur de, considering my "
        "application, i would like to apply, l'attention que vous porterez, in my application, suite a votre annonce, my "
        "application for, for your consideration",
    ),
    (
        "other",
        1.5,
        "invoice, facture, total, vat, tva, iban, subtotal, due date, echeance, quantity, unit price, abstract, in this "
        "paper, dans cet article, this article, researchers, chapter, chapitre, sincerely, cordialement, kind regards, "
        "best regards, dear, the contractor, the client shall, le prestataire, le salarie, l'employeur, article 1, "
        "article 2, section 1, ingredients, serves, stir, minutes, melanger, enfourner, warranty, garantie, user manual, "
        "step 1, etape 1, said on*, reported, according to, selon une etude, figure 1, table 1, appendix, annexe, ma "
        "candidature, prix, price, madame monsieur",
    ),
)
"""(kind, weight, phrases between commas). `*` opens a word's end."""

_CV_HEADINGS = (
    "experience, work experience, professional experience, employment, employment history, work history, career "
    "history, education, education and training, skills, technical skills, key skills, core skills, languages, "
    "interests, hobbies, references, summary, profile, professional summary, about me, objective, certifications, "
    "certificates, publications, projects, personal projects, volunteering, awards, contact, personal details, "
    "experiences, experience professionnelle, experiences professionnelles, formation, formations, formation et "
    "diplomes, diplomes, competences, competences techniques, langues, loisirs, profil, centres d'interet, centres "
    "d'interets, projets, benevolat, a propos de moi, coordonnees, parcours, etat civil, informatique, divers, "
    "parcours professionnel, savoir-etre, qualites, atouts "
)
CV_HEADINGS = frozenset(heading.strip() for heading in _CV_HEADINGS.split(","))
"""Whole lines, folded."""
