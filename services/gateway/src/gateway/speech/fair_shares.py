"""Gives each request the pipeline with its fair share of the recognizer, or refuses it at once when the queue is long.

How shares are served stands in `speechkit.runtime.shared_recognizer`.
"""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

from speechkit.domain.options import Priority
from speechkit.pipeline import Pipeline
from speechkit.runtime.shared_recognizer import RecognizerSlots

PipelineFor = Callable[[str], Pipeline]
"""The pipeline for one new request of a tenant; raises Overloaded, before anything was uploaded or decoded."""


def fair_shares(pipeline: Pipeline, slots: RecognizerSlots) -> PipelineFor:
    def pipeline_for(tenant: str) -> Pipeline:
        slots.admit(Priority.INTERACTIVE)
        return replace(pipeline, recognizer=slots.for_request(tenant=tenant, request=uuid4().hex))

    return pipeline_for
