"""The operator's side of a Flower fleet: FedAvg of what `frostglass fleet step` wrote, and `checked`, which keeps odd replies out.

Put it into a Flower app as its ServerApp and run it with `flwr run`; it was tried with flwr 1.42, and needs NumPy alone beside it.
`flwr run … -c` sets what the app's pyproject.toml names, so that table has to name what `main` reads:

    [tool.flwr.app.config]
    weights = "/srv/fleet/first.json"   # --weights of `fleet step`
    step = "/srv/fleet/step.onnx"       # --out of `fleet step`; "" where nodes bring the training themselves
    out = "/srv/fleet/learned.json"     # what was learned: `frostglass fleet model` makes a model of it
    rounds = 10
    nodes = 2                           # train no round with fewer
    rate = 0.5
    epochs = 1
    batch = 32
    metrics = ""                        # names that replies must have: none, of nodes of frostglass
    evaluate = false                    # nodes of frostglass tell no loss and no accuracy
    most-examples = 100000

FedAvg of flwr 1.42 believes every reply. One with another array name, another shape, bytes that are no array, or a list where
a number should be ends the run for all; one that says it has 1e18 examples becomes the model. `checked(strategy)` drops such a
reply before the strategy sees it, says in the log which node sent it and why, and goes on with the others.

It does not promise that a reply is honest. A node that sends finite numbers of the right form within the stated number of
examples is averaged, whatever it sends: for that, use a robust strategy (FedMedian, MultiKrum) inside `checked`.
"""

import json
import time
from io import BytesIO
from logging import INFO, WARNING

import httpx
import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, Context, RecordDict
from flwr.common.logger import log
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg, Strategy

app = ServerApp()


@app.main()
def main(grid: Grid, context: Context) -> None:
    told = context.run_config
    # Names, shapes and dtypes of the first weights are what every reply must have.
    with open(str(told["weights"]), encoding="utf-8") as file:
        first = json.load(file)
    model = {
        name: Array(np.array(weight["data"], dtype=np.float32).reshape(weight["shape"])) for name, weight in first.items()
    }
    settings = {name: told[name] for name in ("rate", "epochs", "batch")}
    if told["step"]:
        with open(str(told["step"]), "rb") as file:
            settings["training-step"] = file.read()
    nodes = int(told["nodes"])
    strategy = checked(
        FedAvg(
            fraction_evaluate=1.0 if told["evaluate"] else 0.0,
            min_train_nodes=nodes,
            min_evaluate_nodes=nodes,
            min_available_nodes=nodes,
        ),
        metrics=set(str(told["metrics"]).split()),
        most_examples=int(told["most-examples"]),
    )
    result = strategy.start(
        grid=grid,
        initial_arrays=ArrayRecord(model),
        num_rounds=int(told["rounds"]),
        train_config=ConfigRecord(settings),
    )
    # Flower calls a run completed that learned nothing.
    if not result.arrays:
        raise RuntimeError("no round had a sound reply: nothing was learned")
    learned = {name: array.numpy() for name, array in result.arrays.items()}
    with open(str(told["out"]), "w", encoding="utf-8") as file:
        json.dump({name: {"shape": a.shape, "data": a.ravel().tolist()} for name, a in learned.items()}, file)
    log(INFO, "FINAL %s, in %s", result.arrays.object_id, told["out"])


def checked(strategy: Strategy, metrics: set[str], most_examples: int, weighted_by: str = "num-examples") -> Strategy:
    """A strategy that sees no odd reply.

    metrics: names of the metrics that a reply must have, in training as in evaluation, each a single finite number, beside the
        number of examples.
    most_examples: the most that a node may say to have. A reply that says more is dropped: its weight would be the model.
    """
    return _Checked(strategy, metrics, most_examples, weighted_by)


