"""TenSEAL: one encrypted image through a convolution, square, dense, square, dense, with its own im2col.

Its secret stays in one context; what answers has another, made from public bytes, and gets the image as bytes.
"""

import time

import numpy
import tenseal

from arrays import read
from line import serve


def image(request):
    arrays = read(request["folder"])
    lists = {name: value.tolist() for name, value in arrays.items()}
    side = arrays["kernels"].shape[1]
    owner = tenseal.context(
        tenseal.SCHEME_TYPE.CKKS,
        poly_modulus_degree=request["degree"],
        coeff_mod_bit_sizes=request["primes"],
        n_threads=request["threads"],
    )
    owner.global_scale = 2 ** request["precision"]
    owner.generate_galois_keys()
    public = owner.serialize(save_secret_key=False)
    service = tenseal.context_from(public, n_threads=request["threads"])

    def answered(sent, windows):
        seen = tenseal.ckks_vector_from(service, sent)
        maps = [seen.conv2d_im2col(kernel, windows) + bias for kernel, bias in zip(lists["kernels"], lists["maps"])]
        values = tenseal.CKKSVector.pack_vectors(maps)
        values.square_()
        values = values.mm(lists["hidden"]) + lists["units"]
        values.square_()
        values = values.mm(lists["last"]) + lists["classes"]
        return values.serialize()

    def run():
        start = time.perf_counter()
        encrypted, windows = tenseal.im2col_encoding(owner, lists["image"], side, side, 3)
        sent = encrypted.serialize()
        middle = time.perf_counter()
        answer = answered(sent, windows)
        end = time.perf_counter()
        got = tenseal.ckks_vector_from(owner, answer).decrypt()
        done = time.perf_counter()
        return {
            "encrypt": (middle - start) * 1e3,
            "answer": (end - middle) * 1e3,
            "decrypt": (done - end) * 1e3,
            "up": len(sent),
            "down": len(answer),
            "off": float(numpy.abs(numpy.array(got) - arrays["plain"]).max()),
        }

    return run, {"version": tenseal.__version__, "keys": len(public)}


if __name__ == "__main__":
    serve({"image": image})
