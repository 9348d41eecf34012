"""The REST API: parses requests, calls readers and writers, renders answers."""
