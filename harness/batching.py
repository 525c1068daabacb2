"""Rows that go through a model together: as many as memory should allow, fewer where it ran out after all."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field

from harness.errors import first_line
from harness.memory import GIB, is_out_of_memory
from harness.records import Request, Sample

USED_SHARE = {"cpu": 0.5, "cuda": 0.8}
"""The part of free memory that a batch may take: on a CPU other programs want some too."""


@dataclass
class Row:
    """A request on its way: what was written so far, and whether its sample was handed out."""

    request: Request
    tokens: list[int] = field(default_factory=list)
    done: bool = False

    @property
    def ids(self) -> tuple[int, ...]:
        """Everything the model has to read: after a fault it goes on from what was written."""
        return (*self.request.token_ids, *self.tokens, *self.request.target_ids)

    @property
    def new(self) -> int:
        """How many tokens may still be written."""
        return max(0, self.request.max_new_tokens - len(self.tokens))


Cost = Callable[[Row], int]
"""The expected bytes of a row in a batch of rows as long as itself."""
Forward = Callable[[list[Row]], Iterator[Sample]]
"""Answers one batch; sets ``done`` before it yields a row's sample."""


class Batches:
    """Sends rows through a model, and learns from the batches that did not fit.

    Once memory ran out, no batch is expected to take more than half of what that one was expected
    to take; the limit never rises again.

    Args:
        device: ``cpu`` or ``cuda``.
        free: returns the bytes that are free now.
    """

    def __init__(self, device: str, free: Callable[[], int]) -> None:
        self._device, self._free = device, free
        self._ceiling = float("inf")

    def answer(self, rows: Sequence[Row], forward: Forward, cost: Cost, most: int) -> Iterator[Sample]:
        """Yield a sample for each row, as it is finished.

        Where memory runs out, finished rows stay finished and the others go on in smaller batches
        from what they have written. A row that does not fit by itself yields a sample with its reason.

        Args:
            rows: similar ones stand together: in a batch every row is as wide as the widest.
            most: a limit on the rows of a batch.
        """
        waiting = list(rows)
        while waiting:
            batch = self.take(waiting, cost, most)
            waiting = waiting[len(batch) :]
            said = yield from self._try(batch, forward, cost)
            left = [row for row in batch if not row.done]
            if left and len(batch) == 1:
                yield self._too_large(batch[0], said)
            elif left:
                self.failed(left, cost)
                waiting = left + waiting

    def take(self, waiting: Sequence[Row], cost: Cost, most: int) -> list[Row]:
        """Return the first rows that should fit together, always one at least."""
        budget = min(self._ceiling, USED_SHARE[self._device] * self._free())
        taken: list[Row] = []
        widest = 0
        for row in waiting[:most]:
            widest = max(widest, cost(row))
            if taken and widest * (len(taken) + 1) > budget:
                break
            taken.append(row)
        return taken

    def failed(self, rows: Sequence[Row], cost: Cost) -> None:
        """Learn that memory ran out with these rows, one or more, in one batch."""
        expected = len(rows) * max(cost(row) for row in rows)
        self._ceiling = min(self._ceiling, expected / 2)

    def _try(self, batch: list[Row], forward: Forward, cost: Cost) -> Generator[Sample, None, str]:
        """Answer a batch; return what was said when memory ran out, or ``""``."""
        if self._device == "cpu" and len(batch) == 1 and cost(batch[0]) > self._free():
            # Linux hands out memory that it lacks, and then kills the process that uses it.
            return f"it needs about {cost(batch[0]) / GIB:.1f} GiB, and {self._free() / GIB:.1f} GiB are free"
        said = ""
        try:
            yield from forward(batch)
        except (RuntimeError, MemoryError) as fault:
            if not is_out_of_memory(fault):
                raise
            said = first_line(fault)
        if said:  # outside the handler: a fault holds on to the tensors of its frames
            _free_unused(self._device)
        return said

    def _too_large(self, row: Row, why: str) -> Sample:
        row.done = True
        request = row.request
        read = len(request.token_ids) + len(request.target_ids)
        reason = (
            f"a row of {read} tokens and {request.max_new_tokens} new ones does not fit by itself into the "
            f"memory of the {self._device}: {why}"
        )
        return Sample(request.key, finish="error", error=reason)


def _free_unused(device: str) -> None:
    gc.collect()
    if device == "cuda":
        import torch

        torch.cuda.empty_cache()
