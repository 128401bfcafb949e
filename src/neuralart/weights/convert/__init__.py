"""Readers, one module per format: each returns a file's arrays as entries under the names in the file."""
