"""Exports networks of torchvision, timm and transformers with random weights, by PyTorch's two exporters, for one image and for any batch:

    python real_networks.py folder [part of a name]

`npm run networks -- --kinds folder` trains a head on each. Needs torch, torchvision, timm and transformers.
"""
import os
import sys
import warnings

import torch

sys.path.append(os.path.join(os.path.dirname(__file__), ".."))
import torchvision_without_operators  # noqa: E402, F401
import torchvision  # noqa: E402
import timm

warnings.filterwarnings("ignore")
torch.manual_seed(0)
folder, part = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
os.makedirs(folder, exist_ok=True)


def export(name, network, size, dynamic=False, dynamo=False, inputs=("input",), outputs=("output",)):
    path = os.path.join(folder, f"{name}.onnx")
    if os.path.exists(path) or part not in name:
        return
    image = torch.randn(1, 3, size, size)
    try:
        if dynamo:
            shapes = ({0: "batch"},) if dynamic else None
            torch.onnx.export(network.eval(), (image,), path, dynamo=True, external_data=False, dynamic_shapes=shapes, verbose=False)
        else:
            axes = {one: {0: "N"} for one in (*inputs, *outputs)} if dynamic else None
            torch.onnx.export(network.eval(), (image,), path, dynamo=False, opset_version=17, input_names=[*inputs], output_names=[*outputs], dynamic_axes=axes)
        print(f"{name}: {os.path.getsize(path)} bytes", flush=True)
    except Exception as error:  # an exporter's own limit
        print(f"{name}: not exported: {str(error)[:200]}", flush=True)


for name, size in [
    ("resnet18", 64), ("mobilenet_v2", 64), ("mobilenet_v3_small", 64), ("shufflenet_v2_x0_5", 64), ("squeezenet1_1", 64), ("efficientnet_b0", 64),
    ("regnet_y_400mf", 64), ("mnasnet0_5", 64), ("densenet121", 64), ("googlenet", 64), ("convnext_tiny", 64), ("swin_t", 64), ("vit_b_32", 224),
]:
    options = {"init_weights": False} if name == "googlenet" else {}
    network = getattr(torchvision.models, name)(weights=None, **options)
    export(f"tv-{name}-static", network, size)
    export(f"tv-{name}-dyn", network, size, dynamic=True)
    if name in ("resnet18", "mobilenet_v3_small", "vit_b_32", "swin_t", "shufflenet_v2_x0_5"):
        export(f"tv-{name}-dynamo-static", network, size, dynamo=True)
        export(f"tv-{name}-dynamo-dyn", network, size, dynamic=True, dynamo=True)

for name, size in [
    ("vit_tiny_patch16_224", 224), ("deit_tiny_distilled_patch16_224", 224), ("mixer_s32_224", 224), ("convnextv2_atto", 64), ("efficientformer_l1", 224),
    ("levit_128s", 224), ("mobilevit_xxs", 128), ("poolformer_s12", 64), ("edgenext_xx_small", 64), ("tiny_vit_5m_224", 224), ("fastvit_t8", 128),
    ("ghostnet_050", 64), ("hrnet_w18_small", 64), ("resmlp_12_224", 224), ("pvt_v2_b0", 64), ("maxvit_pico_rw_256", 256), ("repvgg_a0", 64),
    ("vit_small_patch14_dinov2", 70), ("xcit_nano_12_p16_224", 224),
]:
    options = {"img_size": size} if "dinov2" in name else {}
    export(f"timm-{name}-static", timm.create_model(name, pretrained=False, **options), size)
    export(f"timm-{name}-headless", timm.create_model(name, pretrained=False, num_classes=0, **options), size, dynamic=True)


class Output(torch.nn.Module):
    """Some outputs of a network that returns many."""

    def __init__(self, network, *names):
        super().__init__()
        self.network, self.names = network, names

    def forward(self, pixel_values):
        results = self.network(pixel_values)
        chosen = tuple(results[name] for name in self.names)
        return chosen[0] if len(chosen) == 1 else chosen


for name in ("deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large"):
    network = getattr(torchvision.models.segmentation, name)(weights=None, weights_backbone=None)
    export(f"seg-{name}", Output(network, "out"), 64, dynamic=True)

import transformers as hf

small = dict(hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96, image_size=64, patch_size=16)
for name, network, outputs in [
    ("vit", hf.ViTModel(hf.ViTConfig(**small)), ("last_hidden_state", "pooler_output")),
    ("vit-classifier", hf.ViTForImageClassification(hf.ViTConfig(**small, num_labels=7)), ("logits",)),
    ("clip", hf.CLIPVisionModelWithProjection(hf.CLIPVisionConfig(**small, projection_dim=32)), ("image_embeds", "last_hidden_state")),
    ("dinov2", hf.Dinov2Model(hf.Dinov2Config(**small)), ("last_hidden_state", "pooler_output")),
    ("beit", hf.BeitForImageClassification(hf.BeitConfig(**small, num_labels=7)), ("logits",)),
    ("yolos", hf.YolosForObjectDetection(hf.YolosConfig(**{**small, "image_size": [64, 64]})), ("logits", "pred_boxes")),
    ("swin", hf.SwinModel(hf.SwinConfig(image_size=64, patch_size=4, embed_dim=24, depths=[1, 1], num_heads=[2, 4], window_size=4)), ("last_hidden_state", "pooler_output")),
    ("segformer", hf.SegformerForSemanticSegmentation(hf.SegformerConfig(hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 1, 1], decoder_hidden_size=32, num_labels=5)), ("logits",)),
    ("convnext", hf.ConvNextModel(hf.ConvNextConfig(hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 1, 1])), ("last_hidden_state", "pooler_output")),
    ("resnet", hf.ResNetModel(hf.ResNetConfig(embedding_size=16, hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 1, 1], layer_type="basic")), ("last_hidden_state", "pooler_output")),
    ("mobilevit", hf.MobileViTForImageClassification(hf.MobileViTConfig(image_size=64, hidden_sizes=[24, 32, 40], neck_hidden_sizes=[8, 8, 16, 24, 32, 40, 64], num_labels=7)), ("logits",)),
]:
    network.eval()
    export(f"hf-{name}-dyn", Output(network, *outputs), 64, dynamic=True, inputs=("pixel_values",), outputs=outputs)
    export(f"hf-{name}-static", Output(network, *outputs), 64, inputs=("pixel_values",), outputs=outputs)
