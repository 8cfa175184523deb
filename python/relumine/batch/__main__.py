"""``python -m relumine.batch``."""

import sys

from relumine.batch.cli import main

if __name__ == "__main__":
    sys.exit(main())
