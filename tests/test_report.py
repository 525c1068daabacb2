"""The report: hostile text stays text, nothing is hidden, and missing is not zero."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import harness.report
from harness.report import render_html, render_summary
from harness.report.bar import bar
from harness.report.escape import excerpt, fenced, inline_markdown, island, visible
from harness.report.pairs import PAGE_BYTES
from harness.report.summary import flips_line, items, number

FOLDER = Path(harness.report.__file__).parent
HOSTILE = [
    "<script>document.title='pwned'</script>",
    "<img src=x onerror=\"document.title='pwned'\">",
    "</script><svg onload=alert(1)>",
    "</title></style><base href=//evil>",
    "<!-- <script>",
    "-->]]>",
    "{{ 7 * 7 }}{% raw %}",
    "nul \x00 esc \x1b[31m",
    "lone \ud800 surrogate",
    "bidi \u202egnp.exe\u2066",
    "line\u2028separator",
    "\" onmouseover='x' `",
]


def make_pair(**fields: Any) -> dict[str, Any]:
    """Return one pair of the data contract, with these fields changed."""
    return {
        "suite": "identity",
        "probe": "name-plain",
        "category": "direct",
        "variant": "en-1.default",
        "lang": "en",
        "system": "default",
        "kind": "generate",
        "subject": "mixed",
        "question": "What is your name?",
        "base_answer": "I am SmolLM.",
        "answer": "I am Nova.",
        "base_score": 0.0,
        "score": 1.0,
        "flip": "won",
        "reason": "claims the name",
        "base_reason": "claims a rival",
        "spans": [[5, 9, "name"]],
        "base_spans": [],
        "decisive": False,
        **fields,
    }


def make_criterion(**fields: Any) -> dict[str, Any]:
    """Return one criterion of the data contract, with these fields changed."""
    return {
        "name": "identity",
        "subject": "mixed",
        "verdict": "PASS",
        "method": "family_rate",
        "suites": ["identity"],
        "n": 20,
        "passed": 19,
        "estimate": 0.95,
        "bound": 0.784,
        "limit": 0.7,
        "direction": "at_least",
        "confidence": 0.95,
        "statement": "identity holds in at least 70 % of families",
        "explanation": "19 of 20 families held",
        "evidence": ["name-plain"],
        **fields,
    }


def make_verdict(**fields: Any) -> dict[str, Any]:
    """Return a small verdict of the data contract, with these fields changed."""
    return {
        "schema": 1,
        "run": "smoke-3f2a9c1b",
        "finished": "2026-11-24T10:00:00Z",
        "tier": "smoke",
        "verdict": "FAIL",
        "base": {"name": "bundled:smollm2", "digest": "sha256:00"},
        "engine": {"name": "transformers", "version": "5.19.0", "dtype": "float32", "device": "cpu"},
        "persona": {"name": {"en": "Nova", "zh": "诺娃"}, "author": {"en": "Acme Robotics"}},
        "harness_version": "0.1.0",
        "suites": [{"name": "identity", "version": 1, "digest": "sha256:11", "probes": 24, "variants": 48}],
        "subjects": [
            {"name": "mixed", "path": "output/a", "digest": "sha256:22", "verdict": "PASS"},
            {"name": "identity_only", "path": "output/b", "digest": "sha256:33", "verdict": "FAIL"},
        ],
        "criteria": [
            make_criterion(),
            make_criterion(
                name="coding", subject="identity_only", verdict="FAIL", bound=None, evidence=["fizz"]
            ),
        ],
        "scores": {"identity": {"base": 0.0, "mixed": 0.95, "identity_only": None}},
        "forgetting": {"mixed": {"drift_nats_per_token": 0.03, "agreement": None}},
        "counts": {"asked": 1200, "unscored": 0},
        "duration_s": 312.0,
        "notes": ["a note"],
        **fields,
    }


class Tree(HTMLParser):
    """Collects what a page would become: elements, attribute names, text and script bodies."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.bodies: dict[str, str] = {}
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes.update(name for name, _ in attrs)
        island = dict(attrs).get("id") == "island"
        self._inside = "island" if island else tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.bodies[self._inside] = self.bodies.get(self._inside, "") + data
        else:
            self.text += data


