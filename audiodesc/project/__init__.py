"""The folder of a film's description: one run at a time, whole files, nothing of a person's lost."""
