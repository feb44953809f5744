#!/usr/bin/env python3
"""Which inputs of ONNX's operators are differentiable, by their newest schemas: python3 tools/conformance/differentiation.py > tools/conformance/differentiation.json"""
import json

import onnx
import onnx.defs

LETTERS = {"Differentiable": "D", "NonDifferentiable": "N", "Unknown": "U"}


def letters(schema):
    return "".join(LETTERS[str(i.differentiation_category).split(".")[-1]] for i in schema.inputs)


newest = {schema.name: letters(schema) for schema in onnx.defs.get_all_schemas() if schema.domain == ""}
table = {
    "origin": f"onnx {onnx.__version__}, onnx.defs.get_all_schemas(), opset {onnx.defs.onnx_opset_version()}: tools/conformance/differentiation.py. One letter an input (Differentiable, NonDifferentiable, Unknown); the last of a variadic operator stands for all that follow.",
    "operators": {name: inputs for name, inputs in sorted(newest.items()) if inputs},
}
print(json.dumps(table, indent=1))
