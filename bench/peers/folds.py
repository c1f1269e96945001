"""Cross-validation with early stopping and a falling rate as Keras defines them; PyTorch brings the step."""

import numpy


def run_folds(a, request, train):
    """Trains the request's folds; `train` gives (step, measure, scale) for a fold's start and training rows."""
    settings = request["settings"]
    epochs, right = 0, 0
    shuffle = numpy.random.default_rng(1)
    for fold in request["folds"]:
        x, start, held = fold_of(a, fold)
        labels = a["labels"].astype("int64")
        step, predict, scale = train(start, x[~held], labels[~held], settings["learningRate"])
        rate = settings["learningRate"]
        best, wait = None, 0
        plateau_best, plateau_wait = None, 0
        for _ in range(settings["epochs"]):
            epochs += 1
            order = shuffle.permutation(int((~held).sum()))
            total = 0
            for at in range(0, len(order), settings["batch"]):
                rows = order[at : at + settings["batch"]]
                total = total + step(rows) * len(rows)
            loss = float(total) / len(order)
            if plateau_best is None or loss + settings["plateauDelta"] < plateau_best:
                plateau_best, plateau_wait = loss, 0
            else:
                plateau_wait += 1
                if plateau_wait >= settings["plateauPatience"] and rate > settings["least"]:
                    rate, plateau_wait = max(rate * settings["factor"], settings["least"]), 0
                    scale(rate)
            if best is None or loss + settings["minDelta"] < best:
                best, wait = loss, 0
            else:
                wait += 1
                if wait >= settings["patience"]:
                    break
        right += int((predict(x[held]).argmax(1) == labels[held]).sum())
    return {"epochs": epochs, "right": right}


def fold_of(a, fold):
    """A fold's standardised rows, its first weights, and which rows test it."""
    prefix = f"fold{fold}."
    start = {name[len(prefix) :]: value for name, value in a.items() if name.startswith(prefix)}
    return start.pop("x"), start, a["fold"] == fold
