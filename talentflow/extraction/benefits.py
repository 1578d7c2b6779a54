"""Benefits that an offer names, each once, in its own words."""

from __future__ import annotations

from collections.abc import Callable

from talentflow.extraction.phrases import Hit, finder

_BENEFITS: dict[str, str] = {
    "health": (
        "health insurance, medical insurance, private medical*, healthcare, health care, private healthcare, health plan, "
        "bupa, medical coverage, health coverage, medical plan, mutuelle, mutuelle d'entreprise, mutuelle sante, "
        "complementaire sante, plano de saude, assistencia medica, medical dental and vision, medical benefits, "
        "healthcare stipend, health benefits"
    ),
    "dental": (
        "dental and vision insurance, dental and vision, dental insurance, dental, dental plan, dental care, assistencia "
        "odontologica, plano odontologico"
    ),
    "vision": "vision insurance, vision care, vision plan",
    "life": ("life insurance, prevoyance, disability insurance, life assurance, death in service, seguro de vida"),
    "retirement": (
        "401k, 401(k), 401 (k), pension, pension scheme, company pension, retirement plan, retirement savings, per "
        "collectif, plan d'epargne*, retraite supplementaire, superannuation, pee, perco"
    ),
    "meals": (
        "meal allowance, panier repas, prime repas, free food, staff meals provided, "
        "tickets restaurant, ticket restaurant, tickets-restaurant, titres restaurant, titres-restaurant, carte "
        "restaurant, swile, carte swile, cheques dejeuner, panier repas, paniers repas, meal vouchers, free lunch, free "
        "meals, free lunches, restaurant d'entreprise, cantine d'entreprise, cantine, lunch provided, subsidised canteen, "
        "vale refeicao, vale "
        "alimentacao, meals provided, repas fournis, repas sur place, staff meals, meals on duty, avantage repas, prime "
        "de panier, vale alimentacao ou refeicao"
    ),
    "time_off": (
        "sick pay, paid sick days, jours de repos, holiday pay, semaine de conges supplementaire, "
        "paid time off, pto, unlimited pto, paid vacation, paid holidays, paid leave, annual leave, rtt, jours de rtt, "
        "holiday allowance, days holiday, days of holiday, days' holiday, days annual leave, conges payes, conges "
        "supplementaires, semaines de conges, unlimited holiday, vacation days, sick leave, flexible time off, generous "
        "vacation, unlimited vacation, paid sick leave, jours de conges, bank holidays, annual holiday, paid annual "
        "leave, birthday off, day off"
    ),
    "parental": ("parental leave, maternity leave, paternity leave, conge parental, licenca maternidade, enhanced maternity"),
    "equity": ("equity, stock options, stock option, share options, bspce, rsu, rsus, esop, employee stock*, actionnariat*"),
    "bonus": (
        "paid overtime, heures supplementaires majorees, heures supplementaires payees, prime de vacances, prime de noel, "
        "overtime pay, "
        "annual bonus, performance bonus, performance-based bonus, sign-on bonus, signing bonus, quarterly bonus, yearly "
        "bonus, bonus scheme, discretionary bonus, prime annuelle, prime sur objectifs, primes, prime de fin d'annee, "
        "13eme mois, 13e mois, treizieme mois, commission, commissions, uncapped commission, prime d'interessement, "
        "primes sur objectifs, prime de participation, profit sharing, interessement, participation aux benefices, "
        "participation, prime d'assiduite, variable, christmas bonus, bonus annuel, prime de nuit, prime d'ete, prime "
        "segur, holiday bonus, performance bonuses, annual bonuses, prime d'anciennete"
    ),
    "learning": (
        "learning budget, training budget, learning and development budget, development budget, education budget, tuition "
        "reimbursement, tuition assistance, learning stipend, formation continue, budget formation, formation interne, "
        "conference budget, professional development, training provided, formations internes, formation assuree, paid "
        "training, learning and development, parcours de formation, continuous learning, formation certifiante, full "
        "training"
    ),
    "transport": (
        "company car, car allowance, voiture de fonction, vehicule de service, vehicule de fonction, travel allowance, "
        "transport allowance, remboursement transport, remboursement des transports, prise en charge des transports, "
        "prise en charge transport, pass navigo, navigo, commuter benefits, cycle to work, free parking, forfait "
        "mobilite*, season ticket loan, abonnement transport, indemnites kilometriques, remboursement 50% transport*, "
        "remboursement a 50 %*, parking gratuit, mileage allowance, on-site parking, indemnite transport, vale "
        "transporte, parking, prime de transport"
    ),
    "home_office": (
        "home office stipend, home office budget, home office allowance, remote work stipend, equipment budget, "
        "coworking, wfh budget, co-working, equipment allowance, work from home allowance, home office setup"
    ),
    "flexible": (
        "flexible hours, flexible working hours, flexible schedule, flexible working, horaires flexibles, flexitime, "
        "flextime, horario flexivel, horaires amenageables, flexible work*, 4-day week, four-day week, semaine de 4 "
        "jours, horaires de jour"
    ),
    "wellness": (
        "gym membership, gympass, wellhub, wellness stipend, wellbeing budget, wellness program, employee assistance "
        "program*, employee assistance programme*, mental health support, salle de sport, wellness allowance, free gym*, "
        "wellness budget, wellbeing programme"
    ),
    "childcare": (
        "childcare vouchers, place en creche, creche d'entreprise, auxilio creche, childcare, berceau en creche, "
        "childcare support"
    ),
    "discount": (
        "employee discount, staff discount, remise personnel, remises personnel, reductions sur, tarifs preferentiels, "
        "product discount, discounts on*, store discount, retail discounts, remise collaborateur, remise salarie"
    ),
    "cse": (
        "comite d'entreprise, cse, avantages cse, avantages ce, oeuvres sociales, cheques cadeaux, cheques vacances, "
        "cheque vacances, cheques-vacances, cheques-cadeaux"
    ),
    "housing": (
        "logement de fonction, logement fourni, heberge, logement possible, accommodation provided, relocation package, "
        "relocation assistance, relocation support, relocation, aide au logement, loge, live-in, loge et nourri, nourri "
        "loge, housing allowance, logement sur place"
    ),
    "visa": "visa sponsorship, visa support, visa assistance",
    "uniform": ("uniform provided, free uniform, tenue fournie, tenue de travail fournie, blanchisserie, work clothes provided"),
    "events": (
        "team offsites, company retreats, team events, afterworks, company events, team retreats, annual retreat, "
        "seminaires*, team building"
    ),
}
_FIND = finder(_BENEFITS)
_MOST = 20
_NOT_AFTER = ("plan administration", "administration", "specialist", "system", "platform", "company", "sector", "industry")
_SHARED_WORDS = (
    "healthcare, health care, dental, equity, commission, commissions, variable, participation, pension, parking, primes, "
    "relocation, professional development, cse, seminaires, pee, day off, childcare, parental leave, coworking, co-working, "
    "flexible working, healthcare stipend, health insurance, loge, life insurance, medical insurance, annual leave, "
    "maternity leave, sick leave, per, bank holidays, commuter benefits, paid leave, navigo, cantine, prevoyance, "
    "retirement plan, continuous learning, learning and development, conges payes, days off, flexible schedule "
)
_AMBIGUOUS = frozenset(word.strip() for word in _SHARED_WORDS.split(","))
"""Words that also name a field of business or a task: they count in the benefits section or beside another benefit."""


def find_benefits(text: str, folded: str, section_at: Callable[[int], str]) -> list[Hit]:
    """Benefits in the order of the text, each wording once.

    Args:
        text: the offer.
        folded: `fold(text)`.
        section_at: the section that an offset stands in, as `offer_sections` names them.
    """
    hits = [hit for hit in _FIND(folded) if not folded[hit.end : hit.end + 24].lstrip().startswith(_NOT_AFTER)]
    kept: dict[str, Hit] = {}
    for place, hit in enumerate(hits):
        section = section_at(hit.start)
        neighbours = sum(
            1 for other in hits[max(0, place - 2) : place + 3] if other is not hit and abs(other.start - hit.start) < 220
        )
        if section == "tasks" and not neighbours >= 2:
            continue
        if section in ("must", "nice") and not neighbours:
            continue
        if folded[hit.start : hit.end] in _AMBIGUOUS and section not in ("benefits", "other") and not neighbours:
            continue
        kept.setdefault(folded[hit.start : hit.end], hit)
        if len(kept) >= _MOST:
            break
    return [Hit(text[hit.start : hit.end], hit.start, hit.end) for hit in kept.values()]
