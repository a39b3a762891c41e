"""Whose window is next: a file waits for itself, nobody waits for a whole file, and the long are not starved."""

from whisper_engine.turns import Turns


def test_windows_of_one_owner_keep_their_order_whatever_their_length() -> None:
    turns = Turns()
    ranks = [turns.rank("file", cost) for cost in (30, 8, 15, 8)]
    assert ranks == sorted(ranks)


def test_a_newcomer_comes_before_all_but_the_first_of_a_file_s_windows() -> None:
    turns = Turns()
    file = [turns.rank("file", 15) for _ in range(8)]
    newcomer = turns.rank("clip", 8)
    assert newcomer < file[0] < file[1]


def test_short_windows_overtake_long_ones_that_came_with_them() -> None:
    turns = Turns()
    long, short = turns.rank("long", 30), turns.rank("short", 8)
    assert short < long


def test_a_long_window_is_not_overtaken_for_ever() -> None:
    turns = Turns()
    waiting = turns.rank("long", 30)
    overtaken = 0
    while (newest := turns.rank(f"clip {overtaken}", 8)) < waiting:
        turns.done(f"clip {overtaken}", 8)
        overtaken += 1
        assert overtaken < 20
    assert newest > waiting
    assert overtaken > 2


def test_of_two_files_each_has_every_other_turn() -> None:
    turns = Turns()
    first = [turns.rank("a", 10) for _ in range(4)]
    second = [turns.rank("b", 10) for _ in range(4)]
    assert first == second


def test_what_is_done_is_forgotten_so_that_who_comes_again_waits_no_longer_than_a_newcomer() -> None:
    turns = Turns()
    for _ in range(50):
        turns.rank("file", 15)
        turns.done("file", 15)
    assert turns.rank("file", 8) == turns.rank("clip", 8)
