"""From what was seen to lines that fit, in the voice, in their places."""
