"""One module a source of usage: what its files hold, and how that becomes the canonical table."""
