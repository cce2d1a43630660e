"""The keys of configuration.json, as one frozen, typed `Settings`; `parsing.py` reads them."""

import math
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import quote_plus

import msgspec
from msgspec import Meta

from async_sync.configuration.key import Key
from async_sync.configuration.shard import SHARD_RULE, UNSHARDED, Shard
from async_sync.text.redaction import Secret

AUTO = "auto"
MAX_AUTO = 200
"""The most requests in flight that `auto` tries: with responses in 50 ms, fewer keep a whole CPU busy."""

PaginationKind = Literal["auto", "none", "next_url", "link_header", "token", "last_id", "offset", "page"]
AuthMethod = Literal["none", "bearer", "api_key", "basic", "oauth2"]

_TEXT, _TEXT_RULE = Meta(pattern=r"^[ -~]*$"), "printable ASCII text"
_NAME, _NAME_RULE = Meta(pattern=r"^[A-Za-z0-9_.~-]*$"), "letters, digits, and any of - _ . ~"
_URL_RULE = "an https:// or http:// URL without query and fragment"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a user may set, in the order of the setup form: type, bounds, words and default of each key.

    None is a key that was not set and has no default. `paths` holds the path of each stream that has a key for it.
    """

    # Where the API is
    base_url: Annotated[
        str,
        Meta(min_length=1),
        Key(
            label="Base URL",
            help="The address of the API. mock://demo tries the connector out without one.",
            rule=f"{_URL_RULE}, or mock://demo",
            example="https://api.example.com/v1",
        ),
    ]
    allow_http: Annotated[
        bool, Key(label="Allow unencrypted HTTP", help="Permits http:// to other hosts: anyone on the way can read it.")
    ] = False
    ca_bundle: Annotated[
        str | None,
        Key(
            label="Private certificate authority",
            help="Certificates to trust in addition to the public ones.",
            rule="one or more certificates in PEM",
        ),
    ] = None

    # Who is asking
    auth: Annotated[
        AuthMethod | None,
        Key(
            label="Authentication",
            help="How requests are authenticated. Fill in the fields of this method only.",
            blank="bearer with an API token, otherwise none",
            options={
                "none": "No credentials",
                "bearer": "Bearer token",
                "api_key": "API key in a header or a parameter",
                "basic": "User name and password",
                "oauth2": "OAuth 2.0",
            },
        ),
    ] = None
    api_token: Annotated[
        str,
        Meta(pattern=r"^[!-~]*$"),
        Key(
            label="Bearer: API token",
            help="Sent as Authorization: Bearer.",
            rule="printable ASCII text without spaces",
        ),
    ] = Secret()
    api_key: Annotated[
        str,
        _TEXT,
        Key(label="API key: key", help="Sent in the header or the parameter below.", rule=_TEXT_RULE),
    ] = Secret()
    api_key_header: Annotated[
        str,
        _NAME,
        Key(label="API key: header", help="The name of the header that carries the key.", rule=_NAME_RULE),
    ] = "X-API-Key"
    api_key_param: Annotated[
        Annotated[str, _NAME] | None,
        Key(
            label="API key: parameter",
            help="The name of the query parameter that carries the key instead.",
            rule=_NAME_RULE,
        ),
    ] = None
    username: Annotated[
        str,
        Meta(pattern=r"^[^:\x00-\x1f\ud800-\udfff]*$"),
        Key(
            label="Basic: user name",
            help="May be left out if the password alone is the credential.",
            rule="text without a colon",
        ),
    ] = Secret()
    password: Annotated[
        str,
        Meta(pattern=r"^[^\x00-\x1f\ud800-\udfff]*$"),
        Key(label="Basic: password", help="May be left out if the user name alone is the credential.", rule="text"),
    ] = Secret()
    token_url: Annotated[
        str, Key(label="OAuth 2.0: token URL", help="Where an access token is fetched.", rule=_URL_RULE)
    ] = ""
    client_id: Annotated[
        str, _TEXT, Key(label="OAuth 2.0: client ID", help="Sent to the token URL.", rule=_TEXT_RULE)
    ] = ""
    client_secret: Annotated[
        str,
        _TEXT,
        Key(label="OAuth 2.0: client secret", help="May be left out if there is a refresh token.", rule=_TEXT_RULE),
    ] = Secret()
    scope: Annotated[
        str,
        _TEXT,
        Key(
            label="OAuth 2.0: scope",
            help="What the token gives access to, as the API's documentation names it.",
            rule=_TEXT_RULE,
        ),
    ] = ""
    refresh_token: Annotated[
        str,
        _TEXT,
        Key(label="OAuth 2.0: refresh token", help="With it, the grant is refresh_token.", rule=_TEXT_RULE),
    ] = Secret()

    # What is read
    paths: Annotated[Mapping[str, str], Key(label="Path of {name}", help="Appended to the base URL.")] = {}
    cursor_field: Annotated[
        str | None,
        Key(
            label="Cursor field",
            help="The field that holds the time of a record's last change.",
            rule="the name of a field",
        ),
    ] = None
    deleted_field: Annotated[
        str | None,
        Key(
            label="Deleted field",
            help="The field that marks a deleted record: a boolean, a number or a date.",
            rule="the name of a field",
        ),
    ] = None
    lookback_seconds: Annotated[
        float,
        Meta(ge=0, le=10**9),
        Key(label="Lookback (seconds)", help="How far each sync reads back, for late changes."),
    ] = 0
    sync_scope: Annotated[
        Literal["changed_parents", "all_parents"],
        Key(
            label="Sync scope",
            help="Which records of {children} are requested in a sync after the first.",
            options={
                "changed_parents": "Those of each {parent} that has changed",
                "all_parents": "Those of every {parent}",
            },
        ),
    ] = "changed_parents"
    pagination: Annotated[
        PaginationKind | None,
        Key(
            label="Pagination",
            help="How the API names the next page.",
            blank="as the stream declares it",
            options={
                "auto": "Detected from the first response",
                "none": "One response contains everything",
                "next_url": "A URL in the response",
                "link_header": "A URL in the Link header",
                "token": "A token in the response",
                "last_id": "The id of the last record before it",
                "offset": "The number of records before it",
                "page": "Its number",
            },
        ),
    ] = None
    page_size: Annotated[
        int,
        Meta(ge=1, le=100_000),
        Key(label="Page size (records)", help="Sent as limit, or as the stream declares it."),
    ] = 100

    # How fast
    max_concurrency: Annotated[
        Annotated[int, Meta(ge=1, le=1000)] | Literal["auto"],
        Key(label="Requests in flight", help="How many at a time; auto finds the fastest pace that works."),
    ] = 10
    requests_per_second: Annotated[
        float,
        Meta(ge=0.001, le=10**6),
        Key(
            label="Requests per second",
            help="The most that may start in any second; decimals are allowed.",
            blank="no limit",
        ),
    ] = math.inf
    timeout_seconds: Annotated[
        float,
        Meta(gt=0, le=3600),
        Key(label="Timeout (seconds)", help="For one attempt, from connecting to the last byte."),
    ] = 30
    max_attempts: Annotated[
        int, Meta(ge=1, le=100), Key(label="Attempts", help="For one request, including the first.")
    ] = 5
    outage_seconds: Annotated[
        float,
        Meta(gt=0, le=86_400),
        Key(label="Longest outage (seconds)", help="If nothing succeeds for longer, the sync ends."),
    ] = 300
    max_wait_seconds: Annotated[
        float,
        Meta(ge=0, le=86_400),
        Key(label="Longest pause (seconds)", help="If the API asks for a longer one, the sync ends."),
    ] = 600
    max_response_mb: Annotated[
        float,
        Meta(gt=0, le=1000),
        Key(label="Largest response (MB)", help="After decompression; a larger response is an error."),
    ] = 50

    # What else happens in a sync
    on_parent_error: Annotated[
        Literal["fail", "skip"],
        Key(
            label="When one {parent} cannot be read",
            help="Either way nothing is lost.",
            options={
                "fail": "Fail, after saving what was read",
                "skip": "Continue without it, and read it first in the next sync",
            },
        ),
    ] = "fail"
    checkpoint_interval_seconds: Annotated[
        float,
        Meta(gt=0, le=86_400),
        Key(label="Checkpoint interval (seconds)", help="Maximum time between checkpoints."),
    ] = 60
    checkpoint_rows: Annotated[
        int,
        Meta(ge=1, le=10**9),
        Key(label="Checkpoint interval (rows)", help="Maximum number of rows between checkpoints."),
    ] = 10_000
    shard: Annotated[
        Shard,
        Key(
            label="Shard",
            help="The share of the table {parent} that this connection syncs.",
            rule=SHARD_RULE,
            blank="all of it",
        ),
    ] = UNSHARDED
    max_sync_minutes: Annotated[
        float,
        Meta(gt=0, le=10**6),
        Key(
            label="Longest sync (minutes)",
            help="The sync then ends in good order, and the next one continues from there.",
            blank="no limit",
        ),
    ] = math.inf
    log_requests: Annotated[
        bool, Key(label="Log requests", help="A line for every request; Fivetran keeps 1,500 lines per minute.")
    ] = False
    state_budget_kb: Annotated[
        int,
        Meta(ge=1, le=10_000),
        Key(label="State budget (KB)", help="Above it, the cursors that have gone longest without moving are dropped."),
    ] = 8000

    @property
    def auth_method(self) -> AuthMethod:
        """`auth`, or what its absence means."""
        return self.auth or ("bearer" if self.api_token else "none")

    @property
    def max_in_flight(self) -> int:
        """The most requests for partitions that are ever in flight."""
        return MAX_AUTO if self.max_concurrency == AUTO else int(self.max_concurrency)

    @property
    def secrets(self) -> list[Secret]:
        """Every value that must not be shown, and the pairs of HTTP Basic, which are sent in one piece.

        A user name is not among them, unless there is no password: then it is the credential.
        """
        values = [value for value in msgspec.structs.astuple(self) if isinstance(value, Secret) and value]
        if self.password:
            values = [value for value in values if value is not self.username]
        pairs = [f"{self.username}:{self.password}"] if self.username or self.password else []
        if self.client_secret:
            pairs.append(f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}")
        return values + [Secret(pair) for pair in pairs]
