"""One operator at each of its versions: models of operator sets 6 to 25, as exporters wrote them then.

Source: ONNX Changelog. What is to come out is what ONNX Runtime (PyPI `onnxruntime`) computes, what numpy says where the
runtime has no such version (broadcasts of set 6), and what ONNX's reference says where neither does.
"""

import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, defs, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from operators import nodes

onnxruntime.set_default_logger_severity(4)
IR = {19: 9, 21: 10, 23: 11, 24: 12, 25: 13}


def ranges():
    """Every version of every operator that some operator set from 6 to 25 has: name, version, first and last such set."""
    found = {}
    for schema in defs.get_all_schemas_with_history():
        if schema.domain == "":
            found.setdefault(schema.name, []).append((schema.since_version, schema.deprecated))
    for name in sorted(found):
        versions = sorted(found[name])
        for i, (version, deprecated) in enumerate(versions):
            end = versions[i + 1][0] - 1 if i + 1 < len(versions) else 25
            first, last = max(version, 6), min(end, 25)
            if first <= last and not (deprecated and name != "GroupNormalization"):
                yield name, version, first, last


def model_of(opset, name, node, outputs):
    feeds, initialisers, inputs = [], [], []
    for i, value in enumerate(node.inputs):
        if value is None:
            inputs.append("")
            continue
        inputs.append(f"i{i}")
        if i in node.constant:
            initialisers.append(numpy_helper.from_array(value, f"i{i}"))
        else:
            kind = helper.np_dtype_to_tensor_dtype(value.dtype)
            feeds.append((f"i{i}", value, helper.make_tensor_value_info(f"i{i}", kind, value.shape)))
    names = [f"o{i}" for i in range(node.outputs)]
    made = helper.make_node(name, inputs, names, **node.attributes)
    if outputs is None:
        stated = [helper.make_tensor_value_info(n, TensorProto.UNDEFINED, None) for n in names]
    else:
        stated = [
            helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape)
            for n, v in zip(names, outputs)
        ]
    graph = helper.make_graph([made], "g", [f[2] for f in feeds], stated, initialisers)
    ir = max([8, *(v for k, v in IR.items() if opset >= k)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir)
    return model, {n: v for n, v, _ in feeds}


def by_runtime(opset, name, node):
    model, feeds = model_of(opset, name, node, None)
    for value in model.graph.output:
        value.ClearField("type")
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def by_reference(opset, name, node):
    model, feeds = model_of(opset, name, node, None)
    return ReferenceEvaluator(model).run(None, feeds)


def alike(a, b):
    return all(
        x.shape == y.shape and np.allclose(x, y, rtol=1e-3, atol=1e-5, equal_nan=True) for x, y in zip(a, b)
    )


def attempt(compute, *given):
    try:
        return [np.asarray(v) for v in compute(*given)]
    except Exception as error:  # noqa: BLE001: whatever they throw, they do not know this version
        return str(error)


def expected(opset, name, node):
    if node.expected is not None:
        return [node.expected]
    runtime = attempt(by_runtime, opset, name, node)
    if isinstance(runtime, str) and opset == 6:  # where a node of set 7, as it stands, means the same
        runtime = attempt(by_runtime, 7, name, node)
    reference = attempt(by_reference, opset, name, node)
    if isinstance(runtime, str):
        return None if isinstance(reference, str) else reference
    if not isinstance(reference, str) and not alike(runtime, reference):
        print(f"disputed: {name} at {opset}: {node.label}", file=sys.stderr)
    return runtime


def models():
    for name, version, first, last in ranges():
        for label, node in nodes(name, version):
            node.label = label
            for opset in sorted({first, last}):
                outputs = expected(opset, name, node)
                if outputs is None:
                    print(f"nobody knows: {name} at {opset}: {label}", file=sys.stderr)
                    continue
                model, feeds = model_of(opset, name, node, outputs)
                yield f"{name}-{version}@{opset} {label}", model, list(feeds.values()), outputs
