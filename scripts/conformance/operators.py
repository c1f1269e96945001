"""Nodes of operators as their versions have them: inputs, attributes, and which inputs are constants of the model.

Source: ONNX Changelog. An input that was an attribute in an older version is one here.
"""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Node:
    inputs: list
    attributes: dict = field(default_factory=dict)
    constant: tuple = ()
    outputs: int = 1
    expected: object = None
    label: str = ""


def draw(*shape, low=-2.0, high=2.0, dtype=np.float32, seed=0):
    random = np.random.default_rng(seed + int(np.prod(shape, dtype=np.int64)) + len(shape))
    return random.uniform(low, high, shape).astype(dtype)


def whole(values):
    return np.array(values, dtype=np.int64)


def floats(*values):
    return np.array(values, dtype=np.float32)


X = draw(2, 3, 4)
RANGES = {"Sqrt": (0.1, 3), "Log": (0.1, 3), "Acosh": (1.1, 3), "Reciprocal": (0.3, 2)}
UNIT = ("Acos", "Asin", "Atanh")
UNARY = (
    "Abs Neg Sign Sqrt Exp Log Reciprocal Relu Softplus Softsign Sigmoid Tanh Ceil Floor Erf Sin Cos Tan Asin Acos Atan "
    "Sinh Cosh Asinh Acosh Atanh Elu LeakyRelu Selu HardSigmoid ThresholdedRelu HardSwish Mish Celu Gelu Round IsNaN Identity"
).split()
SHAPED = {"Elu": [{"alpha": 0.7}], "LeakyRelu": [{"alpha": 0.3}], "HardSigmoid": [{"alpha": 0.3, "beta": 0.4}]}
SHAPED |= {"Selu": [{"alpha": 1.2, "gamma": 1.4}], "ThresholdedRelu": [{"alpha": 0.5}], "Celu": [{"alpha": 0.6}]}
SHAPED |= {"Gelu": [{"approximate": "tanh"}]}


def unary(name, version):
    low, high = (-0.9, 0.9) if name in UNIT else RANGES.get(name, (-2, 2))
    x = draw(2, 3, 4, low=low, high=high)
    yield "float", Node([x])
    yield "a number", Node([x[0, 0, 0]])
    for attributes in SHAPED.get(name, []):
        yield str(attributes), Node([x], attributes)
    if name in ("Abs", "Neg", "Sign", "Identity", "Relu") and version >= (14 if name == "Relu" else 6):
        yield "int32", Node([np.array([-3, 0, 5], np.int32)])
    if version >= 6 and name not in ("Gelu", "HardSwish", "Mish", "Celu", "Sign", "Erf"):
        yield "double", Node([x.astype(np.float64)])


NUMPY = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide, "Pow": np.power, "And": np.logical_and,
    "Or": np.logical_or, "Xor": np.logical_xor, "Equal": np.equal, "Greater": np.greater, "Less": np.less,
}
BINARY = [*NUMPY, "GreaterOrEqual", "LessOrEqual", "Mod"]


def kind_of(name, a):
    if name in ("And", "Or", "Xor"):
        return a > 0
    if name in ("Equal", "Mod"):
        return np.abs(np.round(a)).astype(np.int32) + 1
    return np.abs(a) + np.float32(0.1) if name == "Pow" else a


def binary(name, version):
    a = kind_of(name, draw(2, 3, 4, 5))
    b = kind_of(name, draw(2, 3, 4, 5, seed=7))
    yield "one shape", Node([a, b])
    if version >= 7:
        yield "the last axes", Node([a, b[0, 0]])
        yield "between ones", Node([a[:, :1], b[:1, :, :1]])
        yield "the first smaller", Node([a[0, 0, 0], b])
        yield "a number", Node([a, b[0, 0, 0, 0]])
        yield "none", Node([a[:0], b[:0]])
        return
    f = NUMPY[name]
    for axis, part, view in [
        (None, b[0, 0], b[0, 0]),
        (1, b[0, :, :, 0], b[:1, :, :, :1]),
        (0, b[:, 0, 0, 0], b[:, :1, :1, :1]),
        (2, b[0, 0, :, 0], b[:1, :1, :, :1]),
        (None, b[0, 0, 0, 0].reshape(1), b[:1, :1, :1, :1]),
    ]:
        attributes = {"broadcast": 1} | ({} if axis is None else {"axis": axis})
        yield f"broadcast from {axis}", Node([a, part], attributes, expected=f(a, view))


