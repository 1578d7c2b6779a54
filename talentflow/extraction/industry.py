"""The industry an offer belongs to: a label, the words its company is described with, else what its occupation implies."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from talentflow.extraction.phrases import Hit, finder

_WORDS: dict[str, str] = {
    "Software and IT services": (
        "saas, software company, software development, software house, it services, technology company, cloud platform, "
        "esn, ssii, editeur de logiciel*, editeur logiciel, open source, developer tools, nearshore, technology "
        "solutions, tech startup, it consulting, digital agency, services numeriques, staff augmentation, entreprise de "
        "services du numerique, cybersecurity company, solutions digitales, software solutions, technology consulting, "
        "ubuntu, transformation tecnologica, infrastructure company"
    ),
    "Financial services": (
        "investment manager, asset manager, equity research, investment bank, bank, banking, banque, fintech, payments, "
        "paiements, trading, investment, asset management, gestion d'actifs, "
        "financial services, services financiers, lending, credit, wealth management, hedge fund, private equity, "
        "neobank, etablissement bancaire, caisse d'epargne, buy now"
    ),
    "Cryptocurrency": ("crypto, blockchain, cryptocurrency, web3, defi"),
    "Insurance": (
        "insurance company, insurer, insurtech, assurances, assureur, compagnie d'assurance*, mutuelle d'assurance*, "
        "courtier, underwriting, cabinet de courtage"
    ),
    "Health care": (
        "hospital, hopital, clinic, clinique, patients, healthcare provider, ehpad, nursing home, care home, soins, nhs, "
        "medical center, centre hospitalier, health system, health systems, healthtech, residents, cabinet medical, "
        "ssiad, aide a domicile, maison de retraite, home care, patient care, cabinet dentaire, ward"
    ),
    "Pharmaceuticals and biotechnology": (
        "pharma, pharmaceutical, pharmaceutique, biotech, biotechnology, laboratoire pharmaceutique, clinical trials, "
        "life sciences, medical devices, dispositifs medicaux, essais cliniques, officine, pharmacie"
    ),
    "Education": (
        "school, ecole, university, universite, college, pupils, students, eleves, edtech, teaching, enseignement, "
        "academy, lycee, creche, nursery, higher education, centre de formation, education nationale, etablissement "
        "scolaire"
    ),
    "Retail": (
        "retail, retailer, store, stores, magasin, magasins, boutique, grande distribution, supermarket, supermarche, "
        "hypermarche, enseigne, point de vente, shop floor, supermarkets, rayon, grocery"
    ),
    "E-commerce": ("e-commerce, ecommerce, marketplace, online store, vente en ligne, gmv"),
    "Hospitality and restaurants": (
        "restaurant, hotel, hotellerie, brasserie, restauration, cuisine, catering, hospitality, traiteur, bar, cafe, "
        "guests, gastronomique, fine dining, bistrot, resort, couverts, chef de cuisine, kitchen"
    ),
    "Travel and tourism": (
        "travel agency, tourism, tourisme, airline, compagnie aerienne, voyages, camping, station de ski, cruise, agence "
        "de voyage*, village vacances"
    ),
    "Construction": (
        "construction, btp, batiment, chantier, chantiers, civil engineering, genie civil, travaux publics, building "
        "site, maitrise d'oeuvre, gros oeuvre, contractor company, second oeuvre, travaux, construction sites, building "
        "services"
    ),
    "Real estate": (
        "real estate, immobilier, immobiliere, property management, promoteur, syndic, land investing, biens immobiliers, "
        "letting, proptech, agence immobiliere, bailleur"
    ),
    "Manufacturing": (
        "manufacturing, manufacturer, usine, factory, industrie, production line, ligne de production, plant, atelier, "
        "usinage, fabricant, industriel, metallurgie, machining, plasturgie, site de production, production site, "
        "chaudronnerie, fabrication"
    ),
    "Automotive": (
        "automotive, automobile, car manufacturer, constructeur automobile, vehicules, garage, equipementier, dealership, "
        "concession, concessionnaire"
    ),
    "Aerospace and defence": (
        "aerospace, aeronautique, aviation, defence, defense, spatial, satellite, avionics, space industry, aircraft"
    ),
    "Energy and utilities": (
        "energy company, energie, renewable, renewables, energies renouvelables, solar, photovoltaique, oil and gas, "
        "nuclear, nucleaire, eolien, wind farm, electricity, utilities, power plant, gaz, photovoltaiques, energy "
        "transition"
    ),
    "Transport and logistics": (
        "logistics, logistique, warehouse, entrepot, transport, transporteur, supply chain, freight, delivery company, "
        "livraison, fret, messagerie, shipping, last mile, plateforme logistique, haulage, distribution centre, "
        "distribution center, poids lourd"
    ),
    "Telecommunications": (
        "telecommunications, telecom, telecoms, operateur mobile, mobile network*, fibre optique, open ran, 5g, network "
        "operator, mobile networks"
    ),
    "Media and entertainment": (
        "media, publishing, edition, film, television, streaming, gaming, video games, jeux video, musique, newsroom, "
        "journal, editorial, animation studio, entertainment, production audiovisuelle, magazine"
    ),
    "Marketing and advertising": (
        "marketing agency, advertising, publicite, agence de communication, agence digitale, digital marketing agency, "
        "growth marketing, agence marketing, creative agency, performance marketing, content agency, adtech, agence de "
        "publicite, clients' marketing"
    ),
    "Consulting": (
        "consulting firm, cabinet de conseil, management consulting, advisory firm, strategy consulting, conseil en "
        "management, conseil en strategie, consultancy"
    ),
    "Accounting and audit": (
        "cabinet comptable, expertise comptable, expertise-comptable, cabinet d'expertise*, accounting firm, accountancy, "
        "audit firm, accountancy practice, commissariat aux comptes"
    ),
    "Legal services": (
        "law firm, cabinet d'avocats, legal services, barreau, etude notariale, notaire, monitorships, legal practice, "
        "chambers, avocats associes"
    ),
    "Human resources and staffing": (
        "staffing, recruitment agency, cabinet de recrutement, agence d'interim, talent platform, employer of record, "
        "global hr, hr platform, agence d'emploi, payroll platform, recruiting company, global employment, travail "
        "temporaire, career readiness"
    ),
    "Public administration": (
        "mairie, collectivite, government, ministere, public sector, service public, council, county, commune, fonction "
        "publique, prefecture, departement, conseil departemental, local authority, agglomeration, metropole, "
        "collectivite territoriale, civil service, city council, federal agency"
    ),
    "Non-profit": (
        "non-profit, nonprofit, ngo, ong, association, charity, fondation, humanitarian, humanitaire, benevoles, "
        "charitable, economie sociale et solidaire"
    ),
    "Agriculture and food": (
        "ready meals, chilled meals, foods, plats cuisines, agriculture, agricole, farm, ferme, viticole, agroalimentaire,"
        " food industry, vignoble, agro-alimentaire, "
        "exploitation, maraichage, food processing, boulangerie, patisserie, elevage, laiterie, vendanges, vineyard, "
        "crops"
    ),
    "Personal services": (
        "coiffure, salon, esthetique, spa, beauty, institut de beaute, lawn care, home services, pressing, hair salon, "
        "services a la personne, beauty salon, menage a domicile"
    ),
    "Security services": (
        "securite privee, security company, gardiennage, surveillance humaine, security guards, agents de securite, "
        "societe de securite"
    ),
    "Cleaning and facilities": (
        "nettoyage, cleaning company, proprete, entretien des locaux, facility management, facilities management, societe "
        "de nettoyage, cleaning services, hygiene des locaux"
    ),
    "Environment": (
        "recycling, recyclage, dechets, waste management, environnement, sustainability, traitement de l'eau, eau "
        "potable, climate tech, biodiversite, espaces verts, water treatment"
    ),
}
INDUSTRIES = tuple(_WORDS)
"""Every name that is given where no label of the offer says one; a label's own words are kept as written."""
_FIND = finder(_WORDS)
_PREFIXES = {
    "Health care": "221 222 226 32 53",
    "Education": "23",
    "Software and IT services": "25 35",
    "Hospitality and restaurants": "512 513 3434 94",
    "Retail": "522 523",
    "Construction": "71 741",
    "Transport and logistics": "832 833 933 4321",
    "Legal services": "261",
    "Personal services": "514",
    "Cleaning and facilities": "911",
    "Security services": "5414",
    "Agriculture and food": "61",
    "Manufacturing": "72 81 82",
    "Accounting and audit": "2411 431",
}
"""ISCO-08 codes, or their beginnings, whose jobs are mostly done in one industry."""
_OF_OCCUPATION = sorted(
    ((code, name) for name, codes in _PREFIXES.items() for code in codes.split()), key=lambda pair: (-len(pair[0]), pair[0])
)
_ENOUGH = 2.0


