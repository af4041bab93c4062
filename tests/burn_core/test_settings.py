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


@pytest.mark.parametrize(
    "url", ["localhost:11434", "ftp://x", "http://", "http://x:99999", "http://[", "http://a b"]
)
def test_an_address_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
    with pytest.raises(BadSettings, match="ANTHROPIC_BASE_URL: has to be an address like"):
        read_settings()


@pytest.mark.parametrize("key", ["sk-\u00e9", "sk-two\nlines"])
def test_a_key_that_cant_be_sent_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", key)
    with pytest.raises(BadSettings, match="ANTHROPIC_API_KEY: ") as caught:
        read_settings()
    assert "sk-" not in str(caught.value)


def test_space_around_a_key_or_an_address_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", " sk-test\n")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", " http://x \n")
    settings = read_settings()
    assert (settings.anthropic_api_key, settings.anthropic_base_url) == ("sk-test", "http://x")
    monkeypatch.setenv("ANTHROPIC_API_KEY", " ")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", " ")
    assert read_settings().understudy_plays


@pytest.mark.parametrize("seconds", ["0", "inf", "nan", "a minute"])
def test_a_deadline_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, seconds: str) -> None:
    monkeypatch.setenv("BURN_MODEL_TIMEOUT_SECONDS", seconds)
    with pytest.raises(BadSettings, match="BURN_MODEL_TIMEOUT_SECONDS: "):
        read_settings()


def test_the_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    assert "sk-secret" not in repr(read_settings())
