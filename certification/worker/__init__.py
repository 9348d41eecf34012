"""What a worker process does: runs pairs, records results, beats, reconciles."""
