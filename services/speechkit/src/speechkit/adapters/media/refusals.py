"""What a caller gets to read when a file was not decoded: what is wrong with it, and what to do.

The words are all written here; of what a child sends only a short name passes, because a hostile file may speak
through it.
"""

import signal

from speechkit.adapters.media.wire import EXIT_FORK_FAILED, EXIT_MEDIA_LOST, EXIT_UNCONFINED, Failure
from speechkit.domain.errors import AudioTooLong, EarshotError, Internal, Overloaded, UnsupportedMedia

SEND_INSTEAD = "Send flac, m4a, mp3, mp4, mpeg, oga, ogg, opus, wav or webm."
CONVERT = "Convert it, for example with `ffmpeg -i FILE -ac 1 -ar 16000 speech.flac`, and send that."

MAX_NAME_LENGTH = 32

_FAILURES = {
    Failure.NOT_MEDIA: (
        "The file could not be read as audio or video: it is something else, of an unsupported kind, or its "
        f"beginning or its index is missing. {SEND_INSTEAD}"
    ),
    Failure.NO_AUDIO: f"The file has no audio track. {SEND_INSTEAD}",
    Failure.UNKNOWN_CODEC: f"The file's audio codec{{name}} is not supported. {CONVERT}",
    Failure.UNKNOWN_LAYOUT: f"There is no known way to mix the file's{{name}} channels down to one. {CONVERT}",
    Failure.NOTHING_DECODED: f"The file holds no sound that could be decoded: it is empty or damaged. {SEND_INSTEAD}",
    Failure.OUT_OF_MEMORY: f"Decoding the file takes more memory than one file may have. {CONVERT}",
}


def empty_file() -> EarshotError:
    return _unsupported(f"The file is empty: it has 0 bytes. {SEND_INSTEAD}")


def too_long(max_audio_seconds: float) -> EarshotError:
    return AudioTooLong(
        f"The audio is longer than {max_audio_seconds:g} seconds, the longest that is accepted here; "
        "send it in shorter files.",
        param="file",
    )


def decoder_did_not_start() -> EarshotError:
    return Internal("The media decoder could not be started; its reason is in the server's log.")


def shutting_down() -> EarshotError:
    return Overloaded("The server is shutting down; try again in a moment.")


def failed(payload: bytes) -> EarshotError:
    """From the payload of a FAILED frame."""
    word, _, name = payload.decode("ascii", "replace").partition(" ")
    if word not in _FAILURES:
        return crashed()
    shown = "".join(letter for letter in name if letter.isalnum() or letter in "_-.")[:MAX_NAME_LENGTH]
    return _unsupported(_FAILURES[Failure(word)].format(name=f" {shown}" if shown else ""))


def exited(exit_code: int | None) -> EarshotError:
    """From the exit code of a child that ended without a last frame; None when it is not known."""
    if exit_code == -signal.SIGXCPU:
        return _unsupported(f"Decoding the file takes more processor time than one file may have. {CONVERT}")
    if exit_code == EXIT_FORK_FAILED:
        return Overloaded("The server has no process left to decode the file with; try again in a moment.")
    if exit_code == EXIT_UNCONFINED:
        return Internal("The media decoder could not be confined, so the file was not opened; see the server's log.")
    if exit_code == EXIT_MEDIA_LOST:
        return Internal("The file could not be read to its end; try again.")
    if exit_code in (None, -signal.SIGKILL, -signal.SIGTERM):
        # Not at the processor limit, which sends SIGXCPU, and not by us, who no longer read then.
        return Internal("The media decoder was stopped from outside, perhaps for lack of memory; try again.")
    return crashed()


def crashed() -> EarshotError:
    return _unsupported(f"The file broke the decoder, which damaged or hostile files do. {CONVERT}")


def _unsupported(message: str) -> EarshotError:
    return UnsupportedMedia(message, param="file")
