"""Six candidates written for the tests, read by the real stages: what they say is known to whoever writes a question."""

from __future__ import annotations

from functools import lru_cache

from talentflow.chat.facts import Chosen
from talentflow.direct import document_row, process
from talentflow.engines import open_engine
from talentflow.eventlog.messages import RawDocument
from talentflow.ids import content_hash
from talentflow.settings import Settings

CVS = {
    "marta": """Marta Ilves
marta.ilves@example.com | +372 5550 1234 | Tallinn, Estonia

Senior Data Engineer

Experience
Senior Data Engineer, Nordlys Energi, Oslo
March 2019 - December 2024
- Built pipelines with Python, Apache Spark and Airflow for smart meters
- Led a team of six engineers
Data Engineer, Baltic Freight, Tallinn
January 2015 - February 2019
- Moved the billing reports from Oracle to PostgreSQL

Education
Master of Science in Computer Science, University of Tartu, 2012 - 2014
Bachelor of Science in Mathematics, University of Tartu, 2009 - 2012

Skills
Python, SQL, Apache Spark, Airflow, PostgreSQL, Docker

Languages
Estonian (native), English (C1), German (B2)

Certificates
AWS Certified Solutions Architect, 2021
""",
    "luc": """Luc Ferrand
luc.ferrand@example.fr - 06 55 55 01 02 - Lyon, France

Infirmier en réanimation

Expérience professionnelle
Infirmier en réanimation, Hôpital Saint-Aubin, Lyon
septembre 2016 - aujourd'hui
- Prise en charge de patients sous ventilation mécanique
- Formation de huit étudiants infirmiers
Infirmier, Clinique des Tilleuls, Grenoble
juin 2012 - août 2016

Formation
Diplôme d'État d'infirmier, IFSI de Grenoble, 2009 - 2012

Compétences
Soins intensifs, Gestion de la douleur, Prévention des infections

Langues
Français (langue maternelle), Anglais (B1)
""",
    "asha": """Asha Raman
asha.raman@example.com, London, United Kingdom

Machine Learning Engineer

Employment
Machine Learning Engineer at Quillfeather Labs, London, 05/2021 - present
- Deployed models with Kubernetes and MLflow; cut inference cost by 40%
- Mentored two interns
Data Scientist at Tideway Insurance, London, 09/2018 - 04/2021
- Fraud detection with Python and scikit-learn

Education
PhD in Statistics, University of Leeds, 2014 - 2018

Skills
Python, Machine learning, Kubernetes, SQL, Git

Languages
English (native), Tamil (native), French (A2)

I am looking for remote work.
""",
    "jonas": """Jonas Weber
jonas.weber@example.de | Berlin, Germany

Project Manager

Work experience
Project Manager, Havel Bau GmbH, Berlin, April 2010 - Present
- Managed a budget of 3.5 million euros for two bridges
- No experience with Kubernetes, but curious about software
Site Engineer, Spree Tiefbau, Potsdam, 2004 - March 2010

Education
Bachelor of Engineering in Civil Engineering, TU Berlin, 2000 - 2004

Skills
Project management, AutoCAD, Risk management, Microsoft Excel

Languages
German (native), English (C1), Polish (A2)

Certificates
PMP, Project Management Institute, 2013
""",
    "ines": """Inês Duarte
ines.duarte@example.pt, Porto, Portugal

Junior Accountant

Experience
Junior Accountant, Ribeira Contas, Porto, October 2023 - Present
- Monthly closing and VAT returns for 30 small companies

Education
Bachelor in Accounting, University of Porto, 2020 - 2023

Skills
Accounting, Microsoft Excel, SAP

Languages
Portuguese (native), English (B2), Spanish (B2), French (B1)
""",
    "karim": """Karim Benali
karim.benali@example.fr - Lyon, France

Développeur backend

Expérience
Développeur backend, Cigale Numérique, Lyon
février 2020 - aujourd'hui
- Conception d'API REST avec Java et Spring Boot
- Migration vers Kubernetes
Développeur, Mistral Logiciels, Marseille
2017 - janvier 2020

Formation
Master en informatique, Université Lyon 1, 2015 - 2017

Compétences
Java, Spring Boot, SQL, Docker, Kubernetes, Git

Langues
Français (langue maternelle), Arabe (langue maternelle), Anglais (B2)
""",
}


@lru_cache(maxsize=1)
def people() -> tuple[Chosen, ...]:
    """Candidate 1 to 6, in the order of `CVS`."""
    raw = [RawDocument("test", name, content_hash(cv.encode()), "text/plain", "cv", cv.encode()) for name, cv in CVS.items()]
    with open_engine(Settings(workers=1)) as engine:
        read = list(process([document_row(document) for document in raw], engine, kind="cv"))
    return tuple(
        Chosen(f"Candidate {n}", document.candidate, document.redacted_text or "")
        for n, document in enumerate(read, 1)
        if document.candidate is not None
    )
