"""A parameter may have the name of a key; what is said of it concerns one call."""

import pytest

from generations import errors
from tests.protocol.test_blame import refusal
from tests.protocol.test_work import classified


@pytest.mark.parametrize("message", ["参数key无效，该参数已停用", "参数 key 无效，该参数已停用", "参数错误：key已停用"])
def test_a_parameter_named_key_is_no_key(message: str) -> None:
    assert type(classified(refusal(message), 400).error) is errors.RequestRejected


@pytest.mark.parametrize("message", ["您的key已停用", "API key 已停用", "密钥无效"])
def test_a_key_that_is_refused_is_one(message: str) -> None:
    assert type(classified(refusal(message), 400).error) is errors.KeyRefused
