"""What was measured, as a table, as Markdown and as JSON."""

import hashlib
import json
import os
import platform
import re
import statistics
import subprocess
import time
from pathlib import Path


def machine(programs, arguments):
    """What a figure depends on."""
    def first(command):
        done = subprocess.run(command, capture_output=True, text=True)
        return done.stdout.strip().splitlines()[0] if done.stdout.strip() else ""

    cpu = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    digest = {name: hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16] for name, path in programs.items()}
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "cpu": cpu.group(1) if cpu else platform.machine(),
        "cores": os.cpu_count(),
        "memory_mib": int(memory.group(1)) // 1024 if memory else None,
        "kernel": platform.release(),
        "load_before": os.getloadavg()[0],
        "terraform": first(["terraform", "version"]),
        "commit": first(["git", "rev-parse", "--short", "HEAD"]),
        "programs": digest,
        "arguments": arguments,
    }


def summary(runs):
    """Several runs as one row."""
    seconds = [run["seconds"] for run in runs]
    row = {
        "min_s": min(seconds),
        "median_s": round(statistics.median(seconds), 3),
        "runs": len(runs),
        "provider_peak_mib": round(max(run["provider_peak_kib"] for run in runs) / 1024, 1),
    }
    if "requests" in runs[-1]:
        row["requests"] = sum(runs[-1]["requests"].values())
        row["operations"] = runs[-1]["requests"]
    return row


def ratios(rows):
    """Adds how many times as long as Terraform alone each took: with its own resource, or a map nobody looks at."""
    floors = ("terraform_data", "own_many")
    own = {(row["part"], row["n"]): row["min_s"] for row in rows if row["what"] in floors}
    for row in rows:
        base = own.get((row["part"], row["n"]))
        if base:
            row["times_floor"] = round(row["min_s"] / base, 2)


COLUMNS = [
    ("part", "part"), ("n", "n"), ("what", "what"), ("min_s", "min s"), ("median_s", "median s"), ("runs", "runs"),
    ("times_floor", "x floor"), ("requests", "requests"), ("provider_peak_mib", "provider MiB"),
    ("server_peak_mib", "server MiB"), ("state_mib", "state MiB"),
]


def table(rows):
    """The rows in columns; what was not measured is a dash."""
    cells = [[title for _, title in COLUMNS]]
    cells += [[str(row.get(name, "-")) for name, _ in COLUMNS] for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(COLUMNS))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def write(folder, facts, rows):
    """Both files; prints the table."""
    ratios(rows)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.json").write_text(json.dumps({"machine": facts, "rows": rows}, indent=2) + "\n")
    described = "\n".join(f"- {name}: {value}" for name, value in facts.items())
    (folder / "bench.md").write_text(f"# Benchmark\n\n{described}\n\n{table(rows)}\n")
    print(table(rows))
    print(f"\nwritten: {folder / 'bench.json'}, {folder / 'bench.md'}")
