"""Parameter names and shapes of torchvision's networks, and their outputs for weights and images from a formula, as JSON.

Run: python3 tools/golden/architectures.py > packages/zoo/src/architectures/architectures.golden.json
"""
import json
import torch
import torchvision

from noise import noise

CASES = {
    "mobileNetV2": torchvision.models.mobilenet_v2,
    "resnet18": torchvision.models.resnet18,
    "resnet34": torchvision.models.resnet34,
    "resnet50": torchvision.models.resnet50,
    "squeezeNet1_1": torchvision.models.squeezenet1_1,
    "visionTransformer": lambda: torchvision.models.VisionTransformer(64, 8, 4, 4, 128, 256),
}


result = {"origin": f"torch {torch.__version__}, torchvision {torchvision.__version__}, tools/golden/architectures.py", "networks": {}}
for name, make in CASES.items():
    model = make().eval()
    state = {key: value for key, value in model.state_dict().items() if not key.endswith("num_batches_tracked")}
    for key, value in state.items():
        fan_in = value[0].numel() if value.dim() > 1 else 1
        values = noise(value.numel(), (2 / fan_in) ** 0.5 if value.dim() > 1 else 0.1)
        if key.endswith("running_var") or (value.dim() == 1 and key.endswith("weight")):
            values = values + 1
        value.copy_(values.view_as(value))
    image = noise(2 * 3 * 64 * 64, 1).view(2, 3, 64, 64)
    with torch.no_grad():
        logits = model(image)
    result["networks"][name] = {"parameters": {key: list(value.shape) for key, value in state.items()}, "logits": logits[:, :6].tolist()}
print(json.dumps(result))
