"""What is said of a merged model: as it should be, not, in part, twice, at another scale, or otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.preflight.base import Weights
from harness.preflight.findings import Finding, first_of
from harness.preflight.folder import template_of
from harness.preflight.merged import Merged, MergedModule

_WORTH_A_WARNING = 0.05


def merged_findings(held: Merged, base: Weights, merged: Weights) -> Iterator[Finding]:
    """Yield the verdict: merged as it should be, not, in part, twice, at another scale, or otherwise."""
    place = str(merged.folder)
    states = {state: [one for one in held.modules if one.state == state] for state in _ADVICE}
    whole = [state for state, those in states.items() if len(those) == len(held.modules) and those]
    if whole == ["merged"]:
        yield from _loss(held, place)
    elif whole:
        times = f" (×{held.modules[0].scale:.3g})" if whole[0] == "another scale" else ""
        yield Finding("error", "merged", place, f"{_SAID[whole[0]]}{times}", _ADVICE[whole[0]])
    elif held.modules:
        yield Finding("error", "merged", place, _in_part(states), "merge again, all of it, from base")
    if held.changed_outside:
        what = f"weights outside the adapter are not the base's: {first_of(held.changed_outside, 'weights')}"
        yield Finding("error", "merged-outside", place, what, "merge again from the base of --base")
    if held.missing:
        what = f"weights of base are missing or have another shape: {first_of(held.missing, 'weights')}"
        yield Finding("error", "merged-missing", place, what, "merge again and save all of it")
    if held.added:
        what = f"it has weights that base has not: {first_of(held.added, 'weights')}"
        yield Finding("warning", "merged-added", place, what, "they are not judged")
    if (template_of(merged.folder) or "").strip() != (template_of(base.folder) or "").strip():
        what = "its chat template is not the base's"
        yield Finding("warning", "merged-template", place, what, "it is asked other prompts than were judged")


_SAID = {
    "not merged": "not merged: it is base without the adapter",
    "merged twice": "merged twice",
    "another scale": "merged with another scale",
    "something else": "not the base with this adapter: the weights differ by more than rounding explains",
}
_ADVICE = {
    "merged": "",
    "not merged": "merge again; ms-swift skips a merge whose folder exists",
    "merged twice": "merge once, from base",
    "another scale": "check lora_alpha, r and use_rslora, and merge again",
    "something else": "check that --base and the adapter are those of the merge",
}


def _loss(held: Merged, place: str) -> Iterator[Finding]:
    lost, least = held.loss, held.loss_of_rounding
    what = f"merged as it should be (rounding to {held.dtype} loses {lost:.2%} of the update)"
    if lost <= _WORTH_A_WARNING:
        yield Finding("fact", "merged", place, what)
        return
    better = f"; rounding once would lose {least:.2%}" if lost > 1.2 * least + 0.01 else ""
    advice = "gate the merged model itself, merge into float32, or serve the adapter beside base"
    yield Finding("warning", "merged", place, what + better, advice)


def _in_part(states: Mapping[str, Sequence[MergedModule]]) -> str:
    parts = [
        f"{state}: {first_of((one.module for one in those), 'modules')}"
        for state, those in states.items()
        if those
    ]
    return "merged in part: " + "; ".join(parts)
