"""What leaves a run: the verdict, the pairs, and the files that hold them. The verdict comes last."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness import second_reader
from harness.apart import effect_figures
from harness.corrected import correction
from harness.criteria import CriteriaFile
from harness.files import write_atomically
from harness.floor import floor_figures, floor_note
from harness.forgetting import forgetting, suite_scores
from harness.gate import Decision, holds, is_right, judge, overall, slipped_earlier, training_data
from harness.manner import manner
from harness.records import BASE, Pair, Scored, Variant, digest_of
from harness.report import render_html, render_summary
from harness.results import Results
from harness.stops import stops
from harness.thoughts import NO_THINKING, thinking_of
from harness.trained import questions_of

SCHEMA = 1


def write_outputs(
    results: Results, criteria: CriteriaFile, decisions: Sequence[Decision] | None = None
) -> dict[str, Any]:
    """Judge a run, unless that was done, and write its files; return the verdict document.

    ``samples.jsonl``, ``report.html``, ``summary.md`` and, last, ``verdict.json``.
    """
    decisions = judge(results, criteria) if decisions is None else decisions
    document = verdict_document(results, decisions, criteria)
    rows = list(pair_rows(results, decisions))
    folder = results.folder
    (folder / "verdict.json").unlink(missing_ok=True)
    lines = (json.dumps(line, ensure_ascii=False) for line in sample_lines(results))
    write_atomically(folder / "samples.jsonl", "".join(f"{line}\n" for line in lines))
    write_atomically(folder / "report.html", render_html(document, rows))
    write_atomically(folder / "summary.md", render_summary(document, rows))
    if results.meta["complete"]:
        write_atomically(folder / "verdict.json", json.dumps(document, ensure_ascii=False, indent=1))
    return document


def verdict_document(
    results: Results, decisions: Sequence[Decision], criteria: CriteriaFile
) -> dict[str, Any]:
    """Return everything that a verdict rests on, as JSON."""
    by_subject = {
        name: [decision for decision in decisions if decision.subject == name] for name in results.candidates
    }
    subjects = [
        {**subject, "verdict": overall(by_subject[subject["name"]])} for subject in results.meta["subjects"]
    ]
    scored = list(results.scored.values())
    unscored = sum(one.score.value is None for one in scored)
    return {
        "schema": SCHEMA,
        **results.meta,
        "verdict": overall(decisions),
        "subjects": subjects,
        "criteria": [_criterion(decision, results, criteria) for decision in decisions],
        "scores": suite_scores(results),
        "forgetting": {name: forgetting(results, name) for name in results.candidates},
        "manner": {name: manner(results, name) for name in results.candidates},
        "stops": {name: ended.to_json() for name in results.candidates if (ended := stops(results, name))},
        "floor": floor_figures(results) or None,
        "effect": effect_figures(results),
        "counts": {"asked": len(scored), "unscored": unscored},
        "notes": [*_notes(results, decisions), *_noticed(results, criteria)],
    }


def _criterion(decision: Decision, results: Results, criteria: CriteriaFile) -> dict[str, Any]:
    fields = asdict(decision)
    counts = fields.pop("counts")
    corrected = _corrected(decision, results, criteria)
    return {
        "name": fields.pop("criterion"),
        **fields,
        **counts,
        **({"corrected": corrected} if corrected else {}),
    }


def _corrected(decision: Decision, results: Results, criteria: CriteriaFile) -> dict[str, Any] | None:
    """Return a claims criterion's rate without its reader's errors, see `harness.corrected`."""
    criterion = next((one for one in criteria.criteria if one.name == decision.criterion), None)
    counted = decision.counts.get("passed", decision.counts.get("events"))
    if criterion is None or counted is None or decision.method not in ("family_rate", "event_rate"):
        return None
    probes = [probe for probe in results.probes if criteria.counts(criterion, probe)]
    langs = [variant.lang for probe in probes for variant in probe.variants]
    return correction(criterion, probes, langs, counted, decision.n)


def _notes(results: Results, decisions: Sequence[Decision]) -> list[str]:
    notes = []
    if earlier := results.meta.get("against"):
        notes.append(f"Here 'base' is the adapter {earlier['adapter']} of the earlier run {earlier['run']}.")
    if results.meta["tier"] == "smoke":
        notes.append(
            "Tier smoke has few families, so its limits are loose: it finds gross faults, and proves "
            "neither a 95 % identity rate nor the absence of small losses."
        )
    notes.append(floor_note(results))
    notes += second_reader.notes(results.folder)
    if sandbox := results.meta.get("sandbox"):
        notes.append(f"Programs ran at sandbox level {sandbox['level']}.")
    if not results.meta["complete"]:
        notes.append("Only a part of the probes was asked, so this run has no verdict.json.")
    blind = sorted({d.criterion for d in decisions if d.explanation.startswith("blind")})
    if blind:
        notes.append(f"Blind on this base: {', '.join(blind)}.")
    return notes


def _noticed(results: Results, criteria: CriteriaFile) -> Iterator[str]:
    """Yield what decides nothing by itself: what the training data ask, how thoughts ended, who is cut off."""
    for name in results.candidates:
        data = training_data(results, name)
        if data:
            asked = len(questions_of(results.probes))
            unchecked = ", ".join(
                f"{rows or '?'} rows of {source}" for source, rows in data["unchecked"].items()
            )
            yield (
                f"{name}: its training data ask {len(data['alike'])} of {asked} probes ({data['questions']} questions"
                f" of {data['source']}" + (f"; not compared: {unchecked})." if unchecked else ").")
            )
        ended = stops(results, name)
        if ended and ended.is_alarming(criteria.confidence):
            yield (
                f"Alarm: {name}: the token limit cuts off {ended.lost} of {ended.n} families that base ends, and "
                f"{ended.won} the other way round (McNemar, one-sided: p = {ended.p_value:.2g})."
            )
    thinking = thinking_of(results.meta)
    if thinking != NO_THINKING:
        yield f"Thinking: {thinking.mode}; a thought may take {thinking.tokens} tokens."


def pair_rows(results: Results, decisions: Sequence[Decision]) -> Iterator[dict[str, Any]]:
    """Yield every pair as the report shows it, for each adapter."""
    for subject in results.candidates:
        unproved = [one for one in decisions if one.subject == subject and one.verdict != "PASS"]
        decisive = {name for one in unproved for name in one.evidence if one.reads == "score"}
        untrue = {name for one in unproved for name in one.evidence if one.reads == "truth"}
        events = {name for one in unproved if one.method == "event_rate" for name in one.evidence}
        for pair in results.pairs(subject):
            name = pair.base.probe.id
            slipped = name in events and slipped_earlier(pair.candidate)
            lied = name in untrue and is_right(pair.base, "truth") and not is_right(pair.candidate, "truth")
            counts = slipped or lied or (name in decisive and not _holds(pair.candidate))
            yield _pair_row(pair, subject, counts)


def _holds(scored: Scored) -> bool:
    """Say whether one answer is right; a likelihood is never right or wrong by itself."""
    return scored.probe.kind not in ("nll", "drift") and holds([scored])


def _pair_row(pair: Pair, subject: str, decisive: bool) -> dict[str, Any]:
    probe, variant = pair.base.probe, pair.base.variant
    return {
        "suite": probe.suite,
        "probe": probe.id,
        "category": probe.category,
        "variant": variant.id,
        "lang": variant.lang,
        "system": variant.system_form,
        "kind": probe.kind,
        "subject": subject,
        "question": conversation(variant),
        "base_answer": pair.base.answer,
        "answer": pair.candidate.answer,
        "base_score": pair.base.score.value,
        "score": pair.candidate.score.value,
        "flip": pair.flip,
        "reason": pair.candidate.score.reason,
        "base_reason": pair.base.score.reason,
        "spans": _spans(pair.candidate),
        "base_spans": _spans(pair.base),
        "turns": _turns(pair.candidate),
        "base_turns": _turns(pair.base),
        "thought": pair.candidate.thought.get("end", 0),
        "base_thought": pair.base.thought.get("end", 0),
        "decisive": decisive,
    }


def _spans(scored: Scored) -> list[list[Any]]:
    return [[span.start, span.end, span.label] for span in scored.score.spans]


def _turns(scored: Scored) -> dict[str, Any] | None:
    """Return what a conversation's answers show together, ``None`` for a single answer."""
    details = scored.score.details
    keys = ("turns", "turn_of_flip", "flips", "said")
    return {key: details[key] for key in keys if key in details} if "turns" in details else None


