"""Models or regions compared: rows and bars, side by side, metrics, a list with summaries."""
