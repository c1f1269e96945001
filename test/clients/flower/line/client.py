"""The same line, learned by Flower's own node: y = x . truth + 0.25, by rows of its own."""

import numpy as np
from flwr.app import Array, ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

app = ClientApp()
x = np.random.default_rng(7).normal(size=(50, 4))
y = x @ np.array([1, -2, 3, 0.5]) + 0.25


def loss(w: np.ndarray, b: np.ndarray) -> float:
    return float(np.mean((x @ w + b - y) ** 2))


@app.train()
def train(message: Message, context: Context) -> Message:
    w, b = (message.content["arrays"][name].numpy().astype(np.float64) for name in ("w", "b"))
    for _ in range(200):
        for row, target in zip(x, y):
            miss = 0.05 * (row @ w + b - target)
            w, b = w - miss * row, b - miss
    arrays = ArrayRecord({"w": Array(w.astype(np.float32)), "b": Array(np.asarray(b, dtype=np.float32))})
    metrics = MetricRecord({"loss": loss(w, b), "num-examples": len(x)})
    return Message(content=RecordDict({"arrays": arrays, "metrics": metrics}), reply_to=message)


@app.evaluate()
def evaluate(message: Message, context: Context) -> Message:
    w, b = (message.content["arrays"][name].numpy() for name in ("w", "b"))
    metrics = MetricRecord({"loss": loss(w, b), "num-examples": len(x)})
    return Message(content=RecordDict({"metrics": metrics}), reply_to=message)
