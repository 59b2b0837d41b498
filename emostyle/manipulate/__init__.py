"""Everything above -> `EditResult`: schedule, pure step, module, fit and sheets."""

from typing import TYPE_CHECKING, Any

from emostyle.manipulate.request import EditRequest
from emostyle.manipulate.settings import EditSettings

if TYPE_CHECKING:
    from emostyle.manipulate.latent_edit import edit, edit_many

__all__ = ["EditRequest", "EditSettings", "edit", "edit_many"]


def __getattr__(name: str) -> Any:
    """Import the edit, and with it Lightning, only when it is asked for."""
    if name in ("edit", "edit_many"):
        from emostyle.manipulate import latent_edit

        return getattr(latent_edit, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
