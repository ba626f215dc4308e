#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The ring of bench/ring.cpp in SimPy, as one would write it there: a process per PE and one per link direction.

Prints a JSON object: simulated time per repetition and CPU time per hop (a tile passed on by one PE), the median of
several repetitions.
"""
import json
import statistics
import sys
import time

import simpy

PES, ROUNDS, SLOTS = 32, 31, 4
SERIALISATION, CREDIT_SERIALISATION, HOP, ADD = 64.0, 0.25, 20.0, 37.72  # ns


def link(env, entry, serialisation, exit_store):
    """One link direction: serves in order; what it has sent arrives a hop later."""

    def travel(item):
        yield env.timeout(HOP)
        yield exit_store.put(item)

    while True:
        item = yield entry.get()
        yield env.timeout(serialisation)
        env.process(travel(item))


def pe(env, tiles_out, tiles_in, credits_out, credits_in, sums):
    """Sends a tile on, waits for one, adds, returns the credit."""
    slots = simpy.Container(env, capacity=SLOTS, init=SLOTS)

    def take_credits():
        while True:
            yield credits_in.get()
            yield slots.put(1)

    env.process(take_credits())
    tile = 0
    for _ in range(ROUNDS):
        yield slots.get(1)
        yield tiles_out.put(tile)
        tile = yield tiles_in.get()
        yield env.timeout(ADD)
        yield credits_out.put(1)
    sums.append(env.now)


def repetition():
    env = simpy.Environment()
    tiles_out, tiles_in, credits_out, credits_in = ([simpy.Store(env) for _ in range(PES)] for _ in range(4))
    sums = []
    for i in range(PES):
        after, before = (i + 1) % PES, (i - 1) % PES
        env.process(link(env, tiles_out[i], SERIALISATION, tiles_in[after]))
        env.process(link(env, credits_out[i], CREDIT_SERIALISATION, credits_in[before]))
        env.process(pe(env, tiles_out[i], tiles_in[i], credits_out[i], credits_in[i], sums))
    env.run()
    assert len(sums) == PES
    return max(sums)


def main():
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seconds = []
    for _ in range(repetitions):
        start = time.process_time()
        simulated = repetition()
        seconds.append(time.process_time() - start)
    print(json.dumps({"simulated_ns": round(simulated, 3), "seconds_per_hop": statistics.median(seconds) / (PES * ROUNDS)}))


main()
