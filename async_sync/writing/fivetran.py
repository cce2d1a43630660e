"""Rows and state on their way to Fivetran. The only file that imports the SDK's operations."""

from fivetran_connector_sdk import Logging, Operations


class FivetranDestination:
    """The real one: `fivetran debug` and production."""

    upsert = staticmethod(Operations.upsert)
    delete = staticmethod(Operations.delete)
    checkpoint = staticmethod(Operations.checkpoint)
    info = staticmethod(Logging.info)
    warning = staticmethod(Operations.warning)
