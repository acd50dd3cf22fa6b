"""Stage 6: the ledger of allocations (consumer x model x limit x period), default 0."""
