"""The language server: what the graph knows, where people edit."""
