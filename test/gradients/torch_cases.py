# Writes cases for compare.ts: models of one operator at awkward shapes, with PyTorch's values and gradients.
# Source: PyTorch's autograd in float64 (torch 2, CPU). Run: python test/gradients/torch_cases.py cases.json
# Optional: neither the product nor its tests need Python. Where PyTorch has another convention at a kink, no input lies there.

import base64
import json
import sys

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(24)
cases = []


def draw(*shape, low=-2.0, high=2.0):
    return random.uniform(low, high, shape).astype(np.float32)


def apart(*shape):
    """Numbers no two of which are nearer than a tenth, and none near 0."""
    size = int(np.prod(shape))
    values = (random.permutation(size) + 1.5 - size / 2) * 0.37
    return values.reshape(shape).astype(np.float32)


def encode(array):
    array = np.asarray(array)
    return {
        "dtype": str(array.dtype),
        "shape": list(array.shape),
        "data": base64.b64encode(array.tobytes()).decode(),
    }


def case(operator, of, inputs, fixed=(), outputs=1, opset=18, note="", **attributes):
    """`of` takes the inputs as float64 tensors that require a gradient; `fixed` inputs are initialisers: (place, array)."""
    fixed = dict(fixed)
    names, values, initialisers = [], [], []
    left = list(inputs)
    for place in range(len(inputs) + len(fixed)):
        if place in fixed:
            if fixed[place] is None:
                names.append("")
                continue
            initialisers.append(numpy_helper.from_array(np.asarray(fixed[place]), f"f{place}"))
            names.append(f"f{place}")
        else:
            values.append((f"x{place}", left.pop(0)))
            names.append(f"x{place}")
    leaves = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for _, v in values]
    results = of(*leaves)
    results = results if isinstance(results, (tuple, list)) else [results]
    weights = [random.uniform(-1, 1, tuple(r.shape)).astype(np.float32) for r in results]
    loss = sum((r * torch.tensor(w, dtype=torch.float64)).sum() for r, w in zip(results, weights))
    gradients = torch.autograd.grad(loss, leaves, allow_unused=True)
    node = helper.make_node(operator, names, [f"y{i}" for i in range(len(results))], **attributes)
    info = lambda name, v: helper.make_tensor_value_info(name, TensorProto.FLOAT, list(v.shape))
    graph = helper.make_graph(
        [node],
        operator,
        [info(n, v) for n, v in values],
        [info(f"y{i}", r) for i, r in enumerate(results)],
        initialisers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    cases.append(
        {
            "operator": operator,
            "note": note or ", ".join(f"{k}={v}" for k, v in attributes.items()) or str([v.shape for _, v in values]),
            "model": base64.b64encode(model.SerializeToString()).decode(),
            "inputs": {n: encode(v) for n, v in values},
            "values": [encode(r.detach().numpy()) for r in results],
            "weights": [encode(w) for w in weights],
            "gradients": {
                n: encode(np.zeros(v.shape) if g is None else g.numpy()) for (n, v), g in zip(values, gradients)
            },
        }
    )


ints = lambda *v: np.array(v, dtype=np.int64)

# Of two inputs, broadcasting over axes of size 1 and 0.
pairs = [((2, 3), (3,)), ((2, 1, 3), (4, 1)), ((), (2, 2)), ((1,), (1, 1)), ((0, 3), (3,)), ((2, 0), (1, 1)), ((1, 3), (0, 3))]
for a, b in pairs:
    for name, of in [("Add", torch.add), ("Sub", torch.sub), ("Mul", torch.mul), ("Min", torch.minimum), ("Max", torch.maximum)]:
        case(name, of, [draw(*a), draw(*b)])
    case("Div", torch.div, [draw(*a), draw(*b, low=0.5)])
    case("Pow", torch.pow, [draw(*a, low=0.2), draw(*b)])
    condition = np.arange(3)[: (*a, 1)[-2 if a else -1]] % 2 == 0
    case("Where", lambda x, y, c=condition: torch.where(torch.tensor(c), x, y), [draw(*a), draw(*b)], fixed=[(0, condition)])
tied = np.array([[1, 2, 2], [0, -1, 3]], np.float32), np.array([1, 3, 2], np.float32)
case("Min", torch.minimum, list(tied), note="ties")
case("Max", torch.maximum, list(tied), note="ties")
case("Max", lambda a, b, c: torch.maximum(torch.maximum(a, b), c), [draw(2, 3), draw(3), draw(2, 1)], note="three")
case("Max", lambda a: a * 1, [draw(2, 3)], note="one")
# Powers at 0, of negative numbers, by whole exponents of every kind.
at = np.array([0.0, -1.5, 2.0, 0.0, -0.5], np.float32)
for exponent in [0.0, 1.0, 2.0, 3.0, -2.0]:
    x = at if exponent >= 0 else at + 0.25
    power = np.array(exponent, np.float32)
    case("Pow", lambda a, e=exponent: a**e, [x], fixed=[(1, power)], note=f"to the {exponent}, constant")
    case("Pow", lambda a, e=exponent: a**e, [x], fixed=[(1, np.array(int(exponent)))], note=f"to the {int(exponent)}, int64")
case("Pow", lambda a: a ** torch.tensor([0.0, 1, 2, 3, 0]), [np.zeros(5, np.float32)], fixed=[(1, np.array([0, 1, 2, 3, 0], np.float32))], note="0 to 0, 1, 2, 3, 0")
case("Pow", torch.pow, [np.array([0, 0, 2, 1], np.float32), np.array([2, 1, 0, 3], np.float32)], note="both, at 0")

# Of one input.
units = {
    "Neg": torch.neg, "Abs": torch.abs, "Exp": torch.exp, "Sigmoid": torch.sigmoid, "Tanh": torch.tanh,
    "Softplus": F.softplus, "Softsign": F.softsign, "Relu": F.relu, "LeakyRelu": F.leaky_relu, "Elu": F.elu,
    "Sqrt": torch.sqrt, "Log": torch.log, "Reciprocal": torch.reciprocal, "Identity": lambda v: v * 1,
}
for name, of in units.items():
    low = 0.1 if name in ("Sqrt", "Log", "Reciprocal") else -2.0
    for shape in [(3, 4), (), (1,), (0, 2)]:
        case(name, of, [draw(*shape, low=low)])
for name in ("Abs", "Relu", "LeakyRelu", "Elu"):
    case(name, units[name], [np.array([0.0, -0.0, 1, -1], np.float32)], note="at 0")
case("LeakyRelu", lambda v: F.leaky_relu(v, 0.3), [draw(5)], alpha=0.3)
case("Elu", lambda v: F.elu(v, 0.7), [draw(5)], alpha=0.7)
far = np.array([-40, 40, -5, 5], np.float32)
for name in ("Sigmoid", "Tanh", "Softplus", "Softsign", "Elu"):
    case(name, units[name], [far], note="far out")

# Clip, by its bounds too.
clip = lambda v, l, h: torch.clamp(v, l, h)
for low, high in [(-0.5, 0.7), (0.7, -0.5)]:
    case("Clip", clip, [draw(3, 4), np.array(low, np.float32), np.array(high, np.float32)], note=f"from {low} to {high}")
case("Clip", lambda v, h: torch.clamp(v, max=h), [draw(3, 4), np.array(0.2, np.float32)], fixed=[(1, None)], note="no lower bound")
case("Clip", lambda v, l: torch.clamp(v, min=l), [draw(3, 4), np.array(0.2, np.float32)], note="no upper bound")
case("Clip", lambda v: v * 1, [draw(3, 4)], note="no bounds")

# Reductions.
def reduced(of):
    return lambda axes, keep: (lambda v: of(v, axes, keep))
rules = {
    "ReduceSum": lambda v, a, k: v.sum(a, keepdim=k),
    "ReduceMean": lambda v, a, k: v.mean(a, keepdim=k),
    "ReduceMax": lambda v, a, k: v.amax(a, keepdim=k),
    "ReduceMin": lambda v, a, k: v.amin(a, keepdim=k),
}
for name, of in rules.items():
    for axes in [(0,), (1,), (-1,), (0, 2), (2, 0, 1)]:
        for keep in (0, 1):
            case(name, lambda v, a=axes, k=keep: of(v, a, bool(k)), [draw(2, 3, 4)], fixed=[(1, ints(*axes))], keepdims=keep, note=f"axes {axes}, keepdims {keep}")
    every = (0, 1)
    case(name, lambda v: of(v, every, True), [draw(2, 3)], note="no axes")
    case(name, lambda v: of(v, every, True), [draw(2, 3)], fixed=[(1, ints())], note="empty axes")
    case(name, lambda v: v * 1, [draw(2, 3)], noop_with_empty_axes=1, note="noop, no axes")
    case(name, lambda v: v * 1, [draw(2, 3)], fixed=[(1, ints())], noop_with_empty_axes=1, keepdims=0, note="noop, empty axes, keepdims 0")
    case(name, lambda v: of(v, (1,), False), [draw(2, 3)], fixed=[(1, ints(1))], noop_with_empty_axes=1, keepdims=0, note="noop, axes given")
    case(name, lambda v: of(v, (1,), True), [draw(3, 1)], fixed=[(1, ints(1))], note="of one element")
    case(name, lambda v: v * 1, [np.float32(1.5).reshape(())], keepdims=0, note="of a scalar")
    case(name, lambda v: of(v, (0,), False), [np.zeros((3, 0), np.float32)], fixed=[(1, ints(0))], keepdims=0, note="of nothing")
case("ReduceSum", lambda v: v.sum(1), [np.zeros((3, 0), np.float32)], fixed=[(1, ints(1))], keepdims=0, note="over nothing")
for name in ("ReduceMax", "ReduceMin"):
    case(name, lambda v, of=rules[name]: of(v, (1,), False), [np.array([[1, 3, 3], [2, 2, 2], [0, -1, 5]], np.float32)], fixed=[(1, ints(1))], keepdims=0, note="ties")

# Softmax at every axis and rank.
for shape in [(4,), (2, 3), (2, 3, 4), (2, 1, 3, 2)]:
    for axis in range(-len(shape), len(shape)):
        case("Softmax", lambda v, a=axis: F.softmax(v, a), [draw(*shape)], axis=axis, note=f"{shape}, axis {axis}")
        case("LogSoftmax", lambda v, a=axis: F.log_softmax(v, a), [draw(*shape)], axis=axis, note=f"{shape}, axis {axis}")

# Products.
for a, b in [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)),
             ((5, 1, 2, 3), (4, 3, 2)), ((3,), (5, 3, 4)), ((5, 2, 3), (3,)), ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((1, 1), (1, 1))]:
    case("MatMul", torch.matmul, [draw(*a), draw(*b)])
