"""Exports networks of Keras with random weights by tf2onnx:

    python keras_networks.py folder [part of a name]

`npm run networks -- --kinds folder` trains a head on each. Needs tensorflow and tf2onnx.
"""
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import tensorflow as tf
import tf2onnx

folder, part = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
os.makedirs(folder, exist_ok=True)
keras.utils.set_random_seed(0)


def export(name, network, size):
    path = os.path.join(folder, f"{name}.onnx")
    if os.path.exists(path) or part not in name:
        return
    try:
        shape = [None, size, size, 3]
        function = tf.function(lambda image: network(image, training=False), input_signature=[tf.TensorSpec(shape, tf.float32, name="image")])
        tf2onnx.convert.from_function(function, input_signature=function.input_signature, opset=17, output_path=path)
        print(f"{name}: {os.path.getsize(path)} bytes", flush=True)
    except Exception as error:  # the exporter's own limit
        print(f"{name}: not exported: {str(error)[:200]}", flush=True)


applications = keras.applications
for name, make, size in [
    ("mobilenet", applications.MobileNet, 96), ("mobilenet-v2", applications.MobileNetV2, 96), ("mobilenet-v3", applications.MobileNetV3Small, 96),
    ("efficientnet-b0", applications.EfficientNetB0, 96), ("efficientnet-v2", applications.EfficientNetV2B0, 96), ("nasnet", applications.NASNetMobile, 224),
    ("densenet121", applications.DenseNet121, 96), ("xception", applications.Xception, 96), ("convnext", applications.ConvNeXtTiny, 96),
]:
    try:
        export(f"keras-{name}", make(weights=None, input_shape=(size, size, 3)), size)
    except Exception as error:
        print(f"keras-{name}: {str(error)[:200]}", flush=True)
    if name in ("mobilenet", "mobilenet-v3", "efficientnet-b0"):
        export(f"keras-{name}-headless", make(weights=None, include_top=False), None)
layers = keras.layers
export(
    "keras-flatten",
    keras.Sequential(
        [
            layers.Input((64, 64, 3)), layers.Rescaling(1 / 127.5, offset=-1), layers.Conv2D(16, 3, strides=2, activation="relu"), layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"), layers.Flatten(), layers.Dense(32, activation="relu"), layers.Dropout(0.5), layers.Dense(4, activation="softmax"),
        ]
    ),
    64,
)
