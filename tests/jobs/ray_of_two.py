"""A Ray of two nodes on this machine, of which one is killed in the middle of a list; what came of it, as JSON.

A program of its own: Ray leaves threads and warnings behind that belong to no other test.
"""

from __future__ import annotations

import json
import os
import sys

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import ray
from ray.cluster_utils import Cluster as Nodes

from neuralart.jobs.cluster import Cluster
from tests.jobs.made import batch, some

OPTIONS = {"size": 32, "num_iters": 20, "model": "compact", "precision": "float32"}
STORE = 100 * 2**20  # bytes


def main() -> None:
    """Paint eight pictures, then two whose files are carried."""
    nodes = Nodes(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "include_dashboard": False, "object_store_memory": STORE},
    )
    second = nodes.add_node(num_cpus=1, object_store_memory=STORE)
    ray.init(address=nodes.address, log_to_driver=False)
    told = []
    work = batch(some(8, **OPTIONS))
    with work.manifest.held(alone=True), Cluster(None) as engine:
        for result in work.painted(work.planned().todo, engine):
            told.append([result.output, result.state, result.error])
            if len(told) == 2:
                nodes.remove_node(second, allow_graceful=False)
    again = len(batch(some(8, **OPTIONS)).planned().todo)
    carried = batch(some(10, init="first.png:0.5", **OPTIONS)[8:])
    with carried.manifest.held(alone=True), Cluster(None, carry=True) as engine:
        told += [[one.output, one.state, one.error] for one in carried.painted(carried.planned().todo, engine)]
    print(json.dumps({"told": told, "again": again}), flush=True)
    ray.shutdown()
    nodes.shutdown()


if __name__ == "__main__":
    sys.exit(main())
