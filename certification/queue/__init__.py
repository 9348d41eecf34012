"""How work reaches a worker: admission, messages, claims, and circuit breakers per region."""
