"""Jobs that a child of `isolation` does for its tests, most of them badly."""

import os
import time
from typing import Any


def run_in_child(job: str, options: dict[str, Any], parts: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    match job:
        case "echo":
            return {"options": options, "pid": os.getpid()}, [part[::-1] for part in parts]
        case "environment":
            return {"names": sorted(os.environ)}, []
        case "write":
            with open(options["path"], "wb") as file:
                file.write(b"x")
                file.flush()
        case "swell":
            return {"pid": os.getpid(), "size": len(b"\1" * (600 * 1024**2))}, []
        case "hog":
            return {}, [bytearray(8 * 1024**3)]  # type: ignore[list-item]
        case "spin" | "read":
            while True:
                pass
        case "sleep":
            time.sleep(3600)
        case "die":
            os.kill(os.getpid(), 11)
        case "raise":
            raise ZeroDivisionError("by nothing")
    return {}, []