for ta in (0, 1):
    for tb in (0, 1):
        for c in [(4,), (2, 1), (), (2, 4), (1, 4)]:
            a, b = draw(*((3, 2) if ta else (2, 3))), draw(*((4, 3) if tb else (3, 4)))
            of = lambda x, y, z, ta=ta, tb=tb: 0.5 * (x.T if ta else x) @ (y.T if tb else y) + 1.5 * z
            case("Gemm", of, [a, b, draw(*c)], alpha=0.5, beta=1.5, transA=ta, transB=tb, note=f"transA {ta}, transB {tb}, C {c}")
        case("Gemm", lambda x, y, ta=ta, tb=tb: (x.T if ta else x) @ (y.T if tb else y), [a, b], transA=ta, transB=tb, note=f"transA {ta}, transB {tb}, no C")
case("Transpose", lambda v: v.permute(2, 0, 1), [draw(2, 3, 4)], perm=[2, 0, 1])
case("Transpose", lambda v: v.permute(2, 1, 0), [draw(2, 3, 4)])

# Indices: negative, repeated, of several axes.
g = lambda v, i, a: torch.index_select(v, a, torch.tensor(i).flatten() % v.shape[a]).reshape(*v.shape[:a], *np.shape(i), *v.shape[a + 1:])
for i in [[0, 2, 2, -1], [[0, 1], [-1, 0]], 1, -1, [1], []]:
    for axis in (0, 1, -1):
        index = np.array(i, np.int64)
        case("Gather", lambda v, i=index, a=axis % 3: g(v, i, a), [draw(3, 3, 3)], fixed=[(1, index)], axis=axis, note=f"{i}, axis {axis}")
