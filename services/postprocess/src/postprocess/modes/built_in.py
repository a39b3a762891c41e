"""The modes that every tenant has from the start, and what they tell the model.

What every mode tells it besides stands in `postprocess.refining.prompts`.
"""

from speechkit.domain.modes import Mode, ModeLimits

VERBATIM = "verbatim"
"""What was said, as the recognizer wrote it: no model is asked."""

BUILT_IN = {
    mode.name: mode
    for mode in (
        Mode(
            name="clean-up",
            built_in=True,
            description="The speaker's own words, as they would have written them down.",
            limits=ModeLimits.FAITHFUL,
            instructions="""\
Clean up the transcript with as little change as possible.
- Take out fillers (um, uh, you know), stutters, and beginnings that the speaker gave up or corrected: keep only what
  they settled on.
- Put punctuation, capitals and paragraphs where they belong.
- Write numbers, dates, times and amounts as they are usually written, without changing any of them.
- Mend words that were clearly misheard, only where what surrounds them leaves no doubt.
- Where the speaker counts points off, write them as a list.
- Keep every other word, every negation, every name, also slang and swearing. Don't shorten, summarize or improve.""",
        ),
        Mode(
            name="email",
            built_in=True,
            description="An email that says what was dictated.",
            limits=ModeLimits.REWRITING,
            instructions="""\
Write the transcript as an email in the speaker's voice: whole sentences, short paragraphs, a greeting and a closing
only if they were spoken. Keep every fact, request, name, number and date. Add nothing, and no subject line.""",
        ),
        Mode(
            name="notes",
            built_in=True,
            description="Everything of substance as short notes.",
            limits=ModeLimits.SHORTENING,
            instructions="""\
Write the transcript as notes: one short point for each thing that was said, beginning with "- ", in the order in which
it was said. Keep names, numbers, dates, decisions and who is to do what. Leave out small talk and repetitions. Add
nothing.""",
        ),
        Mode(
            name="summary",
            built_in=True,
            description="What it comes down to, in a few sentences.",
            limits=ModeLimits.SHORTENING,
            instructions="""\
Summarize the transcript in a few sentences, at most a quarter of its length. Say what it is about, what was decided and
what is open. Keep the names, numbers and dates that matter. Say nothing that was not said.""",
        ),
        Mode(
            name="subtitles",
            built_in=True,
            description="Subtitles that read well, each cue in its own time.",
            limits=ModeLimits.SUBTITLES,
            instructions="""\
Clean up the transcript for subtitles. Take out fillers and stutters, put punctuation and capitals where they belong,
and mend words that were clearly misheard. Keep all other words, and each where it is: none moves to another line.""",
        ),
        Mode(
            name="translate",
            built_in=True,
            description="Another language, English unless another is named.",
            limits=ModeLimits.TRANSLATING,
            target_language="en",
            instructions="""\
Translate the transcript. Say all of what was said and nothing else, in the tone in which it was said. Leave out fillers
and stutters. Keep names and numbers as they are.""",
        ),
        Mode(name=VERBATIM, built_in=True, description="What was said, untouched: no model is asked.", instructions=""),
    )
}
