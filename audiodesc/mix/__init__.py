"""The narrator under the film: ducking, levels, the limiter, the streaming mixer."""
