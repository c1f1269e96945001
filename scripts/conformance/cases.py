"""Writes the cases of the conformance run, one JSON object a line, to the file named by the first argument.

Source: ONNX's own node tests (PyPI `onnx`, onnx.backend.test), and the models of versions.py beside this file.
With --upgrades it writes test/onnxVersions.jsonl.gz instead: some of the models of versions that we translate.
Tensors are raw bytes in base64; expected values too, as float64 where they are numbers that float64 holds.
"""

import base64
import gzip
import io
import json
import sys
import warnings
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

from versions import models

warnings.filterwarnings("ignore")


def text(raw):
    return base64.b64encode(raw).decode()


def tensor(value):
    """A tensor as JSON, or a word for what is none."""
    if value is None:
        return {"kind": "none"}
    if isinstance(value, (list, tuple, dict)):
        return {"kind": "sequence"}
    if isinstance(value, TensorProto):
        dtype = TensorProto.DataType.Name(value.data_type)
        array = numpy_helper.to_array(value)
        shape = list(value.dims)
    elif hasattr(value, "DESCRIPTOR"):
        return {"kind": "sequence"}
    else:
        array = np.asarray(value)
        if array.dtype.kind in "OUS":
            return {"kind": "tensor", "dtype": "STRING", "shape": list(array.shape)}
        dtype = TensorProto.DataType.Name(helper.np_dtype_to_tensor_dtype(array.dtype))
        shape = list(array.shape)
    if dtype == "STRING":
        return {"kind": "tensor", "dtype": "STRING", "shape": shape}
    if array.dtype.kind == "c":
        return {"kind": "tensor", "dtype": dtype, "shape": shape}
    return {
        "kind": "tensor",
        "dtype": dtype,
        "shape": shape,
        "raw": text(np.ascontiguousarray(array).tobytes()),
        "values": text(np.ascontiguousarray(array.astype(np.float64)).tobytes()),
    }


def write(out, suite, name, model, inputs, outputs, rtol=1e-3, atol=1e-7):
    case = {
        "suite": suite,
        "name": name,
        "model": text(model.SerializeToString()),
        "inputs": [tensor(v) for v in inputs],
        "outputs": [tensor(v) for v in outputs],
        "rtol": rtol,
        "atol": atol,
    }
    out.write(json.dumps(case) + "\n")


# The version from which on a node of the operator is as we have it (src/graph/onnx/upgrades/).
UPGRADED = {
    5: "Reshape",
    7: "Add And Div Equal Greater Less Mul Or Pow Sub Xor PRelu Gemm RNN GRU LSTM",
    10: "Slice TopK Upsample",
    11: "Clip Pad Resize Scatter",
    12: "Dropout",
    13: "Squeeze Unsqueeze ReduceSum Softmax LogSoftmax Hardmax",
    14: "BatchNormalization",
    16: "RoiAlign",
    18: "Split ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSumSquare",
    20: "GridSample",
    21: "GroupNormalization",
}
# Of long lists of labels alike, these.
CHOSEN = ("one shape", "broadcast from 0", "broadcast from 1", "all {}", "[1, 2] {'keepdims': 0}", "(2, 3, 4) axis")
LONG = ("one shape", "broadcast", "all", "[", "(")


def upgrades():
    before = {name: version for version, names in UPGRADED.items() for name in names.split()}
    seen = set()
    text = io.StringIO()
    for case in models():
        name, rest = case[0].split("-", 1)
        version, label = rest.split("@")[0], rest.split(" ", 1)[1]
        dull = label.startswith(LONG) and not label.startswith(CHOSEN) and name in before and before[name] in (7, 13, 18)
        if int(version) >= before.get(name, 0) or (name, version, label) in seen or dull:
            continue
        seen.add((name, version, label))
        write(text, "version", *case)
    target = Path(__file__).parent.parent.parent / "test/onnxVersions.jsonl.gz"
    target.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def main():
    if sys.argv[1:] == ["--upgrades"]:
        upgrades()
        return
    with open(sys.argv[1], "w") as out:
        for case in collect_testcases(None):
            for i, (inputs, outputs) in enumerate(case.data_sets):
                name = case.name.removeprefix("test_") + (f"#{i}" if i else "")
                write(out, "node", name, case.model, inputs, outputs, case.rtol, case.atol)
        for name, model, inputs, outputs in models():
            write(out, "version", name, model, inputs, outputs)


main()