index = np.array([[0, 2, 0], [-1, 0, 0]], np.int64)
for axis in (0, 1):
    place = torch.tensor(index) % 3
    case("GatherElements", lambda v, a=axis: torch.gather(v, a, place), [draw(3, 3)], fixed=[(1, index)], axis=axis, note=f"axis {axis}, repeated")
    case("ScatterElements", lambda v, u, a=axis: torch.scatter_add(v, a, place, u), [draw(3, 3), draw(2, 3)], fixed=[(1, index)], axis=axis, reduction="add", note=f"axis {axis}, added, repeated")
    for mode, torchs in [("max", "amax"), ("min", "amin")]:
        case("ScatterElements", lambda v, u, a=axis, m=torchs: torch.scatter_reduce(v, a, place, u, m), [draw(3, 3), draw(2, 3)], fixed=[(1, index)], axis=axis, reduction=mode, note=f"axis {axis}, {mode}")
once = np.array([[0, 1, -1], [2, 0, 1]], np.int64)
case("ScatterElements", lambda v, u: torch.scatter(v, 0, torch.tensor(once) % 3, u), [draw(3, 3), draw(2, 3)], fixed=[(1, once)], axis=0, note="axis 0")
case("ScatterElements", lambda v, u: torch.scatter_reduce(v, 0, torch.tensor([[0, 0, 1]]), u, "amax"), [np.array([[1, 2, 0], [0, 0, 1]], np.float32), np.array([[1, 3, 1]], np.float32)], fixed=[(1, np.array([[0, 0, 1]]))], axis=0, reduction="max", note="ties")
case("OneHot", lambda v: torch.stack([F.one_hot(torch.tensor([0, 2, 1, 0]), 4).double()[i] * (v[1] - v[0]) + v[0] for i in range(4)]), [draw(2)], fixed=[(0, ints(0, 2, -3, 0)), (1, ints(4))], note="values")
case("OneHot", lambda v: F.one_hot(torch.tensor([[0, 2]]), 3).double().permute(0, 2, 1) * (v[1] - v[0]) + v[0], [draw(2)], fixed=[(0, np.array([[0, 2]])), (1, np.array(3))], axis=1, note="values, axis 1")

# Joining, cutting, padding, views.
case("Concat", lambda a, b, c: torch.cat([a, b, c], 1), [draw(2, 3), draw(2, 0), draw(2, 1)], axis=1)
case("Concat", lambda a, b: torch.cat([a, b], -2), [draw(2, 1, 3), draw(2, 4, 3)], axis=-2)
case("Split", lambda v: torch.split(v, [1, 0, 3], 1), [draw(2, 4)], fixed=[(1, ints(1, 0, 3))], axis=1, note="with an empty part")
case("Split", lambda v: torch.split(v, 2, 0), [draw(5, 2)], num_outputs=3, axis=0)
for s, e, a, p in [((1,), (3,), (1,), (1,)), ((-1,), (-100,), (0,), (-1,)), ((3, 0), (0, 100), (1, 0), (-2, 2)), ((1,), (1,), (0,), (1,)), ((-3,), (2**62,), (-1,), (2,)), ((0,), (100,), (1,), (3,))]:
    def cut(v, s=s, e=e, a=a, p=p):
        index = [np.arange(n) for n in v.shape]
        for k, axis in enumerate(a):
            n = v.shape[axis]
            index[axis] = np.arange(n)[s[k] : (None if e[k] < -n else e[k]) : p[k]]
        return v[np.ix_(*[i.copy() for i in index])] if all(len(i) for i in index) else v[np.ix_(*index)]
    case("Slice", cut, [draw(3, 4)], fixed=[(1, ints(*s)), (2, ints(*e)), (3, ints(*a)), (4, ints(*p))], note=f"{s} to {e}, axes {a}, steps {p}")
case("Pad", lambda v: F.pad(v, (2, 0, 0, 1), value=0.5), [draw(2, 3)], fixed=[(1, ints(0, 2, 1, 0)), (2, np.array(0.5, np.float32))], note="asymmetric")
case("Pad", lambda v: F.pad(v, (-1, 2, 1, -1)), [draw(2, 3)], fixed=[(1, ints(1, -1, -1, 2))], note="cropping")
by_value = lambda v, c: torch.cat([c.reshape(1).expand(2), v, c.reshape(1)])
case("Pad", by_value, [draw(3), np.array(0.3, np.float32)], fixed=[(1, ints(2, 1))], note="by its value")
for mode, torchs in [("edge", "replicate"), ("reflect", "reflect")]:
    case("Pad", lambda v, m=torchs: F.pad(v, (1, 2, 2, 0), m), [draw(1, 2, 3, 4)], fixed=[(1, ints(0, 0, 2, 1, 0, 0, 0, 2))], mode=mode, note=mode)
