"""Bytes from and to where photos lie: files, S3, Google's and Azure's stores by Apache Arrow; what is read alone (Hugging Face, HTTP) by Daft.

A store's object appears whole or not at all: by one PUT, or when a multipart upload is completed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from relumine.batch import local
from relumine.batch.retries import retried

if TYPE_CHECKING:
    from daft.io import IOConfig

#: Seconds until a request is taken for lost.
CONNECT_TIMEOUT, REQUEST_TIMEOUT = 10.0, 60.0
#: What can be written to.
WRITABLE = ("file", "s3", "gs", "az")
_SAME = {"s3a": "s3", "s3n": "s3", "gcs": "gs", "abfs": "az", "abfss": "az"}


def scheme(url: str) -> str:
    """That of a URL; ``file`` of a path."""
    before, separator, _ = url.partition("://")
    return _SAME.get(before.lower(), before.lower()) if separator and before.isidentifier() else "file"


def path(url: str) -> str:
    """What is behind the scheme: bucket and key, or the path of a file."""
    return url.partition("://")[2] if "://" in url and (scheme(url) != "file" or url.startswith("file://")) else url


def joined(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}"


@dataclass(frozen=True)
class Stores:
    """How object stores are spoken to; credentials are those that the environment has, by the clients' own rules.

    Attributes
    ----------
    endpoint_url : str, optional
        Of an S3 that is not Amazon's.
    region : str, optional
        Of S3's buckets.
    anonymous : bool
        No credentials at all, for buckets that are open to everyone.
    tries : int
        How often a request is tried where what goes wrong may pass.
    """

    endpoint_url: str | None = None
    region: str | None = None
    anonymous: bool = False
    tries: int = 6

    def read(self, url: str) -> bytes:
        """The bytes of a file or object; what goes wrong is an `OSError` that says what."""
        return retried(lambda: self._read(url), self.tries)

    def write(self, url: str, data: bytes) -> None:
        """Writes a file or an object, whole or not at all, over what is there."""
        retried(lambda: self._write(url, data), self.tries)

    def has_bucket(self, url: str) -> bool:
        """Whether the bucket of an object is there; what is read alone has none to ask for."""
        kind = scheme(url)
        if kind not in WRITABLE or kind == "file":
            return True
        from pyarrow import fs

        bucket = path(url).partition("/")[0]
        return retried(lambda: bool(_filesystem(kind, self).get_file_info(bucket).type != fs.FileType.NotFound), self.tries)

    def _read(self, url: str) -> bytes:
        kind = scheme(url)
        if kind == "file":
            with open(path(url), "rb") as file:
                return file.read()
        if kind in WRITABLE:
            with _filesystem(kind, self).open_input_file(path(url)) as file:
                return bytes(file.read())
        import daft

        with daft.File(url, self.io_config()).open() as file:
            return bytes(file.read())

    def _write(self, url: str, data: bytes) -> None:
        kind = scheme(url)
        if kind == "file":
            local.write(path(url), data)
        elif kind in WRITABLE:
            with _filesystem(kind, self).open_output_stream(path(url)) as file:
                file.write(data)
        else:
            raise ValueError(f"{url}: nothing is written to {kind}://; there are folders, s3://, gs:// and az://")

    def io_config(self) -> IOConfig:
        """The same for Daft, which lists, and reads tables."""
        from daft.io import AzureConfig, GCSConfig, HTTPConfig, IOConfig, S3Config

        s3 = S3Config(endpoint_url=self.endpoint_url, region_name=self.region, anonymous=self.anonymous, num_tries=self.tries)
        azure = AzureConfig(storage_account=os.environ.get("AZURE_STORAGE_ACCOUNT"), access_key=os.environ.get("AZURE_STORAGE_KEY"))
        return IOConfig(s3=s3, azure=azure, gcs=GCSConfig(anonymous=self.anonymous), http=HTTPConfig())


@lru_cache(maxsize=8)
def _filesystem(kind: str, stores: Stores) -> Any:
    """Arrow's client, one a process: it keeps its connections."""
    from pyarrow import fs

    if kind == "s3":
        return fs.S3FileSystem(
            endpoint_override=stores.endpoint_url,
            region=stores.region,
            anonymous=stores.anonymous,
            connect_timeout=CONNECT_TIMEOUT,
            request_timeout=REQUEST_TIMEOUT,
            # What may pass is tried again here, for all stores alike.
            retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=1),
            # A photo is one PUT where it is small, and not three requests.
            allow_delayed_open=True,
        )
    if kind == "gs":
        return fs.GcsFileSystem(anonymous=stores.anonymous)
    account = os.environ.get("AZURE_STORAGE_ACCOUNT")
    if not account:
        raise ValueError("az:// needs the environment's AZURE_STORAGE_ACCOUNT")
    return fs.AzureFileSystem(account, account_key=os.environ.get("AZURE_STORAGE_KEY"))
