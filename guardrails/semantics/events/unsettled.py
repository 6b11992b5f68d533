"""What AWS does not say of event patterns and rules: each point is one line here. None means that it is not known."""

from __future__ import annotations

NUMBERS_ARE_COMPARED_BY_VALUE: bool | None = None
"""Whether a plain `5` matches `5.0`. The user guide says no, event-ruler says yes."""

EMPTY_ARRAYS_EXIST: bool | None = None
"""Whether `exists: false` matches an empty array."""

DOTS_JOIN_NAMES: bool | None = True
"""Whether the name `a.b` in a pattern means the field `b` of `a`: it does in event-ruler, whose manual warns of it."""

SIGN_IN = "AWS Console Sign In via CloudTrail"
"""The `detail-type` of console sign-ins. Two pages of AWS write `Signin`; captured events have this."""

OTHER_READS_ARRIVE: bool | None = None
"""Whether read-only management events not called `Describe…`, `Get…` or `List…` reach a rule that is merely ENABLED."""

TOKENS_ARRIVE: bool | None = True
"""The same for `GetFederationToken` and `GetSessionToken`: the guide of 2023 exempts them, today's says nothing."""