def several(name, version):
    xs = [draw(2, 3, seed=i) for i in range(3)]
    for count in (1, 2, 3):
        yield f"{count} inputs", Node(xs[:count])
    if version >= 8:
        yield "broadcast", Node([xs[0], xs[1][:1], xs[2][:, :1]])


def softmax(name, version):
    for shape in [(3, 4), (2, 3, 4), (2, 3, 4, 2)]:
        axes = [None, *range(len(shape))] + ([-1, -2] if version >= 11 else [])
        for axis in axes:
            yield f"{shape} axis {axis}", Node([draw(*shape)], {} if axis is None else {"axis": axis})


def clip(name, version):
    x = np.concatenate([draw(6), floats(np.inf, -np.inf)])
    for low, high in [(None, None), (-0.5, None), (None, 0.5), (-0.5, 0.5), (0.5, -0.5)]:
        if version < 11:
            given = {k: v for k, v in (("min", low), ("max", high)) if v is not None}
            yield f"{low} to {high}", Node([x], given)
        else:
            bounds = [None if v is None else np.float32(v).reshape(()) for v in (low, high)]
            yield f"{low} to {high}", Node([x, *bounds], constant=(1, 2))


def pad(name, version):
    x = draw(2, 3, 4)
    for mode in ["constant", "reflect", "edge"] + (["wrap"] if version >= 19 else []):
        for pads in ([0, 1, 2, 0, 0, 1], [0, -1, 1, 0, 2, -1]):
            if mode != "constant" and min(pads) < 0:
                continue
            value = {"value": 1.5} if mode == "constant" else {}
            if version < 11:
                yield f"{mode} {pads}", Node([x], {"pads": pads, "mode": mode} | value)
            else:
                fill = [np.float32(1.5).reshape(())] if value else []
                yield f"{mode} {pads}", Node([x, whole(pads), *fill], {"mode": mode}, (1, 2))
    if version >= 18:
        yield "axes", Node([x, whole([1, 2]), np.float32(3).reshape(()), whole([-1])], {}, (1, 2, 3))


def slices(name, version):
    x = draw(4, 5, 6)
    for starts, ends, axes in [([1, 0], [3, 1000], [0, 2]), ([0, -4], [-1, -1], [0, 1]), ([2, 1, 0], [4, 3, 2], None)]:
        if version < 10:
            given = {"starts": starts, "ends": ends} | ({"axes": axes} if axes else {})
            yield f"{starts} {ends} {axes}", Node([x], given)
        else:
            more = [whole(axes)] if axes else []
            yield f"{starts} {ends} {axes}", Node([x, whole(starts), whole(ends), *more], {}, (1, 2, 3))
    if version >= 10:
        given = [whole([-1, 4]), whole([-100, 0]), whole([0, 1]), whole([-1, -2])]
        yield "backwards", Node([x, *given], {}, (1, 2, 3, 4))


def dropout(name, version):
    x = draw(3, 4)
    if version < 7:
        yield "inference", Node([x], {"is_test": 1, "ratio": 0.3}, expected=x)
    elif version < 12:
        yield "inference", Node([x], {"ratio": 0.3})
        yield "default", Node([x])
    else:
        yield "inference", Node([x, np.float32(0.3).reshape(())], {}, (1,))
        yield "default", Node([x])


def squeeze(name, version):
    x = draw(1, 3, 1, 4) if name == "Squeeze" else draw(3, 4)
    for axes in [[0], [0, 2]] + ([[-1]] if version >= 11 and name == "Unsqueeze" else []):
        if version < 13:
            yield str(axes), Node([x], {"axes": axes})
        else:
            yield str(axes), Node([x, whole(axes)], {}, (1,))
    if name == "Squeeze":
        yield "all", Node([x])


