"""What operators see from outside: metrics, probes, and the context of log lines."""
