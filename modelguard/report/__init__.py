"""Stage 8: one module a format; views of the result, no decisions."""
