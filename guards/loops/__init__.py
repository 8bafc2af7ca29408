"""How an agent goes round in circles: the ways, each found by itself."""
