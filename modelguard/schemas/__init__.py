"""JSON Schemas of every document that modelguard reads or writes."""
