"""A network like YOLOv8 (Ultralytics 2023): C2f blocks, spatial pyramid pooling, a path aggregation neck, boxes as distributions."""
import torch
from torch import nn


class Conv(nn.Module):
    def __init__(self, from_, to, kernel=1, stride=1):
        super().__init__()
        self.conv, self.bn, self.act = nn.Conv2d(from_, to, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(to, 1e-3, 0.03), nn.SiLU()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class Bottleneck(nn.Module):
    def __init__(self, width, add):
        super().__init__()
        self.cv1, self.cv2, self.add = Conv(width, width, 3), Conv(width, width, 3), add

    def forward(self, x):
        return x + self.cv2(self.cv1(x)) if self.add else self.cv2(self.cv1(x))


class C2f(nn.Module):
    def __init__(self, from_, to, add=False):
        super().__init__()
        self.cv1, self.cv2, self.m = Conv(from_, to), Conv(to // 2 * 3, to), nn.ModuleList([Bottleneck(to // 2, add)])

    def forward(self, x):
        parts = list(self.cv1(x).chunk(2, 1))
        for block in self.m:
            parts.append(block(parts[-1]))
        return self.cv2(torch.cat(parts, 1))


class SPPF(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.cv1, self.cv2, self.m = Conv(width, width // 2), Conv(width * 2, width), nn.MaxPool2d(5, 1, 2)

    def forward(self, x):
        parts = [self.cv1(x)]
        for _ in range(3):
            parts.append(self.m(parts[-1]))
        return self.cv2(torch.cat(parts, 1))


class Detect(nn.Module):
    def __init__(self, widths, classes, size, head, bins=8):
        super().__init__()
        self.classes, self.bins = classes, bins
        self.cv2 = nn.ModuleList([nn.Sequential(Conv(w, head, 3), nn.Conv2d(head, 4 * bins, 1)) for w in widths])
        self.cv3 = nn.ModuleList([nn.Sequential(Conv(w, head, 3), nn.Conv2d(head, classes, 1)) for w in widths])
        steps = [8, 16, 32][: len(widths)]
        grids = [torch.stack(torch.meshgrid(torch.arange(size // s) + 0.5, torch.arange(size // s) + 0.5, indexing="xy"), 0).flatten(1) for s in steps]
        self.register_buffer("anchors", torch.cat(grids, 1)[None])
        self.register_buffer("strides", torch.cat([torch.full((1, g.shape[1]), float(s)) for g, s in zip(grids, steps)], 1))
        self.register_buffer("project", torch.arange(bins, dtype=torch.float32)[None, :, None, None])

    def forward(self, maps):
        x = torch.cat([torch.cat([box(m), scores(m)], 1).view(m.shape[0], 4 * self.bins + self.classes, -1) for m, box, scores in zip(maps, self.cv2, self.cv3)], 2)
        box, scores = x.split((4 * self.bins, self.classes), 1)
        b, _, n = box.shape
        distances = nn.functional.conv2d(box.view(b, 4, self.bins, n).transpose(2, 1).softmax(1), self.project.view(1, self.bins, 1, 1)).view(b, 4, n)
        near, far = distances.chunk(2, 1)
        low, high = self.anchors - near, self.anchors + far
        return torch.cat([torch.cat([(low + high) / 2, high - low], 1) * self.strides, scores.sigmoid()], 1)


class YoloV8(nn.Module):
    def __init__(self, size=64, width=16, classes=5, head=16):
        super().__init__()
        w = width
        self.stem = nn.Sequential(Conv(3, w, 3, 2), Conv(w, 2 * w, 3, 2), C2f(2 * w, 2 * w, True))
        self.stage3 = nn.Sequential(Conv(2 * w, 4 * w, 3, 2), C2f(4 * w, 4 * w, True))
        self.stage4 = nn.Sequential(Conv(4 * w, 4 * w, 3, 2), C2f(4 * w, 4 * w, True))
        self.stage5 = nn.Sequential(Conv(4 * w, 8 * w, 3, 2), C2f(8 * w, 8 * w, True), SPPF(8 * w))
        self.up, self.top4, self.top3 = nn.Upsample(scale_factor=2, mode="nearest"), C2f(12 * w, 4 * w), C2f(8 * w, 4 * w)
        self.down3, self.low4 = Conv(4 * w, 4 * w, 3, 2), C2f(8 * w, 4 * w)
        self.down4, self.low5 = Conv(4 * w, 4 * w, 3, 2), C2f(12 * w, 8 * w)
        self.detect = Detect([4 * w, 4 * w, 8 * w], classes, size, head)

    def forward(self, image):
        p3 = self.stage3(self.stem(image))
        p4 = self.stage4(p3)
        p5 = self.stage5(p4)
        n4 = self.top4(torch.cat([self.up(p5), p4], 1))
        n3 = self.top3(torch.cat([self.up(n4), p3], 1))
        m4 = self.low4(torch.cat([self.down3(n3), n4], 1))
        return self.detect([n3, m4, self.low5(torch.cat([self.down4(m4), p5], 1))])
