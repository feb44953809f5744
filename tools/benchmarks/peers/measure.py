"""Timing for the scripts in this folder."""
import time


def median_seconds(run, seconds):
    """The median time of a function, called once to warm up and then repeatedly for the given seconds, at least three times."""
    run()
    times, start = [], time.perf_counter()
    while time.perf_counter() - start < seconds or len(times) < 3:
        before = time.perf_counter()
        run()
        times.append(time.perf_counter() - before)
    return sorted(times)[len(times) // 2]
