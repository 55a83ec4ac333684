"""A person's voice: recordings of lines, found for them, measured, kept with the project, and spoken in its place."""
