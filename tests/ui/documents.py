"""Offers and CVs for the app's tests: few, unlike each other, and one that tries to do harm."""

from __future__ import annotations

import io
from pathlib import Path

HOSTILE = '<img src=x onerror="window.harmed=1"><script>window.harmed=2</script>${window.harmed=3}{{window.harmed}}\'"><svg onload=window.harmed=4>'

OFFERS = {
    "data.txt": """Senior data engineer, Acme Analytics, Paris, France

Requirements
5 years of experience with Python, SQL, Apache Spark and Kafka; Kubernetes
English C1

We offer
Permanent contract, hybrid work, 55,000 to 65,000 EUR a year
""",
    "backend.txt": """Backend developer, Globex, Lyon, France

Requirements
3 years of experience with Python, Django, PostgreSQL and Docker
Bachelor's degree in Computer Science

We offer
Permanent contract, remote work
""",
    "nurse.txt": """Infirmier en réanimation (H/F), CHU de Nantes, Nantes, France

Profil recherché
Diplôme d'État d'infirmier, 2 ans d'expérience en soins intensifs
Travail d'équipe, gestion du stress

CDI, sur site, 2 400 à 2 900 EUR par mois
""",
    "accountant.txt": """Accountant, Initech, Berlin, Germany

Requirements
4 years of experience in accounting, SAP and Excel
German B2, English B2

We offer
Fixed-term contract of 12 months, on site
""",
    "hostile.txt": f"""Office assistant {HOSTILE}, Evil Corp, Paris, France

Requirements
2 years of experience in filing and Excel
{HOSTILE}

We offer
Freelance, remote
""",
}

CVS = {
    "engineer.txt": """Anna Example
anna@example.org

Data engineer

Experience
Data engineer, Helios, Paris, France, January 2018 - present
Python, SQL and Apache Spark pipelines

Skills
Python, SQL, Apache Spark, Docker

Languages
French (native), English (C1)
""",
    "nurse.txt": """Marie Exemple
marie@example.org

Infirmière diplômée d'État

Expérience professionnelle
2015 - aujourd'hui : Infirmière en réanimation, CHU de Lyon
Soins intensifs, gestion du stress

Formation
2012 - 2015 : Diplôme d'État d'infirmier, IFSI de Lyon

Langues
Français (langue maternelle)
""",
    "accountant.txt": """Otto Beispiel
otto@example.org

Accountant

Experience
Accountant, Umbrella, Berlin, Germany, March 2016 - present
SAP, Excel, financial statements

Languages
German (native), English (B2)
""",
}

UPLOADED_CV = """Lena Muster
lena.muster@example.org

Senior data engineer

Experience
Senior data engineer, Northwind, Paris, France
March 2019 - present
Pipelines with Python, SQL and Apache Spark

Skills
Python, SQL, Apache Spark

Languages
English (C1), French (B2)
"""

PASTED_OFFER = """Accountant, Hooli, Berlin, Germany

Requirements
3 years of experience in accounting, SAP, Excel and Power BI
German B2

Permanent contract, on site
"""


def write_documents(folder: Path) -> tuple[Path, Path]:
    """The folders of CVs and of offers; one CV is a broken PDF."""
    for name, documents in (("cvs", CVS), ("offers", OFFERS)):
        (folder / name).mkdir(parents=True)
        for file, text in documents.items():
            (folder / name / file).write_text(text, encoding="utf-8")
    (folder / "cvs" / "broken.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog")
    return folder / "cvs", folder / "offers"


def pdf(text: str) -> bytes:
    """A PDF of one page that says `text`."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    for number, line in enumerate(text.splitlines()):
        canvas.drawString(60, 790 - 16 * number, line)
    canvas.save()
    return out.getvalue()
