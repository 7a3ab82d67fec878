#!/usr/bin/env python3
"""Times cuBLASLt through PyTorch, for `dg bench --peer 'python3 benchmark/peer.py'`.

One line of JSON in, one line of JSON out; the first line out says what this is. The method is that of
`dg bench`: a CUDA graph of launches that rotates over input sets which do not fit the L2 cache, replayed
behind 50 ms of warm-up, everything enqueued before anything is waited for. Inputs have the distribution of
`dg bench`, because power, and with it the clock, depends on them.

    ask     {"dtype": "fp8", "m": 64, "n": 4096, "k": 7168, "sets": 8, "launches": 16, "replays": 5}
    answer  {"results": {"cublaslt_fp8_block_scaled": {"micros": [22.5, ...]}, ...}}

Alone, it prints a table: python3 benchmark/peer.py --shapes 4096x4096x7168,64x2112x7168 --dtype fp8
"""

import argparse
import json
import os
import sys
import time

BLOCK = 128
FP8_MAX = 448.0
WARM_UP_SECONDS = 0.05
ROTATED_BYTES = 250e6

# Words of `dg bench` for BF16 in and out: the layout of A and B, and whether D = D + A B.
BF16_KINDS = {"bf16": ("nt", False)}
for _layout in ("nn", "tn", "tt"):
    BF16_KINDS["bf16-" + _layout] = (_layout, False)
for _layout in ("nt", "nn", "tn", "tt"):
    BF16_KINDS["bf16-" + _layout + "-acc"] = (_layout, True)

torch = None


