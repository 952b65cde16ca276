"""How many, how large, how slow and how long: what one process of the web server takes."""

from __future__ import annotations

TAKE_FILES = frozenset({"compose", "preview", "references"})
"""Names of the addresses to which pictures are uploaded; all others take a form's fields alone."""

CONNECTIONS = 400  # of a process; with a file for each body, still below the usual 1,024 descriptors
UPLOADS = 32  # of those at once, each up to 82 MB of temporary file with the usual MAX_UPLOAD_MB
UPLOADS_OF_A_CLIENT = UPLOADS // 4
PATIENCE = 30
BODY_PATIENCE = 15
MIN_SENDING_SPEED = 16 * 1024  # bytes a second, of bodies
MIN_READING_SPEED = 8 * 1024  # of answers; half of the other, as the kernel asks for more only when much was read
SEND_BUFFER = 128 * 1024  # Linux keeps twice that of an answer: what a phone reads at 16 KB/s well within PATIENCE
AHEAD = 1024 * 1024  # of an answer that is made while it is read
MAKERS = 2  # threads that make such answers; they wait for the storage, and those that answer pages do not
IDLE_SECONDS = 75  # longer than proxies keep a connection, so that they close it and not we
HEADER_BYTES = 64 * 1024
LOOK_SECONDS = 5
STOP_SECONDS = 10
LINGER_SECONDS = 5
RETRY_SECONDS = 5
