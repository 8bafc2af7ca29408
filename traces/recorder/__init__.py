"""Recording: what a graph does, as it does it."""
