"""What can go wrong with an endpoint, each under a name that warnings carry and that never changes its meaning."""

from enum import StrEnum


class Trouble(StrEnum):
    UNAVAILABLE = "endpoint_unavailable"
    """It can't be reached, or its server says that it is broken."""
    TIMEOUT = "endpoint_timeout"
    OVERLOADED = "endpoint_overloaded"
    """Too many requests for now."""
    REFUSED = "endpoint_refused"
    """The key, the model or the request is not what the server takes."""
    NO_CREDIT = "endpoint_no_credit"
    WRONG = "endpoint_wrong"
    """What answers there does not speak the chat-completions format."""
    OVERFLOW = "context_overflow"
    """The transcript and what comes with it are longer than the model can read."""
    RESTING = "endpoint_resting"
    """It failed so often of late that it is left alone for a while."""


class ChatFailed(Exception):
    def __init__(
        self,
        trouble: Trouble,
        message: str,
        *,
        may_pass: bool = False,
        retry_after_seconds: float | None = None,
        context_tokens: int | None = None,
    ) -> None:
        super().__init__(message)
        self.trouble = trouble
        self.message = message
        self.may_pass = may_pass
        """Whether the same request may go better in a moment."""
        self.retry_after_seconds = retry_after_seconds
        """As the server said."""
        self.context_tokens = context_tokens
        """As the server said when it was too little."""
