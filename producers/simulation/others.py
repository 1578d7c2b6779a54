"""Documents that are neither CVs nor offers: what lands in such folders all the same."""

from __future__ import annotations

from random import Random

from producers.simulation.layout import Bullets, Layout, Para, Section, Style, Table
from producers.simulation.people import cities, employer, full_name, phone
from producers.simulation.wording import words

KINDS = ["invoice", "newsletter", "minutes", "reminder", "manual", "recipe", "quote"]


def other(rng: Random, language: str) -> tuple[Layout, str]:
    """A page and what it is."""
    kind = rng.choice(KINDS)
    city = rng.choice(cities(language))
    sender = employer(rng, language, rng.choice(["retail", "business", "craft", "energy"]), city)
    name = " ".join(full_name(rng, "fr_FR" if language == "fr" else "en_GB", rng.random() < 0.5))
    month = rng.choice(words(language)["months"])
    french = language == "fr"
    page = Layout(
        title=sender, language=language, style=Style(heading=rng.choice(["upper", "plain", "underlined"]), footer="page")
    )
    page.contacts = [f"{city.name} - {phone(rng, city.country)}"]
    number, amount = rng.randint(1000, 99999), rng.randint(80, 9000)
    things = (
        ["Vis inox 6 mm", "Peinture blanche 10 L", "Papier A4", "Ampoules LED", "Forfait entretien", "Câble 3G2,5"]
        if french
        else ["Stainless screws", "White paint 10 L", "A4 paper", "LED bulbs", "Maintenance fee", "Copper pipe"]
    )
    rows = [["Article", "Qté", "Prix"] if french else ["Item", "Qty", "Price"]]
    rows += [
        [
            thing,
            str(rng.randint(1, 40)),
            f"{rng.randint(3, 400)},{rng.randint(0, 99):02d} €" if french else f"£{rng.randint(3, 400)}.{rng.randint(0, 99):02d}",
        ]
        for thing in rng.sample(things, rng.randint(2, 5))
    ]
    if kind in ("invoice", "quote"):
        label = {"invoice": ("Facture", "Invoice"), "quote": ("Devis", "Quotation")}[kind][0 if french else 1]
        page.subtitle = f"{label} n° {number}" if french else f"{label} No. {number}"
        total = f"Total TTC : {amount},00 €" if french else f"Total due: £{amount}.00"
        terms = "Paiement à 30 jours par virement. TVA 20 %." if french else "Payment within 30 days by bank transfer. VAT 20%."
        page.sections = [
            Section(
                "",
                [
                    Para(f"{'Client' if french else 'Bill to'}: {name}"),
                    Table(rows, [0.6, 0.15, 0.25], header=True),
                    Para(total, bold=True),
                    Para(terms),
                ],
            )
        ]
    elif kind == "newsletter":
        items = (
            [
                f"Fête de quartier le {rng.randint(1, 28)} {month} sur la place du marché",
                f"La piscine ferme {rng.randint(2, 9)} semaines pour travaux",
                "Nouveaux horaires du bus 12",
                f"{rng.randint(20, 400)} arbres plantés cet hiver",
                "Concours de photos : règlement à l'accueil",
            ]
            if french
            else [
                f"Street party on {rng.randint(1, 28)} {month} in the market square",
                f"The pool closes for {rng.randint(2, 9)} weeks for repairs",
                "New timetable for bus 12",
                f"{rng.randint(20, 400)} trees planted this winter",
                "Photo competition: rules at reception",
            ]
        )
        page.subtitle = f"{'Lettre d’information' if french else 'Newsletter'} - {month} 2026"
        page.sections = [
            Section("À la une" if french else "This month", [Bullets(rng.sample(items, 4))]),
            Section("Agenda" if french else "Dates for your diary", [Para(rng.choice(items))]),
        ]
    elif kind == "minutes":
        page.subtitle = (
            f"Compte rendu de la réunion du {rng.randint(1, 28)} {month} 2026"
            if french
            else f"Minutes of the meeting of {rng.randint(1, 28)} {month} 2026"
        )
        points = (
            [
                "Le budget des travaux est adopté à l'unanimité.",
                "La fuite du parking sera réparée avant l'été.",
                f"Prochaine réunion le {rng.randint(1, 28)} {month}.",
                "Le contrat d'ascenseur est renégocié.",
            ]
            if french
            else [
                "The budget for the works is approved.",
                "The leak in the car park will be mended by summer.",
                f"Next meeting on {rng.randint(1, 28)} {month}.",
                "The lift contract is put out to tender.",
            ]
        )
        page.sections = [
            Section("Présents" if french else "Present", [Para(name)]),
            Section("Décisions" if french else "Decisions", [Bullets(rng.sample(points, 3))]),
        ]
    elif kind == "reminder":
        french_text = (
            f"Chère cliente, cher client, sauf erreur de notre part, la facture {number} de {amount},00 € reste impayée. "
            "Merci de régler sous huit jours."
        )
        english_text = (
            f"Dear customer, according to our records invoice {number} for £{amount}.00 remains unpaid. "
            "Please settle it within eight days."
        )
        text = french_text if french else english_text
        page.sections = [Section("", [Para(text), Para("Le service comptabilité" if french else "Accounts department")])]
    elif kind == "manual":
        page.subtitle = f"Notice d'utilisation - modèle {number}" if french else f"User manual - model {number}"
        steps = (
            [
                "Débrancher l'appareil avant tout nettoyage.",
                "Remplir le réservoir jusqu'au repère.",
                f"Attendre {rng.randint(2, 20)} minutes avant la mise en marche.",
                "Ne pas immerger le bloc moteur.",
            ]
            if french
            else [
                "Unplug the appliance before cleaning.",
                "Fill the tank up to the mark.",
                f"Wait {rng.randint(2, 20)} minutes before switching on.",
                "Do not put the motor unit in water.",
            ]
        )
        page.sections = [
            Section("Mise en service" if french else "First use", [Bullets(steps)]),
            Section("Garantie" if french else "Guarantee", [Para("Deux ans pièces." if french else "Two years on parts.")]),
        ]
    else:
        page.title = (
            ("Tarte aux " + rng.choice(["pommes", "poireaux", "abricots", "courgettes"]))
            if french
            else rng.choice(["Apple", "Leek", "Apricot", "Courgette"]) + " tart"
        )
        page.contacts = []
        page.sections = [
            Section(
                "Ingrédients" if french else "Ingredients",
                [
                    Bullets(
                        [f"{rng.randint(150, 400)} g de farine", f"{rng.randint(2, 5)} œufs", "une pincée de sel"]
                        if french
                        else [f"{rng.randint(150, 400)} g flour", f"{rng.randint(2, 5)} eggs", "a pinch of salt"]
                    )
                ],
            ),
            Section(
                "Préparation" if french else "Method",
                [
                    Para(
                        f"Cuire {rng.randint(20, 50)} minutes à {rng.randint(16, 22)}0 °C."
                        if french
                        else f"Bake for {rng.randint(20, 50)} minutes at {rng.randint(16, 22)}0 °C."
                    )
                ],
            ),
        ]
    return page, kind
