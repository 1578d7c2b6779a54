"""Which language a text is in: function words for the languages met most, py3langid for the others."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from talentflow.extraction.phrases import fold

_HEAD = 4_000
_SAMPLE_WORDS = 500

_STOP_WORDS = {
    "en": (
        "the and of to with for is are you your we our will be this that from as an on by have or at not all their who "
        "can about work working team experience years role looking join what more than into which they has been across "
        "within"
    ),
    "fr": (
        "le la les de des du et un une pour dans sur vous nous votre vos notre nos avec au aux est sont en par ou qui que "
        "plus ce cette ces son sa ses leur etre avoir poste h/f equipe au sein ainsi afin chez entre depuis tous toutes "
        "je mon ma mes ans experience l d"
    ),
    "pt": (
        "o a os as de do da dos das e um uma para com em no na nos nas por que se voce nossa nosso ao mais ou sua seu nao "
        "como sao ser estar equipe vaga pelo pela anos"
    ),
    "es": (
        "el la los las de del y un una para con en por que se su sus como mas al o es son nuestro nuestra equipo anos lo "
        "tu desde trabajo experiencia buscamos"
    ),
    "de": (
        "der die das und mit fur von zu im in den dem ein eine einen ist sind wir sie unser unsere ihr ihre auf als bei "
        "oder nicht auch werden deine du zur zum uber nach"
    ),
    "it": (
        "il lo la i gli le di del della dei e un una per con in che si su sono nel nella alla al da o come piu anche "
        "nostro azienda lavoro esperienza anni"
    ),
    "nl": (
        "de het een en van voor met in op te is zijn je jij wij ons onze bij als naar of aan om dat die wordt werken "
        "ervaring jouw ook niet"
    ),
}
_WORD_LANGUAGES: dict[str, tuple[str, ...]] = {}
for _language, _words in _STOP_WORDS.items():
    for _word in _words.split():
        _WORD_LANGUAGES[_word] = (*_WORD_LANGUAGES.get(_word, ()), _language)

_TITLE_WORDS = {
    "en": (
        "developer engineer manager assistant nurse teacher accountant driver cook cleaner analyst designer consultant "
        "officer specialist director sales writer worker clerk technician intern internship administrator representative "
        "head lead senior junior full-time part-time software data warehouse plumber electrician lawyer physician "
        "scientist editor"
    ),
    "fr": (
        "developpeur developpeuse ingenieur ingenieure responsable charge chargee directeur directrice infirmier "
        "infirmiere comptable technicien technicienne vendeur vendeuse conducteur conductrice cuisinier cuisiniere "
        "serveur serveuse stage stagiaire alternance alternant alternante chef cheffe commercial commerciale "
        "aide-soignant aide-soignante professeur electricien electricienne plombier soudeur magasinier cariste agent "
        "assistante employe employee ouvrier avocat medecin secretaire acheteur acheteuse gestionnaire formateur "
        "formatrice cdi cdd interim apprenti apprentie"
    ),
}
_TITLE_LANGUAGE = {w: language for language, words in _TITLE_WORDS.items() for w in words.split()}

_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_KNOWN = "en fr pt es de it nl pl sv da no fi cs ro hu tr ru uk bg el ar fa he zh ja ko hi th vi id hr sk sl ca"


def language_of(text: str) -> tuple[str, float]:
    """ISO 639-1 code and confidence in [0, 1]; (`und`, 0.0) when there are no letters to judge by.

    A short text (a bare job title) never gets more than 0.6: a few words do not prove a language.
    """
    head = text[:_HEAD]
    words = _WORD.findall(fold(head))[:_SAMPLE_WORDS]
    if not words:
        return "und", 0.0
    votes: defaultdict[str, float] = defaultdict(float)
    for word in words:
        languages = _WORD_LANGUAGES.get(word)
        if languages:
            for language in languages:
                votes[language] += 1 / len(languages)
    if len(words) >= 12 and votes:
        ranked = sorted(votes.items(), key=lambda item: (-item[1], item[0]))
        best, first = ranked[0]
        second = ranked[1][1] if len(ranked) > 1 else 0.0
        density = min(1.0, first / (0.12 * len(words)))
        confidence = (first - second) / first * density
        if confidence >= 0.5 and first >= 4:
            return best, round(0.5 + confidence / 2, 3)
    if len(words) < 12:
        return _short(head, words, votes)
    return _identified(head)


def _short(text: str, words: list[str], votes: Mapping[str, float]) -> tuple[str, float]:
    total: defaultdict[str, float] = defaultdict(float, votes)
    for word in words:
        if word in _TITLE_LANGUAGE:
            total[_TITLE_LANGUAGE[word]] += 2
    if "h/f" in fold(text) or "f/h" in fold(text):
        total["fr"] += 2
    if total:
        ranked = sorted(total.items(), key=lambda item: (-item[1], item[0]))
        second = ranked[1][1] if len(ranked) > 1 else 0.0
        if ranked[0][1] > second and ranked[0][1] >= 1:
            return ranked[0][0], round(min(0.6, 0.3 + 0.1 * (ranked[0][1] - second)), 3)
    if _LATIN.search(text):
        return "und", 0.0
    code, confidence = _identified(text)
    return code, min(confidence, 0.6)


@functools.cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_KNOWN.split())
    return identifier


def _identified(text: str) -> tuple[str, float]:
    code, probability = _identifier().classify(text)
    if probability < 0.4:
        return "und", 0.0
    return code, round(min(0.9, float(probability)), 3)
