"""What Keras computes, for the tests of src/learn: python bench/peers/fixtures.py > src/learn/fixtures/keras.json

Needs tensorflow-cpu from requirements.txt. Everything in float64 and seeded, so that it can be made again.
"""
import json
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np

keras.config.set_floatx("float64")
keras.config.set_epsilon(1e-7)
draw = np.random.default_rng(8)


def tensor(a):
    a = np.asarray(a, dtype=np.float64)
    return {"shape": list(a.shape), "data": [float(v) for v in a.ravel()]}


def weights(model):
    return [tensor(w) for w in model.get_weights()]


def randomise(model):
    """Weights at scales other than those of an initialiser; variances stay positive."""
    for w in model.weights:
        values = draw.normal(size=w.shape) * 0.7
        w.assign(np.abs(values) + 0.5 if "variance" in w.path else values)


def small_net():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(2)])
    randomise(model)
    return model


def optimizers():
    """Keras rounds rates and betas to float32 even here, so most cases have numbers that are float32 already."""
    o = keras.optimizers
    cases = {
        "sgd": (o.SGD(0.25), {"kind": "sgd", "learningRate": 0.25}),
        "sgd momentum": (o.SGD(0.125, momentum=0.75), {"kind": "sgd", "learningRate": 0.125, "momentum": 0.75}),
        "sgd nesterov": (
            o.SGD(0.125, momentum=0.75, nesterov=True),
            {"kind": "sgd", "learningRate": 0.125, "momentum": 0.75, "nesterov": True},
        ),
        "rmsprop": (o.RMSprop(), {"kind": "rmsprop"}),
        "rmsprop momentum": (
            o.RMSprop(0.03125, rho=0.8, momentum=0.75),
            {"kind": "rmsprop", "learningRate": 0.03125, "rho": 0.8, "momentum": 0.75},
        ),
        "rmsprop centred": (
            o.RMSprop(0.03125, centered=True, epsilon=1e-3),
            {"kind": "rmsprop", "learningRate": 0.03125, "centred": True, "epsilon": 1e-3},
        ),
        "adagrad": (o.Adagrad(), {"kind": "adagrad"}),
        "adagrad set": (
            o.Adagrad(0.25, initial_accumulator_value=0.5, epsilon=1e-2),
            {"kind": "adagrad", "learningRate": 0.25, "initialAccumulator": 0.5, "epsilon": 1e-2},
        ),
        "adam": (o.Adam(), {"kind": "adam"}),
        "adam set": (
            o.Adam(0.125, beta_1=0.875, beta_2=0.96875, epsilon=1e-2),
            {"kind": "adam", "learningRate": 0.125, "beta1": 0.875, "beta2": 0.96875, "epsilon": 1e-2},
        ),
        "adadelta": (o.Adadelta(), {"kind": "adadelta"}),
        "adadelta set": (
            o.Adadelta(1.0, rho=0.9, epsilon=1e-4),
            {"kind": "adadelta", "learningRate": 1.0, "rho": 0.9, "epsilon": 1e-4},
        ),
    }
    x, y = draw.normal(size=(6, 3)), draw.normal(size=(6, 2))
    start = small_net().get_weights()
    answer = {"x": tensor(x), "y": tensor(y), "start": [tensor(w) for w in start], "cases": []}
    for name, (optimizer, settings) in cases.items():
        model = small_net()
        model.set_weights(start)
        model.compile(optimizer=optimizer, loss="mse")
        losses = []
        for _ in range(10):
            losses.append(float(model.train_on_batch(x, y)))
            model.reset_metrics()
        answer["cases"].append({"name": name, "settings": settings, "losses": losses, "end": weights(model)})
    return answer


