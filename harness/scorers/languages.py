"""Languages other than English and Chinese, which an optional library tells apart."""

from __future__ import annotations

from functools import cache
from pathlib import Path

OURS = ("en", "zh")
"""Told apart by `harness.scorers.counting.language`, without a library."""


@cache
def spoken() -> tuple[str, ...]:
    """Return the ISO 639-1 codes that can be told: English and Chinese, and with ``langdetect`` 51 others."""
    try:
        import langdetect
    except ImportError:
        return OURS
    profiles = Path(langdetect.__file__).with_name("profiles")
    others = sorted(path.name for path in profiles.iterdir() if len(path.name) == 2)
    return (*OURS, *(code for code in others if code not in OURS))


def detected(text: str) -> str:
    """Return the ISO 639-1 code of a text's likeliest language, or ``no words``.

    The library draws at random; its seed is set, so that a text is always read alike.

    Source: langdetect, a port of Shuyo (2010), Language Detection Library for Java; IFEval's checker uses it too.
    """
    from langdetect import DetectorFactory, LangDetectException, detect

    DetectorFactory.seed = 0
    try:
        return str(detect(text))
    except LangDetectException:
        return "no words"
