"""TensorFlow: the large step in a tf.function, bare and before a frozen LeNet, and the convolutional one; Keras: the small model's folds."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from arrays import read
from folds import fold_of
from line import serve


def use(threads):
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        pass  # set by the first job of this process


def lenet(a):
    # TensorFlow's own layout on processors has channels last; the first dense layer's rows follow.
    kernel1, kernel2 = (tf.constant(a[f"conv{i}.kernel"].transpose(2, 3, 1, 0)) for i in (1, 2))
    tail = [(tf.constant(a[f"dense{i}.kernel"]), tf.constant(a[f"dense{i}.bias"])) for i in (1, 2, 3)]
    first = a["dense1.kernel"].reshape(16, 5, 5, 120).transpose(1, 2, 0, 3).reshape(400, 120)
    tail[0] = (tf.constant(first), tail[0][1])

    # ReLU behind the pooling: the same function as before it, on a quarter of the elements.
    def forward(x):
        x = tf.reshape(x, [-1, 28, 28, 1])
        x = tf.nn.bias_add(tf.nn.conv2d(x, kernel1, 1, "SAME"), a["conv1.bias"])
        x = tf.nn.relu(tf.nn.max_pool2d(x, 2, 2, "VALID"))
        x = tf.nn.bias_add(tf.nn.conv2d(x, kernel2, 1, "VALID"), a["conv2.bias"])
        x = tf.nn.relu(tf.nn.max_pool2d(x, 2, 2, "VALID"))
        x = tf.reshape(x, [-1, 400])
        for kernel, bias in tail[:-1]:
            x = tf.nn.relu(tf.matmul(x, kernel) + bias)
        return tf.matmul(x, tail[-1][0]) + tail[-1][1]

    return forward


def large(request):
    use(request["threads"])
    a = read(request["folder"])
    weights = [tf.Variable(a[name]) for name in ("hidden.kernel", "hidden.bias", "output.kernel", "output.bias")]
    behind = lenet(a) if request["lenet"] else None
    x = tf.constant(a["x"])
    target = tf.constant(a["labels"].astype("int32")) if request["lenet"] else tf.constant(a["target"])
    optimizer = tf.keras.optimizers.Adam(1e-3, epsilon=1e-7)
    optimizer.build(weights)

    @tf.function(jit_compile=request.get("compiled", False))
    def step(x, target):
        with tf.GradientTape() as tape:
            y = tf.nn.relu(tf.matmul(x, weights[0]) + weights[1])
            y = tf.nn.relu(tf.matmul(y, weights[2]) + weights[3])
            if behind:
                each = tf.nn.sparse_softmax_cross_entropy_with_logits(target, behind(y))
                loss = tf.reduce_mean(each)
            else:
                loss = tf.reduce_mean(tf.square(y - target))
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        return loss

    start = float(step(x, target))

    def run():
        return {"loss": float(step(x, target))}

    return run, {"loss": start, "version": tf.__version__}


def infnet(request):
    use(request["threads"])
    a = read(request["folder"])

    # Channels last: filters and the rows of the first dense layer behind them follow.
    def conv(name):
        return a[f"{name}.kernel"].transpose(2, 3, 1, 0), a[f"{name}.bias"]

    def dense(name, image=None):
        kernel = a[f"{name}.kernel"]
        if image:
            channels, height, width = image
            kernel = kernel.reshape(channels, height, width, -1).transpose(1, 2, 0, 3).reshape(kernel.shape)
        return kernel, a[f"{name}.bias"]

    squeeze, hidden, output = (
        [tf.Variable(v) for v in layer] for layer in (conv("squeeze"), dense("hidden", (32, 13, 13)), dense("output"))
    )
    conv1, conv2, dense1, dense2 = (
        [tf.constant(v) for v in layer]
        for layer in (conv("conv1"), conv("conv2"), dense("dense1", (64, 12, 12)), dense("dense2"))
    )
    weights = [*squeeze, *hidden, *output]
    x = tf.constant(a["x"].reshape(-1, 28, 28, 1))
    target = tf.constant(a["labels"].astype("int32"))
    optimizer = tf.keras.optimizers.Adam(1e-3, epsilon=1e-7)
    optimizer.build(weights)

    def convolve(x, layer):
        return tf.nn.bias_add(tf.nn.conv2d(x, layer[0], 1, "VALID"), layer[1])

    def multiply(x, layer):
        return tf.matmul(x, layer[0]) + layer[1]

    # ReLU behind the pooling: the same function as before it, on a quarter of the elements.
    def forward(x):
        x = tf.nn.relu(tf.nn.max_pool2d(convolve(x, squeeze), 2, 2, "VALID"))
        x = tf.nn.relu(multiply(tf.reshape(x, [-1, 5408]), hidden))
        x = tf.reshape(tf.nn.relu(multiply(x, output)), [-1, 28, 28, 1])
        x = convolve(tf.nn.relu(convolve(x, conv1)), conv2)
        x = tf.nn.relu(tf.nn.max_pool2d(x, 2, 2, "VALID"))
        x = tf.reshape(tf.nn.dropout(x, 0.25), [-1, 9216])
        return multiply(tf.nn.dropout(tf.nn.relu(multiply(x, dense1)), 0.5), dense2)

    @tf.function(jit_compile=request.get("compiled", False))
    def step(x, target):
        with tf.GradientTape() as tape:
            each = tf.nn.sparse_softmax_cross_entropy_with_logits(target, forward(x))
            loss = tf.reduce_mean(each)
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        return loss

    def run():
        return {"loss": float(step(x, target))}

    return run, {**run(), "version": tf.__version__}


def small(request):
    use(request["threads"])
    a = read(request["folder"])
    settings = request["settings"]
    keras = tf.keras
    names = ("hidden.kernel", "hidden.bias", "output.kernel", "output.bias")

    def run():
        epochs, right = 0, 0
        labels = a["labels"].astype("int32")
        for fold in request["folds"]:
            x, start, held = fold_of(a, fold)
            model = keras.Sequential([keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(3)])
            model.build((None, 7))
            model.set_weights([start[name] for name in names])
            model.compile(
                keras.optimizers.Adam(settings["learningRate"]),
                keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            )
            history = model.fit(
                x[~held],
                labels[~held],
                batch_size=settings["batch"],
                epochs=settings["epochs"],
                verbose=0,
                callbacks=[
                    keras.callbacks.ReduceLROnPlateau(
                        monitor="loss",
                        factor=settings["factor"],
                        patience=settings["plateauPatience"],
                        min_delta=settings["plateauDelta"],
                        min_lr=settings["least"],
                    ),
                    keras.callbacks.EarlyStopping(
                        monitor="loss", min_delta=settings["minDelta"], patience=settings["patience"]
                    ),
                ],
            )
            epochs += len(history.history["loss"])
            right += int((model.predict(x[held], verbose=0).argmax(1) == labels[held]).sum())
        return {"epochs": epochs, "right": right}

    return run, {"version": tf.__version__}


if __name__ == "__main__":
    serve({"large": large, "infnet": infnet, "small": small})
