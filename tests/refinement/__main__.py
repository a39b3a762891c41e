"""`python -m tests.refinement [--show]` prints what the guard missed and what it took for damage, for both halves.

`--show` lists the answers of the half for tuning; those of the half set aside are never shown, only counted.
"""

import datetime as dt
import sys

from tests.refinement.measuring import Rates, measure, seconds_for_long_speech
from tests.refinement.sets import HALVES


def main() -> None:
    rates = [measure(half) for half in HALVES]
    print(f"{dt.datetime.now(dt.UTC):%Y-%m-%d}")
    print("| half | damaging, by hand | by rule | missed | faithful | false alarms |")
    print("|---|---|---|---|---|---|")
    for r in rates:
        alarms = f"{len(r.alarms)} ({r.alarm_share:.1%})"
        print(
            f"| {r.half.replace('_', ' ')} | {r.damaging} | {r.derived} | {len(r.missed)} | {r.faithful} | {alarms} |"
        )
    print(f"one judgement of 1,500 words: {seconds_for_long_speech() * 1000:.0f} ms of processor time")
    if "--show" in sys.argv[1:]:
        _show(rates[0])


def _show(rates: Rates) -> None:
    for verdict, answers in (("missed", rates.missed), ("false alarm", rates.alarms)):
        for answer in answers:
            print(f"\n{verdict} ({answer.how}, {answer.language})\n  {answer.raw}\n  {answer.text}")


main()
