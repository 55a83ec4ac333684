"""The only code that opens films: probe, frames, sound, loudness, mux."""
