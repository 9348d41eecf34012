"""SQLite with all times written to the microsecond.

SQLite compares times as text. Django writes one and the same moment as `…:05`, `…:05.000` or
`…:05.000000`, depending on where it comes from: what is due now would not be due yet, and a time
that was read would not be found again.
"""