case("Reshape", lambda v: v.reshape(2, -1), [draw(4, 3)], fixed=[(1, ints(2, -1))])
case("Reshape", lambda v: v.reshape(2, 3, 2), [draw(2, 6)], fixed=[(1, ints(0, 3, -1))])
case("Flatten", lambda v: v.reshape(6, 4), [draw(2, 3, 4)], axis=2)
case("Flatten", lambda v: v.reshape(1, 24), [draw(2, 3, 4)], axis=0)
case("Flatten", lambda v: v.reshape(6, 4), [draw(2, 3, 4)], axis=-1)
case("Unsqueeze", lambda v: v[None, :, None], [draw(3)], fixed=[(1, ints(-1, 0))])
case("Squeeze", lambda v: v.reshape(3), [draw(1, 3, 1)])
case("Squeeze", lambda v: v.reshape(1, 3), [draw(1, 3, 1)], fixed=[(1, ints(-1))])
for s, t in [((3,), (2, 3)), ((2, 1), (2, 4)), ((1,), (0, 2)), ((), (2,)), ((2, 1, 3), (4, 1)), ((3, 1), (1, 1))]:
    case("Expand", lambda v, t=t: v.expand(torch.broadcast_shapes(v.shape, t)), [draw(*s)], fixed=[(1, ints(*t))], note=f"{s} by {t}")
case("Cast", lambda v: v * 1, [draw(3)], to=1)

# Quantised weights.
q = random.integers(-128, 127, (4, 6)).astype(np.int8)
t = torch.tensor(q, dtype=torch.float64)
case("DequantizeLinear", lambda s: t * s, [np.array(0.1, np.float32)], fixed=[(0, q)], note="per tensor")
case("DequantizeLinear", lambda s: (t - 3) * s, [np.array(0.1, np.float32)], fixed=[(0, q), (2, np.array(3, np.int8))], note="per tensor, zero point")
z = np.array([1, -2, 3, 0], np.int8)
case("DequantizeLinear", lambda s: (t - torch.tensor(z)[:, None]) * s[:, None], [draw(4)], fixed=[(0, q), (2, z)], axis=0, note="per axis")
case("DequantizeLinear", lambda s: t * s[None], [draw(6)], fixed=[(0, q)], axis=-1, note="per last axis")
case("DequantizeLinear", lambda s: t * s.repeat_interleave(4, 1)[:, :6], [draw(4, 2)], fixed=[(0, q)], axis=1, block_size=4, opset=21, note="blocks of 4 over 6")
case("DequantizeLinear", lambda s: (t - 1) * s.repeat_interleave(2, 0), [draw(2, 6)], fixed=[(0, q), (2, np.ones((2, 6), np.int8))], axis=0, block_size=2, opset=21, note="blocks of 2, zero points")

# Windows: strides, pads on one side, dilations, ceil, groups, windows larger than strides and smaller.
def padded(v, pads):
    n = len(pads) // 2
    return F.pad(v, [p for i in reversed(range(n)) for p in (pads[i], pads[n + i])])


