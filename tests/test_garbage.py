"""The collector of garbage is paused and sent away only for as long as it says."""

import gc

import pytest

from harness.garbage import leave_alone_what_is_there, look_at_everything, paused


def test_a_pause_ends_with_a_fault_too() -> None:
    assert gc.isenabled()
    with pytest.raises(ImportError), paused():
        raise ImportError
    assert gc.isenabled()


def test_a_pause_inside_a_pause_does_not_end_it() -> None:
    with paused():
        with paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_garbage_that_comes_later_is_still_collected() -> None:
    leave_alone_what_is_there()
    try:
        assert gc.get_freeze_count() > 0
        later: list[object] = []
        later.append(later)
        del later
        assert gc.collect() >= 1
    finally:
        look_at_everything()
    assert gc.get_freeze_count() == 0
