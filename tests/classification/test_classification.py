"""Kind, language, seniority and occupation of documents and bare titles."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talentflow.classification import classify, kind_of
from talentflow.classification.language import language_of
from talentflow.classification.seniority import seniority_of_title, seniority_of_years

JOB_ADS = Path(__file__).parents[2].parent / "shared/data/job_ads/job_ads.jsonl"
OTHERS = {
    "invoice": "INVOICE\nInvoice number: 2026-0042\nBill to: Acme Ltd\nWeb design 1,200.00\nHosting 90.00\nSubtotal 1,290.00\nVAT 258.00\n"
    "Total due 1,548.00\nPayment within 30 days, IBAN GB00 0000",
    "facture": "FACTURE N° 2026-118\nDate d'échéance : 30/04/2026\nPrestation de conseil 2 400,00 €\nTotal HT 2 400,00 €\nTVA 20 % 480,00 €\n"
    "Net à payer 2 880,00 €",
    "cover letter": "Dear Hiring Manager,\n\nI am writing to apply for the position of nurse at your hospital. I have five years of experience "
    "and I would love to join your team.\n\nI look forward to hearing from you.\n\nYours sincerely,\nAnn Lee",
    "lettre de motivation": "Madame, Monsieur,\n\nSuite à votre annonce, je vous adresse ma candidature au poste de comptable. J'ai cinq ans "
    "d'expérience en cabinet.\n\nJe vous prie d'agréer, Madame, Monsieur, mes salutations distinguées.\n\nPaul Roux",
    "recipe": "Apple pie\n\nIngredients: 250 g of flour, 4 apples, 1 tablespoon of sugar.\nPreheat the oven to 180 °C. Stir the butter, serves 6.",
    "contrat": "CONTRAT DE PRESTATION\n\nEntre les soussignés, la société X, ci-après dénommée le Client, et Y, ci-après dénommé le Prestataire.\n"
    "Il a été convenu ce qui suit.\nArticle 1 – Objet\nArticle 2 – Durée",
    "paper": "Abstract. In this paper we study job matching with embeddings. Figure 1 shows the model of Smith et al. (2020). doi:10.1/x",
    "minutes": "Compte rendu de réunion du 3 mars\nOrdre du jour : budget, locaux.\nLe budget a été adopté. Prochaine réunion le 2 avril.",
}
CV = """Marie Dupont
marie.dupont@example.org · 06 12 34 56 78 · Lyon

Infirmière diplômée d'État

EXPÉRIENCE PROFESSIONNELLE
2019 - 2024  Infirmière, Clinique du Parc, Lyon
2016 - 2019  Infirmière de nuit, EHPAD Les Lilas

FORMATION
2013 - 2016  IFSI de Lyon

