"""Values in words, for the reader: durations and ages, modalities, audit entries, verdicts."""
