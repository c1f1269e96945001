"""Writes the cases of the conformance run, one JSON object a line, to the file named by the first argument.

Source: ONNX's own node tests (PyPI `onnx`, onnx.backend.test), and the models of versions.py beside this file.
Tensors are raw bytes in base64; expected values too, as float64 where they are numbers that float64 holds.
"""

import base64
import json
import sys
import warnings

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

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


def main():
    with open(sys.argv[1], "w") as out:
        for case in collect_testcases(None):
            for i, (inputs, outputs) in enumerate(case.data_sets):
                name = case.name.removeprefix("test_") + (f"#{i}" if i else "")
                write(out, "node", name, case.model, inputs, outputs, case.rtol, case.atol)
        from versions import models

        for name, model, inputs, outputs in models():
            write(out, "version", name, model, inputs, outputs)


main()
