# Small networks of the kinds that people export, as torch modules.
# Source: the papers named at each; sizes are ours, as small as the structure allows.
# Weights are those of a seed, but for the classifiers of digits, which torch_models.py trains.

import torch
from torch import nn
from torch.nn import functional as F


class PlainCnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(6, 12, 3, padding=1), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(12 * 7 * 7, 10))

    def forward(self, x):
        x = self.features(x)
        return self.head(x.view(x.size(0), -1))


class SqueezeExcite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.reduce = nn.Conv2d(channels, max(2, channels // 4), 1)
        self.expand = nn.Conv2d(max(2, channels // 4), channels, 1)

    def forward(self, x):
        s = F.adaptive_avg_pool2d(x, 1)
        return x * F.hardsigmoid(self.expand(F.relu(self.reduce(s))))


class InvertedResidual(nn.Module):
    def __init__(self, inside, hidden, outside, stride):
        super().__init__()
        self.same = stride == 1 and inside == outside
        self.body = nn.Sequential(
            nn.Conv2d(inside, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.Hardswish(),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden), nn.Hardswish(),
            SqueezeExcite(hidden),
            nn.Conv2d(hidden, outside, 1, bias=False), nn.BatchNorm2d(outside),
        )

    def forward(self, x):
        return x + self.body(x) if self.same else self.body(x)


class MobileNet(nn.Module):
    """Howard et al. 2019, MobileNetV3."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.Hardswish())
        self.blocks = nn.Sequential(
            InvertedResidual(8, 16, 8, 1), InvertedResidual(8, 24, 12, 2), InvertedResidual(12, 24, 12, 1)
        )
        self.head = nn.Sequential(nn.Linear(12, 32), nn.Hardswish(), nn.Dropout(0.2), nn.Linear(32, 10))

    def forward(self, x):
        x = self.blocks(self.stem(x))
        return self.head(x.mean([2, 3]))


class GroupNormResNet(nn.Module):
    """He et al. 2016 with Wu and He 2018."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 8, 3, 2, 1)
        self.norms = nn.ModuleList([nn.GroupNorm(4, 8) for _ in range(4)])
        self.convs = nn.ModuleList([nn.Conv2d(8, 8, 3, 1, 1) for _ in range(4)])
        self.head = nn.Linear(8 * 4, 10)

    def forward(self, x):
        x = F.relu(self.stem(x))
        for i in (0, 2):
            y = F.relu(self.norms[i](self.convs[i](x)))
            y = self.norms[i + 1](self.convs[i + 1](y))
            x = F.relu(x + y)
        x = F.adaptive_avg_pool2d(x, 2)
        return F.log_softmax(self.head(torch.flatten(x, 1)), dim=1)


class Attention(nn.Module):
    """Vaswani et al. 2017, with reshapes of sizes that are known at run time only."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = self.qkv(x).reshape(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-2, -1) / (width // self.heads) ** 0.5
        y = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, width)
        return self.out(y)


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class VitTiny(nn.Module):
    """Dosovitskiy et al. 2021."""

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(1, 16, 7, 7)
        self.token = nn.Parameter(torch.randn(1, 1, 16) * 0.1)
        self.place = nn.Parameter(torch.randn(1, 17, 16) * 0.1)
        self.block = Block(16, 2)
        self.norm = nn.LayerNorm(16)
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1) + self.place
        return self.head(self.norm(self.block(x))[:, 0])


class TextTransformer(nn.Module):
    """Tokens in, a class out: Embedding, a mask of padding, torch's own encoder layer."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", batch_first=True)
        self.head = nn.Linear(8, 3)

    def forward(self, tokens):
        place = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.embed(tokens) + torch.sin(place.to(torch.float32))[None, :, None]
        return self.head(self.layer(x).mean(1))


class MultiHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, q, kv):
        return self.attention(q, kv, kv, need_weights=False)[0]


class Recurrent(nn.Module):
    def __init__(self, kind, **more):
        super().__init__()
        self.rnn = kind(3, 5, batch_first=True, **more)
        self.head = nn.Linear(5 * (2 if more.get("bidirectional") else 1), 2)

    def forward(self, x):
        y, _ = self.rnn(x)
        return self.head(y[:, -1])


class UNet(nn.Module):
    """Ronneberger et al. 2015."""

    def __init__(self):
        super().__init__()
        def two(a, b):
            return nn.Sequential(nn.Conv2d(a, b, 3, padding=1), nn.ReLU(), nn.Conv2d(b, b, 3, padding=1), nn.ReLU())

        self.down1, self.down2, self.middle = two(1, 4), two(4, 8), two(8, 8)
        self.up2 = nn.ConvTranspose2d(8, 8, 2, 2)
        self.join2 = two(16, 4)
        self.join1 = two(8, 4)
        self.out = nn.Conv2d(4, 2, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        c = self.middle(F.max_pool2d(b, 2))
        b = self.join2(torch.cat([self.up2(c), b], 1))
        b = F.interpolate(b, size=a.shape[2:], mode="bilinear", align_corners=False)
        return torch.sigmoid(self.out(self.join1(torch.cat([b, a], 1))))


class SeriesCnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(2, 6, 5, padding=4, dilation=2), nn.ELU(), nn.AvgPool1d(2),
            nn.Conv1d(6, 6, 3, padding=1), nn.InstanceNorm1d(6, affine=True), nn.LeakyReLU(0.1), nn.AdaptiveMaxPool1d(1),
        )
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        return self.head(self.body(x).squeeze(-1))


class VolumeCnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv3d(1, 4, 3, padding=1), nn.BatchNorm3d(4), nn.SiLU(), nn.MaxPool3d(2),
            nn.Conv3d(4, 4, 3), nn.Softplus(), nn.AdaptiveAvgPool3d(1),
        )
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.body(x).flatten(1))


class Generator(nn.Module):
    """Radford et al. 2016, DCGAN."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.ConvTranspose2d(6, 8, 4, 1, 0, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
            nn.ConvTranspose2d(8, 4, 4, 2, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
            nn.ConvTranspose2d(4, 1, 3, 2, 1, output_padding=1, bias=False), nn.Tanh(),
        )

    def forward(self, z):
        return self.body(z[:, :, None, None])


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(16, 8), nn.PReLU(), nn.Linear(8, 3))
        self.decode = nn.Sequential(nn.Linear(3, 8), nn.SELU(), nn.Linear(8, 16), nn.Sigmoid())

    def forward(self, x):
        code = self.encode(x)
        return code, self.decode(code)


class MlpNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(6, 10), nn.BatchNorm1d(10), nn.Mish(), nn.Dropout(0.5), nn.Linear(10, 4), nn.Softmax(dim=1)
        )

    def forward(self, x):
        return self.body(x)


class WindowShift(nn.Module):
    """Liu et al. 2021, Swin: a shifted window of attention, rolled there and back."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(8)
        self.attention = Attention(8, 2)

    def forward(self, x):
        batch, height, width, channels = x.shape
        y = torch.roll(self.norm(x), shifts=(-2, -2), dims=(1, 2))
        y = y.view(batch, height // 4, 4, width // 4, 4, channels).permute(0, 1, 3, 2, 4, 5)
        y = self.attention(y.reshape(-1, 16, channels))
        y = y.view(batch, height // 4, width // 4, 4, 4, channels).permute(0, 1, 3, 2, 4, 5)
        return x + torch.roll(y.reshape(batch, height, width, channels), shifts=(2, 2), dims=(1, 2))


class Upscaler(nn.Module):
    """Shi et al. 2016: sub-pixel convolution on reflected edges, beside a resized picture."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3)
        self.deep = nn.Conv2d(4, 4, 3, padding=1, groups=4, padding_mode="replicate")
        self.last = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        y = F.relu6(self.first(F.pad(x, (1, 1, 1, 1), mode="reflect")))
        y = F.pixel_shuffle(self.last(torch.clamp(self.deep(y), -1, 2)), 2)
        return y + F.interpolate(x, scale_factor=2.0, mode="nearest")


class RmsGated(nn.Module):
    """The gated unit of today's language models: root-mean-square norm, rotary angles, SiLU gate, causal mask."""

    def __init__(self):
        super().__init__()
        self.norm = nn.RMSNorm(8)
        self.q, self.k, self.v = (nn.Linear(8, 8, bias=False) for _ in range(3))
        self.gate, self.up, self.down = nn.Linear(8, 12, bias=False), nn.Linear(8, 12, bias=False), nn.Linear(12, 8)

    def rotate(self, x):
        length = x.shape[1]
        angles = torch.arange(length, dtype=torch.float32)[:, None] / (10.0 ** torch.arange(4, dtype=torch.float32))[None]
        a, b = x[..., :4], x[..., 4:]
        return torch.cat([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()], -1)

    def forward(self, x):
        y = self.norm(x)
        q, k, v = self.rotate(self.q(y)), self.rotate(self.k(y)), self.v(y)
        scores = torch.einsum("bid,bjd->bij", q, k) / 8**0.5
        mask = torch.triu(torch.full((x.shape[1], x.shape[1]), float("-inf")), 1)
        x = x + torch.softmax(scores + mask, -1) @ v
        y = self.norm(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))
