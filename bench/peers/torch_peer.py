"""PyTorch: the large step, bare and before a frozen LeNet, the convolutional one, and the small model's folds.

Measured: torch.compile (with Adam inside) against eager with the fused Adam; the runner asks for either.
"""

import sys

import torch
from torch.nn import functional as F

from arrays import read
from folds import run_folds
from line import serve


def dense(a, name):
    layer = torch.nn.Linear(*a[f"{name}.kernel"].shape)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(a[f"{name}.kernel"].T.copy()))
        layer.bias.copy_(torch.from_numpy(a[f"{name}.bias"]))
    return layer


class LeNet(torch.nn.Module):
    def __init__(self, a):
        super().__init__()
        for name in ("conv1", "conv2"):
            self.register_buffer(f"{name}_kernel", torch.from_numpy(a[f"{name}.kernel"]))
            self.register_buffer(f"{name}_bias", torch.from_numpy(a[f"{name}.bias"]))
        self.tail = torch.nn.ModuleList([dense(a, f"dense{i}") for i in (1, 2, 3)]).requires_grad_(False)

    # ReLU behind the pooling: the same function as before it, on a quarter of the elements.
    def forward(self, x):
        x = x.reshape(-1, 1, 28, 28)
        x = F.relu(F.max_pool2d(F.conv2d(x, self.conv1_kernel, self.conv1_bias, padding=2), 2))
        x = F.relu(F.max_pool2d(F.conv2d(x, self.conv2_kernel, self.conv2_bias), 2))
        x = x.flatten(1)
        return self.tail[2](F.relu(self.tail[1](F.relu(self.tail[0](x)))))


def large(request):
    torch.set_num_threads(request["threads"])
    a = read(request["folder"])
    first, second = dense(a, "hidden"), dense(a, "output")
    behind = LeNet(a) if request["lenet"] else None
    x = torch.from_numpy(a["x"])
    target = torch.from_numpy(a["labels"]).long() if request["lenet"] else torch.from_numpy(a["target"])
    trained = [*first.parameters(), *second.parameters()]
    compiled = request.get("compiled", False)
    optimizer = torch.optim.Adam(trained, lr=1e-3, eps=1e-7, fused=not compiled)

    def forward(x, target):
        y = F.relu(second(F.relu(first(x))))
        return F.cross_entropy(behind(y), target) if behind is not None else F.mse_loss(y, target)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = forward(x, target)
        loss.backward()
        optimizer.step()
        return loss

    if compiled:
        forward = torch.compile(forward)
        apply = torch.compile(optimizer.step)

        def step():
            optimizer.zero_grad(set_to_none=True)
            loss = forward(x, target)
            loss.backward()
            apply()
            return loss

    start = step().item()

    def run():
        return {"loss": step().item()}

    return run, {"loss": start, "version": torch.__version__}


def infnet(request):
    torch.set_num_threads(request["threads"])
    a = read(request["folder"])

    def conv(name):
        layer = torch.nn.Conv2d(*a[f"{name}.kernel"].shape[1::-1], 3)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(a[f"{name}.kernel"]))
            layer.bias.copy_(torch.from_numpy(a[f"{name}.bias"]))
        return layer

    obfuscator = torch.nn.ModuleList([conv("squeeze"), dense(a, "hidden"), dense(a, "output")])
    behind = torch.nn.ModuleList([conv("conv1"), conv("conv2"), dense(a, "dense1"), dense(a, "dense2")])
    behind.requires_grad_(False)
    x = torch.from_numpy(a["x"])
    target = torch.from_numpy(a["labels"]).long()
    optimizer = torch.optim.Adam(obfuscator.parameters(), lr=1e-3, eps=1e-7, fused=True)

    # ReLU behind the pooling: the same function as before it, on a quarter of the elements.
    def forward(x):
        x = F.relu(F.max_pool2d(obfuscator[0](x), 2)).flatten(1)
        x = F.relu(obfuscator[2](F.relu(obfuscator[1](x)))).reshape(-1, 1, 28, 28)
        x = F.relu(F.max_pool2d(behind[1](F.relu(behind[0](x))), 2))
        x = F.relu(behind[2](F.dropout(x, 0.25).flatten(1)))
        return behind[3](F.dropout(x, 0.5))

    def run():
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(forward(x), target)
        loss.backward()
        optimizer.step()
        return {"loss": loss.item()}

    return run, {**run(), "version": torch.__version__}


def small(request):
    torch.set_num_threads(request["threads"])
    a = read(request["folder"])

    def train(start, x, labels, rate):
        model = torch.nn.Sequential(torch.nn.Linear(7, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
        with torch.no_grad():
            for layer, name in ((model[0], "hidden"), (model[2], "output")):
                layer.weight.copy_(torch.from_numpy(start[f"{name}.kernel"].T.copy()))
                layer.bias.copy_(torch.from_numpy(start[f"{name}.bias"]))
        optimizer = torch.optim.Adam(model.parameters(), lr=rate, eps=1e-7, fused=True)
        x, labels = torch.from_numpy(x), torch.from_numpy(labels)

        def step(rows):
            rows = torch.from_numpy(rows)
            optimizer.zero_grad(set_to_none=True)
            loss = F.cross_entropy(model(x[rows]), labels[rows])
            loss.backward()
            optimizer.step()
            return loss.detach()

        def predict(x):
            with torch.no_grad():
                return model(torch.from_numpy(x)).numpy()

        def scale(rate):
            for group in optimizer.param_groups:
                group["lr"] = rate

        return step, predict, scale

    return (lambda: run_folds(a, request, train)), {"version": torch.__version__}


if __name__ == "__main__":
    torch.manual_seed(1)
    serve({"large": large, "infnet": infnet, "small": small})
