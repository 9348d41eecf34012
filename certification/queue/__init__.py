"""How pairs reach workers: admission, messages, claims, and a circuit breaker per region."""
