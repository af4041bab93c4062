"""Settings, from the environment or a file .env."""

from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from burn_core.errors import BadSettings
from db.connection import read_address


class Settings(BaseSettings):
    """Read once, at the edge, by read_settings."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    database_url: str | None = None
    anthropic_api_key: str | None = Field(default=None, repr=False)
    anthropic_base_url: str | None = None
    burn_model: str = "claude-haiku-5-5"
    burn_model_factory: str | None = None
    burn_model_timeout_seconds: float = Field(default=60, ge=1, le=3600)
    burn_home: Path = Path(".burn")
    burn_port: int = Field(default=8501, ge=1, le=65535)
    burn_concurrency: int = Field(default=16, ge=1, le=1000)
    burn_lease_seconds: float = Field(default=60, ge=1)
    burn_log: Literal["text", "json"] = "text"
    burn_metrics_key: str | None = Field(default=None, repr=False)
    burn_retention_hours: float = Field(default=0, ge=0)
    # Caps on model calls and tokens. 0 is no cap.
    burn_thread_calls_per_hour: int = Field(default=20_000, ge=0)
    burn_thread_calls_per_day: int = Field(default=100_000, ge=0)
    burn_thread_tokens_per_hour: int = Field(default=500_000_000, ge=0)
    burn_thread_tokens_per_day: int = Field(default=2_000_000_000, ge=0)
    burn_person_calls_per_hour: int = Field(default=2_000, ge=0)
    burn_person_calls_per_day: int = Field(default=10_000, ge=0)
    burn_person_tokens_per_hour: int = Field(default=100_000_000, ge=0)
    burn_person_tokens_per_day: int = Field(default=500_000_000, ge=0)
    burn_instance_calls_per_hour: int = Field(default=50_000, ge=0)
    burn_instance_calls_per_day: int = Field(default=250_000, ge=0)
    burn_instance_tokens_per_hour: int = Field(default=1_000_000_000, ge=0)
    burn_instance_tokens_per_day: int = Field(default=5_000_000_000, ge=0)

    @field_validator("database_url")
    @classmethod
    def _database_has_an_address(cls, address: str | None) -> str | None:
        return read_address(address) if address and address.strip() else None

    @field_validator("anthropic_api_key")
    @classmethod
    def _key_can_be_sent(cls, key: str | None) -> str | None:
        key = (key or "").strip()
        if not (key.isascii() and key.isprintable()):
            raise ValueError("can hold letters a to z, digits and plain signs only")
        return key or None

    @field_validator("anthropic_base_url")
    @classmethod
    def _url_is_an_address(cls, url: str | None) -> str | None:
        url = (url or "").strip()
        if url and not _is_http(url):
            raise ValueError("has to be an address like http://127.0.0.1:11434")
        return url or None

    @property
    def understudy_plays(self) -> bool:
        """Whether no other model was set."""
        return not (self.anthropic_api_key or self.anthropic_base_url or self.burn_model_factory)

    @cached_property
    def endpoint(self) -> str:
        """A fingerprint of where models are asked: it shows neither a host nor a key."""
        where = self.burn_model_factory or self.anthropic_base_url or str(self.understudy_plays)
        return sha256(where.encode()).hexdigest()[:16]


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        has_port = parts.port != 0  # raises ValueError where it is none
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https") and bool(parts.hostname) and has_port and " " not in url
    )


def read_settings() -> Settings:
    """Raises BadSettings, which names each bad setting and what it can be."""
    try:
        # An empty variable means "not set", as in `DATABASE_URL= make run`.
        return Settings(_env_ignore_empty=True)
    except ValidationError as error:
        raise BadSettings(
            "\n".join(
                ": ".join(
                    [
                        *(str(part).upper() for part in fault["loc"]),
                        fault["msg"].removeprefix("Value error, "),
                    ]
                )
                for fault in error.errors()
            )
        ) from error
