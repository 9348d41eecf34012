"""The REST face: parse, call, render. No rule lives here."""
