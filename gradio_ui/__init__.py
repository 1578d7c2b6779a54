"""The web app: offers for a CV, candidates for an offer, and what the runs did.

`app.py` serves it; `pages/` and `blocks.py` say what is on the pages and are the only files that import gradio; the others turn
records into HTML with plain functions.
"""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
