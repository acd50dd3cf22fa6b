"""Stage 7: rules in YAML with CEL conditions over the graph, the changes and the ledger."""