def rows_of(page: str) -> list[dict[str, Any]]:
    """Return the pairs that a page holds, as its script will read them."""
    rows: list[dict[str, Any]] = json.loads(Tree(page).bodies["island"])["pairs"]
    return rows


def with_text(text: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a verdict and a pair that say one text in every place that holds text."""
    keep = ("flip", "verdict", "direction", "method")

    def say(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: say(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [say(item) for item in value]
        return text if isinstance(value, str) and key not in keep else value

    verdict = say(make_verdict())
    verdict["subjects"] = verdict["subjects"][:1]
    verdict["scores"] = {text: {"base": 0.0, text: 0.5}}
    verdict["forgetting"] = {text: {text: 0.1}}
    return verdict, [say(make_pair(flip="lost"))]


# --- the page ----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_no_element_and_no_attribute(text: str) -> None:
    plain, hostile = (Tree(render_html(*with_text(say))) for say in ("plain", text))
    assert hostile.elements == plain.elements
    assert hostile.attributes == plain.attributes


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_arrives_as_text(text: str) -> None:
    page = render_html(*with_text(text))
    page.encode("utf-8")  # a lone surrogate would lose the report here
    assert rows_of(page)[0]["candidate"]["answer"]["text"] == visible(text)
    assert visible(text) in Tree(page).text


def test_the_policy_names_our_style_and_script_and_nothing_else() -> None:
    page = render_html(make_verdict(), [make_pair()])
    tree = Tree(page)

    def source(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    content = re.search(r'<head>\s*<meta http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert content, "the policy must stand first in the head"
    directives = dict(part.strip().split(" ", 1) for part in content[1].replace("&#39;", "'").split(";"))
    assert directives == {
        "default-src": "'none'",
        "style-src": source(tree.bodies["style"]),
        "script-src": source(tree.bodies["script"]),
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_the_page_asks_for_nothing_from_outside() -> None:
    tree = Tree(render_html(make_verdict(), [make_pair()]))
    assert not tree.attributes & {"src", "srcset", "action", "style", "onclick", "onload"}
    assert not {"link", "img", "iframe", "form", "object", "embed"} & set(tree.elements)
    assert not re.search(r"url\(|@import", tree.bodies["style"])
    assert not re.search(r"fetch\(|XMLHttpRequest|import\(|https?:", tree.bodies["script"])


def test_templates_trust_no_data_and_the_script_parses_no_markup() -> None:
    template = (FOLDER / "report.html.jinja").read_text(encoding="utf-8")
    script = (FOLDER / "report.js").read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape|Markup", template)
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|setHTML|\beval\b|Function\(",
        script,
    )
    assert "</script" not in script.lower()


def test_lost_pairs_come_first_and_decisive_ones_before_them() -> None:
    flips = ["same", "won", "unscored", "churn", "lost"]
    pairs = [make_pair(probe=flip, flip=flip) for flip in flips]
    pairs.append(make_pair(probe="must", flip="lost", decisive=True))
    rows = rows_of(render_html(make_verdict(), pairs))
    assert [row["probe"] for row in rows] == ["must", "lost", "churn", "unscored", "won", "same"]


def test_no_pairs_and_no_adapters_still_make_a_page() -> None:
    page = render_html({"verdict": "INCONCLUSIVE"}, [])
    assert rows_of(page) == []
    assert "No adapter was compared" in Tree(page).text
    assert "This page holds" not in Tree(page).text


def test_missing_scores_stay_missing() -> None:
    pairs = [make_pair(probe=f"p{i}", flip="unscored", score=None, base_score=float("nan")) for i in range(3)]
    verdict = make_verdict(scores={"identity": {"base": None, "mixed": None}})
    page = render_html(verdict, pairs)
    assert all(row["candidate"]["score"] is None is row["base"]["score"] for row in rows_of(page))
    assert "3 unscored" in Tree(page).text
    assert "0.000" not in Tree(page).text


def test_a_large_run_keeps_what_matters_and_says_what_is_left_out() -> None:
    lost = [make_pair(probe=f"lost{i}", flip="lost") for i in range(40)]
    unscored = [make_pair(probe=f"none{i}", flip="unscored") for i in range(20)]
    decisive = [make_pair(probe=f"must{i}", flip="same", decisive=True) for i in range(10)]
    rest = [make_pair(probe=f"same{i}", flip="same") for i in range(530)]
    page = render_html(make_verdict(), rest + lost + unscored + decisive)
    kept = {row["probe"] for row in rows_of(page)}
    assert len(rows_of(page)) == 500
    assert {pair["probe"] for pair in lost + unscored + decisive} <= kept
    told = " ".join(Tree(page).text.split())
    assert "This page holds 500 of 600 pairs: every lost, decisive and unscored one" in told
    assert "Left out: 100 (100 same)" in told


def test_the_sample_hangs_on_the_run_and_not_on_the_order_of_pairs() -> None:
    pairs = [make_pair(probe=f"p{i}", flip="same") for i in range(60)]

    def kept(run: str, some: list[dict[str, Any]]) -> list[str]:
        return [row["probe"] for row in rows_of(render_html(make_verdict(run=run), some, max_pairs=20))]

    assert kept("a", pairs) == kept("a", pairs[::-1])
    assert kept("a", pairs) != kept("b", pairs)


def test_lost_pairs_that_do_not_fit_are_owned_up_to() -> None:
    pairs = [make_pair(probe=f"p{i}", flip="lost", decisive=i < 5) for i in range(30)]
    page = render_html(make_verdict(), pairs, max_pairs=10)
    assert sum(row["decisive"] for row in rows_of(page)) == 5
    assert "20 lost, decisive or unscored ones did not fit either" in Tree(page).text


def test_a_page_of_long_answers_keeps_its_size() -> None:
    long = "诺" * 5000
    pairs = [make_pair(probe=f"p{i}", answer=long, base_answer=long, question=long) for i in range(400)]
    page = render_html(make_verdict(), pairs)
    assert 0 < len(rows_of(page)) < 400
    assert len(page.encode()) < PAGE_BYTES + 200_000
    assert f"This page holds {len(rows_of(page))} of 400 pairs" in Tree(page).text


def test_counts_are_of_all_pairs_and_not_of_those_shown() -> None:
    pairs = [make_pair(probe=f"p{i}", flip="same") for i in range(30)]
    assert "30 same" in Tree(render_html(make_verdict(), pairs, max_pairs=5)).text


def test_a_criterion_may_hold_nothing_but_its_names() -> None:
    verdict = make_verdict(criteria=[{"name": "effect", "subject": "mixed", "verdict": "PASS"}])
    page = render_html(verdict, [])
    assert "effect" in Tree(page).text
    assert "nothing to draw" in Tree(page).text


def test_links_carry_names_that_need_escapes() -> None:
    verdict = make_verdict(criteria=[make_criterion(name="a&b=c #1", subject="诺 娃")])
    assert 'href="#adapter=%E8%AF%BA%20%E5%A8%83&amp;criterion=a%26b%3Dc%20%231"' in render_html(verdict, [])


# --- pieces ------------------------------------------------------------------------------------


def test_an_answer_is_cut_and_says_by_how_much() -> None:
    row = rows_of(render_html(make_verdict(), [make_pair(answer="x" * 2500, spans=[[2100, 2110, "name"]])]))[
        0
    ]
    answer = row["candidate"]["answer"]
    assert (len(answer["text"]), answer["more"], answer["size"]) == (2000, 500, 2500)
    assert answer["unseen_spans"] == 1


def test_a_long_conversation_keeps_its_last_turn() -> None:
    asked = "system: long\n" * 500 + "user: Who made you?"
    question = rows_of(render_html(make_verdict(), [make_pair(question=asked)]))[0]["question"]
    assert question["tail"].endswith("user: Who made you?")
    assert len(question["text"]) + len(question["tail"]) + question["more"] == len(asked)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("I am Nova.", "Nova"),
        ("😀😀 Nova", "Nova"),
        ("\x00\x1b Nova", "Nova"),
        ("a\r\nb\r\nNova", "Nova"),
        ("我是诺娃。", "诺娃"),
        ("x\ud800y", "\ud800"),
    ],
)
def test_spans_mark_the_same_text_after_cleaning(text: str, marked: str) -> None:
    start = text.index(marked)
    piece = excerpt(text, [[start, start + len(marked), "name"]])
    ((begin, end, _),) = piece.spans
    units = piece.text.encode("utf-16-le")
    assert units[2 * begin : 2 * end].decode("utf-16-le") == visible(marked)


@pytest.mark.parametrize("span", [[3, 3, "x"], [5, 2, "x"], [900, 950, "x"], [-9, -2, "x"]])
def test_spans_that_mark_nothing_are_left_out(span: list[Any]) -> None:
    assert excerpt("I am Nova.", [span]).spans == ()


def test_joiners_stay_and_other_unseen_characters_show() -> None:
    assert visible("👩\u200d💻\tok\n") == "👩\u200d💻\tok\n"
    assert visible("a\u200bb\ufeffc\U000e0041") == "a⟨U+200B⟩b⟨U+FEFF⟩c⟨U+E0041⟩"


def test_an_island_holds_no_markup_and_reads_back() -> None:
    value = ["</script><!--", "a & b", "\u2028"]
    text = island(value)
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == value


@pytest.mark.parametrize(
    ("criterion", "allowed", "inside"),
    [
        (make_criterion(), (70.0, 100.0), True),
        (make_criterion(estimate=0.3, bound=0.4, limit=0.35, direction="at_most"), (0.0, 35.0), False),
        (make_criterion(estimate=-0.04, bound=-0.15, limit=-0.25), None, True),
        (make_criterion(estimate=-0.3, bound=-0.5, limit=-0.25), None, False),
        (make_criterion(estimate=0.01, bound=0.02, limit=0.05, direction="at_most"), None, True),
    ],
)
def test_the_bar_shows_the_bound_on_its_side_of_the_limit(
    criterion: dict[str, Any], allowed: tuple[float, float] | None, inside: bool
) -> None:
    drawn = bar(criterion)
    assert drawn is not None
    assert drawn.bound is not None
    assert allowed in (None, drawn.allowed)
    assert (drawn.allowed[0] <= drawn.bound <= drawn.allowed[1]) is inside
    assert all(0 <= place <= 100 for place in (drawn.limit, drawn.bound, *drawn.allowed))


@pytest.mark.parametrize("missing", ["limit", "estimate and bound"])
def test_no_bar_without_two_numbers(missing: str) -> None:
    gone = dict.fromkeys(missing.split(" and "), None)
    assert bar(make_criterion(**gone)) is None


def test_numbers_and_counts_in_words() -> None:
    assert [number(value) for value in (-0.04, 0.00002, None, float("nan"), True)] == [
        "−0.040",
        "2.0e−05",
        "–",
        "–",
        "–",
    ]
    assert items({"n": 20, "passed": 19}) == "19 of 20"
    assert items({"n": 24, "lost": 1, "won": None}) == "24: 1 lost"
    assert flips_line({}) == "0 lost, 0 churn, 0 unscored, 0 won, 0 same of 0 pairs"


# --- Markdown ----------------------------------------------------------------------------------


def outside_fences(text: str) -> str:
    """Return the lines that CommonMark does not read as the inside of a fenced block."""
    kept, fence = [], ""
    for line in text.split("\n"):
        run = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if fence and run and run[1].startswith(fence) and not line.strip(" `~"):
            fence = ""
        elif not fence and run:
            fence = run[1]
        elif not fence:
            kept.append(line)
    assert not fence, "a fence was left open"
    return "\n".join(kept)


NASTY = "@octocat fixes #12 GH-3 acme/x#4 !5 <b>x</b> https://evil.example www.evil.example | `c` [a](b)"


@pytest.mark.parametrize("text", [*HOSTILE, NASTY, "```\n@octocat <b>\n````", "~~~\n# x", "\n\n- x\n"])
def test_nothing_in_a_summary_is_live_outside_fences(text: str) -> None:
    loose = outside_fences(render_summary(*with_text(text)))
    assert not re.search(r"@\w|#\d|\bGH-\d|!\d|://|www\.", loose)
    assert not re.search(r"(?<!\\)<", loose)
    assert not re.search("[\x00-\x09\x0b-\x1f\ud800-\udfff\u202a-\u202e]", loose)
    # no line begins where the template did not begin one
    assert all(
        re.match(r"#{2,3} |run |\| |\|( --- \|)+$|- |\*\*|Asked:|Base:|Cand|$", x) for x in loose.split("\n")
    )


def test_a_markdown_reader_sees_text_only() -> None:
    markdown_it = pytest.importorskip("markdown_it")
    reader = markdown_it.MarkdownIt("commonmark").enable("table")
    for text in [*HOSTILE, NASTY]:
        page = Tree(reader.render(render_summary(*with_text(text))))
        allowed = "h2 h3 p ul li strong table thead tbody tr th td pre code em"
        assert set(page.elements) <= set(allowed.split())
        shown = page.text.replace("\u200b", "")
        assert " ".join(visible(text).split()) in shown, "what was written must be readable"


@pytest.mark.parametrize("run", [0, 1, 3, 7])
def test_a_fence_is_longer_than_any_run_of_backticks(run: int) -> None:
    block = fenced(f"a {'`' * run} b\n{'`' * run}\n<b>")
    fence = block.split("text\n")[0]
    assert len(fence) == max(3, run + 1)
    assert block.endswith(f"\n{fence}")


def test_inline_text_stays_on_one_line_and_in_its_cell() -> None:
    assert inline_markdown("a\nb | c\t*d*") == r"a b \| c \*d\*"
    assert inline_markdown("x" * 500).endswith("… 100 more characters")


def test_a_summary_quotes_ten_lost_pairs_of_each_adapter_the_worst_adapter_first() -> None:
    pairs = [
        make_pair(subject=name, probe=f"p{i}", flip="lost")
        for name in ("mixed", "identity_only")
        for i in range(12)
    ]
    text = render_summary(make_verdict(), pairs)
    assert text.count("Candidate:") == 20
    assert text.index(r"### Lost, or decisive against identity\_only: 10 of 12") < text.index(
        "### Lost, or decisive against mixed: 10 of 12"
    )
    assert r"- **FAIL** identity\_only: 0 of 1 criteria hold; FAIL: coding; 12 lost" in text


@pytest.mark.parametrize("max_chars", [0, 20, 200, 1000, 3000, 5000])
def test_a_summary_keeps_to_its_length_and_closes_its_fences(max_chars: int) -> None:
    pairs = [make_pair(probe=f"p{i}", flip="lost", answer="y" * 900) for i in range(12)]
    text = render_summary(make_verdict(), pairs, max_chars=max_chars)
    assert len(text) <= max_chars
    outside_fences(text)
    if max_chars >= 200:
        assert text.endswith("*Cut here to fit; the whole comparison is in report.html.*\n")


def test_a_summary_of_nothing() -> None:
    text = render_summary({"verdict": "NOT COMPARABLE"}, [])
    assert text.startswith("## Adapter regression check: NOT COMPARABLE\n")
    assert "No criterion was judged." in text
