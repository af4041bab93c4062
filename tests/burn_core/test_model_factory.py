"""The model that the settings name, and who imports what it takes."""

import subprocess
import sys

import pytest

from burn_core.errors import BadSettings
from burn_core.model_factory import make_model
from burn_core.settings import Settings
from tests.end_to_end.processes import ROOT
from tests.scripted import ScriptedModel


def test_a_factory_makes_another_model() -> None:
    settings = Settings(burn_model_factory="tests.scripted:ScriptedModel", _env_file=None)
    assert isinstance(make_model(settings), ScriptedModel)
    for path in ("tests.scripted:Nobody", "nowhere:x", "nonsense", "burn_core:__name__"):
        with pytest.raises(BadSettings, match="BURN_MODEL_FACTORY"):
            make_model(Settings(burn_model_factory=path, _env_file=None))


def test_the_web_process_doesnt_import_what_only_workers_need() -> None:
    asking = "import app, sys; print({'anthropic', 'apscheduler', 'understudy'} & set(sys.modules))"
    answer = subprocess.run(
        [sys.executable, "-c", asking], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert answer.stdout.strip() == "set()", answer.stderr
