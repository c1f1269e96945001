"""KServe's client asks a running service; prints one JSON object of what it saw. Usage: askByKserve.py HOST:PORT"""
import asyncio
import json
import sys

import httpx
import numpy as np
from kserve import InferInput, InferRequest, InferenceRESTClient, RESTConfig
from kserve.protocol.infer_type import RequestedOutput

url = f"http://{sys.argv[1]}"
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
    "BYTES": np.array([["a", "", "grüße"]], np.object_),
}


async def main():
    client = InferenceRESTClient(RESTConfig(protocol="v2", retries=1))

    async def ask(model, array, binary, datatype=None):
        given = InferInput("x", list(array.shape), datatype or model)
        given.set_data_from_numpy(array, binary_data=binary)
        outputs = [RequestedOutput("y", {"binary_data": binary})]
        request = InferRequest(model, [given], request_outputs=outputs)
        response = await client.infer(url, request, model_name=model)
        return response.outputs[0].as_numpy()

    async def error_of(work):
        try:
            await work
        except httpx.HTTPStatusError as error:
            return [error.response.status_code, str(error)]
        return "no error"

    seen = {
        "live": await client.is_server_live(url),
        "ready": await client.is_server_ready(url),
        "model": await client.is_model_ready(url, "FP32"),
        "nobody": await client.is_model_ready(url, "nobody"),
    }
    wrong = []
    for name, array in arrays.items():
        for binary in (True, False):
            # The client refuses to send halves as JSON.
            if name == "FP16" and not binary:
                continue
            for sent in (array, np.empty((0, 3), array.dtype)):
                answer = await ask(name, sent, binary)
                if name == "BYTES":
                    texts = [str(v).encode() for v in sent.flatten()]
                    got = [v if isinstance(v, bytes) else str(v).encode() for v in answer.flatten()]
                    same = texts == got and answer.shape == sent.shape
                else:
                    same = answer.dtype == sent.dtype and answer.shape == sent.shape and answer.tobytes() == sent.tobytes()
                if not same:
                    wrong.append([name, binary, str(sent), str(answer)])
    words = np.array([[np.nan, np.inf, -np.inf]], np.float32)
    if not np.array_equal(await ask("FP32", words, True), words, equal_nan=True):
        wrong.append(["FP32 words"])
    seen["wrong"] = wrong
    seen["errors"] = {
        # It writes null for all three, so that nobody can tell which.
        "words": await error_of(ask("FP32", words, False)),
        "shape": await error_of(ask("FP32", np.zeros((1, 4), np.float32), True)),
        "model": await error_of(ask("nobody", np.zeros((1, 3), np.float32), True, "FP32")),
    }
    await client.close()
    print(json.dumps(seen))


asyncio.run(main())
