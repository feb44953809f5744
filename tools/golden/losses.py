"""Values and gradients of losses by PyTorch, as JSON: its own if available, otherwise the paper's formula in its ops.

Run: python3 tools/golden/losses.py > packages/layers/src/losses/losses.golden.json
"""
import json
import torch
import torch.nn.functional as F

torch.manual_seed(5)
cases = []


def case(loss, options, output, target, fn):
    output = output.clone().double().requires_grad_(True)
    value = fn(output, target.double() if target.is_floating_point() else target)
    value.backward()
    cases.append({
        "loss": loss, "options": options, "output": output.tolist(), "target": target.tolist(),
        "dtype": "float32" if target.is_floating_point() else "int32", "value": value.item(), "gradient": output.grad.flatten().tolist(),
    })


def rounded(*shape, scale=2.0):
    return (torch.randn(*shape) * scale).round(decimals=3)


logits, classes, weights = rounded(5, 4), torch.tensor([0, 3, 1, 1, 2]), [0.5, 2.0, 1.0, 0.25]
places, labels = rounded(2, 3, 2, 2), torch.tensor([[[0, 1], [2, 1]], [[2, 2], [0, 255]]])
probabilities = F.softmax(rounded(5, 4), 1).float()
w = torch.tensor(weights).double()

# cross-entropy
case("crossEntropy", {}, logits, classes, F.cross_entropy)
case("crossEntropy", {"labelSmoothing": 0.1}, logits, classes, lambda x, t: F.cross_entropy(x, t, label_smoothing=0.1))
case("crossEntropy", {"weights": weights}, logits, classes, lambda x, t: F.cross_entropy(x, t, weight=w))
case("crossEntropy", {"weights": weights, "labelSmoothing": 0.2, "ignoreIndex": 1}, logits, classes, lambda x, t: F.cross_entropy(x, t, weight=w, label_smoothing=0.2, ignore_index=1))
case("crossEntropy", {"ignoreIndex": 255, "labelSmoothing": 0.1}, places, labels, lambda x, t: F.cross_entropy(x, t, ignore_index=255, label_smoothing=0.1))
case("crossEntropy", {}, logits, probabilities, F.cross_entropy)
case("crossEntropy", {"weights": weights, "labelSmoothing": 0.1}, logits, probabilities, lambda x, t: F.cross_entropy(x, t, weight=w, label_smoothing=0.1))

# binary
yes = torch.tensor([[1.0, 0, 1], [0, 0, 1], [0.3, 1, 0]])
answers = rounded(3, 3, scale=4)
case("binaryCrossEntropyWithLogits", {}, answers, yes, F.binary_cross_entropy_with_logits)
case("binaryCrossEntropyWithLogits", {"posWeight": [1, 3, 0.5]}, answers, yes, lambda x, t: F.binary_cross_entropy_with_logits(x, t, pos_weight=torch.tensor([1, 3, 0.5]).double()))
case("binaryCrossEntropyWithLogits", {}, rounded(4, 1), torch.tensor([1, 0, 0, 1]), lambda x, t: F.binary_cross_entropy_with_logits(x, t[:, None].double()))
hinge_targets = torch.tensor([[1.0, -1, 1], [-1, -1, 1], [1, 1, -1]])
case("hinge", {}, answers, hinge_targets, lambda x, t: F.relu(1 - x * t).mean())
case("hinge", {"margin": 2, "squared": True}, answers, hinge_targets, lambda x, t: (F.relu(2 - x * t) ** 2).mean())


def sigmoid_focal(x, t, alpha, gamma):  # torchvision/ops/focal_loss.py
    p, ce = torch.sigmoid(x), F.binary_cross_entropy_with_logits(x, t, reduction="none")
    loss = ce * (1 - (p * t + (1 - p) * (1 - t))) ** gamma
    return (loss if alpha is None else (alpha * t + (1 - alpha) * (1 - t)) * loss).mean()


def softmax_focal(x, t, gamma, weight=None):
    ce = F.cross_entropy(x, t, reduction="none")
    loss = ce * (1 - torch.exp(-ce)) ** gamma
    return (loss if weight is None else loss * weight[t]).mean()


case("binaryFocal", {}, answers, yes, lambda x, t: sigmoid_focal(x, t, None, 2))
case("binaryFocal", {"alpha": 0.25, "gamma": 1.5}, answers, yes, lambda x, t: sigmoid_focal(x, t, 0.25, 1.5))
case("focal", {}, logits, classes, lambda x, t: softmax_focal(x, t, 2))
case("focal", {"gamma": 0.7, "weights": weights}, logits, classes, lambda x, t: softmax_focal(x, t, 0.7, w))
case("focal", {"gamma": 0}, logits, classes, F.cross_entropy)


# overlap
def overlap(p, t):
    axes = [0, *range(2, p.dim())]
    return (p * t).sum(axes), p.sum(axes), t.sum(axes)


def dice(p, t, smooth=1):
    both, a, b = overlap(p, t)
    return 1 - ((2 * both + smooth) / (a + b + smooth)).mean()


def jaccard(p, t, smooth=1):
    both, a, b = overlap(p, t)
    return 1 - ((both + smooth) / (a + b - both + smooth)).mean()


seen = torch.tensor([[[0, 1], [2, 1]], [[2, 2], [0, 1]]])
hot = F.one_hot(seen, 3).permute(0, 3, 1, 2).double()
masks = (torch.rand(2, 3, 2, 2) > 0.5).float()
for name, fn in (("dice", dice), ("jaccard", jaccard)):
    case(name, {}, places, seen, lambda x, t: fn(F.softmax(x, 1), hot))
    case(name, {"smooth": 0.1}, places, masks, lambda x, t: fn(torch.sigmoid(x), t, 0.1))

