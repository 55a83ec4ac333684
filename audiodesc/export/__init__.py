"""Script formats."""