def conversation(variant: Variant) -> str:
    """Return a variant's turns as text; a single question stands alone."""
    turns = variant.turns
    if len(turns) == 1 and not variant.system:
        return turns[0].content or ""
    lines = [f"{turn.role}: {turn.content or '(its own answer)'}" for turn in turns]
    return "\n".join([*([f"system: {variant.system}"] if variant.system else []), *lines])


def sample_lines(results: Results) -> Iterator[Mapping[str, Any]]:
    """Yield one line for each scored answer, in lm-evaluation-harness' field names where they fit."""
    for (subject, probe_id, variant_id), scored in results.scored.items():
        probe, variant = scored.probe, scored.variant
        doc = {"probe": probe_id, "variant": variant_id, "suite": probe.suite, "subject": subject}
        prompt = conversation(variant)
        target = probe.options.get("answer", "")
        yield {
            "doc_id": f"{probe_id}/{variant_id}",
            "doc": doc,
            "target": target,
            "arguments": [prompt],
            "resps": [[scored.answer]],
            "filtered_resps": [scored.answer],
            "score": scored.score.value,
            "reason": scored.score.reason,
            "doc_hash": digest_of(doc),
            "prompt_hash": digest_of(prompt),
            "target_hash": digest_of(str(target)),
        }


def latest_run(reports: Path) -> Path | None:
    """Return the run folder that was written last, or ``None``."""
    runs = sorted(reports.glob("*/run.sqlite"), key=lambda file: file.stat().st_mtime)
    return runs[-1].parent if runs else None


__all__ = ["BASE", "latest_run", "pair_rows", "verdict_document", "write_outputs"]
