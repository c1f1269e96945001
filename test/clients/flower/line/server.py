"""Plain FedAvg over a line: whatever nodes there are, they bring the training."""

import numpy as np
from flwr.app import Array, ArrayRecord, Context
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg

app = ServerApp()


@app.main()
def main(grid: Grid, context: Context) -> None:
    initial = ArrayRecord({"w": Array(np.zeros((4,), dtype=np.float32)), "b": Array(np.zeros((), dtype=np.float32))})
    nodes = int(context.run_config["nodes"])
    strategy = FedAvg(min_train_nodes=nodes, min_evaluate_nodes=nodes, min_available_nodes=nodes)
    result = strategy.start(grid=grid, initial_arrays=initial, num_rounds=int(context.run_config["rounds"]))
    print("FINAL", result.arrays["w"].numpy().tolist() + [float(result.arrays["b"].numpy())])
