"""Number formats: bytes per element, by the definition of each format."""

from __future__ import annotations

BYTES = {
    "fp32": 4.0,  # definition: 32 bits
    "tf32": 4.0,  # definition: 19 significant bits, stored in 32
    "bf16": 2.0,  # definition: 16 bits
    "fp16": 2.0,  # definition: 16 bits
    "fp8": 1.0,  # definition: 8 bits
    "int8": 1.0,  # definition: 8 bits
    "fp4": 0.5 + 1 / 32,  # definition: 4 bits and one 8-bit scale per 32 elements (MXFP4)
    "nvfp4": 0.5 + 1 / 16,  # definition: 4 bits and one 8-bit scale per 16 elements
    "q8_0": 1.0 + 2 / 32,  # definition: 8 bits and one 16-bit scale per 32 elements (GGUF)
    "q4_0": 0.5 + 2 / 32,  # definition: 4 bits and one 16-bit scale per 32 elements (GGUF)
    "q4_k_m": 4.85
    / 8,  # definition: mostly blocks of 4.5 bits, some tensors of 6.6; 4.85 over published files
    "int4": 0.5 + 2 / 128,  # definition: 4 bits and one 16-bit scale per 128 elements (common group size)
}


WIDER = {  # the next format to try where a chip has no rate for one: never a narrower one
    "nvfp4": "fp4",
    "fp4": "fp8",
    "fp8": "bf16",
    "q8_0": "fp16",
    "q4_0": "fp16",
    "q4_k_m": "fp16",
    "int8": "bf16",
    "bf16": "fp16",
    "fp16": "bf16",
    "tf32": "fp32",
}


def compute_format(weights: str, activations: str) -> str:
    """Return the format a GEMM's product runs in: the wider of its operands.

    >>> compute_format("int4", "bf16")
    'bf16'
    >>> compute_format("fp8", "fp8")
    'fp8'
    """
    if weights == activations or BYTES[weights] > BYTES[activations]:
        return weights
    return activations
