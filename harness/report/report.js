// Shows the pairs of the island below their filters. What a model wrote reaches the page through
// textContent and attributes only; nothing here parses markup.
"use strict";
(() => {
  const PAGE = 50;
  const FLIPS = ["lost", "churn", "unscored", "won", "same"];
  const FIELDS = { adapter: "subject", suite: "suite", lang: "lang" };
  const DIFF_CELLS = 4e6; // a larger table than this takes a browser too long
  const SIMILAR = 0.45;
  const { pairs, evidence } = JSON.parse(document.getElementById("island").textContent);
  const at = (id) => document.getElementById(id);

  // --- small helpers ---------------------------------------------------------------------------

  function element(name, className, ...children) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  const distinct = (values) => [...new Set(values)].filter((value) => value !== "").sort();
  const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
  const nameOf = (pair) => [pair.subject, pair.suite, pair.probe, pair.variant].join("/");

  function haystack(pair) {
    const { question, base, candidate } = pair;
    const texts = [nameOf(pair), pair.category, pair.system, question.text, question.tail || ""];
    for (const side of [base, candidate]) {
      texts.push(side.answer.text, side.thought ? side.thought.text : "", side.reason, side.turns);
    }
    return texts.join("\n").toLowerCase();
  }

  for (const pair of pairs) pair.haystack = haystack(pair);

  // --- filters: what is asked for stands in the address ----------------------------------------

  let wanted = null;
  let shown = [];
  let here = -1; // place in `shown` of the pair that j and k left off at

  function readAddress() {
    const said = new URLSearchParams(location.hash.slice(1));
    const get = (key) => said.get(key) || "";
    return {
      adapter: get("adapter"),
      suite: get("suite"),
      lang: get("lang"),
      flips: get("flip").split(",").filter(Boolean),
      decisive: get("decisive") === "1",
      text: get("q"),
      criterion: get("criterion"),
      page: Math.max(1, parseInt(get("page"), 10) || 1),
      pair: get("pair"),
    };
  }

  function writeAddress() {
    const said = new URLSearchParams();
    for (const key of ["adapter", "suite", "lang", "criterion"]) {
      if (wanted[key]) said.set(key, wanted[key]);
    }
    if (wanted.flips.length) said.set("flip", wanted.flips.join(","));
    if (wanted.decisive) said.set("decisive", "1");
    if (wanted.text) said.set("q", wanted.text);
    if (wanted.page > 1) said.set("page", wanted.page);
    if (wanted.pair) said.set("pair", wanted.pair);
    const hash = said.toString().replaceAll("%2C", ",");
    history.replaceState(null, "", hash ? `#${hash}` : location.href.split("#")[0]);
  }

  function restsOn(pair) {
    return evidence.some(
      (entry) =>
        entry.criterion === wanted.criterion &&
        (!wanted.adapter || entry.subject === wanted.adapter) &&
        entry.subject === pair.subject &&
        (!entry.suites.length || entry.suites.includes(pair.suite)) &&
        entry.probes.includes(pair.probe),
    );
  }

  function matchesAllButFlip(pair) {
    for (const [key, field] of Object.entries(FIELDS)) {
      if (wanted[key] && pair[field] !== wanted[key]) return false;
    }
    if (wanted.decisive && !pair.decisive) return false;
    if (wanted.criterion && !restsOn(pair)) return false;
    return wanted.text.toLowerCase().split(/\s+/).every((word) => pair.haystack.includes(word));
  }

  function change(changes) {
    Object.assign(wanted, { page: 1, pair: "" }, changes);
    writeAddress();
    show();
  }

  function fillSelect(select, key) {
    const values = distinct(pairs.map((pair) => pair[FIELDS[key]]));
    const known = values.includes(wanted[key]) || !wanted[key];
    select.replaceChildren(new Option("all", ""), ...values.map((value) => new Option(value, value)));
    if (!known) select.append(new Option(`${wanted[key]} (none here)`, wanted[key]));
    select.value = wanted[key];
  }

  function toggle(label, count, pressed, act) {
    const button = element("button", "toggle", label, " ", element("span", "count", String(count)));
    button.type = "button";
    button.dataset.toggle = label;
    button.setAttribute("aria-pressed", String(pressed));
    button.addEventListener("click", () => {
      act();
      document.querySelector(`[data-toggle="${label}"]`).focus();
    });
    return button;
  }

  function showToggles(candidates) {
    const buttons = FLIPS.map((flip) => {
      const pressed = wanted.flips.includes(flip);
      const others = wanted.flips.filter((other) => other !== flip);
      const count = candidates.filter((pair) => pair.flip === flip).length;
      const act = () => change({ flips: pressed ? others : [...others, flip] });
      return toggle(flip, count, pressed, act);
    });
    const decisive = candidates.filter((pair) => pair.decisive).length;
    const act = () => change({ decisive: !wanted.decisive });
    at("by-flip").replaceChildren(...buttons, toggle("decisive", decisive, wanted.decisive, act));
  }

  function showChip() {
    const chip = at("chip");
    chip.hidden = !wanted.criterion;
    if (chip.hidden) return;
    const whose = wanted.adapter ? ` of ${wanted.adapter}` : "";
    const drop = element("button", "", "show others too");
    drop.type = "button";
    drop.addEventListener("click", () => change({ criterion: "" }));
    chip.replaceChildren(`Only evidence of criterion ${wanted.criterion}${whose} `, drop);
  }

  // --- difference between two answers, by word -------------------------------------------------

  // Scripts without spaces are compared by character, also where they follow a Latin word.
  const UNSPACED = "[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}]";
  const WORDS = new RegExp(`${UNSPACED}|(?:(?!${UNSPACED})[\\p{L}\\p{M}\\p{N}_])+|\\s+|[^]`, "gu");

  function commonEnds(a, b) {
    const most = Math.min(a.length, b.length);
    let head = 0;
    while (head < most && a[head] === b[head]) head++;
    let tail = 0;
    while (tail < most - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
    return [head, tail];
  }

  // Longest common subsequence: returns for each side the set of token places that are its own.
  function ownTokens(a, b) {
    const [head, tail] = commonEnds(a, b);
    const rows = a.length - head - tail;
    const columns = b.length - head - tail;
    if (rows * columns > DIFF_CELLS) return null;
    const width = columns + 1;
    const longest = new Uint16Array((rows + 1) * width);
    for (let i = rows - 1; i >= 0; i--) {
      for (let j = columns - 1; j >= 0; j--) {
        const skip = Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
        const both = longest[(i + 1) * width + j + 1] + 1;
        longest[i * width + j] = a[head + i] === b[head + j] ? both : skip;
      }
    }
    const own = [new Set(), new Set()];
    let i = 0;
    let j = 0;
    while (i < rows || j < columns) {
      if (i < rows && j < columns && a[head + i] === b[head + j]) {
        i++;
        j++;
      } else if (j >= columns || (i < rows && longest[(i + 1) * width + j] >= longest[i * width + j + 1])) {
        own[0].add(head + i++);
      } else {
        own[1].add(head + j++);
      }
    }
    return own;
  }

  function ranges(tokens, own) {
    const found = [];
    let start = 0;
    tokens.forEach((token, place) => {
      const end = start + token.length;
      const last = found[found.length - 1];
      if (own.has(place)) {
        if (last && last.end === start) last.end = end;
        else found.push({ start, end });
      }
      start = end;
    });
    return found;
  }

  // Returns [removed, added] as ranges, or null when the texts are equal or have little in common.
  function difference(before, after) {
    if (before === after || !before || !after) return null;
    const a = before.match(WORDS);
    const b = after.match(WORDS);
    const own = ownTokens(a, b);
    if (!own) return null;
    const words = (tokens, mine) =>
      tokens.filter((token, place) => token.trim() && !mine.has(place)).length;
    const shared = words(a, own[0]) + words(b, own[1]);
    const all = words(a, new Set()) + words(b, new Set());
    if (shared < SIMILAR * all) return null;
    return [ranges(a, own[0]), ranges(b, own[1])];
  }

  // --- one answer: text, its marked passages, its difference ------------------------------------

  function paint(text, spans, changed, changedTag) {
    const cuts = [0, text.length, ...spans.flatMap(([start, end]) => [start, end])];
    for (const { start, end } of changed) cuts.push(start, end);
    const places = [...new Set(cuts)].sort((x, y) => x - y);
    return places.slice(1).map((end, i) => {
      const start = places[i];
      let piece = document.createTextNode(text.slice(start, end));
      for (const [from, to, label] of spans) {
        if (from > start || to < end) continue;
        piece = element("mark", "", piece);
        piece.title = label;
        if (to === end) piece.dataset.label = label;
      }
      const isChanged = changed.some((range) => range.start <= start && end <= range.end);
      return isChanged ? element(changedTag, "", piece) : piece;
    });
  }

  const isCode = (text) => /```|^\s*(def|class|import|from|return|for|while) /m.test(text);

  function cutNote(piece) {
    const marked = piece.unseen_spans ? ` (${plural(piece.unseen_spans, "marked passage")} there)` : "";
    return element("p", "more", `… ${plural(piece.more, "more character")}${marked}`);
  }

  // What a thinking model wrote before its answer: folded, so that the answer is what one sees.
  function thoughtText(pair, { thought }) {
    if (!thought) return [];
    const body = element("div", "answer thought", thought.text);
    body.dir = "auto";
    if (pair.lang) body.lang = pair.lang;
    const summary = element("summary", "", `thought of ${plural(thought.text.length + (thought.more || 0), "character")}`);
    const rest = thought.more ? [cutNote(thought)] : [];
    return [element("details", "long", summary, body, ...rest)];
  }

  function answerText(pair, side, changed, changedTag) {
    const { answer } = side;
    if (!answer.text) {
      const byNumbers = pair.kind === "nll" || pair.kind === "drift";
      return [element("p", "empty", byNumbers ? "no text: scored by log-probability" : "empty answer")];
    }
    const body = element("div", isCode(answer.text) ? "answer code" : "answer");
    body.dir = "auto";
    if (pair.lang) body.lang = pair.lang;
    body.append(...paint(answer.text, answer.spans || [], changed, changedTag));
    return answer.more ? [body, cutNote(answer)] : [body];
  }

  function sideOf(pair, title, side, changed, changedTag) {
    const score = side.score === null || side.score === undefined ? "no score" : side.score.toFixed(2);
    const head = element("h4", "", title, " ", element("span", "points", score));
    if (side.answer.size) head.append(" ", element("span", "size", plural(side.answer.size, "byte")));
    const made = element("div", `side ${changedTag}-side`, head);
    made.append(...thoughtText(pair, side), ...answerText(pair, side, changed, changedTag));
    if (side.reason) made.append(element("p", "reason", side.reason));
    if (side.turns) made.append(element("p", "reason", side.turns));
    return made;
  }

  // --- one pair ---------------------------------------------------------------------------------

  function questionOf(pair) {
    const { text, tail, more } = pair.question;
    const body = element("div", "question", text);
    if (more) body.append(element("span", "more", ` … ${plural(more, "more character")} … `), tail || "");
    body.dir = "auto";
    if (pair.lang) body.lang = pair.lang;
    if (text.length < 420 && text.split("\n").length < 8) return body;
    const summary = element("summary", "", `${text.slice(0, 160).trim()} …`);
    return element("details", "long", summary, body);
  }

  function headOf(pair) {
    const flip = element("span", `flip ${FLIPS.includes(pair.flip) ? pair.flip : "unknown"}`, pair.flip);
    const probe = element("a", "probe", `${pair.suite} / ${pair.probe}`);
    probe.href = `#${new URLSearchParams({ pair: nameOf(pair) })}`;
    const head = element("h3", "", flip, " ", probe, " ");
    if (pair.decisive) head.append(element("span", "decisive", "decisive"), " ");
    const facts = [pair.variant, pair.lang, pair.system && `system: ${pair.system}`];
    facts.push(pair.category, pair.kind);
    head.append(element("span", "where", facts.filter(Boolean).join(" · ")));
    return head;
  }

  function card(pair) {
    const made = element("article", `pair ${pair.decisive ? "counts" : ""}`, headOf(pair));
    const [before, after] = [pair.base.answer, pair.candidate.answer];
    if (pair.difference === undefined) pair.difference = difference(before.text, after.text);
    const [removed, added] = pair.difference || [[], []];
    const base = sideOf(pair, "Base", pair.base, removed, "del");
    const candidate = sideOf(pair, pair.subject, pair.candidate, added, "ins");
    if (before.text && before.text === after.text && before.more === after.more) {
      candidate.querySelector("h4").append(" ", element("span", "size", "same text as base"));
    }
    made.append(questionOf(pair), element("div", "sides", base, candidate));
    made.tabIndex = -1;
    made.dataset.pair = nameOf(pair);
    return made;
  }

  // --- the list ---------------------------------------------------------------------------------

  function showPager(pages) {
    const pager = at("pager");
    pager.hidden = pages < 2;
    const step = (label, page) => {
      const button = element("button", "", label);
      button.type = "button";
      button.disabled = page < 1 || page > pages;
      button.addEventListener("click", () => {
        change({ page });
        at("pairs").scrollIntoView();
      });
      return button;
    };
    const where = element("span", "", `page ${wanted.page} of ${pages}`);
    pager.replaceChildren(step("previous", wanted.page - 1), where, step("next", wanted.page + 1));
  }

  function showControls(candidates) {
    for (const key of Object.keys(FIELDS)) fillSelect(at(`by-${FIELDS[key]}`), key);
    if (at("by-text").value !== wanted.text) at("by-text").value = wanted.text;
    showToggles(candidates);
    showChip();
    const free = !location.hash.includes("=");
    at("clear").disabled = free;
  }

  function show() {
    const candidates = pairs.filter(matchesAllButFlip);
    shown = candidates.filter((pair) => !wanted.flips.length || wanted.flips.includes(pair.flip));
    here = wanted.pair ? shown.findIndex((pair) => nameOf(pair) === wanted.pair) : -1;
    if (here >= 0) wanted.page = 1 + Math.floor(here / PAGE);
    const pages = Math.max(1, Math.ceil(shown.length / PAGE));
    wanted.page = Math.min(wanted.page, pages);
    const first = (wanted.page - 1) * PAGE;
    const page = shown.slice(first, first + PAGE);
    at("rows").replaceChildren(...page.map(card));
    if (!page.length) at("rows").append(element("p", "empty", nothing()));
    const range = shown.length > PAGE ? `${first + 1}–${first + page.length} of ` : "";
    const whole = shown.length < pairs.length ? ` (of ${plural(pairs.length, "pair")} in this page)` : "";
    at("found").textContent = range + plural(shown.length, "pair") + whole;
    showControls(candidates);
    showPager(pages);
  }

  const nothing = () =>
    pairs.length ? "No pair matches these filters." : "There are no pairs in this run.";

  function focusHere() {
    const card = document.querySelectorAll("#rows > article")[here % PAGE];
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "start" });
  }

  function move(step) {
    const from = here < 0 ? (wanted.page - 1) * PAGE - 1 : here;
    const next = Math.min(Math.max(from + step, 0), shown.length - 1);
    if (!shown.length || next === here) return;
    const page = 1 + Math.floor(next / PAGE);
    wanted.pair = nameOf(shown[next]);
    if (page !== wanted.page) {
      wanted.page = page;
      show();
    }
    here = next;
    writeAddress();
    focusHere();
  }

  function onKey(event) {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && typing) event.target.blur();
    if (typing) return;
    if (event.key === "j") move(1);
    if (event.key === "k") move(-1);
    if (event.key === "/") {
      event.preventDefault();
      at("by-text").focus();
    }
  }

  function follow() {
    if (wanted && location.hash && !location.hash.includes("=")) return; // an anchor, not filters
    wanted = readAddress();
    show();
    if (here >= 0) focusHere();
    else if (location.hash.includes("=")) at("pairs").scrollIntoView();
  }

  function start() {
    for (const key of Object.keys(FIELDS)) {
      at(`by-${FIELDS[key]}`).addEventListener("change", (event) => change({ [key]: event.target.value }));
    }
    let pause = 0;
    at("by-text").addEventListener("input", (event) => {
      clearTimeout(pause);
      pause = setTimeout(() => change({ text: event.target.value }), 150);
    });
    at("clear").addEventListener("click", () => {
      history.replaceState(null, "", location.href.split("#")[0]);
      wanted = readAddress();
      show();
    });
    at("rows").addEventListener("focusin", (event) => {
      const card = event.target.closest("article");
      here = (wanted.page - 1) * PAGE + [...at("rows").children].indexOf(card);
    });
    document.addEventListener("keydown", onKey);
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a.to-pairs");
      if (link && link.getAttribute("href") === location.hash) follow();
    });
    addEventListener("hashchange", follow);
    document.querySelector(".filters").hidden = !pairs.length;
    at("keys").hidden = !pairs.length;
    follow();
  }

  start();
})();