# regression
values, wanted = rounded(3, 4), rounded(3, 4)
case("meanSquaredError", {}, values, wanted, F.mse_loss)
case("l1", {}, values, wanted, F.l1_loss)
case("huber", {}, values, wanted, F.huber_loss)
case("huber", {"delta": 2.5}, values, wanted, lambda x, t: F.huber_loss(x, t, delta=2.5))
case("smoothL1", {}, values, wanted, F.smooth_l1_loss)
case("smoothL1", {"beta": 0.3}, values, wanted, lambda x, t: F.smooth_l1_loss(x, t, beta=0.3))
case("smoothL1", {"beta": 0}, values, wanted, lambda x, t: F.smooth_l1_loss(x, t, beta=0))
case("logCosh", {}, values, wanted, lambda x, t: torch.log(torch.cosh(x - t)).mean())

# distributions
sparse = torch.tensor([[0.0, 0.25, 0.75, 0], [1, 0, 0, 0], [0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25], [0, 0, 0.5, 0.5]])
case("klDivergence", {}, logits, sparse, lambda x, t: F.kl_div(F.log_softmax(x, 1), t, reduction="batchmean"))
teacher = rounded(5, 4)


def soften(x, t, temperature):
    return F.kl_div(F.log_softmax(x / temperature, 1), F.softmax(t / temperature, 1), reduction="batchmean") * temperature ** 2


case("distillation", {"temperature": 3}, logits, teacher, lambda x, t: soften(x, t, 3))
case("distillation", {"temperature": 2, "alpha": 0.7}, logits, torch.cat([teacher, classes[:, None].float()], 1), lambda x, t: 0.7 * soften(x, t[:, :4], 2) + 0.3 * F.cross_entropy(x, classes))

# embeddings
pairs, alike = rounded(4, 2, 3, scale=1), torch.tensor([1, -1, 1, -1])
case("cosineEmbedding", {}, pairs, alike, lambda x, t: F.cosine_embedding_loss(x[:, 0], x[:, 1], t))
case("cosineEmbedding", {"margin": -0.5}, pairs, alike, lambda x, t: F.cosine_embedding_loss(x[:, 0], x[:, 1], t, margin=-0.5))


def hadsell(x, t, margin):
    d = F.pairwise_distance(x[:, 0], x[:, 1])
    return torch.where(t > 0, d ** 2, F.relu(margin - d) ** 2).mean() / 2


case("contrastive", {"margin": 3}, pairs, alike, lambda x, t: hadsell(x, t, 3))
case("triplet", {}, rounded(4, 3, 3, scale=1), torch.zeros(4).int(), lambda x, t: F.triplet_margin_loss(x[:, 0], x[:, 1], x[:, 2]))
embeddings, kinds = rounded(6, 3, scale=1), torch.tensor([0, 1, 0, 2, 1, 0])


def batch_hard(x, t, margin):
    d = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")
    same = t[:, None] == t[None]
    return F.relu(torch.where(same, d, 0.0).amax(1) - torch.where(same, 1e9, d).amin(1) + margin).mean()


case("triplet", {"margin": 0.5}, embeddings, kinds, lambda x, t: batch_hard(x, t, 0.5))


def supervised_contrastive(x, t, temperature):
    x = F.normalize(x, dim=1)
    itself = torch.eye(len(x)).bool()
    logs = F.log_softmax((x @ x.T / temperature).masked_fill(itself, -1e9), 1)
    likes = ((t[:, None] == t[None]) & ~itself).double()
    each = (logs * likes).sum(1) / likes.sum(1).clamp(min=1)
    return -each.sum() / (likes.sum(1) > 0).sum()


case("infoNce", {"temperature": 0.5}, embeddings, kinds, lambda x, t: supervised_contrastive(x, t, 0.5))


def nt_xent(x, t):  # each row's partner is the class it must find among the others
    x = F.normalize(x.reshape(-1, 3), dim=1)
    return F.cross_entropy((x @ x.T / 0.1).masked_fill(torch.eye(len(x)).bool(), -1e9), torch.arange(len(x)) ^ 1)


case("infoNce", {}, pairs, alike, nt_xent)

# margin
case("multiMargin", {}, logits, classes, F.multi_margin_loss)
case("multiMargin", {"margin": 0.5, "squared": True, "weights": weights}, logits, classes, lambda x, t: F.multi_margin_loss(x, t, p=2, margin=0.5, weight=w))

# sequences
spoken, said = rounded(3, 6, 4), torch.tensor([[1, 1, 3], [2, -1, -1], [3, 2, 1]])


def ctc(x, t, blank=0, zero_infinity=False):
    return F.ctc_loss(F.log_softmax(x, 2).transpose(0, 1), t.clamp(min=0), torch.full((len(x),), x.shape[1]), (t >= 0).sum(1), blank=blank, zero_infinity=zero_infinity)


case("ctc", {}, spoken, said, ctc)
case("ctc", {"blank": 3}, spoken, torch.tensor([[0, 1], [2, 2], [1, -1]]), lambda x, t: ctc(x, t, blank=3))
case("ctc", {"zeroInfinity": True}, rounded(2, 2, 4), torch.tensor([[1, 1], [2, 3]]), lambda x, t: ctc(x, t, zero_infinity=True))

print(json.dumps({"origin": f"torch {torch.__version__}, float64, tools/golden/losses.py", "cases": cases}))
