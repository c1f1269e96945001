"""A bare service in front of ONNX Runtime: FastAPI on uvicorn, the protocol's JSON in and out, nothing checked.

python fastapi_peer.py model.onnx     prints its port, and answers until its standard input ends
"""

import os
import socket
import sys
import threading

import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI, Request

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options)
app = FastAPI()


@app.post("/v2/models/tiny/infer")
async def infer(request: Request):
    asked = (await request.json())["inputs"][0]
    x = np.array(asked["data"], np.float32).reshape(asked["shape"])
    y = session.run(None, {"x": x})[0]
    output = {"name": "y", "datatype": "FP32", "shape": list(y.shape), "data": y.ravel().tolist()}
    return {"model_name": "tiny", "outputs": [output]}


def end_with_input():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()
bound = socket.socket()
bound.bind(("127.0.0.1", 0))
print(bound.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).run(sockets=[bound])
