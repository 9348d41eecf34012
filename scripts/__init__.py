"""What make runs: the product on this machine, its tests, and the tools of its developers."""
