"""A task that was taken may have failed since: what a gateway says of both is the failure."""

from typing import Any

import pytest

from tests.protocol.test_mixtures import said
from tests.protocol.test_reading import kind_of


@pytest.mark.parametrize(
    "words",
    [
        "提交成功，但执行失败",
        "任务提交成功，执行失败",
        "任务已提交，但生成失败：内部错误",
        "提交成功但是处理超时",
        "任务已提交，但执行失败了",
        "Submitted successfully but execution failed",
        "Task submitted, but it timed out.",
        "The job was accepted but failed to run",
    ],
)
@pytest.mark.parametrize(
    "dress",
    [
        said,
        lambda words: {"message": words},
        lambda words: {"code": 0, "message": words, "data": None},
        lambda words: {"code": 1, "description": words, "result": "1320098173412546"},
    ],
)
def test_a_task_that_was_taken_and_failed_is_a_failure(words: str, dress: Any) -> None:
    assert kind_of(dress(words))[0] == "upstream_failed"


@pytest.mark.parametrize(
    "words",
    [
        "提交成功，失败自动退款",
        "提交成功，生成失败将自动退款",
        "提交成功后请稍候",
        "任务已提交，请等待",
        "Submit success. But if it failed, you pay nothing",
        "任务已提交，生成失败率较低，请耐心等待",
        "提交成功，正在处理异常任务",
        "Submitted successfully, but 2 earlier tasks failed; yours is queued.",
        "Task has been submitted, processing failed tasks first",
        "Submit success, no generation failed",
    ],
)
def test_what_may_become_of_a_task_is_no_failure(words: str) -> None:
    assert kind_of({"code": 1, "description": words, "result": "1320098173412546"}) == (
        "task_begun",
        "1320098173412546",
    )