class Industry(NamedTuple):
    """`start` and `end` are None for one that only the occupation implies."""

    name: str
    start: int | None
    end: int | None


def find_industry(folded: str, occupation_code: str | None) -> Industry | None:
    """One of `INDUSTRIES`. Words near the top and different words count more than one word repeated."""
    votes: dict[str, float] = defaultdict(float)
    firsts: dict[str, Hit] = {}
    times: dict[tuple[str, str], int] = defaultdict(int)
    for hit in _FIND(folded):
        word = folded[hit.start : hit.end]
        times[hit.value, word] += 1
        if times[hit.value, word] > 3:
            continue
        votes[hit.value] += (1.0 if hit.start < 1_200 else 0.5) * (1.5 if " " in word else 1.0) / times[hit.value, word]
        firsts.setdefault(hit.value, hit)
    implied = next((name for prefix, name in _OF_OCCUPATION if occupation_code and occupation_code.startswith(prefix)), None)
    if implied:
        votes[implied] += 1.0
    if not votes:
        return None
    name = max(votes, key=lambda value: (votes[value], value))
    if votes[name] < _ENOUGH and name != implied:
        return Industry(implied, None, None) if implied else None
    hit = firsts.get(name)
    return Industry(name, hit.start, hit.end) if hit else Industry(name, None, None)
