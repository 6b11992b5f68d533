"""A plugin of pytest: what the tests start can be interrupted, even where the tests themselves were started in the
background. A shell starts such programs with Ctrl-C ignored, and what they start inherits it."""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
