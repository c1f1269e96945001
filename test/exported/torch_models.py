# Exports the networks of torch_nets.py by both of torch's exporters, with what torch itself answers.
# Source: torch.onnx.export, dynamo=False (TorchScript) and dynamo=True (onnxscript); torch 2.15.
# Four networks are trained for some seconds on this repository's digits, so that a pane can be learned before them.

import gzip
import io
import pathlib
import sys
import warnings

import numpy
import onnx
import torch
from torch import nn

import torch_nets as nets
from _save import save

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
embedded = pathlib.Path(__file__).parents[2] / "src/data/embedded"


def digits(part):
    def read(kind, header):
        with gzip.open(embedded / f"digits-{part}-{kind}.gz") as f:
            return numpy.frombuffer(f.read()[header:], numpy.uint8)

    labels = read("labels-idx1-ubyte", 8)
    images = read("images-idx3-ubyte", 16).reshape(len(labels), 1, 28, 28)
    return torch.tensor(images / 255.0, dtype=torch.float32), torch.tensor(labels.astype(numpy.int64))


def trained(model, epochs):
    x, y = digits("train")
    optimiser = torch.optim.AdamW(model.parameters(), 5e-3)
    for _ in range(epochs):
        for rows in torch.randperm(len(y)).split(64):
            optimiser.zero_grad()
            nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
            optimiser.step()
    model.eval()
    x, y = digits("test")
    with torch.no_grad():
        print("  test accuracy", float((model(x).argmax(1) == y).float().mean()))
    return model


def seeded(model):
    """Statistics of batch norms that are not those of a new layer, so that a mistake in them shows."""
    for m in model.modules():
        if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            m.running_mean.uniform_(-0.5, 0.5)
            m.running_var.uniform_(0.5, 1.5)
            nn.init.uniform_(m.weight, 0.5, 1.5)
            nn.init.uniform_(m.bias, -0.5, 0.5)
    return model.eval()


def script(model, inputs, names, outputs, opset, dynamic):
    file = io.BytesIO()
    torch.onnx.export(
        model, inputs, file, dynamo=False, opset_version=opset, input_names=names, output_names=outputs,
        dynamic_axes={n: dynamic for n in [*names, *outputs]} if dynamic else None,
    )
    return onnx.load_from_string(file.getvalue())


def dynamo(model, inputs, names, outputs, opset, dynamic):
    dims = {i: torch.export.Dim(name, min=1, max=64) for i, name in (dynamic or {}).items()}
    program = torch.onnx.export(
        model, inputs, dynamo=True, opset_version=opset, input_names=names, output_names=outputs,
        dynamic_shapes=tuple(dims for _ in inputs) if dims else None, verbose=False, optimize=True,
    )
    return program.model_proto


def export(name, model, inputs, *, names=("x",), outputs=("y",), opset=17, dynamic=None, by="torch script", run=None, **more):
    exporter = script if by == "torch script" else dynamo
    proto = exporter(model, inputs, list(names), list(outputs), opset, dynamic)
    run = run or inputs
    with torch.no_grad():
        got = model(*run)
    got = got if isinstance(got, tuple) else (got,)
    save(
        name, proto, {n: v.numpy() for n, v in zip(names, run)}, {n: v.numpy() for n, v in zip(outputs, got)},
        by=f"{by}, opset {opset}", **more,
    )


N = {0: "N"}
NT = {0: "N", 1: "T"}
draw = torch.randn


def classifiers():
    x, _ = digits("test")
    for name, net, epochs, opset in [
        ("cnn", nets.PlainCnn, 3, 11), ("mobilenet", nets.MobileNet, 6, 17),
        ("resnet-groupnorm", nets.GroupNormResNet, 6, 17), ("vit", nets.VitTiny, 15, 17),
    ]:
        torch.manual_seed(1)
        model = trained(net(), epochs)
        export(f"{name}-script", model, (x[:2],), opset=opset, dynamic=N, run=(x[:3],))
        export(f"{name}-dynamo", model, (x[:2],), opset=20, dynamic=N, by="torch dynamo", run=(x[:3],))


def others():
    def fresh(net, *args, **kwargs):
        torch.manual_seed(2)
        return seeded(net(*args, **kwargs))

    torch.manual_seed(3)
    for suffix, by, opset in (("script", "torch script", 17), ("dynamo", "torch dynamo", 20)):
        with_ = {"by": by, "opset": opset}
        seq = draw(2, 6, 8)
        export(f"transformer-{suffix}", fresh(nets.Block, 8, 2), (seq,), dynamic=NT, run=(draw(3, 5, 8),), **with_)
        tokens = torch.randint(0, 20, (2, 7))
        # TorchScript writes the length that it saw into its attention.
        run = (torch.randint(0, 20, (3, 7 if suffix == "script" else 4)),)
        export(f"text-{suffix}", fresh(nets.TextTransformer), (tokens,), dynamic=NT, run=run, gradient=False, **with_)
        export(f"multihead-{suffix}", fresh(nets.MultiHead), (draw(2, 4, 8), draw(2, 4, 8)), names=("q", "kv"), dynamic=N, **with_)
        rows = draw(2, 7, 3)
        export(f"lstm-{suffix}", fresh(nets.Recurrent, nn.LSTM), (rows,), dynamic=N if suffix == "script" else None, **with_)
        export(f"gru-{suffix}", fresh(nets.Recurrent, nn.GRU, bidirectional=True), (rows,), **with_)
        export(f"unet-{suffix}", fresh(nets.UNet), (draw(2, 1, 8, 8),), dynamic=N, **with_)
        export(f"series-{suffix}", fresh(nets.SeriesCnn), (draw(2, 2, 16),), dynamic=N, **with_)
        export(f"volume-{suffix}", fresh(nets.VolumeCnn), (draw(2, 1, 6, 6, 6),), dynamic=N, **with_)
        export(f"generator-{suffix}", fresh(nets.Generator), (draw(2, 6),), dynamic=N, **with_)
        export(f"autoencoder-{suffix}", fresh(nets.Autoencoder), (draw(2, 16),), outputs=("code", "again"), dynamic=N, **with_)
        export(f"mlp-{suffix}", fresh(nets.MlpNorm), (draw(2, 6),), dynamic=N, **with_)
        export(f"window-{suffix}", fresh(nets.WindowShift), (draw(2, 8, 8, 8),), dynamic=N, **with_)
        export(f"upscaler-{suffix}", fresh(nets.Upscaler), (draw(2, 1, 6, 5),), dynamic=N, **with_)
    export("gated-dynamo23", fresh(nets.RmsGated), (draw(2, 5, 8),), by="torch dynamo", opset=23, dynamic=N)
    torch.manual_seed(4)
    half = seeded(nets.PlainCnn()).half()
    x, _ = digits("test")
    export("cnn-half", half, (x[:2].half(),), opset=17, dynamic=N, tolerance=2e-2)
    fixed = fresh(nets.MlpNorm)
    export("mlp-fixed", fixed, (draw(1, 6),), opset=9)
    export("mlp-double", fixed.double(), (draw(2, 6, dtype=torch.float64),), opset=17, dynamic=N, tolerance=1e-9)


if __name__ == "__main__":
    if "others" not in sys.argv:
        classifiers()
    if "classifiers" not in sys.argv:
        others()
