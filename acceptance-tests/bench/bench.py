#!/usr/bin/env python3
"""How long Terraform takes with this provider, beside its own resource `terraform_data` (core's floor) and beside
providers that do nothing: one on the crate `tf-provider` (the peer), one on this project's `tfplugin` (own).

    cargo build --release -p controlplane -p provider
    ./acceptance-tests/bench/bench.py
    ./acceptance-tests/bench/bench.py --sizes 100,500 --parts plan,apply --runs 3

plan     a refreshing plan of N objects in the state, none of which changed: every object is read
apply    creating N objects, and destroying them; `own_client` has the attributes of `esu_client` and does nothing, so that
         what is left is Terraform's own time for them
clients  N clients in one `esu_clients`, as a table and as a map: apply, second plan, a plan of one change, size of the
         state; beside a provider on `tfplugin` that does nothing with the same map, which is Terraform's own time

Sizes of `apply` and `clients` are chosen with --apply-sizes and --clients-sizes. The figures are printed, and written
to bench.json and bench.md in the folder of --out.
"""

import argparse
import json
import re
import sys
import uuid
from pathlib import Path

import lab
import report

CLIENT = """
  code            = "bench-{key}"
  partner         = "bench"
  name            = "bench-{key}"
  tariff_plan     = "bench"
  payment_methods = ["bank_transfer"]
"""

# A resource of each kind, named by its number.
BLOCKS = {
    "terraform_data": ("terraform_data", '\n  input = "bench-${count.index}"\n'),
    "own": ("own_nothing", '\n  name = "bench-${count.index}"\n'),
    "peer": ("peer_nothing", '\n  name = "bench-${count.index}"\n'),
    "own_client": ("own_client", CLIENT.replace("{key}", "${count.index}")),
    "esu_client": ("esu_client", CLIENT.replace("{key}", "${count.index}")),
    "esu_client, no batch": ("esu_client", CLIENT.replace("{key}", "${count.index}")),
}


class Bench:
    """The programs, and the rows that were measured."""

    def __init__(self, arguments):
        self.arguments, self.rows = arguments, []
        self.programs = lab.programs()
        wanted = "clients" in arguments.parts or {"own", "own_client", "peer"} & set(arguments.what)
        self.null = lab.null_providers() if wanted else {}
        self.facts = report.machine({**self.programs, **self.null}, vars(arguments))

    def add(self, part, n, what, runs, **more):
        row = {"part": part, "n": n, "what": what, **report.summary(runs), **more}
        self.rows.append(row)
        shown = {name: value for name, value in row.items() if name not in ("operations", "runs")}
        print(json.dumps(shown), file=sys.stderr, flush=True)

    def server(self):
        """A server with a partner and a plan."""
        server = lab.Server(self.programs["controlplane"], self.arguments.database)
        server.call("POST", "/v1/partner", {"code": "bench", "name": "Bench"})
        plan = {"code": "bench", "partner": "bench", "name": "Bench", "services": {"kvm_cpu": {"price": "1.5"}}}
        server.call("POST", "/v1/tariff_plan", plan)
        return server

    def workspace(self, what, server):
        if what in self.null or what == "own_client":
            name = what.removesuffix("_client")
            workspace = lab.Workspace({f"bench/{name}": self.null[name]}, {})
        elif what == "terraform_data":
            workspace = lab.Workspace({}, {})
        elif what == "own_many":
            providers = {"bench/own": self.null["own"], "esu/esu": self.programs["terraform-provider-esu"]}
            workspace = lab.Workspace(providers, {})
        else:
            environment = {"ESU_ENDPOINT": server.url, "ESU_TOKEN": server.token}
            workspace = lab.Workspace({"esu/esu": self.programs["terraform-provider-esu"]}, environment)
        workspace.configure("")
        workspace.run("init", "-no-color")
        return workspace

    def command(self, name, *more):
        return [name, "-no-color", "-input=false", f"-parallelism={self.arguments.parallelism}", *more]

    def measured(self, workspace, server, *arguments, accept=(0,)):
        """A run of Terraform, with the requests that the server had."""
        before = server.requests() if server else {}
        run = workspace.run(*arguments, accept=accept)
        if server:
            after = server.requests()
            counts = {name: count - before.get(name, 0) for name, count in after.items()}
            run["requests"] = {name: count for name, count in counts.items() if count}
        return run


def configuration(what, n):
    """N objects of a kind."""
    type_name, body = BLOCKS[what]
    provider = ""
    if what.startswith("esu"):
        provider = f'provider "esu" {{\n  batch = {str("no batch" not in what).lower()}\n}}\n'
    return f'{provider}resource "{type_name}" "it" {{\n  count = {n}{body}}}\n'


def template(workspace, what, n):
    """A state with the first object, made by the provider, copied for all others."""
    workspace.configure(configuration(what, 1))
    workspace.run("apply", "-auto-approve", "-no-color", "-input=false")
    return json.loads(workspace.state.read_text())


def multiplied(state, ids):
    """The state with an object for each id. Only id, code and name differ until the provider reads them."""
    resource = state["resources"][0]
    first = resource["instances"][0]
    first_id = first["attributes"]["id"]
    text = json.dumps(first)
    instances = []
    for number, found in enumerate(ids):
        one = json.loads(re.sub(r"bench-0(?![0-9])", f"bench-{number}", text).replace(first_id, found))
        one["index_key"] = number
        instances.append(one)
    resource["instances"] = instances
    state["serial"] += 1
    return state


