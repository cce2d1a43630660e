"""The configuration of this connection at Fivetran, where a replaced refresh token is kept for the next sync."""

import os
import random

import anyio
import httpx

from async_sync.configuration.settings import Settings
from async_sync.http.backoff import retry_seconds
from async_sync.http.sender import explanation_in
from async_sync.text.explanations import with_explanation
from async_sync.text.quoting import one_line

_URL = "https://api.fivetran.com/v1/connections/"
_HEADERS = {"accept": "application/json;version=2"}
_MAX_ATTEMPTS = 3
_MAX_LENGTH = 100


class KeptConfiguration:
    """Changes `configuration`, and with it the one of this connection by Fivetran's REST API.

    Its requests are none of the API's: they do not wait for the gate, and an outage there is none of the API.
    """

    def __init__(self, http: httpx.AsyncClient, settings: Settings, configuration: dict[str, str]) -> None:
        self._http = http
        self._auth = httpx.BasicAuth(settings.fivetran_api_key, settings.fivetran_api_secret)
        self._can_ask = bool(settings.fivetran_api_key)
        self._values = configuration

    async def replace(self, key: str, value: str) -> str:
        """Replace a value. Returns "", or why Fivetran still has the old one.

        All values are sent, since any other would be removed. The setup tests are left out: they would use, and so
        replace, the new refresh token. See
        https://fivetran.com/docs/rest-api/api-reference/connections/modify-connection.
        """
        self._values[key] = value
        connection = os.environ.get("FIVETRAN_CONNECTION_ID", "")
        if not self._can_ask:
            return "fivetran_api_key and fivetran_api_secret, with which it could be, are not set"
        if not connection:
            return "the environment has no FIVETRAN_CONNECTION_ID, as outside of Fivetran"
        secrets = [{"key": name, "value": text} for name, text in self._values.items()]
        content = {"config": {"secrets_list": secrets}, "run_setup_tests": False}
        request = httpx.Request("PATCH", _URL + connection, headers=_HEADERS, json=content)
        problem = ""
        for attempt in range(1, _MAX_ATTEMPTS + 1):
            problem, may_pass = await self._attempt(request)
            if not may_pass:
                break
            if attempt < _MAX_ATTEMPTS:
                await anyio.sleep(retry_seconds(attempt, random.random()))  # noqa: S311 - no secret
        return problem

    async def _attempt(self, request: httpx.Request) -> tuple[str, bool]:
        """What went wrong, "" if nothing did, and whether another attempt may succeed."""
        try:
            response = await self._http.send(request, auth=self._auth)
        except (httpx.TransportError, TimeoutError) as error:
            return f"Fivetran's REST API did not answer ({type(error).__name__})", True
        if response.is_success:
            return "", False
        status = f"{response.status_code} {one_line(response.reason_phrase, _MAX_LENGTH)}"
        problem = with_explanation(f"Fivetran's REST API answered {status}", explanation_in(response))
        return problem, response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error
