"""Charts of scores, pass rates and latencies over time."""
