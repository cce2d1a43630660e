"""A sync of which every request and every move of the pace are recorded."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from async_sync.http.transport import network_transport
from async_sync.process import block_on
from async_sync.progress import Progress
from async_sync.session import ConfiguredSource, pace_of
from async_sync.sync import Sync
from load_test.destinations import CountingDestination
from load_test.streams import Partitions, as_arguments
from load_test.watched_pace import WatchedPace
from load_test.watched_transport import WatchedTransport


class WatchedSync:
    """A sync of these streams; `max_pages` limits the pages of parents."""

    def __init__(self, configuration: Mapping[str, str], streams: Sequence[Any], max_pages: int | None) -> None:
        self._source = ConfiguredSource.of(configuration, **as_arguments(streams))
        settings = self._source.settings
        inner = network_transport(settings, settings.base_url)
        self.transport = WatchedTransport(inner, partition_of=Partitions(streams).of, max_pages=max_pages)
        self.pace = WatchedPace(pace_of(settings))

    def run(self, state: Mapping[str, Any], destination: CountingDestination, began: float) -> Progress:
        """Do as `run_sync` does; everything recorded counts its seconds from `began`, so that it adds up."""
        self.transport.began = self.pace.began = destination.began = began
        sync = Sync(self._source, destination, destination)
        return block_on(partial(sync.run, state, self.transport, self.pace), secrets=self._source.secrets)
