"""Many films: a list of jobs, their state on disk, and what makes them, several at a time."""
