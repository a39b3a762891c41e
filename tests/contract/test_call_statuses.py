"""Every Reason is told over gRPC as the tables have it, so that a program can read it back."""

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from grpc_status import rpc_status

from earshot.errors.v1.reason_pb2 import Reason as ProtoReason
from gateway.edge.grpc.statuses import status_of
from speechkit.domain.errors import EarshotError, Reason
from speechkit.runtime.call_failures import error_of
from speechkit.runtime.error_tables import GRPC_CODES, RETRIES

ERRORS = {kind.reason: kind for kind in EarshotError.__subclasses__()}


@pytest.mark.parametrize("reason", Reason)
def test_the_status_carries_code_message_and_reason(reason: Reason) -> None:
    status = status_of(ERRORS[reason]("What to do."))
    assert (status.code, status.message) == (GRPC_CODES[reason].value[0], "What to do.")
    assert status.code != grpc.StatusCode.OK.value[0]
    info = ErrorInfo()
    assert status.details[0].Unpack(info)
    assert ProtoReason.Value(info.reason) == ProtoReason.Value(f"REASON_{reason.name}")
    assert (info.domain, dict(info.metadata)) == ("earshot", {})


@pytest.mark.parametrize("reason", Reason)
def test_a_retry_is_advised_where_the_table_advises_it(reason: Reason) -> None:
    status = status_of(ERRORS[reason]("What to do."))
    retries = [each for each in status.details if each.Is(RetryInfo.DESCRIPTOR)]
    assert bool(retries) == RETRIES[reason].worthwhile
    for packed in retries:
        retry = RetryInfo()
        packed.Unpack(retry)
        assert retry.retry_delay.seconds == RETRIES[reason].after_seconds


def test_a_failure_that_knows_the_wait_says_it() -> None:
    retry = RetryInfo()
    status = status_of(ERRORS[Reason.OVERLOADED]("Busy.", retry_after_seconds=93.25))
    assert status.details[1].Unpack(retry)
    assert retry.retry_delay.ToNanoseconds() == 93_250_000_000


@pytest.mark.parametrize(
    ("param", "field"),
    [("timestamp_granularities[]", "word_timestamps"), ("include[]", "logprobs"), ("language", "language")],
)
def test_fields_have_the_names_of_the_proto(param: str, field: str) -> None:
    info = ErrorInfo()
    status_of(ERRORS[Reason.UNSUPPORTED_OPTION]("No.", param=param)).details[0].Unpack(info)
    assert info.metadata["field"] == field


@pytest.mark.parametrize("reason", Reason)
def test_what_one_service_raises_another_reads_back_as_it_was(reason: Reason) -> None:
    told = rpc_status.to_status(status_of(ERRORS[reason]("What to do.", param="model", retry_after_seconds=2.5)))
    failed = grpc.aio.AioRpcError(
        told.code,
        grpc.aio.Metadata(),
        grpc.aio.Metadata(*told.trailing_metadata),
        details=told.details,
        debug_error_string=None,
    )
    error = error_of(failed)
    assert type(error) is ERRORS[reason]
    assert error is not None
    assert (error.message, error.param, error.retry_after_seconds) == ("What to do.", "model", 2.5)


def test_a_failure_that_no_service_raised_is_none_of_ours() -> None:
    empty = grpc.aio.Metadata()
    failed = grpc.aio.AioRpcError(
        grpc.StatusCode.UNAVAILABLE, empty, empty, details="no route", debug_error_string=None
    )
    assert error_of(failed) is None
