"""What can go wrong, sorted by what to do about it.

ConnectorError                 everything the connector raises on purpose
├── ConfigurationError         configuration.json is wrong: every problem in it, at once
├── StateError                 the saved state cannot be used
└── FatalError                 trying again now will not help: the sync ends
    ├── RequestError           a request was refused, or failed in every attempt
    ├── PlaceholderError       a parent's row lacks what its children's requests need
    ├── RowError               the SDK refuses a row
    ├── IncompleteError        a list ended before its declared total was reached
    ├── MaxPositionError       more records share one cursor than can be asked for by their position
    ├── AnswerError            an answer cannot be used, in every attempt
    │   ├── PageError          it is not a page of records
    │   ├── ReportedError      its status is a success, but it reports an error
    │   ├── RecordError        a record lacks its key or its cursor field, or cannot be made a row
    │   └── PaginationError    the way from page to page is broken: a loop, a missing page, a foreign URL
    └── SourceError            the API as a whole cannot be read: no single parent is to blame
        ├── UntrustedError     the server's certificate cannot be verified
        ├── TokenError         the token endpoint, or a login, returns no token
        ├── AuthError          the auth that connector.py brings has failed
        ├── WaitError          the API asks for a longer wait than is allowed
        └── UnhealthyError     nothing succeeds any more, or more than half of the attempts fail

Each message is built from typed arguments and says what happened, where, what the API said, and what to do. No message
contains a secret: URLs and other text from outside are quoted by `text/quoting.py`.
"""
