"""Settings, from the environment or a file .env."""

from pathlib import Path

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from burn_core.errors import BadSettings


class Settings(BaseSettings):
    """Read once, at the edge, by read_settings."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    database_url: str | None = None
    anthropic_api_key: str | None = Field(default=None, repr=False)
    anthropic_base_url: str | None = None
    burn_model: str = "claude-haiku-5-5"
    burn_model_factory: str | None = None
    burn_home: Path = Path(".burn")
    burn_port: int = Field(default=8501, ge=1, le=65535)
    burn_concurrency: int = Field(default=16, ge=1, le=1000)
    burn_lease_seconds: float = Field(default=60, ge=1)
    burn_retention_hours: float = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _home_can_be_used(self) -> "Settings":
        # The embedded server's package passes its path to a shell, unquoted.
        if not self.database_url and " " in str(self.burn_home.resolve()):
            raise ValueError("burn_home can't be in a folder with a space in its path")
        return self

    @property
    def understudy_plays(self) -> bool:
        """Whether no other model was set."""
        return not (self.anthropic_api_key or self.anthropic_base_url or self.burn_model_factory)


def read_settings() -> Settings:
    """Raises BadSettings, which names each bad setting and what it can be."""
    try:
        # An empty variable means "not set", as in `DATABASE_URL= make run`.
        return Settings(_env_ignore_empty=True)
    except ValidationError as error:
        raise BadSettings(
            "\n".join(
                ": ".join([*(str(part).upper() for part in fault["loc"]), fault["msg"]])
                for fault in error.errors()
            )
        ) from error