def reduce(name, version):
    x = draw(2, 3, 4, low=0.2)
    new = version >= (13 if name == "ReduceSum" else 18)
    for axes in [None, [0], [1, 2]] + ([[-1]] if version >= 11 else []):
        for keep in ({}, {"keepdims": 0}):
            if axes is None:
                yield f"all {keep}", Node([x], keep)
            elif new:
                yield f"{axes} {keep}", Node([x, whole(axes)], keep, (1,))
            else:
                yield f"{axes} {keep}", Node([x], {"axes": axes} | keep)
    if new:
        yield "of no axes", Node([x, whole([])], {"noop_with_empty_axes": 1}, (1,))


def split(name, version):
    x = draw(6, 4)
    if version < 13:
        yield "equal", Node([x], {"axis": 0}, outputs=3)
        yield "sizes", Node([x], {"axis": 1, "split": [1, 3]}, outputs=2)
    else:
        yield "sizes", Node([x, whole([1, 3])], {"axis": 1}, (1,), outputs=2)
        yield "equal", Node([x], {"axis": 0} | ({"num_outputs": 3} if version >= 18 else {}), outputs=3)
    if version >= 18:
        yield "uneven", Node([x], {"num_outputs": 4}, outputs=4)


def batch_normalization(name, version):
    for shape in [(2, 3), (2, 3, 4), (2, 3, 4, 5)]:
        x = draw(*shape)
        parts = [draw(3, low=0.5, seed=i) for i in range(3)] + [draw(3, low=0.3, high=2, seed=9)]
        given = {"is_test": 1} if version < 7 else {}
        plain = [np.reshape(p, (1, 3) + (1,) * (len(shape) - 2)) for p in parts]
        y = (x - plain[2]) / np.sqrt(plain[3] + np.float32(1e-3)) * plain[0] + plain[1]
        yield f"{shape}", Node([x, *parts], {"epsilon": 1e-3} | given, (1, 2, 3, 4), expected=y if version < 7 else None)
    if version < 9:
        x = draw(2, 3, 4)
        parts = [draw(3, 4, low=0.5, seed=i) for i in range(3)] + [draw(3, 4, low=0.3, high=2, seed=9)]
        y = (x - parts[2]) / np.sqrt(parts[3] + np.float32(1e-5)) * parts[0] + parts[1]
        yield "not spatial", Node([x, *parts], {"spatial": 0} | given, (1, 2, 3, 4), expected=y)
    if version >= 14:
        x = draw(2, 3, 4)
        parts = [draw(3, low=0.5, seed=i) for i in range(3)] + [draw(3, low=0.3, high=2, seed=9)]
        yield "training", Node([x, *parts], {"training_mode": 1, "momentum": 0.7}, outputs=3)


def upsample(name, version):
    x = draw(1, 2, 3, 4)
    for mode in ("nearest", "linear"):
        scales = [1.0, 1.0, 2.0, 3.0]
        if version < 7:
            word = "bilinear" if mode == "linear" else mode
            yield mode, Node([x], {"mode": word, "height_scale": 2.0, "width_scale": 3.0})
        elif version < 9:
            yield mode, Node([x], {"mode": mode, "scales": scales})
        else:
            yield mode, Node([x, floats(*scales)], {"mode": mode}, (1,))


def resize(name, version):
    x = draw(1, 2, 4, 5)
    if version < 11:
        for mode in ("nearest", "linear"):
            for scales in ([1, 1, 2, 3], [1, 1, 0.5, 0.6], [1, 1, 2, 0.6]):
                yield f"{mode} {scales}", Node([x, floats(*scales)], {"mode": mode}, (1,))
        return
    empty = floats()
    places = ["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"]
    for place in places + (["half_pixel_symmetric"] if version >= 19 else []):
        for mode in ("nearest", "linear", "cubic"):
            for scales in ([1, 1, 2, 2], [1, 1, 0.5, 0.6]):
                if place == "align_corners" and scales[2] == 0.5:
                    continue
                given = {"mode": mode, "coordinate_transformation_mode": place}
                yield f"{place} {mode} {scales}", Node([x, empty, floats(*scales)], given, (1, 2))
            given = {"mode": mode, "coordinate_transformation_mode": place}
            roi = [empty, empty] if version < 13 else [None, None]
            yield f"{place} {mode} sizes", Node([x, *roi, whole([1, 2, 7, 3])], given, (1, 2, 3))
    for rounding in ("round_prefer_ceil", "floor", "ceil"):
        given = {"nearest_mode": rounding}
        yield rounding, Node([x, empty, floats(1, 1, 1.5, 2.5)], given, (1, 2))
    if version >= 18:
        given = {"keep_aspect_ratio_policy": "not_larger", "axes": [2, 3]}
        yield "not larger", Node([x, None, None, whole([8, 7])], given, (3,))
        given = {"antialias": 1, "mode": "linear"}
        yield "antialias", Node([x, None, floats(1, 1, 0.5, 0.6)], given, (2,))


