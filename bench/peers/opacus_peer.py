"""Opacus: a step of the tutorials' CNN, with gradients by row or with ghost clipping; and PyTorch's plain step.

The noise is torch.normal's: Opacus' secure mode, which needs another package, would take longer.
"""

import warnings

import opacus
import torch

from line import serve

warnings.filterwarnings("ignore")


def network():
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 16, 8, 2, padding=3),
        torch.nn.Tanh(),
        torch.nn.MaxPool2d(2, 1),
        torch.nn.Conv2d(16, 32, 4, 2),
        torch.nn.Tanh(),
        torch.nn.MaxPool2d(2, 1),
        torch.nn.Flatten(),
        torch.nn.Linear(512, 32),
        torch.nn.Tanh(),
        torch.nn.Linear(32, 10),
    )


def step(request):
    torch.set_num_threads(request["threads"])
    batch, mode = request["batch"], request["mode"]
    x = torch.rand(batch, 1, 28, 28) * 2 - 1
    y = torch.randint(10, (batch,))
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    criterion = torch.nn.CrossEntropyLoss()
    if mode != "plain":
        # Samples are not drawn here: every step gets the same rows.
        loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=batch)
        made = opacus.PrivacyEngine().make_private(
            module=model,
            optimizer=optimizer,
            data_loader=loader,
            noise_multiplier=1.0,
            max_grad_norm=1.0,
            poisson_sampling=False,
            grad_sample_mode=mode,
            **({"criterion": criterion} if mode == "ghost" else {}),
        )
        model, optimizer = made[0], made[1]
        if mode == "ghost":
            criterion = made[2]

    def run():
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        return {"loss": loss.item()}

    return run, {**run(), "version": opacus.__version__}


if __name__ == "__main__":
    torch.manual_seed(1)
    serve({"step": step})
