"""What a worker process does: run pairs, record results, beat, reconcile."""
