"""What a caller may say of the windows: what counts as speech, and which pause may end a window.

Where windows are cut is the matter of `windows`.
"""

from dataclasses import dataclass, replace

from speechkit.domain.windows import WindowRules

MOST_PADDING_SECONDS = 1.0
"""Whatever is asked for: padding is shown to the model, which is tempted to invent in silence."""

LEAST_PAUSE_SECONDS = 0.1
"""Shorter ones lie inside of words: a plosive is silent before it bursts."""

HYSTERESIS = WindowRules().speech_threshold - WindowRules().silence_threshold


@dataclass(frozen=True, kw_only=True)
class Chunking:
    """What is None is left to the server."""

    threshold: float | None = None
    prefix_padding_ms: float | None = None
    silence_duration_ms: float | None = None

    def applied_to(self, rules: WindowRules) -> WindowRules:
        """The threshold, the padding around speech, and the pause that ends a window which is long enough.

        Windows are still between 8 and 28 s where pauses allow: shorter ones cost words.
        """
        if self.threshold is not None:
            rules = replace(
                rules, speech_threshold=self.threshold, silence_threshold=max(0.0, self.threshold - HYSTERESIS)
            )
        if self.prefix_padding_ms is not None:
            rules = replace(rules, padding_seconds=min(MOST_PADDING_SECONDS, self.prefix_padding_ms / 1000))
        if self.silence_duration_ms is not None:
            pause_seconds = max(LEAST_PAUSE_SECONDS, min(rules.gap_seconds, self.silence_duration_ms / 1000))
            rules = replace(rules, pause_seconds=pause_seconds)
        return rules


AUTO = Chunking()
