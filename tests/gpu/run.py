#!/usr/bin/env python3
"""Checks the product on a GPU, from what pack.sh made: run.py [--device cuda] [--out FOLDER] [--minutes 8].

Needs Linux on x86-64, Python 3.10 or newer, and a torch whose libtorch has the layout of 2.10 (PyTorch 2.10 and 2.11 have).
Neither .NET nor network. Prints a table, and leaves it and the logs in --out. Exit code 1 where a check failed.
"""
import argparse
import concurrent.futures
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
MODELS = ["tiny_smolvlm", "tiny_idefics3_sharded", "tiny_qwen2_vl", "tiny_qwen2_5_vl", "tiny_qwen3_vl"]
# size, precision, new tokens, repeats
JOBS = [("tiny", "float32", 32, 5), ("256m", "float32", 64, 3), ("256m", "bfloat16", 64, 3), ("2b", "bfloat16", 64, 3)]
CPU_JOBS = [("tiny", "float32", 32, 3)]


class Machine:
    """Where things are unpacked, how programs start, and when everything ends."""

    def __init__(self, options):
        self.device, self.out = options.device, pathlib.Path(options.out).resolve()
        self.out.mkdir(parents=True, exist_ok=True)
        self.end = time.monotonic() + 60 * options.minutes
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="vlm-gpu-"))
        for part in ("app", "dotnet", "fixtures"):
            subprocess.run(["tar", "-C", self.work, "-xJf", HERE / f"{part}.tar.xz"], check=True)
        # pip's torch refers to the CUDA libraries beside it by relative paths: nothing else needs naming.
        torch = importlib.util.find_spec("torch")
        named = os.environ.get("LIBTORCH") or (str(pathlib.Path(torch.origin).parent / "lib") if torch else None)
        self.env = {**os.environ, "DOTNET_ROOT": str(self.work / "dotnet"), "DOTNET_NOLOGO": "1",
                    "HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error", "PYTHONUNBUFFERED": "1"}
        if named:
            self.env["LIBTORCH"] = named

    def run(self, name, command, limit):
        """Standard output, seconds, and what went wrong or None. Both streams go into logs."""
        start = time.monotonic()
        limit = min(limit, self.end - start)
        if limit < 5:
            return "", 0, "no time was left"
        out, err = self.out / f"{name}.out", self.out / f"{name}.err"
        with open(out, "w") as text, open(err, "w") as errors:
            try:
                code = subprocess.run(command, stdout=text, stderr=errors, env=self.env, timeout=limit).returncode
                problem = None if code == 0 else f"exit code {code}: {last_line(err) or last_line(out)}"
            except subprocess.TimeoutExpired:
                problem = f"took longer than {limit:.0f} s"
        return out.read_text(), time.monotonic() - start, problem

    def program(self, name, program, *arguments, limit):
        return self.run(name, [str(self.work / "dotnet" / "dotnet"), str(self.work / "app" / f"{program}.dll"),
                               *map(str, arguments), "--device", self.device], limit)


def last_line(file):
    lines = [line for line in file.read_text().splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("error")]
    return (errors or lines or [""])[-1].strip()


def parity(machine, model, dtype):
    """One model's recorded values: a row of the table."""
    folder = machine.work / "fixtures"
    text, seconds, problem = machine.program(
        f"parity-{model}-{dtype}", "parity", "--model", folder / model, "--cases", folder / model,
        "--cases", folder / f"{model}_grads", "--dtype", dtype, limit=150)
    worst = {}
    for name, value in re.findall(r"^  (\S+)(?: \(\d+\))? +([\d.e+-]+) of ", text, re.M):
        kind = next((kind for kind in ("grad", "logits", "hidden", "ids", "logprob") if kind in name), None)
        if kind:
            worst[kind] = max(worst.get(kind, 0.0), float(value))
    counts = sum(map(int, re.findall(r": (\d+) values$", text, re.M)))
    tokens = re.findall(r"^  gen\.ids +(.*?)$", text, re.M)
    verdict = re.findall(r"^parity: (.*)$", text, re.M)
    return dict(model=model, dtype=dtype, values=counts, worst=worst, seconds=round(seconds, 1),
                tokens=equal_tokens(tokens), problem=problem,
                verdict=verdict[0] if verdict else "")


def equal_tokens(lines):
    """What parity says of each case: nothing where all are equal, else "23 of 24 equal"."""
    some = [re.search(r"(\d+) of (\d+) equal", line) for line in lines]
    if not lines or any(line.endswith("FAIL") for line in lines):
        return "differ"
    return "equal" if not any(some) else "all but " + str(sum(int(m[2]) - int(m[1]) for m in some if m))


