"""Certificates computed again by SciPy, from PROOF.md alone: prints the largest difference of each number."""

import itertools
import json
import math
import sys

from scipy.optimize import brentq
from scipy.stats import beta, multivariate_hypergeom

told = json.load(sys.stdin)
worst = {}


def compare(name, ours, theirs):
    worst[name] = max(worst.get(name, 0.0), abs(ours - theirs))


def binomial_upper(k, n, delta):
    return 1.0 if k >= n else float(beta.ppf(1 - delta, k + 1, n - k)) if delta > 1e-9 else float(beta.isf(delta, k + 1, n - k))


def binomial_lower(k, n, delta):
    return 0.0 if k <= 0 else float(beta.ppf(delta, k, n - k + 1))


def kl_upper(mean, n, delta):
    def kl(u):
        left = mean * math.log(mean / u) if mean > 0 else 0.0
        right = (1 - mean) * math.log((1 - mean) / (1 - u)) if mean < 1 else 0.0
        return n * (left + right) - math.log(1 / delta)

    return 1.0 if mean >= 1 or kl(1 - 1e-16) < 0 else brentq(kl, max(mean, 1e-300), 1 - 1e-16, xtol=1e-15, rtol=1e-14)


def limits(case, n):
    if case.get("channel"):
        return lambda v, d: kl_upper(min(1, v / n), n, d), lambda v, d: 1 - kl_upper(max(0, 1 - v / n), n, d)
    if case["sampling"] == "stratified":
        return (
            lambda v, d: min(1, max(binomial_upper(v, n, d), (v + 1) / n)),
            lambda v, d: max(0, min(binomial_lower(v, n, d), (v - 1) / n)),
        )
    return lambda v, d: binomial_upper(v, n, d), lambda v, d: binomial_lower(v, n, d)


for case in told["cases"]:
    counts, parts, delta, ours = case["counts"], case["parts"], case["delta"], case["ours"]
    n = sum(map(sum, counts))
    channel = case.get("channel")

    def released(cells):
        if not channel:
            return cells
        return [
            [sum(channel[c][o] * cells[c][s] for c in range(len(cells))) for s in range(len(cells[0]))]
            for o in range(len(channel[0]))
        ]

    best = lambda cells: sum(max(row) for row in cells)
    upper, lower = limits(case, n)
    compare("V", ours["estimate"], best(released(counts)) / n)
    compare("U", ours["upper"], upper(best(released(counts)), delta))
    columns = [sum(row[s] for row in counts) for s in range(len(counts[0]))]
    compare("blind", ours["blind"], max(columns) / n)
    by_label = [[sum(row[s] for row in part) for s in range(len(columns))] for part in parts]
    alone, known = best(by_label), sum(best(released(part)) for part in parts)
    hits = sum(row[case["rule"][y]] for y, row in enumerate(by_label))
    floor = ours["floor"]
    compare("floor", floor["estimate"], alone / n)
    compare("floor, lower", floor["lower"], lower(hits, delta))
    compare("label known, upper", floor["labelKnown"]["upper"], upper(known, delta))
    compare("excess, upper", floor["excess"]["upper"], max(0, upper(known, delta / 2) - lower(hits, delta / 2)))
    if min(columns) > 0:
        k = len(columns)
        uniform = sum(max(cell / columns[s] for s, cell in enumerate(row)) for row in released(counts)) / k
        scale = n / (k * min(columns))
        both = (
            kl_upper(min(1, uniform / scale), n, delta) * scale,
            uniform + math.sqrt(math.log(1 / delta) / 2 * sum(1 / (k * k * c) for c in columns)),
        )
        compare("gain", ours["gain"]["estimate"], k * uniform)
        compare("gain, upper", ours["gain"]["upper"], k * min(1, *both))

for bundle in told["bundles"]:
    for limit in bundle["ours"]:
        k, groups = limit["k"], [g for g in bundle["groups"] if sum(g["counts"]) >= limit["k"]]
        each = [sum(g["counts"]) // k if bundle["reading"] == "windows" else 1 for g in groups]
        codes, total = len(groups[0]["counts"]), 0.0
        for h in itertools.product(range(k + 1), repeat=codes):
            if sum(h) != k:
                continue
            chance = [0.0] * bundle["attributes"]
            for g, b in zip(groups, each):
                chance[g["attribute"]] += b / sum(each) * float(multivariate_hypergeom.pmf(h, g["counts"], k))
            total += max(chance)
        compare("bundles, V", limit["estimate"], total)
        compare("bundles, N", limit["bundles"], sum(each))
        compare("bundles, U", limit["upper"], kl_upper(min(1, total), sum(each), bundle["delta"] / bundle["most"]))

for name, difference in worst.items():
    print(f"{name}: {difference:.1e}")
sys.exit(max(worst.values()) > 1e-6)
