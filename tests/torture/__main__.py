"""make torture: damaged and hostile files for every reader, for a time given, under limits of memory and time.

    python -m tests.torture --seconds 600 [--reader images] [--seed 1]

Then paintings and batches are killed at random moments and gone on with, see tests/torture/kills.py and batches.py.

One process reads, another watches it: a reading that takes too long, takes too much memory, ends its process or raises
anything but what it promises is a finding. Its input is kept in tests/torture/found; moved to tests/torture/corpus it
becomes a test.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.torture import batches
from tests.torture.kills import OPTIMISERS, killed
from tests.torture.readers import READERS
from tests.torture.watch import torture

FOUND = Path(__file__).parent / "found"


def main() -> int:
    """Returns 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600, help="for all readers together (default: 600)")
    parser.add_argument("--reader", choices=sorted(READERS), help="only this one")
    parser.add_argument("--seed", type=int, default=0, help="of the mutations (default: 0)")
    parser.add_argument(
        "--kills", type=int, default=20, help="paintings killed for each optimiser, and batches (default: 20)"
    )
    given = parser.parse_args()
    names = [given.reader] if given.reader else sorted(READERS)
    findings = 0
    for line, found in tallies(names, given.seconds / len(names), 0 if given.reader else given.kills, given.seed):
        print(f"{line}, {len(found)} findings", *found, sep="\n  ", flush=True)
        findings += len(found)
    return 1 if findings else 0


def tallies(names: Sequence[str], seconds: float, kills: int, seed: int) -> Iterator[tuple[str, list[str]]]:
    """What became of every reader in so many seconds, and of so many kills for every optimiser; with the findings."""
    for name in names:
        tally = torture(name, seconds, seed, FOUND)
        of = f"{name}: {tally.tried:,} tried, {tally.taken:,} taken, {tally.refused:,} refused"
        yield f"{of}, slowest refusal {tally.slowest:.2f} s, largest {tally.largest / 2**20:.0f} MB", tally.findings
    for name in OPTIMISERS if kills else ():
        count = killed(name, kills, seed)
        of = f"{name}: {count.killed} kills, {count.kept} left a checkpoint"
        yield f"{of}, {count.equal} of these went on to the same picture", count.findings
    if kills:
        lists = batches.killed(kills, seed)
        of = f"batch: {lists.parents} of its processes and {lists.painters} painters killed in {lists.runs} runs"
        again = f"{lists.painted} paintings and {lists.known} known by their records"
        yield f"{of}, {lists.pictures} pictures there after {again}", lists.findings


if __name__ == "__main__":
    sys.exit(main())
