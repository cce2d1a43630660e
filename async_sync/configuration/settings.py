"""The keys of configuration.json, as one frozen, typed `Settings`; `parsing.py` reads them."""

import math
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import quote_plus

import msgspec
from msgspec import Meta

from async_sync.configuration.credential_checks import pairs_of
from async_sync.configuration.key import Key
from async_sync.configuration.moment import MOMENT_RULE, Moment
from async_sync.configuration.shard import SHARD_RULE, UNSHARDED, Shard
from async_sync.text.quoting import is_credential
from async_sync.text.redaction import Secret

AUTO = "auto"
MAX_AUTO = 200
"""The most requests in flight that `auto` tries: with responses in 50 ms, fewer keep a whole CPU busy."""

PaginationKind = Literal["auto", "none", "next_url", "link_header", "token", "last_id", "offset", "page"]
AuthMethod = Literal["none", "bearer", "api_key", "basic", "oauth2"]

_URL_RULE = "an https:// or http:// URL without query and fragment"
_Url = Annotated[str, Meta(description=_URL_RULE)]
_Text = Annotated[str, Meta(pattern=r"^[ -~]*$", description="printable ASCII text")]
_Word = Annotated[str, Meta(pattern=r"^[!-~]*$", description="printable ASCII text without spaces")]
_Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.~-]*$", description="letters, digits, and any of - _ . ~")]
_FieldName = Annotated[str, Meta(description="the name of a field")]
_Certificates = Annotated[str, Meta(description="one or more certificates in PEM")]
_CertificateAndKey = Annotated[
    str, Meta(description="a certificate and the private key that belongs to it, in PEM, without a passphrase")
]
_PrivateKey = Annotated[str, Meta(description="a private key in PEM, without a passphrase")]
_Pairs = Annotated[
    str, Meta(pattern=r"^[!-~ ]*$", description="names and values such as audience=x&account=y, percent-encoded")
]
_Moment = Annotated[Moment, Meta(description=MOMENT_RULE)]
_UserName = Annotated[str, Meta(pattern=r"^[^:\x00-\x1f\ud800-\udfff]*$", description="text without a colon")]
_Password = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\ud800-\udfff]*$", description="text")]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a user may set, in the order of the setup form: type, bounds, words and default of each key.

    None is a key that was not set and has no default. `paths` holds the path of each stream that has a key for it,
    and `keys` the values of the connector's own keys.
    """

    # Where the API is
    base_url: Annotated[
        str,
        Meta(description=f"{_URL_RULE}, or mock://demo"),
        Key(
            "Base URL",
            "The address of the API. mock://demo tries the connector out without one.",
            example="https://api.example.com/v1",
        ),
    ]
    allow_http: Annotated[
        bool, Key("Allow unencrypted HTTP", "Permits http:// to other hosts: anyone on the way can read it.")
    ] = False
    ca_bundle: Annotated[
        _Certificates | None,
        Key("Private certificate authority", "Certificates to trust in addition to the public ones."),
    ] = None
    client_certificate: Annotated[
        _CertificateAndKey,
        Key("Client certificate", "By which the connector identifies itself to the API, where that asks for one."),
    ] = Secret()

    # Who is asking
    auth: Annotated[
        AuthMethod | None,
        Key(
            "Authentication",
            "How requests are authenticated. Fill in the fields of this method only.",
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
    api_token: Annotated[_Word, Key("Bearer: API token", "Sent as Authorization: Bearer.")] = Secret()
    api_key: Annotated[_Text, Key("API key: key", "Sent in the header or the parameter below.")] = Secret()
    api_key_header: Annotated[_Name, Key("API key: header", "The name of the header that carries the key.")] = (
        "X-API-Key"
    )
    api_key_param: Annotated[
        _Name | None, Key("API key: parameter", "The name of the query parameter that carries the key instead.")
    ] = None
    username: Annotated[
        _UserName,
        Key("Basic: user name", "May be left out if the password alone is the credential. Also for OAuth 2.0."),
    ] = Secret()
    password: Annotated[
        _Password,
        Key("Basic: password", "May be left out if the user name alone is the credential. Also for OAuth 2.0."),
    ] = Secret()
    token_url: Annotated[_Url, Key("OAuth 2.0: token URL", "Where an access token is fetched.")] = ""
    client_id: Annotated[_Text, Key("OAuth 2.0: client ID", "Sent to the token URL.")] = ""
    client_secret: Annotated[_Text, Key("OAuth 2.0: client secret", "May be left out if there is a refresh token.")] = (
        Secret()
    )
    scope: Annotated[
        _Text, Key("OAuth 2.0: scope", "What the token gives access to, as the API's documentation names it.")
    ] = ""
    refresh_token: Annotated[_Text, Key("OAuth 2.0: refresh token", "With it, the grant is refresh_token.")] = Secret()
    fivetran_api_key: Annotated[
        _Word,
        Key(
            "OAuth 2.0: Fivetran API key",
            "With it, a refresh token that the token URL replaces is kept in this connection's configuration.",
        ),
    ] = Secret()
    fivetran_api_secret: Annotated[_Word, Key("OAuth 2.0: Fivetran API secret", "The secret of that key.")] = Secret()
    private_key: Annotated[
        _PrivateKey, Key("OAuth 2.0: private key", "With it, the grant is a JWT that this key signs (RFC 7523).")
    ] = Secret()
    jwt_claims: Annotated[
        _Pairs, Key("OAuth 2.0: JWT claims", "Further claims; kid and alg go into the header, exp is in seconds.")
    ] = ""
    token_params: Annotated[
        _Pairs, Key("OAuth 2.0: token parameters", "Sent to the token URL too, such as an audience or an account.")
    ] = Secret()
    token_header: Annotated[
        _Name | None,
        Key("OAuth 2.0: token header", "The header that carries the token, if it is not Authorization."),
    ] = None
    token_prefix: Annotated[
        _Text | None,
        Key("OAuth 2.0: token prefix", "The word before the token: Bearer, or none if a token header is set."),
    ] = None

    # What is read
    keys: Mapping[str, str] = {}
    paths: Annotated[Mapping[str, str], Key("Path of {name}", "Appended to the base URL.")] = {}
    cursor_field: Annotated[
        _FieldName | None, Key("Cursor field", "The field that holds the time of a record's last change.")
    ] = None
    deleted_field: Annotated[
        _FieldName | None, Key("Deleted field", "The field that marks a deleted record: a boolean, a number or a date.")
    ] = None
    full_read_days: Annotated[
        float,
        Meta(ge=0, le=10_000),
        Key(
            "Full reads (days)",
            "How often lists are read whole, to find what has been deleted, where the streams look for that.",
            blank="never, unless they are anyway",
        ),
    ] = math.inf
    max_deleted_percent: Annotated[
        float,
        Meta(ge=0, le=100),
        Key(
            "Most deleted (percent)",
            "If more rows of a table (and more than 100) are missing, none is deleted.",
        ),
    ] = 20
    lookback_seconds: Annotated[
        float, Meta(ge=0, le=10**9), Key("Lookback (seconds)", "How far each sync reads back, for late changes.")
    ] = 0
    start_date: Annotated[
        _Moment | None,
        Key("Start date", "What changed before it is not read in a first sync.", blank="from the beginning"),
    ] = None
    sync_scope: Annotated[
        Literal["changed_parents", "all_parents"] | None,
        Key(
            "Sync scope",
            "Which records of {children} are requested in a sync after the first.",
            blank="as each stream declares it",
            options={
                "changed_parents": "Those of each parent that has changed",
                "all_parents": "Those of every parent",
            },
        ),
    ] = None
    pagination: Annotated[
        PaginationKind | None,
        Key(
            "Pagination",
            "How the API names the next page.",
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
        int, Meta(ge=1, le=100_000), Key("Page size (records)", "Sent as limit, or as the stream declares it.")
    ] = 100

    # How fast
    max_concurrency: Annotated[
        Annotated[int, Meta(ge=1, le=1000)] | Literal["auto"],
        Key("Requests in flight", "How many at a time; auto finds the fastest pace that works."),
    ] = 10
    requests_per_second: Annotated[
        float,
        Meta(ge=0.001, le=10**6),
        Key("Requests per second", "The most that may start in any second; decimals are allowed.", blank="no limit"),
    ] = math.inf
    timeout_seconds: Annotated[
        float, Meta(gt=0, le=3600), Key("Timeout (seconds)", "For one attempt, from connecting to the last byte.")
    ] = 30
    max_attempts: Annotated[int, Meta(ge=1, le=100), Key("Attempts", "For one request, including the first.")] = 5
    outage_seconds: Annotated[
        float, Meta(gt=0, le=86_400), Key("Longest outage (seconds)", "If nothing succeeds for longer, the sync ends.")
    ] = 300
    max_wait_seconds: Annotated[
        float, Meta(ge=0, le=86_400), Key("Longest pause (seconds)", "If the API asks for a longer one, the sync ends.")
    ] = 600
    max_response_mb: Annotated[
        float, Meta(gt=0, le=1000), Key("Largest response (MB)", "After decompression; a larger response is an error.")
    ] = 50

    # What else happens in a sync
    on_parent_error: Annotated[
        Literal["fail", "skip"],
        Key(
            "When what is below one {parent} cannot be read",
            "Either way nothing is lost.",
            options={
                "fail": "Fail, after saving what was read",
                "skip": "Continue without it, and read it first in the next sync",
            },
        ),
    ] = "fail"
    checkpoint_interval_seconds: Annotated[
        float, Meta(gt=0, le=86_400), Key("Checkpoint interval (seconds)", "Maximum time between checkpoints.")
    ] = 60
    checkpoint_rows: Annotated[
        int, Meta(ge=1, le=10**9), Key("Checkpoint interval (rows)", "Maximum number of rows between checkpoints.")
    ] = 10_000
    shard: Annotated[
        Shard,
        Meta(description=SHARD_RULE),
        Key("Shard", "The share of {parent} that this connection syncs.", blank="all of it"),
    ] = UNSHARDED
    max_sync_minutes: Annotated[
        float,
        Meta(gt=0, le=10**6),
        Key(
            "Longest sync (minutes)",
            "The sync then ends in good order, and the next one continues from there.",
            blank="no limit",
        ),
    ] = math.inf
    log_requests: Annotated[
        bool, Key("Log requests", "A line for every request; Fivetran keeps 1,500 lines per minute.")
    ] = False
    state_budget_kb: Annotated[
        int,
        Meta(ge=1, le=10_000),
        Key("State budget (KB)", "Above it, the cursors that have gone longest without moving are dropped."),
    ] = 8000

    @property
    def auth_method(self) -> AuthMethod:
        """`auth`, or what its absence means."""
        return self.auth or ("bearer" if self.api_token else "none")

    @property
    def max_in_flight(self) -> int:
        """The most requests for lists below a record that are ever in flight."""
        return MAX_AUTO if self.max_concurrency == AUTO else int(self.max_concurrency)

    @property
    def secrets(self) -> list[Secret]:
        """Every value that must not be shown, and the pairs of HTTP Basic, which are sent in one piece.

        A user name is not among them, unless there is no password: then it is the credential.
        """
        given = (*msgspec.structs.astuple(self), *self.keys.values())
        values = [value for value in given if isinstance(value, Secret) and value]
        if self.password:
            values = [value for value in values if value is not self.username]
        pairs = [f"{self.username}:{self.password}"] if self.username or self.password else []
        if self.client_secret:
            pairs.append(f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}")
        if self.fivetran_api_key:
            pairs.append(f"{self.fivetran_api_key}:{self.fivetran_api_secret}")
        pairs += [value for name, value in pairs_of(self.token_params).items() if is_credential(name)]
        return values + [Secret(pair) for pair in pairs]