def cdiv(a, b):
    return -(-a // b)


def normal_fp8(rows, cols, generator):
    """Normal, three standard deviations to the largest E4M3; in pieces, to keep the FP32 small."""
    out = torch.empty(rows, cols, device="cuda", dtype=torch.float8_e4m3fn)
    step = max(1, (1 << 28) // cols)
    for first in range(0, rows, step):
        part = torch.randn(min(step, rows - first), cols, device="cuda", generator=generator)
        out[first : first + step] = (part * (FP8_MAX / 3)).clamp(-FP8_MAX, FP8_MAX).to(out.dtype)
    return out


def scales(rows, cols, generator):
    decades = (torch.rand(rows, cols, device="cuda", generator=generator) - 0.5) * 2
    return torch.pow(10.0, decades) / FP8_MAX


class Fp8Set:
    """One set of inputs; `rows` may be more than m, for libraries that want a multiple."""

    def __init__(self, rows, n, k, generator):
        self.a = normal_fp8(rows, k, generator)
        self.b = normal_fp8(n, k, generator)
        # m-major: PyTorch wants the strides (1, rows) exactly, also for one row, where any other stride
        # would mean the same.
        blocks = cdiv(k, BLOCK)
        self.sa = scales(blocks, rows, generator).as_strided((rows, blocks), (1, rows))
        # Rows of B's scales start at multiples of 16 bytes.
        pitch = cdiv(blocks, 4) * 4
        self.sb = scales(cdiv(n, BLOCK), pitch, generator)[:, :blocks]
        self.one = torch.ones((), device="cuda")
        self.d = torch.empty(rows, n, device="cuda", dtype=torch.bfloat16)

    def block_scaled(self):
        self.multiply(self.sa, self.sb.t(), False)

    def per_tensor(self):
        self.multiply(self.one, self.one, True)

    def multiply(self, sa, sb, fast):
        options = {"out_dtype": torch.bfloat16, "use_fast_accum": fast}
        try:
            torch._scaled_mm(self.a, self.b.t(), scale_a=sa, scale_b=sb, out=self.d, **options)
        except TypeError:  # a release without `out`
            self.d = torch._scaled_mm(self.a, self.b.t(), scale_a=sa, scale_b=sb, **options)


class Bf16Set:
    """A is stored as [m, k] or, by a layout that begins with t, as [k, m]; B as [n, k] or [k, n]."""

    def __init__(self, rows, n, k, generator, layout="nt", accumulate=False):
        def normal(outer, inner):
            return torch.randn(outer, inner, device="cuda", generator=generator).bfloat16()

        self.a = normal(rows, k) if layout[0] == "n" else normal(k, rows).t()
        self.b = normal(k, n) if layout[1] == "n" else normal(n, k).t()
        self.d = (
            normal(rows, n)
            if accumulate
            else torch.empty(rows, n, device="cuda", dtype=torch.bfloat16)
        )

    def mm(self):
        torch.mm(self.a, self.b, out=self.d)

    def addmm(self):
        """Adds to what is in D, launch after launch."""
        torch.addmm(self.d, self.a, self.b, out=self.d)


class Timed:
    """A graph of launches, ready to be replayed. It holds the sets: their memory is in the graph."""

    def __init__(self, sets, call, launches):
        self.sets = sets
        self.launches = launches
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for one in sets[:3]:
                call(one)
        torch.cuda.synchronize()
        for one in sets[:1]:
            if not torch.isfinite(one.d.float()).all():
                raise RuntimeError("the result is not finite")
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            for i in range(launches):
                call(sets[i % len(sets)])

    def micros(self, replays):
        end = time.monotonic() + WARM_UP_SECONDS
        while True:
            self.graph.replay()
            torch.cuda.synchronize()
            if time.monotonic() >= end:
                break
        events = [torch.cuda.Event(enable_timing=True) for _ in range(replays + 1)]
        for event in events:
            self.graph.replay()
            event.record()
        torch.cuda.synchronize()
        return [
            events[i].elapsed_time(events[i + 1]) * 1000 / self.launches for i in range(replays)
        ]


def short(error):
    return str(error).strip().split("\n")[0][:300]


class Product:
    """The graphs of the product that was asked for last; it is asked for several times."""

    def __init__(self, ask):
        self.key = key_of(ask)
        generator = torch.Generator(device="cuda")
        generator.manual_seed(1)
        m, n, k = ask["m"], ask["n"], ask["k"]
        sets, launches = ask["sets"], ask["launches"]
        self.timed, self.failed, self.notes = {}, {}, {}
        if ask["dtype"] == "fp8":
            inputs = [Fp8Set(m, n, k, generator) for _ in range(sets)]
            self.attempt("cublaslt_fp8_block_scaled", inputs, Fp8Set.block_scaled, launches)
            self.attempt("cublaslt_fp8_per_tensor", inputs, Fp8Set.per_tensor, launches)
            rows = cdiv(m, 16) * 16
            if self.failed and rows != m:
                padded = [Fp8Set(rows, n, k, generator) for _ in range(sets)]
                for name, call in (
                    ("cublaslt_fp8_block_scaled", Fp8Set.block_scaled),
                    ("cublaslt_fp8_per_tensor", Fp8Set.per_tensor),
                ):
                    why = self.failed.pop(name, None)
                    if why:
                        self.attempt(name, padded, call, launches)
                        self.notes[name] = "m padded to %d, since %d gives: %s" % (rows, m, why)
        elif ask["dtype"] in BF16_KINDS:
            layout, accumulate = BF16_KINDS[ask["dtype"]]
            inputs = [Bf16Set(m, n, k, generator, layout, accumulate) for _ in range(sets)]
            name = "cublaslt_" + ask["dtype"].replace("-", "_")
            self.attempt(name, inputs, Bf16Set.addmm if accumulate else Bf16Set.mm, launches)

    def attempt(self, name, inputs, call, launches):
        try:
            self.timed[name] = Timed(inputs, call, launches)
        except Exception as error:  # whatever it is, it is an answer: this peer cannot do it
            self.failed[name] = short(error)
            torch.cuda.synchronize()

    def answer(self, replays):
        results = {name: {"error": why} for name, why in self.failed.items()}
        for name, timed in self.timed.items():
            results[name] = {"micros": timed.micros(replays)}
            if name in self.notes:
                results[name]["note"] = self.notes[name]
        return {"results": results}


def key_of(ask):
    return tuple(ask[name] for name in ("dtype", "m", "n", "k", "sets", "launches"))


def about():
    return {
        "peer": "PyTorch %s (CUDA %s)" % (torch.__version__, torch.version.cuda),
        "device": torch.cuda.get_device_name(),
        "inputs": "elements normal, FP8 with sigma 448/3; scales log-uniform over two decades",
    }


def serve(out):
    product = None
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            ask = json.loads(line)
            if product is None or product.key != key_of(ask):
                product = None
                torch.cuda.empty_cache()
                product = Product(ask)
            answer = product.answer(ask["replays"])
        except Exception as error:
            product = None
            answer = {"results": {}, "error": short(error)}
        print(json.dumps(answer), file=out, flush=True)


def table(shapes, dtype, launches, replays):
    for shape in shapes:
        m, n, k = (int(x) for x in shape.split("x"))
        size = 1 if dtype == "fp8" else 2
        each = (m * k + n * k) * size + m * n * 2
        sets = max(2, min(32, int(ROTATED_BYTES / each) + 1))
        whole = max(1, launches // sets) * sets
        ask = {"dtype": dtype, "m": m, "n": n, "k": k, "sets": sets, "launches": whole}
        for name, result in Product(ask).answer(replays)["results"].items():
            times = sorted(result.get("micros", []))
            middle = "%.2f us" % times[len(times) // 2] if times else "n/a"
            print(shape, name, middle, result.get("error", result.get("note", "")), flush=True)
        torch.cuda.empty_cache()


def main():
    global torch
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shapes", help="MxNxK,...: print a table instead of answering asks")
    parser.add_argument("--dtype", default="fp8", choices=["fp8", *BF16_KINDS])
    parser.add_argument("--launches", type=int, default=20)
    parser.add_argument("--replays", type=int, default=7)
    options = parser.parse_args()
    # Libraries may print; only answers belong to standard output.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import torch as imported

    torch = imported
    if not torch.cuda.is_available():
        print("peer.py: PyTorch sees no GPU", file=sys.stderr)
        return 1
    torch.zeros(1, device="cuda")
    if options.shapes:
        os.dup2(out.fileno(), 1)
        table(options.shapes.split(","), options.dtype, options.launches, options.replays)
        return 0
    print(json.dumps(about()), file=out, flush=True)
    serve(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
