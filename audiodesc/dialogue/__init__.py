"""When people speak: subtitles, voice activity, and the one held against the other."""
