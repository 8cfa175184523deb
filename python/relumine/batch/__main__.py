"""``python -m relumine.batch``."""

import os
import sys

from relumine.batch.cli import STOPPED, main

if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    if code == STOPPED:
        # Threads that are still at work are not waited for; what they write is there whole or not at all.
        os._exit(code)
    sys.exit(code)
