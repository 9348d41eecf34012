"""The staff's face: screens to work with, and the plain tables behind them."""
