"""The database's clock, moved by hand: what is a minute away in life is one call away in a test."""

from datetime import UTC, datetime, timedelta

from django.db.models import DateTimeField, Expression, ExpressionWrapper, Value
from django.db.models.functions import Now


class Clock:
    """Stands in for `Now` in generations.models.key, which every lease, pause and deadline is reckoned from."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.stopped: datetime | None = None

    def now(self) -> Expression:
        shown = Now() if self.stopped is None else Value(self.stopped)
        return ExpressionWrapper(shown + self.ahead, output_field=DateTimeField())

    def stop(self) -> None:
        """No time passes from now on, however long the test takes."""
        self.stopped = datetime.now(UTC)

    def read(self) -> datetime:
        """What it shows."""
        return datetime.now(UTC) + self.ahead

    def move(self, seconds: float) -> None:
        """So many seconds pass; below 0 they are taken back."""
        self.ahead += timedelta(seconds=seconds)
