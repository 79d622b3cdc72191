"""Packages that only a part of this one needs are imported where they are used."""
from __future__ import annotations

import importlib
from typing import Any

from .errors import MissingPackage


def load(module: str, purpose: str) -> Any:
    """The module, or MissingPackage that says what it would have been for."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.split('.')[0]
        if error.name is None or error.name.split('.')[0] != package:
            raise  # the package is there, and lacks something itself
        raise MissingPackage(package, purpose) from error
