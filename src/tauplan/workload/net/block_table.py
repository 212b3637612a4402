"""All blocks by the word that a description uses for them."""

from __future__ import annotations

from tauplan.workload.net.blocks import CONVOLUTIONAL, Block
from tauplan.workload.net.blocks_attention import ATTENTIVE, ATTENTIVE_WHOLE
from tauplan.workload.net.blocks_detect import DETECTIVE, DETECTIVE_WHOLE
from tauplan.workload.net.blocks_yolo import YOLO

REPEATED: dict[str, Block] = {**CONVOLUTIONAL, **ATTENTIVE, **DETECTIVE}
"""Blocks that a stage repeats, the first of them with its stride."""
WHOLE: dict[str, Block] = {**YOLO, **ATTENTIVE_WHOLE, **DETECTIVE_WHOLE}
"""Blocks that take the repeats of their stage themselves."""
DEEPENED = ("inverted", "encoder", "decoder", "modulated")
"""Blocks of whose repeats a network's depth makes more."""