def whole_fit():
    """Batches with a short last one, classes, validation: what an epoch's numbers mean."""
    x, held = draw.normal(size=(11, 3)), draw.normal(size=(5, 3))
    labels, held_labels = draw.integers(0, 2, 11), draw.integers(0, 2, 5)
    model = small_net()
    start = weights(model)
    model.compile(
        optimizer=keras.optimizers.Adam(0.0625, beta_1=0.875, beta_2=0.96875),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    seen = model.fit(
        x, labels, batch_size=4, epochs=6, shuffle=False, verbose=0, validation_data=(held, held_labels)
    ).history
    return {
        "x": tensor(x),
        "labels": [int(v) for v in labels],
        "held": tensor(held),
        "heldLabels": [int(v) for v in held_labels],
        "start": start,
        "history": {k: [float(v) for v in vs] for k, vs in seen.items()},
        "end": weights(model),
    }


def binary_step():
    x, y = draw.normal(size=(5, 3)), draw.integers(0, 2, (5, 2)).astype(float)
    model = small_net()
    start = weights(model)
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss=keras.losses.BinaryCrossentropy(from_logits=True))
    loss = float(model.train_on_batch(x, y))
    return {"x": tensor(x), "y": tensor(y), "start": start, "loss": loss, "end": weights(model)}


def absolute_step():
    x, y = draw.normal(size=(5, 3)), draw.normal(size=(5, 2))
    model = small_net()
    start = weights(model)
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss="mae")
    loss = float(model.train_on_batch(x, y))
    return {"x": tensor(x), "y": tensor(y), "start": start, "loss": loss, "end": weights(model)}


def batch_norm():
    x, y = draw.normal(size=(7, 3)) * 3 + 1, draw.normal(size=(7, 2))
    model = keras.Sequential([keras.Input((3,)), keras.layers.BatchNormalization(), keras.layers.Dense(2)])
    randomise(model)
    start = weights(model)
    model.compile(optimizer=keras.optimizers.SGD(0.125), loss="mse")
    loss = float(model.train_on_batch(x, y))
    model.train_on_batch(x, y)
    return {
        "x": tensor(x),
        "y": tensor(y),
        "start": start,
        "loss": loss,
        "end": weights(model),
        "answers": tensor(model.predict(x, verbose=0)),
    }


def recurrent():
    x, y = draw.normal(size=(4, 5, 3)), draw.normal(size=(4, 2))
    model = keras.Sequential(
        [keras.Input((5, 3)), keras.layers.LSTM(4, return_sequences=True), keras.layers.LSTM(3), keras.layers.Dense(2)]
    )
    randomise(model)
    start = weights(model)
    answers = tensor(model.predict(x, verbose=0))
    model.compile(optimizer=keras.optimizers.SGD(0.125), loss="mse")
    loss = float(model.train_on_batch(x, y))
    return {
        "x": tensor(x),
        "y": tensor(y),
        "start": start,
        "answers": answers,
        "loss": loss,
        "end": weights(model),
    }


def images():
    """Convolutions and pooling: Keras has channels last, so tensors are turned to channels first here."""
    layer = keras.layers
    x = draw.normal(size=(1, 2, 7, 6))
    cases = []
    for name, l, ours in [
        ("valid", layer.Conv2D(3, 3), {"kind": "conv2d", "filters": 3, "kernel": 3}),
        (
            "same, stride 2",
            layer.Conv2D(3, (3, 2), strides=2, padding="same"),
            {"kind": "conv2d", "filters": 3, "kernel": [3, 2], "stride": 2, "padding": "same"},
        ),
        (
            "dilated",
            layer.Conv2D(2, 3, dilation_rate=2, padding="same", activation="relu"),
            {
                "kind": "conv2d",
                "filters": 2,
                "kernel": 3,
                "dilation": 2,
                "padding": "same",
                "activation": "relu",
            },
        ),
        (
            "transposed, same",
            layer.Conv2DTranspose(3, 3, strides=2, padding="same"),
            {"kind": "convTranspose2d", "filters": 3, "kernel": 3, "stride": 2, "padding": "same"},
        ),
        (
            "transposed, valid",
            layer.Conv2DTranspose(2, (2, 3), strides=(3, 2)),
            {"kind": "convTranspose2d", "filters": 2, "kernel": [2, 3], "stride": [3, 2]},
        ),
        ("max", layer.MaxPooling2D(2), {"kind": "maxPool2d", "size": 2}),
        (
            "max, same",
            layer.MaxPooling2D(3, strides=2, padding="same"),
            {"kind": "maxPool2d", "size": 3, "stride": 2, "padding": "same"},
        ),
        (
            "average, same",
            layer.AveragePooling2D(2, padding="same"),
            {"kind": "averagePool2d", "size": 2, "padding": "same"},
        ),
        ("global average", layer.GlobalAveragePooling2D(), {"kind": "globalAveragePool"}),
    ]:
        model = keras.Sequential([keras.Input((7, 6, 2)), l])
        randomise(model)
        y = np.asarray(model(np.transpose(x, (0, 2, 3, 1))))
        y = np.transpose(y, (0, 3, 1, 2)) if y.ndim == 4 else y
        # Filters: ours [out, in, h, w], of a transposed convolution [in, out, h, w]; both are axes 3, 2, 0, 1 here.
        ws = [np.transpose(w, (3, 2, 0, 1)) if w.ndim == 4 else w for w in model.get_weights()]
        cases.append({"name": name, "layer": ours, "weights": [tensor(w) for w in ws], "answers": tensor(y)})
    return {"x": tensor(x), "cases": cases}


