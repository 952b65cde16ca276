"""What is read in a pasted text."""

from __future__ import annotations

import pytest

from generations.models.pasted_addresses import Address, addresses_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a@x.example, b@x.example; c@x.example\nd@x.example\te@x.example", "a b c d e"),
        ("a@x.example b@x.example，c@x.example；d@x.example、e@x.example", "a b c d e"),
        ("A@X.example\r\n  a@x.example ,,; ", "a"),
        ("mailto:a@x.example (b@x.example) 'c@x.example' | d@x.example.", "a b c d"),
        ("", ""),
        ("nobody here\0\n" + "\u0301" * 3000, ""),
    ],
)
def test_whatever_stands_between_addresses_separates_them(text: str, found: str) -> None:
    assert addresses_in(text) == [Address(f"{name}@x.example") for name in found.split()]


def test_a_name_stands_before_angle_brackets() -> None:
    text = """Lucia Ferreira <lucia@norte.example>, "Zhang, Wei" <wei@x.example>; 陈思远 <siyuan@x.example>
    kofi@x.example Ola <ola@x.example>, <b@x.example>"""
    assert addresses_in(text) == [
        Address("lucia@norte.example", "Lucia Ferreira"),
        Address("wei@x.example", "Zhang Wei"),
        Address("siyuan@x.example", "陈思远"),
        Address("kofi@x.example"),
        Address("ola@x.example", "Ola"),
        Address("b@x.example"),
    ]


@pytest.mark.parametrize("text", ["ola@harbour", "@x.example", "a@b@c.example", "a@" + "x" * 300 + ".example"])
def test_what_is_no_address_is_told_so(text: str) -> None:
    assert not any(address.is_valid for address in addresses_in(f"<{text}>"))
