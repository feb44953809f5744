"""What the scripts here time things with."""
import time


def median_seconds(run, seconds):
    """The median time of a function, called once to warm up and then for so many seconds, three times at least."""
    run()
    times, start = [], time.perf_counter()
    while time.perf_counter() - start < seconds or len(times) < 3:
        before = time.perf_counter()
        run()
        times.append(time.perf_counter() - before)
    return sorted(times)[len(times) // 2]
