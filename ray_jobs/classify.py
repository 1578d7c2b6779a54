"""bronze.documents → silver.texts → silver.classifications, by actors that load what they need once.

    python -m ray_jobs.classify
    ray job submit --address ray://… -- python -m ray_jobs.classify

Texts are what classification reads, so parsing them is the first half of this job. Every document ends as a CV, an offer
or `other`, or in quarantine. A job that was stopped goes on where its last committed batch ended.
"""

from __future__ import annotations

import structlog

from talentflow.engines import open_engine
from talentflow.incremental import new_run_id
from talentflow.lakehouse import small_lakehouse
from talentflow.settings import load_settings
from talentflow.silver import classify_new, parse_new

_log = structlog.get_logger(__name__)


def main() -> None:
    """Classify what is new in the home of the environment's settings. Raises Busy while another run writes to it."""
    from talentflow.home import hold
    from talentflow.lineage import follow
    from talentflow.stages import CLASSIFY, PARSE

    settings = load_settings().model_copy(update={"engine": "ray"})
    with hold(settings), open_engine(settings) as engine:
        lakehouse, run_id = small_lakehouse(settings), new_run_id()
        with follow(settings, lakehouse, run_id, "ray_jobs.classify") as lineage:
            for stage, work in ((PARSE, parse_new), (CLASSIFY, classify_new)):
                with lineage.stage(stage.name) as tell:
                    report = work(lakehouse, engine, run_id=run_id, batch_rows=settings.batch_rows)
                    tell(report)
                _log.info("stage done", **report.as_json())


if __name__ == "__main__":
    main()
