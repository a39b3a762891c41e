"""Every Reason has its place in each table and in the proto, and nothing else has."""

from http import HTTPStatus

import grpc
import pytest

from earshot.errors.v1.reason_pb2 import Reason as ProtoReason
from speechkit.domain.errors import EarshotError, Reason
from speechkit.runtime.error_tables import CLIENT_CLOSED_REQUEST, GRPC_CODES, HTTP_ERRORS, RETRIES

LONGEST_WAIT_OF_CLIENTS_SECONDS = 60


@pytest.mark.parametrize("table", [HTTP_ERRORS, GRPC_CODES, RETRIES], ids=["HTTP", "gRPC", "retry"])
def test_every_reason_stands_in_the_table(table: dict[Reason, object]) -> None:
    assert set(table) == set(Reason)


def test_every_reason_stands_in_the_proto_with_a_number_that_never_changes() -> None:
    assert ProtoReason.items() == [("REASON_UNSPECIFIED", 0)] + [
        (f"REASON_{name}", number) for name, number in NUMBERS.items()
    ]
    assert set(NUMBERS) == {reason.name for reason in Reason}


NUMBERS = {
    "INVALID_REQUEST": 1,
    "UNSUPPORTED_MEDIA": 2,
    "AUDIO_TOO_SHORT": 3,
    "AUDIO_TOO_LONG": 4,
    "UPLOAD_TOO_LARGE": 5,
    "UNKNOWN_LANGUAGE": 6,
    "UNSUPPORTED_OPTION": 7,
    "MODEL_NOT_FOUND": 8,
    "NOT_FOUND": 9,
    "METHOD_NOT_ALLOWED": 10,
    "OVERLOADED": 11,
    "RECOGNIZER_UNAVAILABLE": 12,
    "DEADLINE_EXCEEDED": 13,
    "CANCELLED": 14,
    "INTERNAL": 15,
    "MISSING_API_KEY": 16,
    "INVALID_API_KEY": 17,
    "RATE_LIMITED": 18,
    "QUOTA_EXCEEDED": 19,
    "STORE_UNAVAILABLE": 20,
    "IDEMPOTENCY_CONFLICT": 21,
    "JOB_NOT_FOUND": 22,
    "JOB_NOT_COMPLETED": 23,
    "UPLOAD_NOT_FOUND": 24,
    "UPLOAD_CONFLICT": 25,
    "MODE_NOT_FOUND": 26,
    "ENDPOINT_NOT_FOUND": 27,
    "NAME_TAKEN": 28,
    "REFINEMENT_FAILED": 29,
    "REFINER_UNAVAILABLE": 30,
}


def test_every_reason_has_an_error_of_its_own() -> None:
    """So that a failure can be raised, and caught, by name."""
    reasons = [kind.reason for kind in EarshotError.__subclasses__()]
    assert sorted(reasons) == sorted(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_the_tables_agree_on_whose_fault_it_is(reason: Reason) -> None:
    status, code, retry = HTTP_ERRORS[reason].status, GRPC_CODES[reason], RETRIES[reason]
    assert status == CLIENT_CLOSED_REQUEST or status in {int(known) for known in HTTPStatus}
    assert code is not grpc.StatusCode.OK
    blames_the_server = status >= 500 or status == HTTPStatus.TOO_MANY_REQUESTS
    assert not retry.worthwhile or blames_the_server, "a bad request stays bad"
    assert (retry.after_seconds is not None) == retry.worthwhile
    assert (retry.after_seconds or 0) <= LONGEST_WAIT_OF_CLIENTS_SECONDS
