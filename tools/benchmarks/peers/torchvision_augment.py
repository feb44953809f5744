"""Images per second from JPEG to normalised planes by torchvision on Pillow, on one core, and the boxes of its random resized crops, as JSON.

Run: python3 torchvision_augment.py <image.jpg> <size> <seconds> <left,top,width,height>…
"""
import json
import sys
import time

import torch
import torchvision
from PIL import Image
from torchvision.transforms import functional as F

path, size, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
boxes = [[int(n) for n in box.split(",")] for box in sys.argv[4:]]
torch.set_num_threads(1)


def load(box):
    left, top, width, height = box
    image = F.resized_crop(Image.open(path).convert("RGB"), top, left, height, width, [size, size])
    return F.normalize(F.to_tensor(image), [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


load(boxes[0])
done, start = 0, time.perf_counter()
while time.perf_counter() - start < seconds:
    for box in boxes:
        load(box)
    done += len(boxes)
print(json.dumps({"version": torchvision.__version__.split("a")[0], "rate": done / (time.perf_counter() - start)}))
