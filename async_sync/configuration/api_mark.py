"""A mark by which a saved state tells whether it is still about the same API and credentials."""

from hashlib import blake2b

import msgspec

from async_sync.configuration.settings import Settings
from async_sync.text.redaction import Secret

_BYTES = 2
_NOT_THE_APIS = {"refresh_token", "fivetran_api_key", "fivetran_api_secret"}  # the first is replaced now and then


def api_mark(settings: Settings) -> str:
    """Four hexadecimal digits that follow from base_url and the credentials.

    Fivetran does not encrypt the state. So this is short: of 65,536 credentials, one has the same mark. That is enough
    to notice another one, and says nothing worth having about a secret.
    """
    given = {**msgspec.structs.asdict(settings), **settings.keys}
    secrets = (value for name, value in given.items() if isinstance(value, Secret) and name not in _NOT_THE_APIS)
    parts = [settings.base_url, settings.auth_method, settings.client_id, *secrets]
    return blake2b("\0".join(parts).encode(errors="surrogatepass"), digest_size=_BYTES).hexdigest()
