"""Stage 5: measured usage times prices: what a model change costs each consumer, cold caches included."""
