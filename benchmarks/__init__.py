"""Measurements of speed and memory, one command each; see README.md here and docs/performance.md."""
