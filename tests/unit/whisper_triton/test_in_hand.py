"""What makes windows wait in Triton's queue: the engine has its hands full."""

import threading

from whisper_triton.in_hand import InHand

PATIENCE_SECONDS = 5
A_MOMENT_SECONDS = 0.05


def waits(hand: InHand) -> tuple[threading.Thread, threading.Event]:
    came = threading.Event()

    def wait() -> None:
        hand.wait_for_room()
        came.set()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread, came


def test_there_is_room_until_there_is_none_and_again_when_one_window_is_answered() -> None:
    hand = InHand(room=2)
    hand.take()
    hand.wait_for_room()
    hand.take()
    thread, came = waits(hand)
    assert not came.wait(A_MOMENT_SECONDS)
    hand.answered()
    assert came.wait(PATIENCE_SECONDS)
    thread.join(PATIENCE_SECONDS)


def test_a_goodbye_waits_for_the_last_answer_but_not_for_ever() -> None:
    hand = InHand(room=1)
    hand.take()
    hand.wait_for_all(seconds=A_MOMENT_SECONDS)
    answered = threading.Timer(A_MOMENT_SECONDS, hand.answered)
    answered.start()
    hand.wait_for_all(seconds=PATIENCE_SECONDS)
    hand.wait_for_room()
    answered.join()
