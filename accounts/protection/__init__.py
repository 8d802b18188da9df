from accounts.protection.apply import apply_protection, protected_models

__all__ = ["apply_protection", "protected_models"]
