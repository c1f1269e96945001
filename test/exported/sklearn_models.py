# Exports pipelines of scikit-learn by skl2onnx, with what scikit-learn itself answers.
# Source: skl2onnx 1.20 as it comes (ZipMap at the end of classifiers), and with its options; scikit-learn 1.9.
# Rows are drawn from a seed: two noisy clouds a class, and a number for the regressors.

import warnings

import numpy
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC

from _save import save

warnings.filterwarnings("ignore")
draw = numpy.random.default_rng(5)
y = draw.integers(0, 3, 120)
x = (draw.normal(size=(120, 4)) + numpy.eye(3, 4)[y] * 3).astype(numpy.float32)
names = numpy.array(["barley", "oats", "wheat"])[y]
number = x @ numpy.array([1, -2, 0.5, 0]) + draw.normal(size=120) * 0.1


def classifier(name, model, labels, *, zipmap=True, **more):
    model.fit(x, labels)
    options = {} if zipmap else {"options": {"zipmap": False}}
    proto = to_onnx(model, x[:1], target_opset={"": 18, "ai.onnx.ml": 3}, **options)
    label, probabilities = (o.name for o in proto.graph.output)
    outputs = {label: model.predict(x[:4]), probabilities: model.predict_proba(x[:4]).astype(numpy.float32)}
    save(name, proto, {proto.graph.input[0].name: x[:4]}, outputs, by="skl2onnx, opset 18", **more)


def regressor(name, model, **more):
    model.fit(x, number)
    proto = to_onnx(model, x[:1], target_opset={"": 18, "ai.onnx.ml": 3})
    outputs = {proto.graph.output[0].name: model.predict(x[:4])[:, None].astype(numpy.float32)}
    save(name, proto, {proto.graph.input[0].name: x[:4]}, outputs, by="skl2onnx, opset 18", **more)


small = {"n_estimators": 4, "max_depth": 3, "random_state": 0}
classifier("sk-logistic", make_pipeline(StandardScaler(), LogisticRegression()), y)
classifier("sk-logistic-names", make_pipeline(StandardScaler(), LogisticRegression()), names)
classifier("sk-forest", RandomForestClassifier(**small), y, gradient=False)
classifier("sk-forest-array", RandomForestClassifier(**small), y, zipmap=False, gradient=False)
classifier("sk-mlp", make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=200, random_state=0)), y)
classifier("sk-mlp-names", make_pipeline(MinMaxScaler(), MLPClassifier((6,), "tanh", max_iter=200, random_state=0)), names)
classifier("sk-svm", make_pipeline(StandardScaler(), SVC(probability=True, random_state=0)), y, gradient=False)
regressor("sk-ridge", make_pipeline(PolynomialFeatures(2), StandardScaler(), Ridge()))
regressor("sk-boosting", GradientBoostingRegressor(**small), gradient=False)
