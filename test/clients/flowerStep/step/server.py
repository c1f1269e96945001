"""FedAvg, as it is, of first weights and of a training step that `frostglass fleet step` wrote."""

import json

import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, Context
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg

app = ServerApp()


@app.main()
def main(grid: Grid, context: Context) -> None:
    told = context.run_config
    with open(str(told["weights"]), encoding="utf-8") as file:
        first = json.load(file)
    arrays = ArrayRecord({
        name: Array(np.array(weight["data"], dtype=np.float32).reshape(weight["shape"]))
        for name, weight in first.items()
    })
    settings = {name: told[name] for name in ("rate", "epochs", "batch")}
    if told["step"]:
        with open(str(told["step"]), "rb") as file:
            settings["training-step"] = file.read()
    result = FedAvg().start(
        grid=grid,
        initial_arrays=arrays,
        num_rounds=int(told["rounds"]),
        train_config=ConfigRecord(settings),
    )
    learned = {name: array.numpy() for name, array in result.arrays.items()}
    with open(str(told["out"]), "w", encoding="utf-8") as file:
        json.dump({name: {"shape": a.shape, "data": a.ravel().tolist()} for name, a in learned.items()}, file)
    print("LEARNED", sorted(learned))
