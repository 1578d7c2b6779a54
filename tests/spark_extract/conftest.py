"""Spark, where its jars can be had."""

from __future__ import annotations

import os

import pytest

from talentflow.errors import MissingTool, ServiceUnavailable
from talentflow.settings import Settings
from talentflow.spark import open_spark


@pytest.fixture(scope="session")
def spark() -> object:
    """The session of this process. Where its jars cannot be had the tests skip on a laptop and fail in CI."""
    try:
        return open_spark(Settings(spark_master="local[2]"))
    except (MissingTool, ServiceUnavailable) as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))
