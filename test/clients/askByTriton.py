"""NVIDIA's client asks a running service; prints one JSON object of what it saw. Usage: askByTriton.py HOST:PORT"""
import json
import sys

import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException

client = http.InferenceServerClient(sys.argv[1])
seen = {
    "live": client.is_server_live(),
    "ready": client.is_server_ready(),
    "model": client.is_model_ready("FP32"),
    "version": client.is_model_ready("FP32", "1"),
    "nobody": client.is_model_ready("nobody"),
    "server": client.get_server_metadata()["name"],
    "metadata": client.get_model_metadata("FP32"),
    "index": sorted(entry["name"] for entry in client.get_model_repository_index()),
}


def ask(model, array, binary, wanted=None, name="x"):
    """The answer's array to one input, sent and asked for as binary or as JSON."""
    datatype = model if wanted is None else wanted
    given = http.InferInput(name, list(array.shape), datatype)
    given.set_data_from_numpy(array, binary_data=binary)
    outputs = [http.InferRequestedOutput("y", binary_data=binary)]
    return client.infer(model, [given], outputs=outputs).as_numpy("y")


arrays = {
    "FP32": np.array([[1.5, -0.0, 3e38]], np.float32),
    "FP64": np.array([[1e300, -0.0, 1e-300]], np.float64),
    "FP16": np.array([[0.1, -65504, 6e-8]], np.float16),
    "INT64": np.array([[2**53 - 1, -(2**53) + 1, 0]], np.int64),
    "INT32": np.array([[2**31 - 1, -(2**31), 0]], np.int32),
    "INT8": np.array([[127, -128, 0]], np.int8),
    "UINT8": np.array([[255, 0, 7]], np.uint8),
    "UINT64": np.array([[2**53 - 1, 0, 7]], np.uint64),
    "BOOL": np.array([[True, False, True]]),
    "BYTES": np.array([["a", "", "grüße".encode()]], np.object_),
}
wrong = []
for name, array in arrays.items():
    for binary in (True, False):
        empty = np.empty((0, 3), array.dtype)
        for sent in (array, empty):
            answer = ask(name, sent, binary)
            if name == "BYTES":
                texts = [v if isinstance(v, bytes) else str(v).encode() for v in sent.flatten()]
                got = [v if isinstance(v, bytes) else str(v).encode() for v in answer.flatten()]
                same = texts == got and answer.shape == sent.shape
            else:
                same = (
                    answer.dtype == sent.dtype
                    and answer.shape == sent.shape
                    and np.ascontiguousarray(answer).tobytes() == sent.tobytes()
                )
            if not same:
                wrong.append([name, binary, str(sent), str(answer)])
words = np.array([[np.nan, np.inf, -np.inf]], np.float32)
for binary in (True, False):
    answer = ask("FP32", words, binary)
    if not np.array_equal(answer, words, equal_nan=True):
        wrong.append(["FP32 words", binary, str(answer)])
wide = np.array([[2**63 - 1, -(2**63), 0]], np.int64)
if not np.array_equal(ask("INT64", wide, True), wide):
    wrong.append(["INT64 wide"])
try:
    import ml_dtypes

    half = np.array([[1.0, -2.0, 3.140625]], ml_dtypes.bfloat16)
    answer = ask("BF16", half, True)
    if answer.astype(np.float32).tolist() != half.astype(np.float32).tolist():
        wrong.append(["BF16", str(answer)])
    seen["bfloat16"] = True
except ImportError:
    seen["bfloat16"] = False
seen["wrong"] = wrong


def error_of(act):
    try:
        act()
    except InferenceServerException as error:
        return [error.status(), error.message()]
    return "no error"


seen["errors"] = {
    "shape": error_of(lambda: ask("FP32", np.zeros((1, 4), np.float32), True)),
    "type": error_of(lambda: ask("FP32", np.zeros((1, 3), np.float64), False, "FP64")),
    "model": error_of(lambda: ask("nobody", np.zeros((1, 3), np.float32), True, "FP32")),
    "input": error_of(lambda: ask("FP32", np.zeros((1, 3), np.float32), True, "FP32", "z")),
    "wide": error_of(lambda: ask("INT64", wide, False)),
    "load": error_of(lambda: client.load_model("FP32")),
}
pending = [client.async_infer("FP32", [http.InferInput("x", [1, 3], "FP32").set_data_from_numpy(arrays["FP32"])]) for _ in range(8)]
seen["async"] = [request.get_result().as_numpy("y").shape for request in pending]
statistics = client.get_inference_statistics("FP32")["model_stats"]
seen["statistics"] = [[s["name"], s["version"], s["inference_stats"]["success"]["count"] > 8] for s in statistics]
seen["all"] = len(client.get_inference_statistics()["model_stats"])
print(json.dumps(seen))
