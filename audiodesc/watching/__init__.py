"""A watched folder: a film that has arrived becomes a job of a batch."""
