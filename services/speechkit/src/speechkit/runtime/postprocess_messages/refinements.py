"""What is asked of a refiner, and what it answers, as messages."""

from earshot.postprocess.v1 import postprocess_pb2 as pb
from speechkit.domain.refinement import Passage, Refined, Refinement, RefineWarning, one_passage


def refinement_message(asked: Refinement) -> pb.RefineRequest:
    return pb.RefineRequest(
        tenant=asked.tenant,
        mode=asked.mode,
        segments=[_segment(passage) for passage in asked.passages],
        keep_segments=asked.keep_passages,
        language=asked.language,
        keywords=asked.keywords,
        target_language=asked.target_language,
        strict=asked.strict,
    )


def refinement_of(message: pb.RefineRequest) -> Refinement:
    return Refinement(
        tenant=message.tenant,
        mode=message.mode,
        passages=tuple(_passage(segment) for segment in message.segments) or one_passage(message.text),
        keep_passages=message.keep_segments,
        language=message.language,
        keywords=tuple(message.keywords),
        target_language=message.target_language,
        strict=message.strict,
    )


def refined_message(refined: Refined) -> pb.RefineResponse:
    return pb.RefineResponse(
        text=refined.text,
        raw_text=refined.raw_text,
        segments=[_segment(passage) for passage in refined.passages],
        warnings=[pb.RefineWarning(check=warning.check, message=warning.message) for warning in refined.warnings],
        refined=refined.refined,
        endpoint_id=refined.endpoint_id,
        model=refined.model,
    )


def refined_of(message: pb.RefineResponse) -> Refined:
    return Refined(
        text=message.text,
        raw_text=message.raw_text,
        passages=tuple(_passage(segment) for segment in message.segments),
        warnings=tuple(RefineWarning(check=warning.check, message=warning.message) for warning in message.warnings),
        refined=message.refined,
        endpoint_id=message.endpoint_id,
        model=message.model,
    )


def _segment(passage: Passage) -> pb.Segment:
    return pb.Segment(id=passage.id, start=passage.start, end=passage.end, text=passage.text)


def _passage(segment: pb.Segment) -> Passage:
    return Passage(id=segment.id, start=segment.start, end=segment.end, text=segment.text)
