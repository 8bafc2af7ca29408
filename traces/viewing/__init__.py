"""Looking at recorded traces: as a tree, a page, messages for guards, two side by side."""
