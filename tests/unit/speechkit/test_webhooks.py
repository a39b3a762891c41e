"""Webhooks: their signatures as receivers' own library checks them, and when a delivery is repeated."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from speechkit.domain.webhooks import (
    JITTER,
    LONGEST_RETRY_AFTER,
    WAITS,
    Delivery,
    DeliveryState,
    answered,
    asked_again,
    begun,
    headers_of,
    new_delivery_id,
    new_secret,
    shown_secret,
    unanswered,
)

NOW = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
LEASE = timedelta(seconds=60)


def delivery(**changes: object) -> Delivery:
    made = Delivery(
        id=new_delivery_id(),
        job_id="job_1",
        tenant="acme",
        url="https://hooks.example/",
        event="job.completed",
        payload='{"type":"job.completed","data":{"id":"job_1"}}',
        created_at=NOW,
        next_try=NOW,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_receiver_s_library_knows_a_signature_and_refuses_what_was_altered() -> None:
    """And, while a secret is being changed, one that still has the old one knows it too."""
    new, old = new_secret(), new_secret()
    sent = delivery(payload='{"text":"Łódź 𝄞"}')
    headers = dict(headers_of(sent, secrets_in_use=(new, old), now=datetime.now(UTC)))
    for secret in (new, old):
        receiver = Webhook(shown_secret(secret))
        assert receiver.verify(sent.payload.encode(), headers) == {"text": "Łódź 𝄞"}
        with pytest.raises(WebhookVerificationError):
            receiver.verify(sent.payload.replace("𝄞", "!").encode(), headers)
        with pytest.raises(WebhookVerificationError):
            receiver.verify(sent.payload.encode(), headers | {"webhook-id": "msg_other"})
    with pytest.raises(WebhookVerificationError):
        Webhook(shown_secret(new_secret())).verify(sent.payload.encode(), headers)


def test_ids_have_no_full_stop_which_the_signed_text_is_divided_by() -> None:
    assert new_delivery_id().replace("_", "").isalnum()


def test_a_delivery_is_repeated_for_days_at_growing_intervals_and_then_given_up() -> None:
    now, current, waits = NOW, delivery(), []
    while current.state is DeliveryState.PENDING:
        attempt = begun(current, now=now, lease=LEASE)
        assert attempt.next_try == now + LEASE
        current = unanswered(attempt, error="nobody there", now=now, chance=0)
        if current.next_try:
            waits.append(current.next_try - now)
            now = current.next_try
    assert waits == list(WAITS) == sorted(WAITS)
    assert (current.state, current.attempts, current.next_try) == (DeliveryState.GIVEN_UP, len(WAITS) + 1, None)
    assert timedelta(days=3) <= now - NOW <= timedelta(days=4)


def test_what_failed_together_does_not_come_back_together() -> None:
    attempt = begun(delivery(), now=NOW, lease=LEASE)
    early, late = [unanswered(attempt, error="", now=NOW, chance=chance).next_try for chance in (0.0, 1.0)]
    assert early
    assert late
    assert late - early == WAITS[0] * JITTER


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_success_delivers(status: int) -> None:
    done = answered(begun(delivery(), now=NOW, lease=LEASE), status=status, now=NOW, chance=0)
    assert (done.state, done.next_try, done.delivered_at) == (DeliveryState.DELIVERED, None, NOW)
    assert (done.last_status, done.last_error) == (status, "")


@pytest.mark.parametrize("status", [100, 199, 300, 301, 307, 400, 401, 404, 409, 422, 429, 500, 503])
def test_whatever_is_no_success_is_tried_again(status: int) -> None:
    """A redirect too, which is not followed."""
    failed = answered(begun(delivery(), now=NOW, lease=LEASE), status=status, now=NOW, chance=0)
    assert (failed.state, failed.next_try, failed.last_status) == (DeliveryState.PENDING, NOW + WAITS[0], status)


def test_a_receiver_that_is_gone_is_told_no_more_until_somebody_asks_for_it() -> None:
    gone = answered(begun(delivery(), now=NOW, lease=LEASE), status=410, now=NOW, chance=0)
    assert (gone.state, gone.next_try) == (DeliveryState.GIVEN_UP, None)
    again = asked_again(gone, now=NOW + LEASE)
    assert (again.state, again.next_try, again.id) == (DeliveryState.PENDING, NOW + LEASE, gone.id)


@pytest.mark.parametrize(
    ("retry_after", "expected"),
    [
        ("120", timedelta(seconds=120)),
        ("1", WAITS[0]),
        ("-50", WAITS[0]),
        ("999999999999", LONGEST_RETRY_AFTER),
        ("Tue, 03 Feb 2026 05:05:06 GMT", timedelta(hours=1)),
        ("Tue, 03 Feb 2026 05:05:06 -0000", timedelta(hours=1)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_RETRY_AFTER),
        ("soon", WAITS[0]),
        ("", WAITS[0]),
    ],
)
def test_a_receiver_may_ask_for_more_time_but_not_for_ever(retry_after: str, expected: timedelta) -> None:
    attempt = begun(delivery(), now=NOW, lease=LEASE)
    failed = answered(attempt, status=503, retry_after=retry_after, now=NOW, chance=0)
    assert failed.next_try == NOW + expected


@given(st.text(max_size=40) | st.integers().map(str))
def test_no_retry_after_breaks_the_sender(retry_after: str) -> None:
    attempt = begun(delivery(), now=NOW, lease=LEASE)
    failed = answered(attempt, status=503, retry_after=retry_after, now=NOW, chance=0)
    assert failed.next_try
    assert WAITS[0] <= failed.next_try - NOW <= LONGEST_RETRY_AFTER
