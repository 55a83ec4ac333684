"""Films on many machines: Ray's tasks and actors make them, and stores hold films and results that no disk shares."""
