"""The quality engine measured on recorded crowds: `make bench-quality`. One JSON object a line, progress on stderr."""
