"""An S3 bucket as Django's storage: a file comes by one GET, to a spool of its own, by the deadline of who waits."""

from __future__ import annotations

import time
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError
from s3transfer import exceptions as transfer
from storages.backends.s3 import S3File, S3Storage
from storages.utils import clean_name
from urllib3.exceptions import HTTPError

from imageweb.bucket_sockets import keep_deadlines
from imageweb.deadline import deadline

ERRORS: tuple[type[Exception], ...] = (
    BotoCoreError,
    ClientError,
    Boto3Error,
    HTTPError,
    transfer.RetriesExceededError,
    transfer.S3UploadFailedError,
    transfer.S3DownloadFailedError,
    transfer.S3CopyFailedError,
)
"""What the libraries below raise when a bucket does not do what it is asked, beside OSError."""
PIECE = 256 * 1024
TRIES = 3


class BucketFile(S3File):
    """A file of the bucket. It is fetched when its bytes are first asked for, or by `open()`."""

    _file: Any

    def _get_file(self) -> IO[bytes]:
        if self._file is None and "r" in self._mode:
            self._file, self._closed = self._fetched(), False
        return super()._get_file()

    file = property(_get_file, S3File._set_file)

    def _fetched(self) -> IO[bytes]:
        """Its bytes, from their beginning. A connection that was cut is tried again, while somebody waits."""
        with ExitStack() as unless_fetched:
            spool = unless_fetched.enter_context(SpooledTemporaryFile(self._storage.max_memory_size))
            for left in reversed(range(TRIES)):
                try:
                    self._fetch_into(spool)
                    break
                except (HTTPError, ConnectionError):
                    if not left or time.monotonic() > deadline.get():
                        raise
            spool.seek(0)
            unless_fetched.pop_all()
            return spool

    def _fetch_into(self, spool: IO[bytes]) -> None:
        """Write its bytes there."""
        spool.seek(0)
        spool.truncate()
        answer = self.obj.get()
        with answer["Body"] as raw:
            while piece := raw.read1(PIECE):
                spool.write(piece)
        if spool.tell() != answer["ContentLength"]:
            raise ConnectionError(f"It was cut after {spool.tell()} of {answer['ContentLength']} bytes.")


class Bucket(S3Storage):
    """The bucket of the settings. It is asked on the thread of who waits, whose deadline holds."""

    def get_default_settings(self) -> dict[str, Any]:
        return super().get_default_settings() | {"transfer_config": TransferConfig(use_threads=False)}

    @property
    def connection(self) -> Any:
        connection = super().connection
        keep_deadlines(connection.meta.client)
        return connection

    def _open(self, name: str, mode: str = "rb") -> Any:
        path = self._normalize_name(clean_name(name))
        try:
            return BucketFile(path, mode, self)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                raise FileNotFoundError(f"File does not exist: {path}") from error
            raise

    def size(self, name: str) -> int:
        """Its length. Raises PermissionError for what is not ours to read; who may not list a bucket is told so of what
        is not there."""
        try:
            return super().size(name)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 403:
                raise PermissionError(f"The bucket refuses access to {name}") from error
            raise
