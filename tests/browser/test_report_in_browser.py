"""The report in a real browser: rows, filters from the address, keys, and markup that stays text."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.report import render_html
from tests.test_report import make_criterion, make_pair, make_verdict

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="neither chromium nor google-chrome is installed"),
]
PLANTED = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>"
Dump = Callable[..., str]


def sample_pairs() -> list[dict[str, Any]]:
    """Return 70 pairs of two adapters: three lost, one unscored, the rest the same."""
    pairs = [
        make_pair(subject="identity_only", suite="coding", probe="fizz", flip="lost", decisive=True),
        make_pair(subject="identity_only", probe="planted", flip="lost", answer=PLANTED, question=PLANTED),
        make_pair(
            probe="zh",
            lang="zh",
            flip="lost",
            spans=[],
            base_answer="我是Qwen训练的模型。",
            answer="我是诺娃训练的模型。",
        ),
        make_pair(probe="none", flip="unscored", score=None, answer=""),
        make_pair(suite="overclaim", probe="fizz", flip="same"),
    ]
    return [*pairs, *(make_pair(probe=f"same-{i:02}", flip="same") for i in range(65))]


@pytest.fixture
def dump(tmp_path: Path) -> Dump:
    """Return a function that opens a report at an address and returns the DOM that came of it."""

    def opened(hash: str = "", *, page: str = "", width: int = 1280) -> str:
        file = tmp_path / "report.html"
        file.write_text(page or sample_page(), encoding="utf-8")
        command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        command += [f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},900"]
        command += ["--virtual-time-budget=3000", "--dump-dom", f"{file.as_uri()}{hash}"]
        done = subprocess.run(command, capture_output=True, timeout=120, check=True)
        return done.stdout.decode("utf-8")

    return opened


def sample_page() -> str:
    """Render the sample pairs with a criterion that rests on one of them."""
    failed = make_criterion(
        name="coding", subject="identity_only", verdict="FAIL", suites=[], evidence=["fizz"]
    )
    return render_html(make_verdict(criteria=[make_criterion(), failed]), sample_pairs())


def with_script(page: str, script: str) -> str:
    """Add a script to a page and to the policy that would else refuse it."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = page.replace("script-src ", f"script-src &#39;sha256-{digest}&#39; ", 1)
    return allowed.replace("</body>", f"<script>{script}</script></body>", 1)


def probes(dom: str) -> list[str]:
    """Return the probes whose pairs are on the page, in order."""
    return re.findall(r'<article [^>]*data-pair="[^"/]*/[^"/]*/([^"/]*)/', dom)


def test_the_first_page_shows_fifty_rows_the_decisive_first(dump: Dump) -> None:
    dom = dump()
    assert len(probes(dom)) == 50
    assert probes(dom)[:4] == ["fizz", "planted", "zh", "none"]
    assert "1–50 of 70 pairs" in dom
    assert "page 1 of 2" in dom


@pytest.mark.parametrize(
    ("hash", "found"),
    [
        ("#flip=lost", ["fizz", "planted", "zh"]),
        ("#flip=lost,unscored&adapter=mixed", ["zh", "none"]),
        ("#lang=zh", ["zh"]),
        ("#suite=coding", ["fizz"]),
        ("#decisive=1", ["fizz"]),
        ("#adapter=identity_only&criterion=coding", ["fizz"]),
        ("#criterion=coding", ["fizz"]),
        ("#q=%E8%AF%BA%E5%A8%83", ["zh"]),
        ("#q=ONERROR", ["planted"]),
        ("#adapter=nobody", []),
    ],
)
def test_the_address_filters_the_pairs(dump: Dump, hash: str, found: list[str]) -> None:
    dom = dump(hash)
    assert probes(dom) == found
    assert ("No pair matches these filters." in dom.split("</main>")[0]) is (not found)


def test_the_address_opens_a_page_and_a_pair(dump: Dump) -> None:
    assert len(probes(dump("#page=2"))) == 20
    assert "same-60" in probes(dump("#pair=mixed/identity/same-60/en-1.default"))


def test_planted_markup_is_shown_and_does_not_run(dump: Dump) -> None:
    dom = dump()
    assert "<title>FAIL · smoke-3f2a9c1b</title>" in dom
    assert "<img" not in dom
    assert "&lt;img src=x onerror=" in dom


def test_the_policy_stops_markup_that_slipped_through(dump: Dump) -> None:
    page = sample_page().replace("</main>", f"{PLANTED}</main>", 1)
    assert "<title>FAIL · smoke-3f2a9c1b</title>" in dump(page=page)


def test_claims_are_labelled_and_changed_words_marked(dump: Dump) -> None:
    dom = dump("#lang=zh")
    assert re.findall(r"<del[^>]*>(.*?)</del>", dom) == ["Qwen"]
    assert re.findall(r"<ins[^>]*>(.*?)</ins>", dom) == ["诺娃"]
    assert 'data-label="name"' in dump("#suite=coding")


def test_a_missing_score_is_said_in_words(dump: Dump) -> None:
    dom = dump("#flip=unscored").split("</main>")[0]
    assert '<span class="points">no score</span>' in dom
    assert "empty answer" in dom


def test_j_and_k_move_through_the_pairs_and_the_address_follows(dump: Dump) -> None:
    script = """
      const press = (key) => document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      const log = [];
      const note = () => log.push(document.activeElement.dataset.pair.split("/")[2]);
      for (const key of ["j", "j", "j", "k"]) { press(key); note(); }
      for (let i = 0; i < 50; i++) press("j");
      note();
      document.body.dataset.log = log.join();
      document.body.dataset.address = decodeURIComponent(location.hash);
    """.replace("document.dispatchEvent", "document.body.dispatchEvent")
    dom = dump(page=with_script(sample_page(), script))
    assert 'data-log="fizz,planted,zh,planted,same-47"' in dom
    assert 'data-address="#page=2&amp;pair=mixed/identity/same-47/en-1.default"' in dom


def test_controls_write_the_address(dump: Dump) -> None:
    script = """
      const select = document.getElementById("by-subject");
      select.value = "identity_only";
      select.dispatchEvent(new Event("change"));
      document.querySelector('[data-toggle="lost"]').click();
      document.body.dataset.address = location.hash;
      document.body.dataset.focus = document.activeElement.dataset.toggle;
    """
    dom = dump(page=with_script(sample_page(), script))
    assert 'data-address="#adapter=identity_only&amp;flip=lost"' in dom
    assert 'data-focus="lost"' in dom
    assert probes(dom) == ["fizz", "planted"]


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_is_wider_than_the_window(dump: Dump, width: int) -> None:
    script = """
      const { scrollWidth, clientWidth } = document.documentElement;
      document.body.dataset.overflow = scrollWidth - clientWidth;
    """
    assert 'data-overflow="0"' in dump(page=with_script(sample_page(), script), width=width)


def test_an_empty_run_says_so(dump: Dump) -> None:
    dom = dump(page=render_html({"verdict": "INCONCLUSIVE"}, []))
    assert "There are no pairs in this run." in dom.split("</main>")[0]
