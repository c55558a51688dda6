"""Numbers that are not interchangeable."""

from typing import NewType

CustomerId = NewType("CustomerId", int)
"""64 bits: equal in every process that has the store's key."""
AssertionId = NewType("AssertionId", int)
