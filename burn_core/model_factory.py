"""The model that a worker asks. Only workers import this: the SDK behind it takes a second to import."""

from importlib import import_module
from typing import cast

from burn_core.claude import Claude
from burn_core.errors import BadSettings
from burn_core.model import Model
from burn_core.settings import Settings


def make_model(settings: Settings, understudy_url: str | None = None) -> Model:
    """The model that the settings name. If they name none, the understudy at its address."""
    if settings.burn_model_factory:
        return _make_from_factory(settings.burn_model_factory)
    return Claude(
        settings.anthropic_api_key,
        settings.anthropic_base_url or understudy_url,
        settings.burn_model_timeout_seconds,
    )


def _make_from_factory(path: str) -> Model:
    module, _, name = path.partition(":")
    try:
        make = getattr(import_module(module), name)
    except Exception as error:
        raise BadSettings(
            f"BURN_MODEL_FACTORY: {path!r} is not a package.module:callable ({error})"
        ) from error
    try:
        return cast(Model, make())
    except Exception as error:
        raise BadSettings(f"BURN_MODEL_FACTORY: {path} makes no model ({error})") from error