def bench(machine, size, dtype, new, repeats):
    arguments = ["--size", size, "--dtype", dtype, "--new-tokens", new, "--repeats", repeats, "--plain",
                 "--out", machine.out / f"run-{size}-{dtype}"]
    text, _, problem = machine.program(f"bench-{size}-{dtype}", "bench-step", *arguments, limit=150)
    lines = [line for line in text.splitlines() if line.startswith('{"size"')]
    return json.loads(lines[-1]) if lines else dict(size=size, dtype=dtype, problem=problem or "no result")


def peers(machine, jobs):
    if not all(importlib.util.find_spec(name) for name in ("torch", "transformers")):
        return [], "transformers is not installed"
    text, _, problem = machine.run(
        "peer", [sys.executable, str(HERE / "peer.py"), *(f"{size}:{dtype}:{new}" for size, dtype, new, _ in jobs),
                 "--device", machine.device, "--repeats", "3"], limit=200)
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")], problem


def training(machine):
    """The quickstart for a few steps: drawings, rollouts, rewards, updates, saving."""
    _, seconds, problem = machine.program(
        "quickstart", "quickstart", "--model", machine.work / "app" / "warm-start", "--steps", "60", "--test", "200",
        "--plain", "--out", machine.out / "run-quickstart", limit=150)
    said = (machine.out / "quickstart.err").read_text()
    kept = [line.strip() for line in said.splitlines() if re.search(r"(before|after): ", line)]
    return dict(lines=kept, seconds=round(seconds, 1), problem=problem)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def parity_table(results):
    return table(
        ["model", "precision", "values", "logits", "hidden states", "log-probs", "gradients", "greedy tokens", ""],
        [[r["model"], r["dtype"], r["values"],
          *(f"{r['worst'][kind]:.1e}" if kind in r["worst"] else "" for kind in ("logits", "hidden", "logprob", "grad")),
          r["tokens"], r["problem"] or r["verdict"]] for r in results])


def step_table(ours, theirs):
    rows = []
    for line in ours:
        peer = next((p for p in theirs if (p["size"], p["dtype"]) == (line["size"], line["dtype"])), {})
        for name, result in (("this", line), ("transformers", peer)):
            if result:
                rows.append([line["size"], line["dtype"], name, *(result.get(key, "") for key in (
                    "rollout_tok_s", "logprob_s", "update_s", "step_s", "gpu_mb")), result.get("problem", "")])
    return table(["size", "precision", "", "rollout tokens/s", "log-probs s", "update s", "step s", "GPU MB", ""], rows)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--device", default="cuda")
    arguments.add_argument("--out", default="gpu-check")
    arguments.add_argument("--minutes", type=float, default=8)
    machine = Machine(arguments.parse_args())
    jobs = CPU_JOBS if machine.device == "cpu" else JOBS

    first = parity(machine, MODELS[0], "float32")       # alone: without a working libtorch nothing else need be tried
    said = (machine.out / f"parity-{MODELS[0]}-float32.err").read_text().strip()
    print(said, flush=True)
    if not first["values"]:
        sys.exit(f"FAILED: {first['problem']}")
    rest = [(model, dtype) for dtype in ("float32", "bfloat16") for model in MODELS][1:]
    with concurrent.futures.ThreadPoolExecutor(max(1, min(5, (os.cpu_count() or 1) // 2))) as pool:
        results = [first, *pool.map(lambda one: parity(machine, *one), rest)]
    print(parity_table(results), flush=True)

    ours = [bench(machine, *job) for job in jobs]
    theirs, problem = peers(machine, jobs)
    report = [f"commit {(HERE / 'commit').read_text().strip()}", said, parity_table(results), step_table(ours, theirs)]
    if problem:
        report.append(f"transformers: {problem}")
    trained = training(machine)
    report.append("quickstart, 60 steps, {seconds} s: {0}".format("; ".join(trained["lines"]), **trained))
    failed = [r for r in (*results, *ours, trained) if r.get("problem")]
    report.append("FAILED: " + "; ".join(str(r["problem"]) for r in failed) if failed else "all checks passed")

    (machine.out / "report.md").write_text("\n\n".join(report) + "\n")
    (machine.out / "results.json").write_text(
        json.dumps(dict(parity=results, bench=ours, peer=theirs, quickstart=trained), indent=1))
    print("\n\n".join(report[3:]))
    sys.exit(1 if failed else 0)


main()
