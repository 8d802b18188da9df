"""The sentences a person reads when something stops the start."""


class LaunchError(Exception):
    """A start that cannot go on: one Chinese and one English sentence, and the exit code of the process."""

    def __init__(self, zh: str, en: str, exit_code: int = 1) -> None:
        super().__init__(f"{zh}\n{en}")
        self.zh = zh
        self.en = en
        self.exit_code = exit_code
