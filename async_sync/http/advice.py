"""What to do about a failed request: which settings and declarations to check. No I/O."""

from collections.abc import Mapping

from async_sync.http.sender import RETRIED_STATUSES
from async_sync.streams.bound import BoundStream

_REDIRECT, _BAD_REQUEST = 300, 400
_SAME_ADVICE_AS: Mapping[int | None, int] = {410: 404, 422: 400}
_RESUMES = "What was read before is saved, and the next sync continues from there."
_CREDENTIALS = "Check auth and its credentials in configuration.json: they"
_LIMITED = "The API wants fewer requests: set max_concurrency to auto, or lower it."


def advice(status: int | None, stream: BoundStream | None = None, *, is_late: bool = False) -> str:
    """What to do about a status, in one or more sentences.

    `status` is None if there was no answer, or none that could be used. `stream` is the one that was requested, and
    `is_late` says that the answer took too long.
    """
    by_status = {
        400: f"The API refused the request: check {_parameter_settings(stream)}.",
        401: f"{_CREDENTIALS} are missing, wrong or expired.",
        403: f"{_CREDENTIALS} are valid but may not read this.",
        404: f"Check {_path_settings(stream)}.",
        429: f"{_LIMITED} {_if_it_happens_again(status, stream, is_late=is_late)}",
    }
    status = _SAME_ADVICE_AS.get(status, status)
    if status in by_status:
        return by_status[status]
    if status is None or status < _REDIRECT or status in RETRIED_STATUSES:
        return _if_it_happens_again(status, stream, is_late=is_late)
    if status < _BAD_REQUEST:
        return f"Redirects are not followed: correct {_path_settings(stream)}."
    return "Look the status up in the API's documentation."


def _path_settings(stream: BoundStream | None) -> str:
    if stream is None:
        return "base_url in configuration.json"
    if stream.declared.path_key is not None:
        return f"base_url and {stream.declared.path_key} in configuration.json"
    return f"base_url in configuration.json, and path of the stream {stream.name} in connector.py"


def _parameter_settings(stream: BoundStream | None) -> str:
    configured = "pagination (none sends no limit) and cursor_field in configuration.json"
    if stream is None:
        return configured
    return f"{configured}, and params, sort_params and since_param of the stream {stream.name} in connector.py"


def _if_it_happens_again(status: int | None, stream: BoundStream | None, *, is_late: bool) -> str:
    if not is_late:
        again = "see whether the API is up, lower max_concurrency, or raise timeout_seconds or max_attempts"
    else:
        sizes = stream is not None and bool(getattr(stream.pagination, "size_param", None))
        lower = "lower page_size or max_concurrency" if sizes else "lower max_concurrency"
        again = f"{lower}, or " + ("raise timeout_seconds" if status is None else "see whether the API is up")
    return f"{_RESUMES} If it happens again, {again}."
