"""The ONNX graph of all-MiniLM-L6-v2, written from its safetensors.

A BERT encoder (Devlin et al. 2019) of 6 layers, 384 wide, 12 heads, then the sentence-transformers head: mean over the
tokens, unit length. Operators of the `com.microsoft` domain are onnxruntime's fused ones (docs/ContribOperators.md in
its repository). `int8` quantises the weights of every matrix product symmetrically per output column to 7 bits (so that
the 16-bit sums of CPUs without VNNI cannot saturate, and all CPUs count the same) and the activations per text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Variant = Literal["fp32", "int8"]

LAYERS = 6
HEADS = 12
WIDTH = 384
EPSILON = 1e-12
GRAPH_VERSION = 1
"""Part of the model's id: another graph is another model."""

_INT8_LIMIT = 64


def quantise(weight: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Columns of a (K, N) weight to int8 in [-64, 64] and one scale a column; a column of zeros has scale 1."""
    peak = np.abs(weight).max(axis=0)
    scale = np.where(peak == 0, 1.0, peak / _INT8_LIMIT).astype(np.float32)
    return np.rint(weight / scale).astype(np.int8), scale


def graph(weights: Mapping[str, NDArray[np.float32]], variant: Variant) -> bytes:
    """The serialised model. Inputs `input_ids` and `attention_mask`: int64 (batch, tokens); output `embedding`: float32
    (batch, 384), rows of length 1.

    Args:
        weights: tensors by their names in the safetensors file.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[onnx.NodeProto] = []
    tensors: list[onnx.TensorProto] = []

    def constant(name: str, value: NDArray[np.generic]) -> str:
        tensors.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(name: str) -> str:
        return constant(name, weights[name])

    def node(op: str, inputs: list[str], outputs: int = 1, *, fused: bool = False, **attributes: Any) -> list[str]:
        names = [f"{op}_{len(nodes)}_{i}" for i in range(outputs)]
        nodes.append(helper.make_node(op, inputs, names, name=names[0], domain="com.microsoft" if fused else "", **attributes))
        return names

    def product(x: str, name: str, matrix: NDArray[np.float32]) -> str:
        if variant == "fp32":
            return node("MatMul", [x, constant(name, matrix)])[0]
        columns, scale = quantise(matrix)
        zero = constant(f"{name}.zero", np.zeros(len(scale), np.int8))
        inputs = [x, constant(name, columns), constant(f"{name}.scale", scale), zero]
        return node("DynamicQuantizeMatMul", inputs, fused=True)[0]

    def add_and_normalise(x: str, skip: str, dense: str, norm: str) -> str:
        inputs = [x, skip, weight(f"{norm}.weight"), weight(f"{norm}.bias"), weight(f"{dense}.bias")]
        return node("SkipLayerNormalization", inputs, fused=True, epsilon=EPSILON)[0]

    (shape,) = node("Shape", ["input_ids"])
    one, two, zero = (constant(n, np.array([v], np.int64)) for n, v in (("one", 1), ("two", 2), ("zero", 0)))
    (tokens,) = node("Slice", [shape, one, two])
    # a text is one segment, so the first token-type row is added to every position once and for all
    positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    (position,) = node("Slice", [constant("positions", positions), zero, tokens])
    (word,) = node("Gather", [weight("embeddings.word_embeddings.weight"), "input_ids"])
    (x,) = node("Add", [word, position])
    norm = "embeddings.LayerNorm"
    (x,) = node("LayerNormalization", [x, weight(f"{norm}.weight"), weight(f"{norm}.bias")], epsilon=EPSILON, axis=-1)
    (mask,) = node("Cast", ["attention_mask"], to=TensorProto.INT32)

    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        own = f"{at}.attention.self"
        parts = ("query", "key", "value")
        joined = np.concatenate([weights[f"{own}.{p}.weight"] for p in parts]).T
        bias = constant(f"{own}.bias", np.concatenate([weights[f"{own}.{p}.bias"] for p in parts]))
        qkv = node("Split", [product(x, f"{own}.weight", joined)], 3, axis=-1, num_outputs=3)
        (seen,) = node("MultiHeadAttention", [*qkv, bias, mask], fused=True, num_heads=HEADS)

        dense = f"{at}.attention.output.dense"
        y = product(seen, f"{dense}.weight", weights[f"{dense}.weight"].T)
        x = add_and_normalise(y, x, dense, f"{at}.attention.output.LayerNorm")

        dense = f"{at}.intermediate.dense"
        y = product(x, f"{dense}.weight", weights[f"{dense}.weight"].T)
        (y,) = node("BiasGelu", [y, weight(f"{dense}.bias")], fused=True)
        dense = f"{at}.output.dense"
        y = product(y, f"{dense}.weight", weights[f"{dense}.weight"].T)
        x = add_and_normalise(y, x, dense, f"{at}.output.LayerNorm")

    (counted,) = node("Cast", ["attention_mask"], to=TensorProto.FLOAT)
    (counted,) = node("Unsqueeze", [counted, two])
    (kept,) = node("Mul", [x, counted])
    # the mean's divisor cancels in the normalisation that follows
    (total,) = node("ReduceSum", [kept, one], keepdims=0)
    nodes.append(helper.make_node("LpNormalization", [total], ["embedding"], axis=1, p=2))

    ids = [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "tokens"]) for n in ("input_ids", "attention_mask")]
    out = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", WIDTH])
    model = helper.make_model(
        helper.make_graph(nodes, "all-MiniLM-L6-v2", ids, [out], tensors),
        opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)],
        ir_version=9,
    )
    return model.SerializeToString()