LANGUES
Anglais courant
"""


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("hint", [None, "cv"])
def test_letters_bills_and_recipes_are_neither(name: str, hint: str | None) -> None:
    assert kind_of(OTHERS[name], hint=hint)[0] == "other"


def test_a_cv_is_one_even_when_the_sender_says_offer() -> None:
    kind, confidence = kind_of(CV, hint="job_offer")
    assert kind == "cv"
    assert confidence > 0.8


def test_a_hint_decides_where_the_text_does_not() -> None:
    assert kind_of("Marketing analytics", hint="cv")[0] == "cv"
    assert kind_of("Marketing analytics", hint="job_offer")[0] == "job_offer"
    assert kind_of("Marketing analytics")[0] == "other"


def test_a_cv_gets_occupation_seniority_and_language() -> None:
    said = classify(CV)
    assert (said.occupation_code or "").startswith(("222", "322"))
    assert (said.seniority, said.language) == ("senior", "fr")
    assert said.language_confidence > 0.6


@pytest.mark.parametrize(
    ("title", "code", "seniority", "language"),
    [
        ("Senior Java Developer", "25", "senior", "en"),
        ("Infirmier de bloc (H/F)", "2", None, "fr"),
        ("Chef de projet junior", "", "junior", "fr"),
        ("Registered Nurse", "222", None, "en"),
    ],
)
def test_a_bare_title_has_an_occupation(title: str, code: str, seniority: str | None, language: str) -> None:
    said = classify(title)
    assert (said.occupation_code or "").startswith(code)
    assert said.occupation_confidence > 0
    assert (said.seniority, said.language) == (seniority, language)
    assert said.language_confidence <= 0.6


@pytest.mark.parametrize(
    ("title", "seniority"),
    [
        ("Stage marketing", "intern"),
        ("Alternant RH", "intern"),
        ("Head of Sales", "executive"),
        ("Directeur financier", "executive"),
        ("Engineering Manager", "lead"),
        ("Chef d'équipe maçon", "lead"),
        ("Staff Software Engineer", "lead"),
        ("Sr. Data Scientist", "senior"),
        ("Développeur confirmé", "mid"),
        ("Intermediate DevOps Engineer", "mid"),
        ("Graduate Engineer", "junior"),
        ("Software Engineer II", "mid"),
    ],
)
def test_words_of_rank(title: str, seniority: str) -> None:
    found = seniority_of_title(title)
    assert found is not None
    assert found[0] == seniority


@pytest.mark.parametrize(
    "title",
    ["Account Manager", "Staff Nurse", "Community manager", "Stage Manager", "Product Manager", "Customer Success Manager"],
)
def test_words_alike_are_no_rank(title: str) -> None:
    assert seniority_of_title(title) is None


def test_years_near_a_border_are_less_sure() -> None:
    assert seniority_of_years(10)[1] > seniority_of_years(5)[1]
    assert [seniority_of_years(y)[0] for y in (0, 3, 8)] == ["junior", "mid", "senior"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("We are looking for a nurse who will work with our team in the hospital and care for the patients every day.", "en"),
        (
            "Nous recherchons une infirmière pour notre équipe, avec une expérience en gériatrie et le sens du travail en équipe.",
            "fr",
        ),
        (
            "Estamos procurando uma pessoa para trabalhar com nossa equipe no desenvolvimento de sistemas e que tenha experiência.",
            "pt",
        ),
        (
            "Wir suchen für unser Team in Berlin eine Krankenpflegerin mit Erfahrung und Herz für die Arbeit mit den Menschen.",
            "de",
        ),
        (
            "Buscamos una persona para el equipo de ventas con experiencia en el sector y ganas de trabajar con nosotros cada día.",
            "es",
        ),
        ("Инженер-программист", "ru"),
        ("", "und"),
        ("12345 --- 67", "und"),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert language_of(text)[0] == language


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.sampled_from([None, "cv", "job_offer", "nonsense"]))
def test_any_text_is_classified_alike_twice(text: str, hint: str | None) -> None:
    said = classify(text, hint=hint)
    assert said == classify(text, hint=hint)
    for confidence in (said.kind_confidence, said.occupation_confidence, said.seniority_confidence, said.language_confidence):
        assert 0 <= confidence <= 1


def test_an_empty_text_is_other_without_confidence() -> None:
    said = classify("  \n ")
    assert (said.kind, said.kind_confidence, said.language) == ("other", 0, "und")


def test_kind_takes_a_millisecond_or_so_whatever_the_length() -> None:
    text = "you will work with our team and you are " * 10_000
    kind_of(text)
    started = time.process_time()
    for _ in range(20):
        kind_of(text)
    assert (time.process_time() - started) / 20 < 0.01


@pytest.mark.skipif(not JOB_ADS.exists(), reason="real ads are not here")
def test_real_ads_are_offers() -> None:
    ads = [json.loads(line) for line in JOB_ADS.read_text().splitlines()]
    kinds = [kind_of(f"{ad['title']}\n\n{ad['description']}")[0] for ad in ads]
    hinted = [kind_of(f"{ad['title']}\n\n{ad['description']}", hint="job_offer")[0] for ad in ads]
    assert kinds.count("job_offer") / len(ads) > 0.94
    assert hinted.count("job_offer") == len(ads)


@pytest.mark.parametrize(
    ("title", "expected"),
    [("Chef de chantier senior", "senior"), ("Senior Engineering Manager", "lead"), ("Talent Acquisition Partner", None)],
)
def test_a_trade_called_chief_is_senior_where_it_says_so(title: str, expected: str | None) -> None:
    assert classify(title).seniority == expected
