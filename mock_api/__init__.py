"""A slow, deterministic REST API of companies and what is below them, in the same process or served over HTTP.

`MockApiTransport` embeds it in an httpx client; `python -m mock_api` serves the same answers over HTTP.
"""

from mock_api.answer import Answer
from mock_api.api import Api
from mock_api.behavior import Behavior
from mock_api.demo import demo_transport
from mock_api.drift import Drift
from mock_api.faults import Faults
from mock_api.limits import Limits
from mock_api.meter import Call, Meter
from mock_api.oauth import OAuth
from mock_api.pages import STYLES
from mock_api.source import Source
from mock_api.transport import MockApiTransport

__all__ = [
    "STYLES",
    "Answer",
    "Api",
    "Behavior",
    "Call",
    "Drift",
    "Faults",
    "Limits",
    "Meter",
    "MockApiTransport",
    "OAuth",
    "Source",
    "demo_transport",
]
