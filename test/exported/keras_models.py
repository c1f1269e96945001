# Exports networks of Keras by tf2onnx, with what Keras itself answers.
# Source: Keras 3.15 on TensorFlow 2.21, tf2onnx 1.17: channels last, transposed before and behind each convolution.
# The convolutional one is trained for some seconds on this repository's digits.

import gzip
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy
import tensorflow as tf
import tf2onnx

from _save import save

tf.config.threading.set_intra_op_parallelism_threads(1)
keras.utils.set_random_seed(6)
embedded = pathlib.Path(__file__).parents[2] / "src/data/embedded"
layers = keras.layers


def digits(part):
    def read(kind, header):
        with gzip.open(embedded / f"digits-{part}-{kind}.gz") as f:
            return numpy.frombuffer(f.read()[header:], numpy.uint8)

    labels = read("labels-idx1-ubyte", 8)
    return (read("images-idx3-ubyte", 16).reshape(len(labels), 28, 28, 1) / 255).astype(numpy.float32), labels.astype(numpy.int32)


def export(name, model, x, *, opset=15, **more):
    function = tf.function(lambda v: model(v, training=False))
    signature = [tf.TensorSpec([None, *x.shape[1:]], tf.float32, name="x")]
    proto, _ = tf2onnx.convert.from_function(function, input_signature=signature, opset=opset)
    output = proto.graph.output[0].name
    save(name, proto, {"x": x}, {output: numpy.asarray(model(x, training=False))}, by=f"keras tf2onnx, opset {opset}", **more)


x, y = digits("train")
cnn = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(6, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
    layers.SeparableConv2D(12, 3, strides=2, padding="same"), layers.BatchNormalization(), layers.Activation("swish"),
    layers.Flatten(), layers.Dropout(0.2), layers.Dense(10, activation="softmax"),
])
cnn.compile(keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
cnn.fit(x, y, batch_size=64, epochs=4, verbose=0)
test, labels = digits("test")
print("  test accuracy", cnn.evaluate(test, labels, verbose=0)[1])
export("keras-cnn", cnn, test[:3])

draw = numpy.random.default_rng(6)
lstm = keras.Sequential([keras.Input((5, 3)), layers.LSTM(4), layers.Dense(2)])
export("keras-lstm", lstm, draw.normal(size=(2, 5, 3)).astype(numpy.float32))

a = keras.Input((6, 8))
b = layers.LayerNormalization()(a + layers.MultiHeadAttention(2, 4)(a, a))
c = layers.GlobalAveragePooling1D()(layers.Dense(6, activation=lambda v: keras.activations.gelu(v, approximate=True))(b))
export("keras-attention", keras.Model(a, layers.Dense(2)(c)), draw.normal(size=(2, 6, 8)).astype(numpy.float32))
