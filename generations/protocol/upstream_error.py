"""An error as the upstream words it."""

from dataclasses import dataclass

MAX_MESSAGE = 1_000
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class UpstreamError:
    """An error as the upstream words it. `code` may be a name, a number or absent. `reason` is a more exact name: the
    one that Google's APIs give beside it (google.rpc.ErrorInfo), or the code of an error within this one.
    `is_passed_on`: it is that of a provider behind the gateway, with which the gateway has an account of its own."""

    message: str | None = None
    code: str | int | None = None
    type: str | None = None
    reason: str | None = None
    is_passed_on: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Its code, type and reason, those that there are."""
        return tuple(str(name) for name in (self.code, self.type, self.reason) if name)
