"""Regression harness for LoRA adapters that give a chat model a new identity."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("identity-harness")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0.0.0"