def top_k(name, version):
    x = draw(3, 5)
    for axis in (0, 1):
        if version < 10:
            yield f"axis {axis}", Node([x], {"axis": axis, "k": 2}, outputs=2)
        else:
            yield f"axis {axis}", Node([x, whole([2])], {"axis": axis}, (1,), outputs=2)
    if version >= 11:
        yield "smallest", Node([x, whole([3])], {"largest": 0}, (1,), outputs=2)


def cast(name, version):
    x = floats(-1.7, 0, 0.4, 3.9, 100)
    for to in (1, 6, 7, 9, 11, 2, 10):
        source = np.abs(x) if to == 2 else x
        yield f"to {to}", Node([source], {"to": to})
    yield "from int64", Node([whole([-3, 0, 5])], {"to": 1})
    yield "from bool", Node([np.array([True, False])], {"to": 6})


def gemm(name, version):
    a, b = draw(3, 4), draw(4, 5)
    old = {"broadcast": 1} if version < 7 else {}
    yield "whole", Node([a, b, draw(3, 5)])
    yield "row", Node([a, b, draw(5)], old, expected=a @ b + draw(5))
    given = {"alpha": 0.5, "beta": 0.3, "transA": 1, "transB": 1}
    yield "turned", Node([a.T.copy(), b.T.copy(), draw(1, 5)], given | old, expected=0.5 * (a @ b) + 0.3 * draw(1, 5))
    if version >= 7:
        yield "column", Node([a, b, draw(3, 1)])
    if version >= 11:
        yield "without", Node([a, b])


def conv(name, version):
    for spatial in (1, 2, 3):
        x, w = draw(2, 4, *[7, 6, 5][:spatial]), draw(6, 2, *[3, 2, 2][:spatial])
        pads = [1, 0, 1][:spatial] + [0, 1, 1][:spatial]
        given = {"group": 2, "strides": [2, 1, 1][:spatial], "dilations": [1, 2, 1][:spatial]}
        yield f"{spatial} axes", Node([x, w, draw(6)], given | {"pads": pads}, (1, 2))
        for auto in ("SAME_UPPER", "SAME_LOWER", "VALID"):
            given = {"group": 2, "strides": [2, 1, 2][:spatial], "auto_pad": auto}
            yield f"{spatial} axes {auto}", Node([x, w], given, (1,))


def conv_transpose(name, version):
    for spatial in (1, 2, 3):
        x, w = draw(2, 4, *[4, 3, 3][:spatial]), draw(4, 3, *[3, 2, 3][:spatial])
        given = {"group": 2, "strides": [2, 1, 2][:spatial], "pads": [1, 0, 1][:spatial] + [0, 1, 1][:spatial]}
        yield f"{spatial} axes", Node([x, w, draw(6)], given, (1, 2))
        yield f"{spatial} axes padded", Node([x, w], given | {"output_padding": [1, 0, 1][:spatial]}, (1,))
    x, w = draw(1, 1, 3, 3), draw(1, 2, 3, 3)
    yield "dilated", Node([x, w], {"dilations": [2, 2]}, (1,))
    yield "to a shape", Node([x, w], {"strides": [3, 2], "output_shape": [10, 8]}, (1,))
    yield "same", Node([x, w], {"strides": [2, 2], "auto_pad": "SAME_UPPER"}, (1,))


