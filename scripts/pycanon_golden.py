"""What pycanon says of Adult at ten nodes of its lattice: src/protect/tables/fixtures/pycanon.json.

Run beside a checkout that has ../shared/data: python3 -m venv V && V/bin/pip install pycanon==1.3.6 && V/bin/python scripts/pycanon_golden.py
Each node has at most 600 classes: pycanon takes seconds for more.
"""

import csv
import json
import random
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from pycanon import anonymity

root = Path(__file__).resolve().parent.parent
adult = root.parent / "shared" / "data" / "arx-adult"
adult = adult if adult.exists() else root.parent.parent / "shared" / "data" / "arx-adult"


def rows_of(name):
    with open(adult / name, encoding="utf-8") as file:
        return list(csv.reader(file, delimiter=";"))


header, *rows = rows_of("adult.csv")
table = pd.DataFrame(rows, columns=header)
levels = {name: rows_of(f"adult_hierarchy_{name}.csv") for name in header}
draw = random.Random(20261130)


def published(columns, node, least):
    made = table.copy()
    for name, level in zip(columns, node):
        made[name] = made[name].map({line[0]: line[level] for line in levels[name]})
    return made[made.groupby(columns)["sex"].transform("size") >= least].reset_index(drop=True)


def nodes(columns, count):
    """Nodes, and the fewest rows of a class that is published there."""
    found = []
    while len(found) < count:
        node = [draw.randrange(len(levels[name][0])) for name in columns]
        least = [1, 10, 25, 60, 120][len(found) % 5]
        if node not in [other for other, _ in found] and 1 < published(columns, node, least).groupby(columns).ngroups <= 600:
            found.append((node, least))
    return found


answers = []
columns = [name for name in header if name != "occupation"]
for node, least_rows in nodes(columns, 10):
    made = published(columns, node, least_rows)
    sensitive = ["occupation"]
    c, least = anonymity.recursive_c_l_diversity(made, columns, sensitive)
    answers.append(
        {
            "sensitive": "occupation",
            "quasi": columns,
            "node": node,
            "leastRows": least_rows,
            "rows": len(made),
            "k": int(anonymity.k_anonymity(made, columns)),
            "alpha": float(anonymity.alpha_k_anonymity(made, columns, sensitive)[0]),
            "distinct": int(anonymity.l_diversity(made, columns, sensitive)),
            "entropy": int(anonymity.entropy_l_diversity(made, columns, sensitive)),
            "recursive": [None if pd.isna(c) else int(c), int(least)],
            "t": float(anonymity.t_closeness(made, columns, sensitive)),
            "basic": float(anonymity.basic_beta_likeness(made, columns, sensitive)),
            "enhanced": float(anonymity.enhanced_beta_likeness(made, columns, sensitive)),
            "delta": float(anonymity.delta_disclosure(made, columns, sensitive)),
        }
    )
columns = [name for name in header if name not in ("occupation", "age")]
for node, least_rows in nodes(columns, 5):
    made = published(columns, node, least_rows)
    made["age"] = made["age"].astype(int)
    answers.append(
        {
            "sensitive": "age",
            "quasi": columns,
            "node": node,
            "leastRows": least_rows,
            "rows": len(made),
            "k": int(anonymity.k_anonymity(made, columns)),
            "t": float(anonymity.t_closeness(made, columns, ["age"])),
        }
    )

out = root / "src" / "protect" / "tables" / "fixtures" / "pycanon.json"
out.write_text(json.dumps({"pycanon": version("pycanon"), "answers": answers}, indent=2) + "\n", encoding="utf-8")
