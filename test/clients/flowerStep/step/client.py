"""Flower's own node beside ours: it sends back what came, and the metrics that such nodes usually send."""

from flwr.app import Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

app = ClientApp()


@app.train()
def train(message: Message, context: Context) -> Message:
    metrics = MetricRecord({"train_loss": 0.5, "num-examples": 3})
    return Message(content=RecordDict({"arrays": message.content["arrays"], "metrics": metrics}), reply_to=message)


@app.evaluate()
def evaluate(message: Message, context: Context) -> Message:
    metrics = MetricRecord({"eval_loss": 0.5, "num-examples": 3})
    return Message(content=RecordDict({"metrics": metrics}), reply_to=message)
