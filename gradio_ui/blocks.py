"""The app's pages and their looks, in gradio."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from fastapi import FastAPI

from gradio_ui.docs import mount_data_docs
from gradio_ui.pages.chat import browser_secret, chat_page
from gradio_ui.pages.match import CANDIDATES, OFFERS, match_page
from gradio_ui.pages.runs import quality_page
from gradio_ui.services import Services

_STYLE = Path(__file__).with_name("style.css")
_ICON = Path(__file__).with_name("icon.svg")
AT_ONCE = 20
"""Questions of one kind handled at the same time: they wait for the engine's workers, not for each other."""
WAITING = 200
_WEIGHTS = (400, 700)
"""The semibold files that gradio carries lack most letters."""
_HEAD = '<meta name="color-scheme" content="light dark">'
_HEADER = (
    '<header class="tf-top"><span class="tf-logo" aria-hidden="true"></span><h1>Talentflow</h1>'
    "<p>Offers and candidates, with reasons</p></header>"
)


def theme() -> gr.themes.Base:
    """Deep teal on quiet greys; the font comes with gradio and is served from here."""
    teal = gr.themes.Color(
        c50="#effaf9", c100="#d3f1ef", c200="#a9e2df", c300="#74ccc9", c400="#3fadad", c500="#0f8b8d", c600="#0c7174",
        c700="#0d5a5d", c800="#0f494c", c900="#103d40", c950="#04262a", name="teal",
    )  # fmt: skip
    look = gr.themes.Base(
        primary_hue=teal,
        secondary_hue=teal,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_md,
        font=[gr.themes.LocalFont("IBM Plex Sans", weights=_WEIGHTS), "system-ui", "sans-serif"],
        font_mono=[gr.themes.LocalFont("IBM Plex Mono", weights=_WEIGHTS), "ui-monospace", "monospace"],
    )
    return look.set(
        body_background_fill="#f5f7f8",
        body_background_fill_dark="#0e1519",
        block_background_fill="#ffffff",
        block_background_fill_dark="#162026",
        block_border_width="1px",
        block_shadow="none",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_500",
        button_primary_text_color="#ffffff",
        input_border_width="1px",
        input_border_color="#cfd8dd",
        input_border_color_dark="#34444e",
        input_background_fill="#ffffff",
        input_background_fill_dark="#111a1f",
        block_label_text_size="*text_sm",
    )


def build(services: Services) -> gr.Blocks:
    """The four pages. Results live in the sessions' own state alone."""
    with gr.Blocks(title="Talentflow", fill_width=True) as page:
        gr.HTML(_HEADER, elem_classes="tf-top-block")
        user = browser_secret(services)
        with gr.Tabs(elem_classes="tf-pages", overflow_behavior="wrap"):
            with gr.Tab("Find offers", id="offers"):
                match_page(services, OFFERS, page)
            with gr.Tab("Find candidates", id="candidates"):
                asked, filters = match_page(services, CANDIDATES, page)
            with gr.Tab("Talk with CVs", id="chat") as chat:
                chat_page(services, page, chat, user, asked, filters)
            with gr.Tab("Runs & quality", id="runs") as runs:
                quality_page(services, page, runs)
    page.queue(max_size=WAITING, default_concurrency_limit=AT_ONCE)
    return page


def mount(app: FastAPI, services: Services, *, host: str, port: int) -> FastAPI:
    """The pages at `/`, the Data Docs beside them."""
    mount_data_docs(app, services.settings)
    return gr.mount_gradio_app(
        app,
        build(services),
        path="/",
        server_name=host,
        server_port=port,
        footer_links=[],
        run_history=False,
        max_file_size=services.settings.max_document_bytes,
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        favicon_path=str(_ICON),
        theme=theme(),
        css=_STYLE.read_text(encoding="utf-8"),
        head=_HEAD,
    )
