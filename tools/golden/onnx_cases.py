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
linear_attention_delta linear_attention_gated_delta_gqa linear_attention_gated_per_head_decay
linear_attention_prefill_with_past linear_attention_gated_delta_beta_scalar linear_attention_fp16
causal_conv_with_state_with_bias_and_past_state causal_conv_with_state_silu_with_past_state causal_conv_with_state_short_input_no_past_state
causal_conv_with_state_kernel_size_one causal_conv_with_state_silu_fp16
flexattention_gqa flexattention_score_mod flexattention_prob_mod flexattention_causal_mask flexattention_relative_positional
flexattention_fp16
attention_local_window attention_bidirectional_window attention_local_window_with_past attention_3d_local_window attention_local_window_gqa_rank4_mask
attention_local_window_ext_cache_rank3_head_mask attention_local_window_rank1_boolean_mask attention_4d_attn_mask_causal_bf16
attention_4d_diff_heads_mask4d_padded_kv
bitcast_2d_float32_to_int32 bitcast_int64_to_float64 bitcast_bool_to_uint8 bitcast_uint16_to_int16
equal_string equal_string_broadcast reduce_max_empty_set reduce_max_empty_set_bool reduce_min_empty_set reduce_log_sum_exp_empty_set
mod_float_edge_cases_fmod_0_float32 mod_float_edge_cases_fmod_0_float64
cast_e8m0_FLOAT_to_FLOAT8E8M0 cast_e8m0_FLOAT8E8M0_to_FLOAT cast_FLOAT_to_INT2 cast_FLOAT_to_UINT2 cast_FLOAT_to_FLOAT4E2M1
castlike_FLOAT_to_INT4 castlike_FLOAT16_to_UINT2 castlike_FLOAT_to_FLOAT8E4M3FN castlike_no_saturate_FLOAT_to_FLOAT8E5M2
quantizelinear_int2 quantizelinear_uint2 quantizelinear_int4 quantizelinear_e4m3fn quantizelinear_float4e2m1 quantizelinear_blocked_symmetric
ai_onnx_ml_tree_ensemble_set_membership ai_onnx_ml_tree_ensemble_single_tree ai_onnx_ml_label_encoder_tensor_mapping
regex_full_match_basic regex_full_match_email_domain regex_full_match_empty
dft_irfft
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
