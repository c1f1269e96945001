"""Writes src/graph/onnx/_schemas.ts: every standard operator's versions, and the attributes of each.

Source: the schemas of PyPI's `onnx` (Changelog of the ONNX operators). Run: python scripts/operatorVersions.py
What a version means is not in a schema: pairs that look alike and differ are listed here by hand, with the reason.
"""

import json
from collections import defaultdict
from pathlib import Path

from onnx import __version__, defs, helper

Option = defs.OpSchema.FormalParameterOption

# (operator, version): same signature as the version before it, another meaning.
DIFFERS = {
    ("Attention", 24): "what the second output holds, and the order of mask and soft cap",
    ("Dropout", 10): "the mask is of booleans",
    ("PRelu", 7): "a slope of one axis went along the channels, now along the last axis",
    ("Resize", 11): "the corners' default was asymmetric, and the scales were the second input",
    ("RoiAlign", 16): "half a pixel was not taken off, now it is by default",
    ("LpPool", 2): "p was a float, and absent as none",
    ("Split", 18): "into equal parts, as many as there are outputs, without saying so",
    ("Concat", 4): "the axis was 1 by default",
}


def default(attribute):
    """'!' where it is required, None where it has no default."""
    if attribute.required:
        return "!"
    value = attribute.default_value
    if value is None or value.type == 0:
        return None
    found = helper.get_attribute_value(value)
    if isinstance(found, bytes):
        return found.decode()
    if isinstance(found, list):
        return [v.decode() if isinstance(v, bytes) else v for v in found]
    return found


def attributes(schema):
    # consumed_inputs was a hint to the runtimes of 2017.
    return {n: default(a) for n, a in sorted(schema.attributes.items()) if n != "consumed_inputs"}


def continues(old, new):
    """Whether a node of the old version, as it stands, is one of the new version with the same meaning."""
    if old.deprecated or new.deprecated or (new.name, new.since_version) in DIFFERS:
        return False
    before, after = attributes(old), attributes(new)
    for name, value in before.items():
        if name not in after or old.attributes[name].type != new.attributes[name].type:
            return False
        if value != after[name] and value != "!":
            return False
    if any(after[name] == "!" for name in after if name not in before):
        return False
    if len(new.inputs) < len(old.inputs) or len(new.outputs) < len(old.outputs):
        return False
    for i, parameter in enumerate(new.inputs):
        required = parameter.option == Option.Single
        if required and (i >= len(old.inputs) or old.inputs[i].option != Option.Single):
            return False
    return True


def written(name, value):
    if value == "!":
        return f"{name}!"
    return name if value is None else f"{name}={json.dumps(value, separators=(',', ':'))}"


def line(name, versions):
    parts = []
    for i, schema in enumerate(versions):
        own = attributes(schema)
        follows = i > 0 and continues(versions[i - 1], schema)
        shown = {n: v for n, v in own.items() if not follows or n not in attributes(versions[i - 1])}
        mark = "x" if schema.deprecated else "~" if follows else ""
        parts.append(" ".join([f"{schema.since_version}{mark}", *(written(n, v) for n, v in shown.items())]))
    return f"{name}: {'; '.join(parts)}"


def main():
    found = defaultdict(list)
    for schema in defs.get_all_schemas_with_history():
        if schema.domain == "":
            found[schema.name].append(schema)
    lines = [line(n, sorted(found[n], key=lambda s: s.since_version)) for n in sorted(found)]
    text = "\n".join(
        [
            "// Every standard operator's versions and the attributes of each. Written by scripts/operatorVersions.py: do not edit.",
            f"// Source: the schemas of ONNX {__version__}; the constants with their defaults as JSON, `!` where one must be given.",
            "// `~`: continues the version before it, whose nodes mean the same here; it names new attributes only. `x`: withdrawn.",
            "",
            "/** The newest operator set of the table. */",
            f"export const newestOpset = {defs.onnx_opset_version()}",
            "",
            "/** One operator a line. */",
            "export const schemas = `" + "\n".join(lines) + "`",
            "",
        ]
    )
    target = Path(__file__).parent.parent / "src/graph/onnx/_schemas.ts"
    target.write_text(text)


main()
