"""One file per format: path -> entries, the arrays under the names the file uses."""
