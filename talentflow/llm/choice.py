"""The model that was chosen, where one is needed, and what its tokens cost."""

from __future__ import annotations

from talentflow.errors import BadSettings
from talentflow.llm import LanguageModel, open_llm
from talentflow.settings import Settings

HOW = (
    "set TALENTFLOW_LLM=groq (or openai) and TALENTFLOW_LLM_API_KEY, or TALENTFLOW_LLM=llama and TALENTFLOW_LLM_MODEL_PATH to a "
    "GGUF file; docs/language-models.md names good ones, and  talentflow doctor  checks them"
)


def require_llm(settings: Settings) -> LanguageModel:
    """The model that `settings.llm` names. Asks no server yet. Raises: BadSettings (none is chosen too), MissingExtra."""
    model = open_llm(settings)
    if model is None:
        raise BadSettings(f"this asks a language model, and none is chosen: {HOW}")
    return model


def cost(settings: Settings, prompt_tokens: int, completion_tokens: int) -> float:
    """In the currency of TALENTFLOW_LLM_PRICE_INPUT and TALENTFLOW_LLM_PRICE_OUTPUT, which are of a million tokens; 0 where
    they are not set."""
    spent = prompt_tokens * settings.llm_price_input + completion_tokens * settings.llm_price_output
    return round(spent / 1_000_000, 6)
