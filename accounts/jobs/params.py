"""Job parameters: ids, codes, dates, flags. Personal data never travels in them."""

import json
import re

from accounts.errors import Refusal

MAX_BYTES = 4096
MAX_TEXT = 200
PERSONAL = re.compile(r"(?<!\d)(\d{17}[\dXx]|1[3-9]\d{9})(?!\d)")


def check_params(params: dict) -> dict:
    """Return `params` as plain JSON values or refuse them."""
    if not isinstance(params, dict):
        raise TypeError("job parameters are a dict")
    _check(params)
    if len(json.dumps(params)) > MAX_BYTES:
        raise ValueError("job parameters are larger than 4 KB: pass an id")
    return params


def _check(value: object) -> None:
    if value is None or isinstance(value, bool | int | float):
        return
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise ValueError("a job parameter is longer than 200 characters: pass an id")
        if PERSONAL.search(value):
            raise Refusal("personal_data_in_params", "任务条件中不能含身份证号或手机号")
        return
    if isinstance(value, list | tuple):
        for item in value:
            _check(item)
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError("keys of job parameters are strings")
            _check(item)
        return
    raise TypeError(f"a {type(value).__name__} is no job parameter: pass an id or an ISO string")
