"""What is asked of every system: single clips, many clients at once, one long file; and how fast Earshot has to be.

Real recordings with known words; which systems are asked is the matter of `tests.peers.lineup`.
"""

from dataclasses import dataclass, replace

from tests.peers.lineup import BATCHED, FASTER_WHISPER, SEQUENTIAL, WHISPER_CPP
from tests.peers.workload import Task
from tests.speech.clips import Clip, clips
from tests.speech.made_audio import join, shuffled

SINGLE_CLIPS = {5: ("pbx-invalidpark",), 11: ("confbridge-mute-extended",), 28: ("basic-pbx-ivr-main", "conf-getpin")}
"""Prompts by the seconds that they last, together where there are two."""
MANY_FROM_SECONDS, MANY_TO_SECONDS = 3, 15


@dataclass(frozen=True, kw_only=True)
class Bar:
    """Earshot is to be so many times as fast as the fastest of these systems."""

    times: float
    peers: tuple[str, ...]


SINGLE_BARS = {11: (Bar(times=2.0, peers=FASTER_WHISPER),)}
"""By the clip's seconds: half the latency."""
MANY_BARS = (Bar(times=6.0, peers=WHISPER_CPP), Bar(times=3.5, peers=FASTER_WHISPER))
FILE_BARS = (Bar(times=2.0, peers=(SEQUENTIAL,)), Bar(times=1.2, peers=(BATCHED,)))


@dataclass(frozen=True, kw_only=True)
class Scenario:
    title: str
    clients: int
    clips: tuple[Clip, ...]
    """One request each, in this order; a clip that stands here twice is asked for twice."""
    bars: tuple[Bar, ...] = ()
    behind: Clip | None = None
    """What the server works on meanwhile: only a server is asked for anything then."""

    @property
    def audio_seconds(self) -> float:
        return sum(clip.duration_seconds for clip in self.clips)

    @property
    def tasks(self) -> list[Task]:
        return [task(clip) for clip in self.clips]


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much of everything a run does."""

    rounds: int
    repeats: int
    """Of a single clip in one round."""
    clients: tuple[int, ...]
    requests_per_client: int
    long_file_seconds: int


FULL = Size(rounds=3, repeats=5, clients=(8, 16), requests_per_client=2, long_file_seconds=600)
QUICK = Size(rounds=2, repeats=2, clients=(8,), requests_per_client=1, long_file_seconds=120)


def scenarios(size: Size) -> list[Scenario]:
    prompts = {clip.name: clip for clip in clips("prompts-en")}
    singles = [
        Scenario(
            title=f"one clip of {seconds} s",
            clients=1,
            clips=(_joined([prompts[name] for name in names], name=f"single-{seconds}s"),) * size.repeats,
            bars=SINGLE_BARS.get(seconds, ()),
        )
        for seconds, names in SINGLE_CLIPS.items()
    ]
    short = [
        clip for clip in shuffled(prompts.values()) if MANY_FROM_SECONDS <= clip.duration_seconds <= MANY_TO_SECONDS
    ]
    many = [
        Scenario(
            title=f"{clients} clients at once, clips of {MANY_FROM_SECONDS} to {MANY_TO_SECONDS} s",
            clients=clients,
            clips=tuple(short[: clients * size.requests_per_client]),
            bars=MANY_BARS,
        )
        for clients in size.clients
    ]
    spoken = [clip for clip in shuffled(prompts.values()) if clip.duration_seconds >= 2]
    long_file = join(
        spoken, name=f"bench-{size.long_file_seconds}s", pause_seconds=0.5, at_least_seconds=size.long_file_seconds
    )
    file = Scenario(title=_file_title(size), clients=1, clips=(long_file,), bars=FILE_BARS)
    shortest = singles[0]
    behind = replace(shortest, title=f"{shortest.title} behind {file.title}", bars=(), behind=long_file)
    return [*singles, *many, file, behind]


def warm_up() -> Scenario:
    """One short clip, not counted: the first request of a process pays for what is loaded lazily."""
    return Scenario(title="warm-up", clients=1, clips=(clips("readings")[0],))


def task(clip: Clip) -> Task:
    return Task(name=clip.name, path=str(clip.path), language=clip.language)


def _joined(members: list[Clip], *, name: str) -> Clip:
    return members[0] if len(members) == 1 else replace(join(members, name=name, pause_seconds=0.2), name=name)


def _file_title(size: Size) -> str:
    return f"one file of {size.long_file_seconds // 60} minutes"
