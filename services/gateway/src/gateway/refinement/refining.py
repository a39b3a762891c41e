"""What every door of the gateway asks of the post-processing service for a request, and for whom.

How a transcript goes there and comes back stands in `speechkit.refining`.
"""

from dataclasses import dataclass

from speechkit.domain.errors import EarshotError, ModeNotFound
from speechkit.domain.options import TranscriptionOptions
from speechkit.domain.refined import ModeChoice
from speechkit.domain.transcript import Transcript
from speechkit.ports import Endpoints, Modes, Refiner
from speechkit.refining import refine


@dataclass(frozen=True, kw_only=True)
class Refining:
    refiner: Refiner
    endpoints: Endpoints
    modes: Modes

    async def check(self, choice: ModeChoice | None, *, tenant: str) -> None:
        """Refuses a mode that is not there, before any work is done for it; raises ModeNotFound.

        Only the caller's own mistake: what the server's administrator set, and a service that is away, cost nothing
        but the refinement.
        """
        if choice is None or choice.by_default:
            return
        try:
            await self.modes.get(choice.name, tenant=tenant)
        except ModeNotFound:
            raise
        except EarshotError:
            return

    async def refined(
        self,
        transcript: Transcript,
        choice: ModeChoice | None,
        options: TranscriptionOptions,
        *,
        tenant: str,
        keep_segments: bool,
        deadline_seconds: float,
    ) -> Transcript:
        """As it is, where no mode was chosen."""
        if choice is None:
            return transcript
        return await refine(
            transcript,
            choice,
            refiner=self.refiner,
            tenant=tenant,
            keep_segments=keep_segments,
            keywords=options.keywords,
            deadline_seconds=deadline_seconds,
        )