def pool(name, version):
    for spatial in (1, 2, 3):
        x = draw(2, 3, *[7, 6, 5][:spatial])
        kernel, strides = [3, 2, 2][:spatial], [2, 1, 2][:spatial]
        base = {"kernel_shape": kernel, "strides": strides}
        yield f"{spatial} axes", Node([x], base)
        pads = [1, 0, 1][:spatial] + [0, 1, 0][:spatial]
        yield f"{spatial} axes padded", Node([x], base | {"pads": pads})
        for auto in ("SAME_UPPER", "SAME_LOWER", "VALID"):
            yield f"{spatial} axes {auto}", Node([x], base | {"auto_pad": auto})
        if version >= 10 and name != "LpPool":
            yield f"{spatial} axes ceil", Node([x], base | {"ceil_mode": 1})
            yield f"{spatial} axes padded ceil", Node([x], base | {"ceil_mode": 1, "pads": pads})
        if name == "AveragePool" and version >= 7:
            yield f"{spatial} axes with pads", Node([x], base | {"pads": pads, "count_include_pad": 1})
        if (name == "MaxPool" and version >= 10) or (name == "AveragePool" and version >= 19):
            yield f"{spatial} axes dilated", Node([x], base | {"dilations": [2, 1, 2][:spatial]})
    if name == "MaxPool" and version >= 8:
        yield "with indices", Node([draw(1, 2, 5, 6)], {"kernel_shape": [2, 3], "strides": [2, 2]}, outputs=2)


def prelu(name, version):
    x = draw(2, 3, 4)
    along = draw(3, low=0.1, high=0.9)
    if version < 7:
        y = np.where(x < 0, x * along.reshape(1, 3, 1), x)
        yield "channels", Node([x, along], {}, (1,), expected=y)
        yield "shared", Node([x, along[:1]], {}, (1,), expected=np.where(x < 0, x * along[0], x))
    else:
        yield "channels", Node([x, along.reshape(3, 1)], {}, (1,))
        yield "last", Node([x, draw(4, low=0.1, high=0.9)], {}, (1,))


def recurrent(name, version):
    gates = {"RNN": 1, "GRU": 3, "LSTM": 4}[name]
    outputs = 3 if name == "LSTM" else 2
    x = draw(5, 2, 3)
    for direction, ways in [("forward", 1), ("reverse", 1), ("bidirectional", 2)]:
        w, r = draw(ways, 4 * gates, 3, low=-0.5, high=0.5), draw(ways, 4 * gates, 4, low=-0.5, high=0.5)
        b = draw(ways, 8 * gates, low=-0.5, high=0.5)
        given = {"hidden_size": 4, "direction": direction}
        yield direction, Node([x, w, r, b], given, (1, 2, 3), outputs)
        lengths = np.array([5, 3], np.int32)
        start = draw(ways, 2, 4, seed=4)
        cell = [draw(ways, 2, 4, seed=5)] if name == "LSTM" else []
        yield f"{direction} from a state", Node([x, w, r, b, lengths, start, *cell], given, (1, 2, 3), outputs)
    if name == "GRU":
        yield "reset after", Node([x, w, r, b], given | {"linear_before_reset": 1}, (1, 2, 3), outputs)
    if name == "LSTM":
        w, r = draw(1, 16, 3, low=-0.5, high=0.5), draw(1, 16, 4, low=-0.5, high=0.5)
        peep = [x, w, r, None, None, None, None, draw(1, 12, low=-0.5, high=0.5)]
        yield "peepholes", Node(peep, {"hidden_size": 4}, (1, 2, 7), outputs)


