"""Talentflow brings job offers and CVs together.

The domain lives here and imports no engine at import time: see `docs/architecture.md`.
"""

__version__ = "0.1.0"
