#!/usr/bin/env python3
"""Inputs and a judgement by an independent program, for `dg gemm --in x.safetensors --out y.safetensors`.

    pair.py make  x.safetensors --dtype fp8 --shape 257x4096x7168 [--seed 1]
    pair.py judge x.safetensors y.safetensors

`make` writes tensors as FP8 checkpoints publish them: a [m, k], b [n, k], a_scale [m, cdiv(k, 128)], b_scale
[cdiv(n, 128), cdiv(k, 128)]. `judge` multiplies them with PyTorch, block-scaled FP8 or BF16, and in FP64,
and prints one line of JSON; it ends with 1 if the product differs from PyTorch's by more than 1e-3 relative.
"""

import argparse
import json
import sys

import torch
from safetensors.torch import load_file, save_file

BLOCK = 128
FP8_MAX = 448.0
LIMIT = 1e-3


def cdiv(a, b):
    return -(-a // b)


def make(options):
    m, n, k = (int(x) for x in options.shape.split("x"))
    generator = torch.Generator(device="cuda")
    generator.manual_seed(options.seed)

    def normal(rows):
        return torch.randn(rows, k, device="cuda", generator=generator)

    def scales(rows, cols):
        decades = (torch.rand(rows, cols, device="cuda", generator=generator) - 0.5) * 2
        return (torch.pow(10.0, decades) / FP8_MAX).cpu()

    if options.dtype == "bf16":
        tensors = {"a": normal(m).bfloat16().cpu(), "b": normal(n).bfloat16().cpu()}
    else:
        tensors = {
            name: (normal(rows) * (FP8_MAX / 3))
            .clamp(-FP8_MAX, FP8_MAX)
            .to(torch.float8_e4m3fn)
            .cpu()
            for name, rows in (("a", m), ("b", n))
        }
        tensors["a_scale"] = scales(m, cdiv(k, BLOCK))
        tensors["b_scale"] = scales(cdiv(n, BLOCK), cdiv(k, BLOCK))
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, options.input)


def exact(x):
    """In FP64, B in pieces: FP64 of all of it may be too much."""
    a, b = x["a"].float().double(), x["b"]
    k = a.shape[1]
    if "a_scale" in x:
        a = a * x["a_scale"].double().repeat_interleave(BLOCK, 1)[:, :k]
    out = torch.empty(a.shape[0], b.shape[0], device="cuda", dtype=torch.float64)
    for first in range(0, b.shape[0], 4096):
        part = b[first : first + 4096].float().double()
        if "a_scale" in x:
            rows = torch.arange(first, first + part.shape[0], device="cuda") // BLOCK
            part = part * x["b_scale"].double()[rows].repeat_interleave(BLOCK, 1)[:, :k]
        out[:, first : first + 4096] = a @ part.t()
    return out


def padded(tensor, rows):
    """The tensor with rows of zeros below; itself if it has as many."""
    if tensor.shape[0] == rows:
        return tensor
    # As bytes, since not every operation knows FP8; a zero of any type here is zero bytes.
    content = tensor.view(torch.uint8)
    out = torch.zeros(rows, content.shape[1], device=tensor.device, dtype=torch.uint8)
    out[: content.shape[0]] = content
    return out.view(tensor.dtype)


def peer(x):
    a, b = x["a"], x["b"]
    if "a_scale" not in x:
        return torch.mm(a, b.t()), "mm"
    m, blocks = x["a_scale"].shape
    # cuBLASLt's block-scaled product refuses an m that is no multiple of 4. Rows do not meet: with zeros
    # below A and its scales the first m rows are the product still.
    rows = cdiv(m, 16) * 16
    # m-major with the strides (1, rows) exactly; rows of B's scales at multiples of 16 bytes.
    sa = padded(x["a_scale"], rows).t().contiguous().as_strided((rows, blocks), (1, rows))
    sb = torch.zeros(x["b_scale"].shape[0], cdiv(blocks, 4) * 4, device="cuda")
    sb[:, :blocks] = x["b_scale"]
    d = torch._scaled_mm(
        padded(a, rows), b.t(), scale_a=sa, scale_b=sb[:, :blocks].t(), out_dtype=torch.bfloat16
    )
    name = "_scaled_mm, block-scaled"
    return d[:m], name if rows == m else name + ", m padded to %d" % rows


def relative(got, want):
    return ((got.double() - want).norm() / want.norm()).item()


def judge(options):
    x = {name: tensor.cuda() for name, tensor in load_file(options.input).items()}
    d = load_file(options.output)["d"].cuda()
    reference = exact(x)
    line = {
        "shape": [x["a"].shape[0], x["b"].shape[0], x["a"].shape[1]],
        "ours_to_fp64": relative(d, reference),
    }
    try:
        theirs, line["peer"] = peer(x)
        line["peer_to_fp64"] = relative(theirs, reference)
        line["ours_to_peer"] = relative(d, theirs.double())
        line["equal_elements"] = (d == theirs).double().mean().item()
        ok = line["ours_to_peer"] <= LIMIT
    except RuntimeError as error:
        line["peer_error"] = str(error).split("\n")[0]
        ok = False
    line["ok"] = ok and line["ours_to_fp64"] < 4e-3
    print(json.dumps(line))
    return 0 if line["ok"] else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["make", "judge"])
    parser.add_argument("input")
    parser.add_argument("output", nargs="?")
    parser.add_argument("--dtype", choices=["fp8", "bf16"], default="fp8")
    parser.add_argument("--shape", default="257x4096x7168")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.what == "make":
        return make(options)
    return judge(options)


if __name__ == "__main__":
    sys.exit(main())
