"""The matching API and its health check."""
