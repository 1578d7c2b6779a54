"""Both lakehouses on one folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from talentflow.errors import MissingTool, ServiceUnavailable
from talentflow.lakehouse import Lakehouse, open_lakehouse
from talentflow.lakehouse.spark import SparkLakehouse
from talentflow.settings import Settings


@pytest.fixture
def spark_lake(tmp_path: Path) -> SparkLakehouse:
    """Where Spark's jars cannot be had its tests skip on a laptop and fail in CI."""
    try:
        lake = open_lakehouse(Settings(home=tmp_path, lakehouse="spark"))
    except (MissingTool, ServiceUnavailable) as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))
    assert isinstance(lake, SparkLakehouse)
    return lake


@pytest.fixture
def lakes(tmp_path: Path, spark_lake: SparkLakehouse) -> dict[str, Lakehouse]:
    return {"spark": spark_lake, "deltalake": open_lakehouse(Settings(home=tmp_path, lakehouse="deltalake"))}
