"""Rows to values for templates and JSON. Reads no request and writes nothing."""
