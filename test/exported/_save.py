# Writes an exported model beside the numbers that its own framework gives: NAME.onnx and NAME.json.
# Source: ours. Run by torch_models.py, sklearn_models.py and keras_models.py; Node's tests read what it wrote.
# It takes out of a file only what names the machine that exported it: doc strings and the nodes' metadata.

import base64
import json
import pathlib

import numpy
import onnx

folder = pathlib.Path(__file__).parent / "models"


def array(values):
    """An array as its dtype, shape and base64 of its little-endian bytes; strings as they are."""
    values = numpy.asarray(values)
    if values.dtype.kind in "UO":
        return {"dtype": "string", "shape": list(values.shape), "strings": [str(v) for v in values.ravel()]}
    dtype = {"bool": "bool"}.get(values.dtype.name, values.dtype.name)
    raw = numpy.ascontiguousarray(values).tobytes()
    return {"dtype": dtype, "shape": list(values.shape), "base64": base64.b64encode(raw).decode()}


def strip(graph):
    graph.doc_string = ""
    del graph.metadata_props[:]
    for v in [*graph.input, *graph.output, *graph.value_info]:
        del v.metadata_props[:]
    for node in graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                strip(attribute.g)
    return graph


def save(name, model, feeds, outputs, *, by, tolerance=1e-4, gradient=True):
    """`feeds` and `outputs` by the model's own names; `gradient` says whether it is differentiable by its float inputs."""
    folder.mkdir(exist_ok=True)
    model.doc_string = ""
    del model.metadata_props[:]
    strip(model.graph)
    for function in model.functions:
        function.doc_string = ""
        del function.metadata_props[:]
        for node in function.node:
            node.doc_string = ""
            del node.metadata_props[:]
    onnx.checker.check_model(model)
    (folder / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))
    expected = {
        "by": by,
        "opset": {o.domain or "ai.onnx": o.version for o in model.opset_import},
        "tolerance": tolerance,
        "gradient": gradient,
        "inputs": {key: array(v) for key, v in feeds.items()},
        "outputs": {key: array(v) for key, v in outputs.items()},
    }
    (folder / f"{name}.json").write_text(json.dumps(expected) + "\n")
    print(name, len(model.graph.node), (folder / f"{name}.onnx").stat().st_size)
