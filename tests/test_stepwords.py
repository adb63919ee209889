from dedup.showing.stepwords import told


def test_step_is_told_in_words_and_zeros_are_left_out() -> None:
    counts = {"accepted": 5, "refused": 0, "candidates": 1_007, "verdicts": 2}
    assert told("link", counts) == "1,007 pairs compared, 5 joined, 2 pairs that persons spoke of"
    assert told("publish", {"written": 3, "linked": 4}) == "3 partitions written, 4 taken over unchanged"
    assert told("prepare", {"files": 2, "unsteady_files": 1}) == "2 files, 1 unsteady files"
    assert told("sketch", {"words": 0}) == "nothing to do"
