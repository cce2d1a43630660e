"""The S3 server of moto, with a bucket."""

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest
from moto.server import ThreadedMotoServer


@contextmanager
def bucket() -> Iterator[str]:
    """An empty bucket, which this process and those that it starts find by the environment; yields its URL."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    with pytest.MonkeyPatch.context() as environment:
        host, port = server.get_host_and_port()
        credentials = {"ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": "s", "DEFAULT_REGION": "us-east-1"}
        for name, value in {"ENDPOINT_URL": f"http://{host}:{port}", **credentials}.items():
            environment.setenv(f"AWS_{name}", value)
        boto3.client("s3").create_bucket(Bucket="chunks")
        yield "s3://chunks"
    server.stop()
