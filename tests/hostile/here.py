"""The stages in this process: loading them in another one would cost more than all the documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

import pyarrow as pa

from talentflow.direct import Processed, document_row, process
from talentflow.engines import Engine
from talentflow.eventlog.messages import RawDocument
from talentflow.ids import content_hash
from talentflow.records import Kind
from talentflow.stages import Stage


class Here:
    def run(self, stage: Stage, batches: Iterable[pa.RecordBatch], **_: Any) -> Iterator[pa.RecordBatch]:
        return map(stage.run, batches)


def through_the_stages(contents: Iterable[tuple[bytes, str]], kind: Kind) -> list[Processed]:
    """Documents as (content, media type), in order."""
    rows = [
        document_row(RawDocument("test", f"document-{n}", content_hash(content), media_type, kind, content))
        for n, (content, media_type) in enumerate(contents)
    ]
    return list(process(rows, cast("Engine", Here()), kind=kind))
