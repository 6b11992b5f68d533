"""Points of the filter language that AWS does not document: one line each. None means that the answer is unknown.

Whoever finds out writes True or False here; nothing else has to change.
"""

from __future__ import annotations

LINE_BREAKS_ARE_SPACE: bool | None = True
"""Whether a line break separates tokens as a blank does. Heredocs and folded YAML make them, and such filters work."""

LOWER_CASE_KEYWORDS: bool | None = None
"""Whether `not exists` and `is null` are understood."""

BACKSLASH_IS_PLAIN: bool | None = None
"""Whether a backslash in quotes is an ordinary character."""

INNER_ASTERISK_IS_WILD: bool | None = None
"""Whether an asterisk within a value stands for any text; the user guide of 2021 said that it is literal."""

NUMBER_EQUALS_TEXT: bool | None = None
"""Whether a numeric literal equals a text that reads as this number, and a text literal the number that it reads as."""

BOOLEAN_EQUALS_TEXT: bool | None = None
"""Whether `= true` and `= "true"` hold of a JSON true; and whether `*` holds of it."""

BOOLEAN_DIFFERS: bool | None = None
"""Whether `!=` any other value holds of a boolean."""

NUMERIC_TEXT_IS_ORDERED: bool | None = None
"""Whether `< <= > >=` compare a text that reads as a number."""

WILDCARD_DIFFERS_IF_ONE_DOES: bool | None = None
"""Whether `!=` with a wildcard selector holds as soon as one element differs, and not only if all do."""

WILDCARD_NOT_EXISTS: bool | None = None
"""Whether `NOT EXISTS` with a wildcard selector holds where it selects nothing."""

REGEX_SEES_NUMBERS: bool | None = None
"""Whether a regular expression is searched in a number as it is written."""
