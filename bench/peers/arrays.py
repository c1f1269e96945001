"""Reads the arrays that the runner wrote: raw numbers, with shapes in arrays.json beside them."""

import json
import os

import numpy


def read(folder):
    with open(os.path.join(folder, "arrays.json")) as file:
        shapes = json.load(file)
    return {
        name: numpy.fromfile(os.path.join(folder, name + ".bin"), dtype=about["dtype"]).reshape(about["shape"])
        for name, about in shapes.items()
    }
