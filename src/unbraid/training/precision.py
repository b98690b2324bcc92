"""The arithmetic that suits the machine."""

from contextlib import AbstractContextManager

import torch

CPU = torch.device("cpu")


def has_bfloat16(device: torch.device = CPU) -> bool:
    """Tell whether a device multiplies bfloat16 in hardware; emulation is slower than float32.

    Parameters
    ----------
    device
        The device.

    Returns
    -------
    bool
        False too where torch is too old to say.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # torch.cpu.get_capabilities is younger than the oldest torch that we take.
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    native = capabilities.get("avx512_bf16", False) or capabilities.get("amx_bf16", False)
    return bool(native) and bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]


def autocast(*, bfloat16: bool, device: torch.device = CPU) -> AbstractContextManager[object]:
    """Return the context in which the forward pass runs.

    Parameters
    ----------
    bfloat16
        Whether products may be computed in bfloat16; sums, losses and parameters never are.
    device
        Where it runs.

    Returns
    -------
    context manager
        Does nothing for float32.
    """
    return torch.autocast(device.type, torch.bfloat16, enabled=bfloat16)
