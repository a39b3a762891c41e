"""What a webhook's delivery looks like over HTTP, and all those of a job.

What a delivery is stands in `speechkit.domain.webhooks`.
"""

from collections.abc import Sequence
from typing import Any

from starlette.responses import JSONResponse, Response

from speechkit.domain.webhooks import Delivery
from speechkit.formats.job_json import unix


def delivery_answer(delivery: Delivery) -> Response:
    """Of one that will be sent in a moment."""
    return JSONResponse(_body(delivery), status_code=202)


def deliveries_answer(deliveries: Sequence[Delivery]) -> Response:
    return JSONResponse({"object": "list", "data": [_body(delivery) for delivery in deliveries]})


def _body(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "object": "job.delivery",
        "job_id": delivery.job_id,
        "event": delivery.event,
        "url": delivery.url,
        "status": delivery.state.value,
        "attempts": delivery.attempts,
        "created_at": unix(delivery.created_at),
        "next_attempt_at": unix(delivery.next_try),
        "delivered_at": unix(delivery.delivered_at),
        "last_status_code": delivery.last_status,
        "last_error": delivery.last_error or None,
        "history": [
            {"at": unix(attempt.at), "status_code": attempt.status, "error": attempt.error or None}
            for attempt in delivery.history
        ],
    }
