"""What was done and measured, as data and as a page."""