def plan_part(bench, what, n):
    """A refreshing plan of N objects in the state."""
    server = bench.server() if what.startswith("esu") else None
    workspace = bench.workspace(what, server)
    state = template(workspace, what, n)
    if server:
        plain = {"partner": "bench", "tariff_plan": "bench", "payment_methods": ["bank_transfer"]}
        names = [f"bench-{number}" for number in range(1, n)]
        server.create("client", [{"code": name, "name": name, **plain} for name in names])
        ids = {client["code"]: client["id"] for client in server.all("client")}
        ids = [ids[f"bench-{number}"] for number in range(n)]
    elif what in ("terraform_data", "own_client"):
        ids = [str(uuid.UUID(int=number + 1)) for number in range(n)]
    else:
        ids = [f"bench-{number}" for number in range(n)]
    workspace.state.write_text(json.dumps(multiplied(state, ids)))
    workspace.configure(configuration(what, n))
    if server:
        # What only the server knows of each comes into the state by the provider's own reads.
        workspace.run(*bench.command("apply", "-auto-approve", "-refresh-only"))
    plan = bench.command("plan", "-detailed-exitcode")
    runs = [bench.measured(workspace, server, *plan) for _ in range(bench.arguments.runs)]
    more = {"state_mib": round(workspace.state.stat().st_size / 2**20, 2)}
    if server:
        more["server_peak_mib"] = round(server.peak_kib() / 1024, 1)
        server.stop()
    workspace.remove()
    bench.add("plan", n, what, runs, **more)


def apply_part(bench, what, n):
    """Creating N objects, and destroying them."""
    server = bench.server() if what.startswith("esu") else None
    workspace = bench.workspace(what, server)
    workspace.configure(configuration(what, n))
    made, gone = [], []
    for _ in range(bench.arguments.apply_runs):
        made.append(bench.measured(workspace, server, *bench.command("apply", "-auto-approve")))
        gone.append(bench.measured(workspace, server, *bench.command("destroy", "-auto-approve")))
    more = {}
    if server:
        more["server_peak_mib"] = round(server.peak_kib() / 1024, 1)
        server.stop()
    workspace.remove()
    bench.add("apply", n, what, made, **more)
    bench.add("destroy", n, what, gone)


# A table of the provider's function is a map already. Terraform turns an object, such as a `for` gives, into a map in a
# time that grows with the square of its entries.
CLIENTS = {
    "esu_clients, a table": """resource "esu_clients" "it" {
  partner = "bench"
  table   = file("clients.csv")
}
""",
    "esu_clients": """resource "esu_clients" "it" {
  partner = "bench"
  clients = provider::esu::clients_from_csv(file("clients.csv"))
}
""",
    "own_many": """resource "own_many" "it" {
  clients = provider::esu::clients_from_csv(file("clients.csv"))
}
""",
}


def clients_part(bench, what, n):
    """N clients in one resource."""
    server = bench.server() if what.startswith("esu") else None
    workspace = bench.workspace(what, server)
    workspace.configure(CLIENTS[what])

    def measure(name, count, *arguments, suffix="", accept=(0,)):
        rows = [f"bench-{number},bench-{number}{suffix},bench,bank_transfer\n" for number in range(count)]
        (workspace.folder / "clients.csv").write_text("code,name,tariff_plan,payment_methods\n" + "".join(rows))
        run = bench.measured(workspace, server, *bench.command(*arguments), accept=accept)
        more = {"server_peak_mib": round(server.peak_kib() / 1024, 1)} if server else {}
        if workspace.state.is_file():
            more["state_mib"] = round(workspace.state.stat().st_size / 2**20, 2)
        bench.add(f"clients: {name}", n, what, [run], **more)

    measure("apply", n, "apply", "-auto-approve")
    measure("second plan", n, "plan", "-detailed-exitcode")
    measure("plan of one more", n + 1, "plan", "-detailed-exitcode", accept=(2,))
    measure("apply of one more", n + 1, "apply", "-auto-approve")
    measure("apply of a change of all", n + 1, "apply", "-auto-approve", suffix="x")
    measure("destroy", n + 1, "destroy", "-auto-approve", suffix="x")
    if server:
        server.stop()
    workspace.remove()


def numbers(text):
    return [int(part) for part in text.split(",") if part]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=numbers, default="100,500,1000,2000,4000,8000", help="sizes of plan")
    parser.add_argument("--apply-sizes", type=numbers, default="1000")
    parser.add_argument("--clients-sizes", type=numbers, default="10000")
    parser.add_argument("--parts", default="plan,apply,clients")
    parser.add_argument("--what", type=lambda text: [part.strip() for part in text.split(";")],
                        default=list(BLOCKS), help="kinds of resources, with ; between them: " + "; ".join(BLOCKS))
    parser.add_argument("--runs", type=int, default=5, help="runs of each plan")
    parser.add_argument("--apply-runs", type=int, default=1, help="runs of each apply")
    parser.add_argument("--parallelism", type=int, default=10)
    parser.add_argument("--database", help="URL of an empty database for one server; a file of SQLite for each without it")
    parser.add_argument("--out", type=Path, default=Path("bench-results"))
    arguments = parser.parse_args()
    unknown = [what for what in arguments.what if what not in BLOCKS]
    if unknown:
        parser.error(f"--what {unknown[0]}: choose from {'; '.join(BLOCKS)}")
    parts = arguments.parts.split(",")
    bench = Bench(arguments)
    for n in arguments.sizes if "plan" in parts else []:
        for what in arguments.what:
            plan_part(bench, what, n)
    for n in arguments.apply_sizes if "apply" in parts else []:
        for what in arguments.what:
            apply_part(bench, what, n)
    for n in arguments.clients_sizes if "clients" in parts else []:
        for what in CLIENTS:
            clients_part(bench, what, n)
    bench.facts["arguments"] = {name: str(value) for name, value in vars(arguments).items()}
    report.write(arguments.out, bench.facts, bench.rows)


if __name__ == "__main__":
    main()
