"""Stage 2: one file's bytes to facts. One module a format; no other file is looked at."""
