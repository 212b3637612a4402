"""Which reader belongs to which model type whose layers the common keys do not describe."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tauplan.workload.llm import attention_families as attention
from tauplan.workload.llm import state_families as states
from tauplan.workload.llm.keys import Keys, Written

WRITTEN: Mapping[str, Callable[[Keys], Written]] = {
    **dict.fromkeys(("qwen3_next", "qwen3_5_text", "qwen3_5_moe_text"), states.delta),
    "mamba": states.stack("mamba-1", tied=1),
    "falcon_mamba": states.stack("mamba-1", tied=0),
    "mamba2": states.stack("mamba-2", tied=0),
    "jamba": states.jamba,
    "falcon_h1": states.beside,
    "bamba": states.bamba,
    "granitemoehybrid": states.granite,
    "kimi_linear": states.kimi_linear,
    **dict.fromkeys(("minimax", "minimax_text_01", "minimax_m1"), states.minimax),
    **dict.fromkeys(("bailing_hybrid", "bailing_moe_v2_5", "bailing_moe_linear"), states.bailing),
    **dict.fromkeys(("lfm2", "lfm2_moe"), states.short_convolutions),
    **dict.fromkeys(("deepseek_v4", "deepseek_ref"), attention.joined_keys),
    "gemma4_text": attention.gemma4,
    **dict.fromkeys(("step3p5", "step3p7", "step3p5_text", "step3p7_text"), attention.step),
    **dict.fromkeys(("minimax_m3", "minimax_m3_vl_text"), attention.block_sparse),
    **dict.fromkeys(("longcat_flash", "longcat"), attention.shortcut),
    "laguna": attention.laguna,
    "gpt_neo": attention.gpt_neo,
    "qwen": attention.qwen1,
}
"""What reads a family, by its model type."""

SECTION_KINDS: Mapping[str, str] = {
    "step3p7": "step3p7",
    "minimax_m3_vl": "minimax_m3",
    "gemma4": "gemma4_text",
}
"""Model type of a language section that does not name its own, by that of the whole."""
