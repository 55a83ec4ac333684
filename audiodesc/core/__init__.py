"""What every package may use: cache, concurrency, intervals, progress, formatting, files that were given."""
