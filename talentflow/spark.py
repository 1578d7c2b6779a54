"""The Spark session: on this machine, on a cluster, or through Spark Connect (Databricks).

Jars are resolved once into a cache and handed to Spark as files. They are named one by one: delta-spark and the Kafka
connector ask for newer transitives that are not all on Maven Central.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from talentflow.errors import MissingExtra, ServiceUnavailable
from talentflow.services.jars import jars, java
from talentflow.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

COORDINATES = (
    "io.delta:delta-spark_4.2_2.13:4.4.0",
    "io.delta:delta-storage:4.4.0",
    "io.delta:delta-kernel-api:4.4.0",
    "io.delta:delta-kernel-defaults:4.4.0",
    "io.delta:delta-kernel-unitycatalog:4.4.0",
    "org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0",
    "org.apache.spark:spark-token-provider-kafka-0-10_2.13:4.2.0",
    "org.apache.kafka:kafka-clients:3.9.2",
    "org.apache.commons:commons-pool2:2.13.1",
    "org.postgresql:postgresql:42.7.14",
)
_DELTA = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}
_EVERYWHERE = {
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # what one row of documents may be large, a batch of them must not be
    "spark.sql.execution.arrow.maxRecordsPerBatch": "1024",
    "spark.sql.files.maxPartitionBytes": str(32 * 2**20),
    "spark.databricks.delta.schema.autoMerge.enabled": "true",
    # features that delta-rs cannot read or write
    "spark.databricks.delta.properties.defaults.enableDeletionVectors": "false",
    "spark.databricks.delta.properties.defaults.enableChangeDataFeed": "true",
}
_LOGGING = Path(__file__).with_name("spark_log4j2.properties")
_ONE_MACHINE = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "4",
    # VACUUM lists folders in as many tasks: a minute with the default of 10,000
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "4",
    "spark.databricks.delta.snapshotPartitions": "2",
}


def open_spark(settings: Settings) -> SparkSession:
    """The session of `settings.spark_master`: `local[*]`, `spark://…`, or `sc://…` for Spark Connect; one a process.

    Raises: MissingExtra, MissingTool (no Java), ServiceUnavailable (the jars, the cluster).
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise MissingExtra("pyspark", "spark") from error
    # a UDF's worker must be this Python, or it has neither pyarrow nor this package
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    builder = SparkSession.Builder().appName("talentflow")
    master = settings.spark_master
    try:
        if master.startswith("sc://"):
            builder = builder.remote(master)
        else:
            java()
            local = _ONE_MACHINE if master.startswith("local") else {}
            if local:
                os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")  # or it warns of the host's name
            options = _DELTA | local | {"spark.jars": ",".join(map(str, jars(COORDINATES, transitive=False)))}
            options["spark.driver.memory"] = settings.spark_driver_memory
            lean = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC " if local else ""
            options["spark.driver.extraJavaOptions"] = f"{lean}-Dlog4j2.configurationFile={_LOGGING.as_uri()}"
            for name, value in options.items():
                builder = builder.config(name, value)
            builder = builder.master(master)
        for name, value in _EVERYWHERE.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
    except (PySparkException, OSError, RuntimeError) as error:
        raise ServiceUnavailable(f"Spark at {master} does not start: {error}; see TALENTFLOW_SPARK_MASTER and its log") from error
    if not master.startswith("sc://"):
        session.sparkContext.setLogLevel("ERROR")
    return session
