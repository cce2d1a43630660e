"""The customers of a Stripe account, their charges, and the products: `has_more`, `starting_after`, epoch seconds.

Stripe lists the newest first and says when an object was created, not when it changed. So every sync reads and writes
all products and customers (`touches_parent`), and the charges of the last 30 days of each customer (`lookback_seconds`
in configuration.json).
"""

from typing import Any

from async_sync import EPOCH_SECONDS, LastIdPages, Stream, fivetran_connector


def as_row(record: dict[str, Any]) -> dict[str, Any]:
    """The charges get the key under its name here."""
    return {**record, "customer_id": record["id"]}


CUSTOMER = Stream(
    table="customer",
    path="/v1/customers",
    primary_key=["customer_id"],
    columns={"customer_id": "STRING", "email": "STRING", "created": "UTC_DATETIME"},
    cursor_field="created",
    cursor_type=EPOCH_SECONDS,
    cursor_marks_changes=False,
    since_param="created[gte]",
    is_sorted=False,
    pagination=LastIdPages(),
    map=as_row,
)
CHARGE = Stream(
    table="charge",
    parent=CUSTOMER,
    touches_parent=False,
    path="/v1/charges",
    primary_key=["id"],
    columns={"id": "STRING", "customer_id": "STRING", "amount": "LONG", "created": "UTC_DATETIME"},
    cursor_field="created",
    cursor_type=EPOCH_SECONDS,
    since_param="created[gte]",
    is_sorted=False,
    params={"customer": "{customer_id}"},
    pagination=LastIdPages(),
)
PRODUCT = Stream(
    table="product",
    path="/v1/products",
    primary_key=["id"],
    columns={"id": "STRING", "name": "STRING"},
    cursor_field=None,
    pagination=LastIdPages(),
)
connector = fivetran_connector(streams=[CUSTOMER, CHARGE, PRODUCT])
