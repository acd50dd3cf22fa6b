"""Usage: the daily rollup of measured calls, tokens and cost per consumer and model."""