class Watched:
    """As much of a model as a callback touches."""

    def __init__(self):
        self.stop_training = False
        self.metrics = []
        self.epoch = 0
        self.restored = None
        self.optimizer = keras.optimizers.SGD(0.8)

    def get_weights(self):
        return self.epoch

    def set_weights(self, weights):
        self.restored = weights


def callbacks():
    values = [1.0, 0.9, 0.95, 0.8999, 0.8, 0.85, 0.82, 0.7999, 0.81, 0.84, 0.79, 0.78, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9]
    c = keras.callbacks
    traces = []
    for settings, callback in [
        ({"patience": 3}, lambda: c.EarlyStopping(patience=3)),
        ({"patience": 0}, lambda: c.EarlyStopping()),
        (
            {"patience": 2, "minDelta": 0.01, "restoreBest": True},
            lambda: c.EarlyStopping(patience=2, min_delta=0.01, restore_best_weights=True),
        ),
        (
            {"patience": 1, "startFromEpoch": 5, "restoreBest": True},
            lambda: c.EarlyStopping(patience=1, start_from_epoch=5, restore_best_weights=True),
        ),
        ({"patience": 4, "mode": "max"}, lambda: c.EarlyStopping(patience=4, mode="max")),
        ({"patience": 9, "restoreBest": True}, lambda: c.EarlyStopping(patience=9, restore_best_weights=True)),
    ]:
        model, watching = Watched(), callback()
        watching.set_model(model)
        watching.on_train_begin()
        for epoch, value in enumerate(values):
            model.epoch = epoch + 1
            watching.on_epoch_end(epoch, {"val_loss": value})
            if model.stop_training:
                break
        watching.on_train_end()
        traces.append({"kind": "earlyStopping", "settings": settings, "epochs": model.epoch, "restored": model.restored})
    for settings, callback in [
        ({"patience": 2, "factor": 0.5}, lambda: c.ReduceLROnPlateau(patience=2, factor=0.5)),
        ({"patience": 1, "cooldown": 3}, lambda: c.ReduceLROnPlateau(patience=1, cooldown=3)),
        (
            {"patience": 1, "factor": 0.25, "minLearningRate": 0.1},
            lambda: c.ReduceLROnPlateau(patience=1, factor=0.25, min_lr=0.1),
        ),
        ({"patience": 3, "minDelta": 0.05}, lambda: c.ReduceLROnPlateau(patience=3, min_delta=0.05)),
        ({"patience": 2, "mode": "max", "cooldown": 1}, lambda: c.ReduceLROnPlateau(patience=2, mode="max", cooldown=1)),
    ]:
        model, watching = Watched(), callback()
        watching.set_model(model)
        watching.on_train_begin()
        rates = []
        for epoch, value in enumerate(values):
            watching.on_epoch_end(epoch, {"val_loss": value})
            rates.append(float(model.optimizer.learning_rate.numpy()))
        traces.append({"kind": "reduceOnPlateau", "settings": settings, "rates": rates})
    return {"values": values, "traces": traces}


print(
    json.dumps(
        {
            "keras": keras.__version__,
            "optimizers": optimizers(),
            "fit": whole_fit(),
            "binary": binary_step(),
            "absolute": absolute_step(),
            "batchNorm": batch_norm(),
            "recurrent": recurrent(),
            "images": images(),
            "callbacks": callbacks(),
        },
        separators=(",", ":"),
    )
)