for pads in [(0, 0, 0, 0), (1, 0, 0, 2), (2, 1, 1, 0)]:
    for strides in [(1, 1), (2, 1), (3, 2)]:
        for dilations in [(1, 1), (2, 1), (1, 3)]:
            for group in (1, 2):
                def conv(x, w, b, p=pads, s=strides, d=dilations, g=group):
                    return F.conv2d(padded(x, p), w, b, s, 0, d, g)
                note = f"pads {pads}, strides {strides}, dilations {dilations}, group {group}"
                case("Conv", conv, [draw(2, 4, 6, 7), draw(6, 4 // group, 2, 3), draw(6)], pads=pads, strides=strides, dilations=dilations, group=group, note=note)
                def back(x, w, b, p=pads, s=strides, d=dilations, g=group):
                    y = F.conv_transpose2d(x, w, None, s, 0, 0, g, d)
                    y = y[:, :, p[0] : y.shape[2] - p[2], p[1] : y.shape[3] - p[3]]
                    return y + b[None, :, None, None]
                case("ConvTranspose", back, [draw(2, 4, 3, 4), draw(4, 6 // group, 3, 3), draw(6)], pads=pads, strides=strides, dilations=dilations, group=group, note=note)
wide = [draw(2, 16, 6, 7), draw(16, 16, 3, 3)]
case("Conv", lambda x, w: F.conv2d(padded(x, (1, 1, 1, 1)), w), wide, pads=[1, 1, 1, 1], note="many channels")
fixed_w = draw(16, 16, 3, 3)
case("Conv", lambda x: F.conv2d(padded(x, (0, 1, 2, 1)), torch.tensor(fixed_w, dtype=torch.float64)), [draw(2, 16, 6, 7)], fixed=[(1, fixed_w)], pads=[0, 1, 2, 1], note="many channels, known filters")
deep = draw(16, 1, 3, 3)
case("Conv", lambda x: F.conv2d(padded(x, (0, 1, 2, 1)), torch.tensor(deep, dtype=torch.float64), groups=16), [draw(2, 16, 6, 7)], fixed=[(1, deep)], pads=[0, 1, 2, 1], group=16, note="depthwise, known filters")
case("Conv", lambda x, w: F.conv1d(padded(x, (2, 0)), w, None, 2, 0, 2), [draw(2, 3, 9), draw(4, 3, 3)], pads=[2, 0], strides=[2], dilations=[2], note="one axis")
case("Conv", lambda x, w: F.conv2d(padded(x, (0, 1, 1, 1)), w, None, 2), [draw(1, 2, 5, 5), draw(3, 2, 2, 3)], auto_pad="SAME_UPPER", strides=[2, 2], note="SAME_UPPER")
case("Conv", lambda x, w: F.conv2d(padded(x, (1, 1, 0, 1)), w, None, 2), [draw(1, 2, 5, 5), draw(3, 2, 2, 3)], auto_pad="SAME_LOWER", strides=[2, 2], note="SAME_LOWER")
case("Conv", lambda x, w: F.conv2d(x, w, None, 2), [draw(1, 2, 5, 5), draw(3, 2, 2, 3)], auto_pad="VALID", strides=[2, 2], note="VALID")
case("Conv", lambda x, w: F.conv2d(x, w), [draw(1, 2, 3, 3), draw(3, 2, 3, 3)], note="one window")
case("Conv", lambda x, w: F.conv2d(x, w), [draw(0, 2, 4, 4), draw(3, 2, 3, 3)], note="no images")
for shape in [(1, 1, 9, 7), (1, 1, 10, 8), (1, 1, 8, 7), (1, 1, 12, 11)]:
    def sized(x, w, n=shape[2:]):
        y = F.conv_transpose2d(x, w, None, (3, 2))
        for axis, size in zip((2, 3), n):
            total = y.shape[axis] - size
            if total > 0:
                begin = total - total // 2
                y = y.narrow(axis, begin, size)
            elif total < 0:
                y = torch.cat([y, torch.zeros([-total if i == axis else d for i, d in enumerate(y.shape)], dtype=y.dtype)], axis)
        return y
    case("ConvTranspose", sized, [draw(1, 1, 3, 3), draw(1, 1, 3, 3)], strides=[3, 2], output_shape=shape[2:], note=f"output_shape {shape[2:]}")
case("ConvTranspose", lambda x, w: F.conv_transpose2d(x, w, None, (3, 2), (1, 1), (2, 1)), [draw(1, 2, 3, 3), draw(2, 2, 3, 3)], strides=[3, 2], pads=[1, 1, 1, 1], output_padding=[2, 1], note="output_padding")
case("ConvTranspose", lambda x, w: F.conv_transpose2d(x, w, None, 1, 0, 1, 1, 2), [draw(1, 2, 3, 3), draw(2, 2, 3, 3)], dilations=[2, 2], output_padding=[1, 1], note="output_padding beyond the stride")
case("ConvTranspose", lambda x, w: F.conv_transpose1d(x, w, None, 2, 1, 1), [draw(2, 3, 4), draw(3, 2, 3)], strides=[2], pads=[1, 1], output_padding=[1], note="one axis")


def windows(x, kernel, strides, pads, dilations, ceil, fill, include=False):
    """[N, C, out…, elements] and which of them count."""
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    n = len(kernel)
    outs = []
    for i, size in enumerate(x.shape[2:]):
        room = size + pads[i] + pads[n + i] - spans[i]
        out = (-(-room // strides[i]) if ceil else room // strides[i]) + 1
        if ceil and (out - 1) * strides[i] >= size + pads[i]:
            out -= 1
        outs.append(out)
    more = [max(0, (outs[i] - 1) * strides[i] + spans[i] - x.shape[2 + i] - pads[i] - pads[n + i]) for i in range(n)]
    full = list(pads[:n]) + [pads[n + i] + more[i] for i in range(n)]
    frame = F.pad(x, [p for i in reversed(range(n)) for p in (full[i], full[n + i])], value=fill)
    ones = padded(torch.ones(1, 1, *x.shape[2:], dtype=x.dtype), pads) if not include else torch.ones(1, 1, *[s + pads[i] + pads[n + i] for i, s in enumerate(x.shape[2:])], dtype=x.dtype)
    ones = F.pad(ones, [p for i in reversed(range(n)) for p in (0, more[i])])
    def seen(v):
        parts = []
        for at in np.ndindex(*kernel):
            part = v
            for i in range(n):
                start = at[i] * dilations[i]
                part = part.narrow(2 + i, start, (outs[i] - 1) * strides[i] + 1)[(slice(None),) * (2 + i) + (slice(None, None, strides[i]),)]
            parts.append(part)
        return torch.stack(parts, -1)
    return seen(frame), seen(ones)


def average(x, include, **w):
    values, counted = windows(x, fill=0.0, include=include, **w)
    return values.sum(-1) / counted.sum(-1)


def most(x, **w):
    values, _ = windows(x, fill=-np.inf, **w)
    return values.max(-1).values


for kernel in [(2, 2), (3, 2), (1, 3)]:
    for strides in [(1, 1), (2, 2), (3, 2), kernel]:
        for pads in [(0, 0, 0, 0), (1, 0, 0, 1), (0, 1, 1, 1)]:
            if any(p >= k for p, k in zip(pads, kernel + kernel)):
                continue
            for dilations in [(1, 1), (2, 1), (2, 3)]:
                for ceil in (0, 1):
                    w = dict(kernel=kernel, strides=strides, pads=pads, dilations=dilations, ceil=bool(ceil))
                    a = dict(kernel_shape=kernel, strides=strides, pads=pads, ceil_mode=ceil, dilations=dilations)
                    note = f"kernel {kernel}, strides {strides}, pads {pads}, dilations {dilations}, ceil {ceil}"
                    x = apart(2, 2, 7, 8)
                    case("MaxPool", lambda v, w=w: most(v, **w), [x], note=note, **a)
                    for include in (0, 1):
                        case("AveragePool", lambda v, w=w, i=include: average(v, bool(i), **w), [x], note=f"{note}, padding counts {include}", opset=19, count_include_pad=include, **a)
case("MaxPool", lambda v: F.max_pool1d(v, 3, 2, 1, 1, True), [apart(2, 3, 8)], kernel_shape=[3], strides=[2], pads=[1, 1], ceil_mode=1, note="one axis, ceil")
case("AveragePool", lambda v: F.avg_pool1d(v, 3, 2, 1, True, True), [apart(2, 3, 8)], kernel_shape=[3], strides=[2], pads=[1, 1], ceil_mode=1, count_include_pad=1, opset=19, note="one axis, ceil")
case("MaxPool", lambda v: F.max_pool2d(v, 3, 1), [np.round(draw(1, 1, 6, 6))], kernel_shape=[3, 3], note="ties, overlapping")
for shape in [(2, 3, 4), (2, 3, 4, 5), (1, 1, 1, 1), (1, 2, 2, 3, 2)]:
    axes = tuple(range(2, len(shape)))
    case("GlobalAveragePool", lambda v, a=axes: v.mean(a, keepdim=True), [apart(*shape)])
    case("GlobalMaxPool", lambda v, a=axes: v.amax(a, keepdim=True), [apart(*shape)])
case("GlobalMaxPool", lambda v: v.amax((2, 3), keepdim=True), [np.array([3, 3, 1, 3], np.float32).reshape(1, 1, 2, 2)], note="ties")
for shape in [(2, 3), (2, 3, 4), (2, 3, 4, 5), (1, 1, 1, 1)]:
    c = shape[1]
    norm = lambda x, s, b, m, v: F.batch_norm(x, m, v, s, b, False, 0.1, 1e-3)
    def manual(x, s, b, m, v, r=len(shape)):
        each = lambda t: t.reshape(1, -1, *[1] * (r - 2))
        return (x - each(m)) / torch.sqrt(each(v) + float(np.float32(1e-3))) * each(s) + each(b)
    case("BatchNormalization", manual, [draw(*shape), draw(c), draw(c), draw(c), draw(c, low=0.3)], epsilon=1e-3, note=str(shape))
case("Resize", lambda v: v.repeat_interleave(2, 2).repeat_interleave(3, 3), [draw(1, 2, 3, 2)], fixed=[(1, None), (2, np.array([1, 1, 2, 3], np.float32))], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor", note="repeating")
case("Col2Im", lambda v: F.fold(v, (5, 5), (2, 3)), [draw(2, 3 * 6, 12)], fixed=[(1, ints(5, 5)), (2, ints(2, 3))])
fold = lambda v: F.fold(v, (6, 6), (2, 2), (1, 2), 1, (2, 1))
case("Col2Im", fold, [draw(1, 8, 24)], fixed=[(1, ints(6, 6)), (2, ints(2, 2))], strides=[2, 1], pads=[1, 1, 1, 1], dilations=[1, 2])

# Activations and other functions of one input.
more = {
    "Erf": torch.erf, "Mish": F.mish, "HardSwish": F.hardswish, "HardSigmoid": lambda v: torch.clamp(0.2 * v + 0.5, 0, 1),
    "Selu": F.selu, "Celu": F.celu, "Gelu": F.gelu, "ThresholdedRelu": lambda v: torch.where(v > 1, v, 0.0),
    "Sin": torch.sin, "Cos": torch.cos, "Tan": torch.tan, "Atan": torch.atan, "Sinh": torch.sinh, "Cosh": torch.cosh, "Asinh": torch.asinh,
}
for name, of in more.items():
    opset = 20 if name == "Gelu" else 18
    for shape in [(3, 4), (), (0, 2)]:
        case(name, of, [draw(*shape, low=-1.4, high=1.4)], opset=opset)
    case(name, of, [np.array([-1.3, 0.0, 0.4, 1.2], np.float32)], opset=opset, note="at 0") if name != "ThresholdedRelu" else None
case("Gelu", lambda v: F.gelu(v, approximate="tanh"), [draw(5)], opset=20, approximate="tanh")
case("PRelu", lambda v, s: torch.where(v < 0, v * s, v), [draw(2, 3, 4), draw(3, 1)])

# More reductions, running sums, order.
wider = {
    "ReduceL1": lambda v, a, k: v.abs().sum(a, keepdim=k),
    "ReduceL2": lambda v, a, k: v.square().sum(a, keepdim=k).sqrt(),
    "ReduceSumSquare": lambda v, a, k: v.square().sum(a, keepdim=k),
    "ReduceLogSumExp": lambda v, a, k: v.logsumexp(a, keepdim=k),
}
for name, of in wider.items():
    for axes in [(0,), (-1,), (0, 2)]:
        case(name, lambda v, a=axes, f=of: f(v, a, False), [draw(2, 3, 4)], fixed=[(1, ints(*axes))], keepdims=0, note=f"axes {axes}")
    case(name, lambda v, f=of: f(v, (0, 1), True), [draw(2, 3)], note="no axes")
for zeros in range(3):
    x = draw(2, 4, low=0.5)
    x[:, :zeros] = 0
    case("ReduceProd", lambda v: v.prod(1), [x], fixed=[(1, ints(1))], keepdims=0, note=f"{zeros} zeros")
for exclusive in (0, 1):
    for reverse in (0, 1):
        def running(v, e=exclusive, r=reverse):
            w = v.flip(1) if r else v
            w = torch.cumsum(w, 1) - (w if e else 0)
            return w.flip(1) if r else w
        case("CumSum", running, [draw(2, 4)], fixed=[(1, np.array(1))], exclusive=exclusive, reverse=reverse)
case("TopK", lambda v: torch.topk(v, 2, 1).values, [apart(3, 5)], fixed=[(1, ints(2))], note="values")
case("Trilu", lambda v: torch.tril(v, -1), [draw(2, 3, 4)], fixed=[(1, np.array(-1))], upper=0)
case("Tile", lambda v: v.repeat(2, 1, 3), [draw(1, 2, 2)], fixed=[(1, ints(2, 1, 3))])
case("DepthToSpace", lambda v: F.pixel_shuffle(v, 2), [draw(1, 8, 2, 3)], blocksize=2, mode="CRD")
case("SpaceToDepth", lambda v: F.pixel_unshuffle(v, 2), [draw(1, 1, 4, 6)], blocksize=2, note="one channel")
place = np.array([[0, 1], [-1, 0], [0, 1]], np.int64)
case("GatherND", lambda v: v[place[:, 0], place[:, 1]], [draw(2, 3, 2)], fixed=[(1, place)], note="repeated")
case("ScatterND", lambda v, u: v.index_put((torch.tensor([0, 1, 0]),), u, True), [draw(2, 3), draw(3, 3)], fixed=[(1, np.array([[0], [1], [0]]))], reduction="add", note="added, repeated")
case("Einsum", lambda a, b: torch.einsum("bij,bkj->ik", a, b), [draw(2, 3, 4), draw(2, 5, 4)], equation="bij,bkj->ik")

# Normalisations.
for axis, shape in [(-1, (2, 3, 4)), (1, (2, 3, 4))]:
    n = shape[axis:] if axis > 0 else shape[-1:]
    case("LayerNormalization", lambda v, s, b, n=n: F.layer_norm(v, n, s, b, float(np.float32(1e-3))), [draw(*shape), draw(*n), draw(*n)], axis=axis, epsilon=1e-3)
case("InstanceNormalization", lambda v, s, b: F.instance_norm(v, None, None, s, b, eps=float(np.float32(1e-3))), [draw(2, 3, 4, 2), draw(3), draw(3)], epsilon=1e-3)
case("GroupNormalization", lambda v, s, b: F.group_norm(v, 2, s, b, float(np.float32(1e-3))), [draw(2, 4, 3), draw(4), draw(4)], num_groups=2, epsilon=1e-3, opset=21)
case("RMSNormalization", lambda v, s: F.rms_norm(v, (4,), s, float(np.float32(1e-3))), [draw(2, 3, 4), draw(4)], epsilon=1e-3, opset=23)
case("LRN", lambda v: F.local_response_norm(v, 3, 0.1, 0.75, 1.0), [draw(1, 5, 2, 2)], size=3, alpha=0.1, beta=0.75, bias=1.0)


# Recurrence, one layer in one direction or both; ONNX's gates are in another order than PyTorch's.
def recurrent(name, gates, order, layer, **attributes):
    for both in (False, True):
        directions = 2 if both else 1
        net = layer(3, 4, bidirectional=both).double()
        x = draw(5, 2, 3)
        w, r, b = draw(directions, gates * 4, 3), draw(directions, gates * 4, 4), draw(directions, gates * 8)
        def of(x, w, r, b, net=net):
            mix = lambda t: torch.cat([t[i * 4 : (i + 1) * 4] for i in order])
            given = {}
            for d in range(directions):
                tail = "_reverse" if d else ""
                given |= {f"weight_ih_l0{tail}": mix(w[d]), f"weight_hh_l0{tail}": mix(r[d])}
                given |= {f"bias_ih_l0{tail}": mix(b[d, : gates * 4]), f"bias_hh_l0{tail}": mix(b[d, gates * 4 :])}
            y = torch.func.functional_call(net, given, (x,))[0]
            return y.reshape(5, 2, directions, 4).permute(0, 2, 1, 3)
        case(name, of, [x, w, r, b], hidden_size=4, direction="bidirectional" if both else "forward", **attributes)


recurrent("LSTM", 4, [0, 2, 3, 1], torch.nn.LSTM)
recurrent("GRU", 3, [1, 0, 2], torch.nn.GRU, linear_before_reset=1)
recurrent("RNN", 1, [0], torch.nn.RNN)

# Norms of windows: PyTorch's own pooling has neither padding nor dilation.
def normed(x, p, **w):
    values, counted = windows(x, fill=0.0, **w)
    return (values.abs() ** p).sum(-1) ** (1 / p)


for p in (1, 2, 3):
    case("LpPool", lambda v, p=p: F.lp_pool2d(v, float(p), (2, 3), (2, 1)), [draw(2, 2, 6, 7, low=0.2)], kernel_shape=[2, 3], strides=[2, 1], p=p)
    case("LpPool", lambda v, p=p: F.lp_pool1d(v, float(p), 2), [draw(2, 3, 7, low=0.2)], kernel_shape=[2], strides=[2], p=p, note=f"one axis, p={p}")
    for dilations, ceil in [((1, 1), 0), ((2, 1), 0), ((1, 2), 1)]:
        w = dict(kernel=(2, 3), strides=(2, 2), pads=(1, 0, 0, 2), dilations=dilations, ceil=bool(ceil))
        note = f"padded, dilations {dilations}, ceil {ceil}, p={p}"
        case("LpPool", lambda v, p=p, w=w: normed(v, p, **w), [apart(2, 2, 7, 8)], kernel_shape=[2, 3], strides=[2, 2], pads=[1, 0, 0, 2], dilations=dilations, ceil_mode=ceil, p=p, note=note)
    case("GlobalLpPool", lambda v, p=p: (v.abs() ** p).sum((2, 3), keepdim=True) ** (1 / p), [apart(2, 3, 4, 2)], p=p)

# Sampling inside and outside, by image and grid. PyTorch has no cubic sampling of volumes.
for mode, torchs in [("linear", "bilinear"), ("nearest", "nearest"), ("cubic", "bicubic")]:
    for padding in ("zeros", "border", "reflection"):
        for corners in (0, 1):
            sample = lambda v, grid, m=torchs, p=padding, c=corners: F.grid_sample(v, grid, m, p, bool(c))
            a = dict(mode=mode, padding_mode=padding, align_corners=corners, opset=20)
            note = f"{mode}, {padding}, corners {corners}"
            case("GridSample", sample, [draw(2, 3, 4, 5), draw(2, 3, 4, 2)], note=note, **a)
            case("GridSample", sample, [draw(1, 1, 1, 3), draw(1, 2, 3, 2)], note=f"one row, {note}", **a)
            if mode != "cubic":
                case("GridSample", sample, [draw(2, 2, 3, 4, 3), draw(2, 2, 3, 2, 3)], note=f"volumes, {note}", **a)

# Batch normalisation by the batch's own moments; ONNX's momentum is the old one's share, and its variance the biased one.
for shape in [(4, 3), (2, 3, 4), (2, 2, 3, 4)]:
    def trained(x, s, b, m, v, r=len(shape)):
        axes = [i for i in range(r) if i != 1]
        each = lambda t: t.reshape(1, -1, *[1] * (r - 2))
        y = F.batch_norm(x, None, None, s, b, True, 0.0, float(np.float32(1e-3)))
        mean, variance = x.mean(axes), x.var(axes, unbiased=False)
        old = float(np.float32(0.7))
        return y, m * old + mean * (1 - old), v * old + variance * (1 - old)
    c = shape[1]
    case("BatchNormalization", trained, [draw(*shape), draw(c), draw(c), draw(c), draw(c, low=0.3)], epsilon=1e-3, momentum=0.7, training_mode=1, note=f"training, {shape}")
case("CastLike", lambda v: v * 1, [draw(3)], fixed=[(1, np.array(1, np.float32))])

# What had no case yet.
for name, of in {"Asin": torch.asin, "Acos": torch.acos, "Atanh": torch.atanh}.items():
    for shape in [(3, 4), (), (0, 2)]:
        case(name, of, [draw(*shape, low=-0.8, high=0.8)])
case("Acosh", torch.acosh, [draw(3, 4, low=1.2, high=3.0)])
case("Swish", F.silu, [draw(3, 4)], opset=24)
case("Swish", lambda v: v * torch.sigmoid(float(np.float32(0.7)) * v), [draw(3, 4)], alpha=0.7, opset=24)
case("Shrink", lambda v: F.softshrink(v, 0.5), [apart(3, 4)], lambd=0.5, bias=0.5)
case("Shrink", lambda v: F.hardshrink(v, 0.5), [apart(3, 4)], lambd=0.5)
case("Sum", lambda a, b, c: a + b + c, [draw(2, 1), draw(3), draw()])
case("Mean", lambda a, b, c: (a + b + c) / 3, [draw(2, 1), draw(3), draw()])
case("Mod", torch.fmod, [draw(2, 3, low=0.7, high=5.0), draw(3, low=0.7, high=1.3)], fmod=1)
case("ReduceLogSum", lambda v: v.sum(1).log(), [draw(2, 3, low=0.3)], fixed=[(1, ints(1))], keepdims=0)
case("CumProd", lambda v: torch.cumprod(v, 1), [draw(2, 4, low=0.3)], fixed=[(1, np.array(1))], opset=26)
for p in (1, 2):
    case("LpNormalization", lambda v, p=p: F.normalize(v, float(p), 1), [draw(2, 3, 2)], axis=1, p=p)
def standard(v):
    deviation = torch.sqrt((v * v).mean((0, 2, 3), keepdim=True) - v.mean((0, 2, 3), keepdim=True) ** 2)
    return (v - v.mean((0, 2, 3), keepdim=True)) / (deviation + 1e-9)
case("MeanVarianceNormalization", standard, [draw(2, 3, 2, 2)])
lengths = [3, 1]
back_to_front = lambda v: torch.stack([torch.cat([v[:n, i].flip(0), v[n:, i]]) for i, n in enumerate(lengths)], 1)
case("ReverseSequence", back_to_front, [draw(4, 2, 2)], fixed=[(1, ints(*lengths))])
classes = np.array([2, 0, 1, 2], np.int64)
share = np.array([0.5, 1.0, 2.0], np.float32)
w64 = torch.tensor(share, dtype=torch.float64)
for reduction in ("mean", "sum", "none"):
    for weight, fixed in ((None, []), (w64, [(2, share)])):
        note = f"{reduction}, {'weights' if fixed else 'no weights'}"
        a = dict(fixed=[(1, classes), *fixed], reduction=reduction, note=note)
        labels = torch.tensor(classes)
        case("NegativeLogLikelihoodLoss", lambda v, w=weight, r=reduction: F.nll_loss(v, labels, w, reduction=r), [draw(4, 3)], **a)
        case("SoftmaxCrossEntropyLoss", lambda v, w=weight, r=reduction: F.cross_entropy(v, labels, w, reduction=r), [draw(4, 3)], **a)
for causal in (0, 1):
    attend = lambda q, k, v, c=causal: F.scaled_dot_product_attention(q, k, v, is_causal=bool(c))
    case("Attention", attend, [draw(1, 2, 3, 4), draw(1, 2, 3, 4), draw(1, 2, 3, 2)], is_causal=causal, opset=23)

json.dump(cases, open(sys.argv[1], "w"))
print(len(cases), "cases of", len({c["operator"] for c in cases}), "operators")
