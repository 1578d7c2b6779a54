"""Runs and quality: what the pipeline did last, and how good its data is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import gradio as gr

from gradio_ui.charts import market_chart, stage_chart
from gradio_ui.docs import DATA_DOCS_URL
from gradio_ui.market import skill_market
from gradio_ui.runs import runs_page
from gradio_ui.services import Services
from gradio_ui.sources import sources_panel
from producers.health import sources_health
from talentflow.data_docs import site_of
from talentflow.report import load_summaries


def quality_page(services: Services, page: gr.Blocks, tab: gr.Tab) -> None:
    """Lay the page out inside the open tab; it is read anew when the app or the tab opens, and on demand."""
    with gr.Row(elem_classes="tf-lead-row"):
        gr.HTML(
            '<div class="tf-lead"><h2>Runs and quality</h2><p>What the pipeline did last, and how good its data is.</p></div>'
        )
        again = gr.Button("Refresh", size="sm", variant="secondary", elem_id="runs-refresh", elem_classes="tf-refresh", scale=0)
    with gr.Row(elem_classes="tf-charts"):
        stages = gr.Plot(show_label=False, elem_classes="tf-chart", visible=False)
        market = gr.Plot(show_label=False, elem_classes="tf-chart", visible=False)
    report = gr.HTML(elem_id="runs-report", min_height=320)

    def read() -> tuple[Any, Any, str]:
        health = sources_health(services.settings, services.lakehouse)
        sources = sources_panel(health, datetime.now(UTC))
        silent = [report.alert for report in health if report.alert]
        summaries = load_summaries(services.settings)
        skills = skill_market(services.settings)
        docs = DATA_DOCS_URL if (site_of(services.settings) / "index.html").is_file() else None
        return (
            gr.Plot(stage_chart(summaries[0]), visible=True) if summaries else gr.Plot(visible=False),
            gr.Plot(market_chart(skills), visible=True) if skills else gr.Plot(visible=False),
            runs_page(summaries, data_docs=docs, sources=sources, silent=silent),
        )

    quietly: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    shown = [stages, market, report]
    gr.on([page.load, tab.select, again.click], read, None, shown, **quietly)
