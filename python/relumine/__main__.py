"""``python -m relumine`` is the program ``relumine``."""

import sys

from relumine._program import main

sys.exit(main())
