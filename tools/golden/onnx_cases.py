"""Writes cases of ONNX's own backend test suite, newer than the one in Debian, as base64:

    python onnx_cases.py ../../packages/onnx/test/onnx-cases.golden.json
    python onnx_cases.py folder   # the whole suite as files, for npm run conformance -- folder

Needs onnx 1.23.
"""
import base64
import json
import os
import sys
import warnings

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases

warnings.filterwarnings("ignore")
chosen = """
cumprod_1d cumprod_1d_exclusive cumprod_1d_reverse_exclusive cumprod_2d_axis_1 cumprod_2d_negative_axis cumprod_1d_int32_exclusive
swiglu swiglu_alpha bitshift_left_int32_negative_shift bitshift_right_int32_negative_input bitshift_right_int8_shift_ge_width
spacetodepth_crd_mode_example l2normalization_axis_0 ai_onnx_ml_label_encoder_string_int
ai_onnx_ml_label_encoder_tensor_value_only_mapping ai_onnx_ml_array_feature_extractor ai_onnx_ml_binarizer
cast_INT4_to_FLOAT cast_FLOAT8E4M3FN_to_FLOAT cast_FLOAT16_to_FLOAT8E5M2 dequantizelinear_int2 dequantizelinear_uint2 dequantizelinear_e5m2 cast_INT2_to_INT8
""".split()


def stored(value, port):
    if isinstance(value, onnx.TensorProto):
        return value
    if port.type.HasField("sequence_type"):
        return numpy_helper.from_list(value, port.name)
    if port.type.HasField("optional_type"):
        return numpy_helper.from_optional(value, port.name)
    return numpy_helper.from_array(np.asarray(value), port.name)


found = {}
for case in collect_testcases(None):
    graph, (inputs, outputs) = case.model.graph, case.data_sets[0]
    values = {
        "input": [stored(value, port).SerializeToString() for value, port in zip(inputs, graph.input)],
        "output": [stored(value, port).SerializeToString() for value, port in zip(outputs, graph.output)],
    }
    if not sys.argv[1].endswith(".json"):
        folder = os.path.join(sys.argv[1], case.name, "test_data_set_0")
        os.makedirs(folder, exist_ok=True)
        onnx.save(case.model, os.path.join(folder, "..", "model.onnx"))
        for kind, parts in values.items():
            for i, part in enumerate(parts):
                with open(os.path.join(folder, f"{kind}_{i}.pb"), "wb") as file:
                    file.write(part)
    elif case.name.removeprefix("test_") in chosen:
        text = lambda data: base64.b64encode(data).decode()
        found[case.name.removeprefix("test_")] = {
            "model": text(case.model.SerializeToString()),
            "inputs": [text(part) for part in values["input"]],
            "outputs": [text(part) for part in values["output"]],
        }
if sys.argv[1].endswith(".json"):
    missing = [name for name in chosen if name not in found]
    assert not missing, missing
    with open(sys.argv[1], "w") as file:
        json.dump({"origin": f"onnx {onnx.__version__}, backend test cases, by tools/golden/onnx_cases.py", "cases": {name: found[name] for name in chosen}}, file, indent=1)
        file.write("\n")
