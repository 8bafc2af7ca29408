"""Reading what others recorded into a store."""
