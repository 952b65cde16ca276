"""Whether the installation can do its work: each part checked, with a sentence and what to do when it is not well.

The status page, `/healthz/ready` and `/metrics` all read these checks. Their sentences name no provider, bucket or
person, since anybody may read them as JSON; what administrators alone should know is a check's `place`."""
