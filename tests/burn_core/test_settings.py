"""Settings come from the environment and .env, and a wrong one is explained."""

from pathlib import Path

import pytest

from burn_core.errors import BadSettings
from burn_core.settings import read_settings


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "BURN_MODEL_FACTORY"):
        monkeypatch.delenv(name, raising=False)


def test_no_setting_is_required() -> None:
    settings = read_settings()
    assert settings.understudy_plays
    assert (settings.burn_port, settings.burn_concurrency) == (8501, 16)
    assert settings.burn_model == "claude-haiku-5-5"


@pytest.mark.parametrize("name", ["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "BURN_MODEL_FACTORY"])
def test_the_understudy_plays_only_if_no_other_model_is_set(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://x")
    assert not read_settings().understudy_plays
    monkeypatch.setenv(name, "")
    assert read_settings().understudy_plays


def test_dotenv_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("BURN_PORT=9000\nBURN_MODEL=from-file\nUNRELATED=1\n")
    monkeypatch.setenv("BURN_MODEL", "from-environment")
    settings = read_settings()
    assert (settings.burn_port, settings.burn_model) == (9000, "from-environment")


def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BURN_PORT", "eighty")
    monkeypatch.setenv("BURN_LEASE_SECONDS", "0")
    with pytest.raises(BadSettings, match=r"BURN_PORT: .* integer") as caught:
        read_settings()
    assert "BURN_LEASE_SECONDS: " in str(caught.value)


def test_a_home_that_the_embedded_server_cannot_use_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BURN_HOME", "with space")
    with pytest.raises(BadSettings, match="space in its path"):
        read_settings()
    monkeypatch.setenv("DATABASE_URL", "postgresql://x")
    assert read_settings().database_url


def test_the_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    assert "sk-secret" not in repr(read_settings())