def once(name, version):
    """Operators whose form hardly changed."""
    x = draw(2, 3, 4)
    y = draw(2, 4, 5)
    i = np.array([[0, 1], [2, 0]], np.int64)
    square = draw(4, 4)
    image = draw(1, 4, 4, 4)
    index = np.array([[1, 0, 2], [0, 2, 1]], np.int64)
    matrix = draw(3, 3)
    eight = np.arange(12, dtype=np.uint8).reshape(3, 4)
    table = {
        "MatMul": [("batched", Node([x, y])), ("vector", Node([x, draw(4)])), ("matrices", Node([x[0], y[0]]))],
        "Not": [("all", Node([x > 0]))],
        "Where": [("broadcast", Node([x > 0, x, draw(4)]))],
        "Transpose": [("reversed", Node([x])), ("order", Node([x], {"perm": [1, 2, 0]}))],
        "Flatten": [(f"axis {a}", Node([x], {"axis": a})) for a in ([0, 1, 2, 3] + ([-1] if version >= 11 else []))],
        "Reshape": [(f"{s}", Node([x, whole(s)], {}, (1,))) for s in ([4, 6], [0, -1], [2, 1, 12])],
        "Concat": [(f"axis {a}", Node([x, x, x], {"axis": a})) for a in ([0, 1, 2] + ([-1] if version >= 11 else []))],
        "Gather": [(f"axis {a}", Node([x, i % 2], {"axis": a}, (1,))) for a in (0, 1, 2)],
        "GatherElements": [("axis 1", Node([draw(2, 3), index], {"axis": 1}))],
        "GatherND": [("pairs", Node([x, whole([[0, 1], [1, 2]])], {}, (1,)))],
        "Scatter": [("axis 1", Node([matrix, index[:1], draw(1, 3)], {"axis": 1}))],
        "ScatterElements": [("axis 1", Node([matrix, index[:1], draw(1, 3)], {"axis": 1}))],
        "ScatterND": [("rows", Node([matrix, whole([[1], [0]]), draw(2, 3)], {}, (1,)))],
        "Tile": [("axes", Node([x, whole([1, 2, 3])], {}, (1,)))],
        "Expand": [("wider", Node([draw(3, 1), whole([2, 3, 4])], {}, (1,)))],
        "Shape": [("whole", Node([x]))] + ([("part", Node([x], {"start": 1, "end": -1}))] if version >= 15 else []),
        "Size": [("whole", Node([x]))],
        "OneHot": [("last", Node([whole([1, 0, 2]), np.array(3, np.int64), floats(-1, 2)], {}, (1,)))],
        "GlobalAveragePool": [("all", Node([image]))],
        "GlobalMaxPool": [("all", Node([image]))],
        "LRN": [("three", Node([draw(1, 5, 2, 2)], {"size": 3, "alpha": 0.1, "bias": 1.5}))],
        "InstanceNormalization": [("image", Node([image, draw(4), draw(4, seed=1)], {"epsilon": 1e-3}, (1, 2)))],
        "LpNormalization": [("last", Node([x], {"axis": -1, "p": 2}))],
        "MeanVarianceNormalization": [("default", Node([image]))],
        "CumSum": [("axis", Node([x, np.array(1, np.int64)], {"exclusive": 1}, (1,)))],
        "Trilu": [("upper", Node([square])), ("lower", Node([square, np.array(-1, np.int64)], {"upper": 0}, (1,)))],
        "EyeLike": [("one up", Node([square], {"k": 1}))],
        "DepthToSpace": [("two", Node([image], {"blocksize": 2}))],
        "SpaceToDepth": [("two", Node([image], {"blocksize": 2}))],
        "QuantizeLinear": [("tensor", Node([x, np.float32(0.1), np.uint8(100)], {}, (1, 2)))],
        "DequantizeLinear": [("tensor", Node([eight, np.float32(0.1), np.uint8(5)], {}, (1, 2)))],
        "DynamicQuantizeLinear": [("tensor", Node([x], outputs=3))],
        "MatMulInteger": [("whole", Node([eight, eight.T.copy(), np.uint8(3), np.uint8(2)], {}, (2, 3)))],
        "ConstantOfShape": [("zeros", Node([whole([2, 3])], {}, (0,)))],
        "Range": [("up", Node([np.float32(1), np.float32(7), np.float32(2)], {}, (0, 1, 2)))],
        "LayerNormalization": [("last", Node([x, draw(4), draw(4, seed=1)], {}, (1, 2)))],
        "RMSNormalization": [("last", Node([x, draw(4)], {}, (1,)))],
        "Einsum": [("product", Node([x, y], {"equation": "bij,bjk->bik"}))],
        "NonZero": [("some", Node([np.array([[1, 0], [1, 1]], np.float32)]))],
        "Compress": [("rows", Node([matrix, np.array([True, False, True])], {"axis": 0}))],
        "ReverseSequence": [("two", Node([draw(4, 3), whole([2, 3, 4])], {}, (1,)))],
        "Hardmax": [],
        "Det": [("square", Node([square]))],
        "IsInf": [("both", Node([floats(1, np.inf, -np.inf)]))],
        "BitShift": [("left", Node([eight, np.full((3, 4), 2, np.uint8)], {"direction": "LEFT"}))],
        "Shrink": [("default", Node([x], {"lambd": 0.5, "bias": 0.2}))],
        "RotaryEmbedding": [],
    }
    if name == "GroupNormalization":
        size = 2 if version < 21 else 4
        given = [image, draw(size, seed=1), draw(size, seed=2)]
        groups = image.reshape(1, 2, -1)
        centred = groups - groups.mean(-1, keepdims=True)
        normal = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + np.float32(1e-5))
        repeat = [np.repeat(g, 4 // size).reshape(1, 4, 1, 1) for g in given[1:]]
        y = (normal.reshape(image.shape) * repeat[0] + repeat[1]).astype(np.float32)
        yield "two groups", Node(given, {"num_groups": 2}, (1, 2), expected=y)
    if name in ("DequantizeLinear", "QuantizeLinear") and version >= 13:
        scale, zero = floats(0.1, 0.2, 0.3, 0.4), np.array([1, 2, 3, 4], np.uint8)
        source = eight if name[0] == "D" else draw(3, 4)
        yield "axis", Node([source, scale, zero], {"axis": 1}, (1, 2))
    if name == "DequantizeLinear" and version >= 21:
        yield "blocks", Node([eight, draw(3, 2, low=0.1)], {"axis": 1, "block_size": 2}, (1,))
    if name == "RoiAlign":
        boxes = floats(0.3, 0.2, 2.7, 3.1).reshape(1, 4)
        for mode in [{}, {"mode": "max"}]:
            given = {"output_height": 2, "output_width": 2, "sampling_ratio": 2} | mode
            yield f"boxes {mode}", Node([image, boxes, whole([0])], given)
    if name == "GridSample":
        grid = draw(1, 3, 3, 2, low=-0.9, high=0.9)
        for mode in ("bilinear", "nearest", "bicubic") if version < 20 else ("linear", "nearest", "cubic"):
            yield mode, Node([image, grid], {"mode": mode, "align_corners": 1})
    if name in ("ArgMax", "ArgMin"):
        ties = np.array([[1, 3, 3], [0, 0, -1]], np.float32)
        for given in [{}, {"axis": 1}, {"axis": 1, "keepdims": 0}] + ([{"axis": -1, "select_last_index": 1}] if version >= 12 else []):
            yield str(given), Node([ties], given)
    if name == "ScatterElements" and version >= 16:
        for how in ["add", "mul"] + (["max", "min"] if version >= 18 else []):
            yield how, Node([matrix, index[:, :3], draw(2, 3)], {"axis": 0, "reduction": how})
    yield from table.get(name, [])


FAMILIES = {n: unary for n in UNARY} | {n: binary for n in BINARY}
FAMILIES |= {n: several for n in ("Max", "Min", "Sum", "Mean")}
FAMILIES |= {n: softmax for n in ("Softmax", "LogSoftmax", "Hardmax")}
FAMILIES |= {"Clip": clip, "Pad": pad, "Slice": slices, "Dropout": dropout, "Squeeze": squeeze, "Unsqueeze": squeeze}
FAMILIES |= {f"Reduce{n}": reduce for n in "Sum Mean Max Min L1 L2 LogSum LogSumExp Prod SumSquare".split()}
FAMILIES |= {"Split": split, "BatchNormalization": batch_normalization, "Upsample": upsample, "Resize": resize}
FAMILIES |= {"TopK": top_k, "Cast": cast, "Gemm": gemm, "Conv": conv, "ConvTranspose": conv_transpose, "PRelu": prelu}
FAMILIES |= {n: pool for n in ("MaxPool", "AveragePool", "LpPool")}
FAMILIES |= {n: recurrent for n in ("RNN", "GRU", "LSTM")}


def nodes(name, version):
    """Labels and nodes of an operator at a version."""
    return FAMILIES.get(name, once)(name, version)
