"""The nightly training of the entity matcher."""
