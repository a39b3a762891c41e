"""The mark of tests that start servers besides Triton, and parameters that bring it."""

import pytest

servers = pytest.mark.servers

POSTGRES = pytest.param("postgres", marks=servers)
REDIS = pytest.param("redis", marks=servers)
KAFKA = pytest.param("kafka", marks=servers)
