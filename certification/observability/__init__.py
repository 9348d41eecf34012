"""Metrics for Prometheus, health probes, and the context of log lines."""