class _Checked(Strategy):
    def __init__(self, strategy: Strategy, metrics: set[str], most_examples: int, weighted_by: str) -> None:
        self.strategy, self.metrics, self.most, self.weight = strategy, set(metrics), most_examples, weighted_by
        self.forms: dict[str, tuple[np.dtype, tuple[int, ...]]] = {}

    def summary(self) -> None:
        log(INFO, "\t├──> Odd replies are dropped; a node may have %d examples at most", self.most)
        self.strategy.summary()

    def start(self, grid: Grid, *args, **kwargs):
        return super().start(_OneByOne(grid), *args, **kwargs)

    def configure_train(self, server_round, arrays, config, grid):
        self.forms = {name: (np.dtype(array.dtype), tuple(array.shape)) for name, array in arrays.items()}
        return self.strategy.configure_train(server_round, arrays, config, grid)

    def configure_evaluate(self, server_round, arrays, config, grid):
        return self.strategy.configure_evaluate(server_round, arrays, config, grid)

    def aggregate_train(self, server_round, replies):
        return self.strategy.aggregate_train(server_round, self._sound(server_round, replies, True))

    def aggregate_evaluate(self, server_round, replies):
        return self.strategy.aggregate_evaluate(server_round, self._sound(server_round, replies, False))

    def _sound(self, server_round: int, replies, trains: bool) -> list:
        kept = []
        for reply in replies:
            why = None if reply.has_error() else self._odd(reply, trains)
            if why is None:
                kept.append(reply)
            else:
                phase = "train" if trains else "evaluate"
                log(WARNING, "round %d, %s: DROPPED the reply of node %d: %s", server_round, phase, reply.metadata.src_node_id, why)
        return kept

    def _odd(self, reply, trains: bool) -> str | None:
        """Why a reply is dropped. Where it is not, its records get the names that all have."""
        content = reply.content
        if len(content.metric_records) != 1 or len(content.array_records) != (1 if trains else 0):
            return f"{len(content.metric_records)} MetricRecords and {len(content.array_records)} ArrayRecords"
        metrics = next(iter(content.metric_records.values()))
        if set(metrics) != self.metrics | {self.weight}:
            return f"its metrics are {sorted(metrics)}"
        for name, value in metrics.items():
            if isinstance(value, list) or not np.isfinite(value):
                return f"metric '{name}' is no single finite number"
        if not 0 < metrics[self.weight] <= self.most:
            return f"'{self.weight}' is {metrics[self.weight]}"
        sound = {"metrics": metrics}
        if trains:
            arrays = next(iter(content.array_records.values()))
            if list(arrays) != list(self.forms):
                return f"its arrays are {list(arrays)}"
            for name, array in arrays.items():
                if (why := _odd_array(array, *self.forms[name])) is not None:
                    return f"array '{name}': {why}"
            sound["arrays"] = arrays
        reply.content = RecordDict(sound)
        return None


def _odd_array(array: Array, dtype: np.dtype, shape: tuple[int, ...]) -> str | None:
    """Why an array is none of this form. Its header is read first: `numpy.load` asks for as much memory as a header says."""
    try:
        if array.stype != "numpy.ndarray":
            return f"it is of kind '{array.stype}'"
        stream = BytesIO(array.data)
        if np.lib.format.read_magic(stream) != (1, 0):
            return "it is not of NumPy's format, version 1.0"
        its_shape, _, its_dtype = np.lib.format.read_array_header_1_0(stream)
        if (its_shape, its_dtype) != (shape, dtype):
            return f"it is {its_dtype}{list(its_shape)}"
        if len(array.data) - stream.tell() != int(np.prod(shape)) * dtype.itemsize:
            return "its header says another number of bytes"
        if dtype.kind in "fc" and not np.all(np.isfinite(array.numpy())):
            return "a number in it is not finite"
    except Exception as error:  # Whatever a node's bytes make of NumPy is that node's.
        return f"it cannot be read ({error!r})"
    return None


class _OneByOne:
    """A grid that takes replies one at a time: one that flwr cannot read ends the run where it is taken with others."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid

    def __getattr__(self, name: str):
        return getattr(self._grid, name)

    def send_and_receive(self, messages, *, timeout: float | None = None) -> list:
        sent = list(messages)
        ids = list(self._grid.push_messages(sent))
        nodes = {one: message.metadata.dst_node_id for one, message in zip(ids, sent) if one is not None}
        waiting = list(nodes)
        end = None if timeout is None else time.time() + timeout
        replies: list = []
        while waiting and (end is None or time.time() < end):
            for one in list(waiting):
                try:
                    came = list(self._grid.pull_messages([one]))
                except (httpx.HTTPError, OSError):
                    raise  # The server is away, or refuses: of no node.
                except Exception as error:
                    log(WARNING, "DROPPED the reply of node %s: it cannot be read (%r)", nodes[one], error)
                    waiting.remove(one)
                    continue
                for reply in came:
                    if reply.has_error():
                        log(WARNING, "no reply of node %s: %s", nodes[one], reply.error.reason)
                if came:
                    waiting.remove(one)
                    replies.extend(came)
            if waiting:
                time.sleep(3)
        return replies
