"""What a run leaves for people: one offline HTML file, and Markdown for a pull request."""

from harness.report.html import render_html
from harness.report.summary import render_summary

__all__ = ["render_html", "render_summary"]
