"""Where the shared data lie: the environment variable RELUMINE_SHARED, else `../shared` beside the workspace."""
import os
from pathlib import Path

WORKSPACE = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("RELUMINE_SHARED", WORKSPACE.parent / "shared"))
TEACHER = SHARED / "weights/vgg19.safetensors"
PHOTOS = SHARED / "photos"
PAIRS = SHARED / "dpst"
PEERS = SHARED / "peers/pcakd"
